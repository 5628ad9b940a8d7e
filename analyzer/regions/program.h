// SPDX-License-Identifier: Apache-2.0
// A ruleset as programs, one for each chain: instructions that are reached by packets that fulfil a condition. What has
// a memory, changes the packet, calls or ends is an instruction; tests of packets alone are conditions. Which
// instruction a packet comes to first, from any place of a chain, is a diagram.
//
// `lock_step.h` runs two of them side by side.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzer/paths/written_fields.h"
#include "analyzer/regions/predicates.h"

namespace nfproof::analyzer::regions {

/// Equal texts have equal numbers, in all programs that share it.
class Texts {
 public:
  std::uint32_t number(const std::string& text) {
    return numbers_.emplace(text, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::map<std::string, std::uint32_t> numbers_;
};

struct Instruction {
  enum class Kind : std::uint8_t {
    kAsk,   ///< goes on with the next one of its rule, or with the next rule
    kDo,    ///< something happens, and the next one of its rule follows
    kCall,  ///< of `callee`; the next rule follows, or nothing (`leaves`)
    kEnd,   ///< a verdict
    kBack,  ///< to the chain that called
  };
  Kind kind{};
  bool inverted = false;
  bool leaves = false;
  Ref condition = kYes;     ///< packets that come to it from the one before, or from the start of the rule
  std::uint32_t text = 0;   ///< kAsk, kDo, kEnd; kCall: 0
  std::string memory = {};  ///< that it asks or changes
  ir::ChainId callee{};
  FieldSet writes = {};  ///< kDo
  bool settles = false;  ///< kDo: once is as good as twice, as long as nothing else writes the same
  bool shakes = false;   ///< may change answers of tests that have no instruction of their own
};

/// A place in a chain: before an instruction of a rule. Rules that do nothing are not counted.
struct Place {
  std::uint32_t rule = 0;
  std::uint32_t step = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// Terminals of `first`.
inline constexpr std::uint32_t kGoesOnLeaf = 0;
inline constexpr std::uint32_t kOutsideLeaf = 1;  ///< no such packet is here
inline constexpr std::uint32_t kBackLeaf = 2;
inline constexpr std::uint32_t kFirstPlaceLeaf = 3;   ///< + rule: its first instruction
inline constexpr std::uint32_t kEndLeaf = 1U << 30U;  ///< + text: a verdict, wherever it is given
inline constexpr std::uint32_t kMostRules = 1U << 22U;
inline constexpr std::uint32_t kSamePlace = kMostRules - 1;  ///< in the place of a rule: where one asked from

class Program {
 public:
  Program(Predicates& predicates, Texts& texts);

  [[nodiscard]] const ir::Ruleset& ruleset() const { return predicates_.ruleset(); }
  [[nodiscard]] const Instruction& at(ir::ChainId chain, Place place);
  /// Is it the last instruction of its rule?
  [[nodiscard]] bool is_last(ir::ChainId chain, Place place);
  /// Whatever its rules say: no packet of this family meets anything else.
  bool only_comes_back(ir::ChainId chain);
  [[nodiscard]] std::uint32_t rules(ir::ChainId chain);
  [[nodiscard]] const std::vector<Instruction>& rule(ir::ChainId chain, std::uint32_t rule);
  /// Where packets of `within` come to first, from the place on: a function with the terminals above.
  Ref first(ir::ChainId chain, Place place, Ref within);
  /// What the chain or one that it calls may write.
  [[nodiscard]] const FieldSet& written(ir::ChainId chain) const { return written_[static_cast<std::size_t>(chain)]; }
  /// Is there a test with a memory that packets of `among` may come to? What is `forgotten` does not keep them from it.
  bool asked_by(Ref among, const std::vector<bool>& forgotten);
  [[nodiscard]] bool does_nothing(ir::ChainId chain) const { return idle_[static_cast<std::size_t>(chain)]; }
  /// The text of a verdict that a policy can be.
  [[nodiscard]] std::uint32_t end_text(ir::VerdictKind kind) const;

 private:
  struct Body {
    bool made = false;
    std::vector<std::vector<Instruction>> rules;
    std::vector<Ref> tree;  ///< node 1 is the root; a node is the function of the rules below it; made when asked for
    std::uint32_t leaves = 1;
  };
  Body& body(ir::ChainId chain);
  const Body& body_with_tree(ir::ChainId chain);
  std::vector<Instruction> instructions(ir::RuleRef ref, std::optional<bool> tracked);
  bool add_tests(ir::RuleRef ref, std::vector<Instruction>& made, Ref& condition);
  void only_tracked(Instruction& instruction);
  void add_verdict(const ir::Rule& rule, std::vector<Instruction>& made, Ref condition);
  void find_idle();
  Ref function_of(const Instruction& instruction, std::uint32_t rule);

  Predicates& predicates_;
  Texts& texts_;
  std::vector<Body> bodies_;
  std::vector<FieldSet> written_;
  std::vector<bool> idle_;
  std::vector<bool> reached_;
  std::map<ir::VerdictKind, std::uint32_t> ends_;
};

}  // namespace nfproof::analyzer::regions
