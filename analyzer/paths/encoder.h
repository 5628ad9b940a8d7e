// SPDX-License-Identifier: Apache-2.0
// Predicates and rules as formulas over the fields of one packet of one family, and what must hold for any packet that
// enters a base chain. What is not known becomes a free boolean: limits and statistics (one for each rule), opaque
// matches (one for each distinct test), tests of fields that rules before it may have rewritten (one for each rule).
// Complete, well-formed headers are assumed.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analyzer/finding.h"
#include "analyzer/paths/interface_classes.h"
#include "analyzer/paths/written_fields.h"
#include "analyzer/smt/formula.h"
#include "compiler/ir/host.h"

namespace nfproof::analyzer {

/// What a boolean variable stands for, when it is the answer of a test.
struct ChoiceVariable {
  VarId variable{};
  Choice choice;
};

/// How much the encoder believes about fields that rules write.
enum class WriteModel : std::uint8_t {
  kOneTable,  ///< values may change between the rules of a table
  kAnyTable,  ///< a packet is followed through several tables: what any of them writes is never known
};

class Encoder {
 public:
  Encoder(const ir::Ruleset& ruleset, ir::Family family, const ir::Host* host, const InterfaceClasses& interfaces,
          const WrittenFields& written, WriteModel model);

  [[nodiscard]] FormulaPool& pool() { return pool_; }
  [[nodiscard]] const FormulaPool& pool() const { return pool_; }
  [[nodiscard]] const InterfaceClasses& interfaces() const { return interfaces_; }
  [[nodiscard]] ir::Family family() const { return family_; }

  /// All conditions of a rule.
  FormulaId rule(ir::RuleRef ref);
  /// One predicate as a rule meets it; without a rule: as a packet would have it that nobody rewrote.
  FormulaId predicate(ir::PredicateId id, std::optional<ir::RuleRef> place = std::nullopt);
  /// Does the rule look at something that rules before it may have rewritten?
  [[nodiscard]] bool reads_rewritten(ir::RuleRef ref) const;
  /// A field test that is in no pool.
  FormulaId test(const ir::FieldTest& test);
  /// What holds for every packet that enters the base chain.
  FormulaId world(ir::ChainId base);

  /// Variable of a field; the two interface fields hold indexes of `interfaces()`.
  VarId field(ir::FieldId field, std::uint16_t argument = 0);
  [[nodiscard]] const std::map<std::pair<ir::FieldId, std::uint16_t>, VarId>& fields() const { return fields_; }
  [[nodiscard]] const std::vector<ChoiceVariable>& choices() const { return choices_; }
  [[nodiscard]] VarId ether_present() const { return ether_present_; }
  [[nodiscard]] VarId mss_present() const { return mss_present_; }

 private:
  struct Meaning;
  FormulaId presence(ir::Presence presence);
  FormulaId make_presence(ir::Presence presence);
  FormulaId protocol_is(std::uint8_t protocol);
  FormulaId field_is(ir::FieldId field, ir::u128 value);
  FormulaId values(const ir::FieldTest& test);
  FormulaId address_type(const ir::FieldTest& test);
  FormulaId choice(ir::PredicateId id, ir::RuleRef place, bool shared);
  FormulaId local_predicate(ir::PredicateId id, ir::RuleRef place);
  [[nodiscard]] bool is_written(const ir::FieldTest& test, ir::RuleRef place) const;
  [[nodiscard]] bool needs_place(ir::PredicateId id, const std::optional<ir::RuleRef>& place) const;
  [[nodiscard]] std::vector<ir::PredicateId> closure(ir::PredicateId id) const;
  FormulaId world_of_interfaces(ir::Hook hook);
  FormulaId world_of_connection(ir::ChainId base);
  FormulaId world_of_addresses(ir::Hook hook);
  FormulaId world_of_headers();
  void encode_shared();

  const ir::Ruleset& ruleset_;
  ir::Family family_;
  const ir::Host* host_;  ///< null unless it is known for certain
  const InterfaceClasses& interfaces_;
  const WrittenFields& written_;
  WriteModel model_;
  FieldSet written_anywhere_;
  FormulaPool pool_;
  std::map<std::pair<ir::FieldId, std::uint16_t>, VarId> fields_;
  VarId ether_present_{};
  VarId mss_present_{};
  std::unordered_map<std::uint8_t, FormulaId> presences_;
  std::vector<FormulaId> shared_;     ///< by predicate: the formula where no field was rewritten
  std::vector<char> has_own_answer_;  ///< by predicate: holds a test with an answer for each rule
  std::vector<FieldSet> tested_;      ///< by predicate: storage fields that it looks at
  std::vector<std::vector<std::optional<FormulaId>>> rules_;
  std::vector<std::optional<FormulaId>> worlds_;
  std::vector<ChoiceVariable> choices_;
  std::map<std::pair<ir::RuleRef, ir::PredicateId>, FormulaId> own_answers_;
};

}  // namespace nfproof::analyzer
