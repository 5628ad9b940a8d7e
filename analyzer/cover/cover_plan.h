// SPDX-License-Identifier: Apache-2.0
// What a capture needs that is to hit every rule: for each rule and each policy of a base chain a proof that nothing
// gets there, or packets that should. The packets are proposals: rules of other tables and the host may be in their
// way, so whoever asks tries them and asks for more.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/paths/liveness.h"
#include "compiler/ir/host.h"

namespace nfproof::analyzer {

/// A packet that is said to get to a place.
struct CoverCandidate {
  ir::ChainId base{};
  ir::Packet packet;            ///< as it enters the base chain
  std::vector<Choice> choices;  ///< answers of tests that it supposes
};

class CoverPlan {
 public:
  /// Both must outlive the plan.
  /// `is_tracked`: are connections of the family tracked?
  CoverPlan(const ir::Ruleset& ruleset, const ir::Host& host, const std::function<bool(ir::Family)>& is_tracked,
            std::chrono::milliseconds query_timeout, std::chrono::milliseconds total_timeout);
  ~CoverPlan();

  /// All rules, and the policies of base chains (the place past the last rule), in the order of the ruleset; chains on
  /// loops of jumps are left out.
  [[nodiscard]] std::vector<ir::RuleRef> places() const;
  /// Why nothing gets there; nothing when that is not proved.
  [[nodiscard]] std::optional<std::string> death(ir::RuleRef place);
  /// Why nothing gets there on this host, by all tables before it; asks the solver.
  [[nodiscard]] std::optional<std::string> death_on_host(ir::RuleRef place);

  enum class Stage : std::uint8_t {
    kFirst,      ///< the packet that showed it alive
    kVariants,   ///< other values
    kProviders,  ///< after rules that set what it tests
    kSolved,     ///< the solver's, with routes and earlier tables in mind
  };
  static constexpr unsigned kStages = 4;
  [[nodiscard]] std::vector<CoverCandidate> candidates(ir::RuleRef place, Stage stage);
  /// Rules that set what the rule tests (marks, lists of recent, members of sets): they should be hit first.
  [[nodiscard]] std::vector<ir::RuleRef> providers(ir::RuleRef place) const;
  /// Tests at the place, and at the jumps on a way to it, that no packet answers: `owner --uid-owner 0`.
  [[nodiscard]] std::vector<std::string> outside_tests(ir::RuleRef place) const;
  /// All tests of the place and of the jumps on one way to it.
  [[nodiscard]] std::vector<ir::PredicateId> tests(ir::RuleRef place) const;

 private:
  struct OfFamily;
  OfFamily& of(ir::RuleRef place);
  [[nodiscard]] const OfFamily& of(ir::RuleRef place) const;
  [[nodiscard]] bool out_of_time() const;
  [[nodiscard]] const std::vector<ir::RuleRef>& known_providers(ir::Family family, ir::PredicateId test) const;
  std::vector<CoverCandidate> proposals(ir::RuleRef place, Stage stage);
  std::vector<CoverCandidate> provided(ir::RuleRef place);
  std::vector<CoverCandidate> solved(ir::RuleRef place);
  bool impossible(ir::RuleRef place, FamilyContext& context, bool other_tables);
  /// A base chain that packets meet earlier: all of them, or those that are forwarded, or that the host sends.
  struct Earlier {
    enum class Of : std::uint8_t { kAll, kForwarded, kSent };
    ir::ChainId chain{};
    Of of{};
  };
  [[nodiscard]] std::vector<Earlier> chains_before(ir::ChainId base, bool also_uncertain) const;
  [[nodiscard]] static FormulaId passed(FamilyContext& context, const Earlier& earlier);
  [[nodiscard]] bool keeps_fields(ir::ChainId base, bool other_hook, bool before_tracking) const;

  ir::Ruleset ruleset_;  ///< with a rule without tests in the place of each policy
  const ir::Host& host_;
  std::chrono::milliseconds query_timeout_;
  std::chrono::milliseconds total_timeout_;
  std::chrono::steady_clock::time_point start_;
  std::unique_ptr<Structure> structure_;
  std::map<ir::Family, std::unique_ptr<OfFamily>> families_;
  mutable std::map<std::pair<ir::Family, ir::PredicateId>, std::vector<ir::RuleRef>> known_providers_;
};

}  // namespace nfproof::analyzer
