// SPDX-License-Identifier: Apache-2.0
// What the checks share during one run: the ruleset and what was found out about it so far, each thing once, and the
// door through which findings go out (witnesses are replayed there).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "analyzer/analyze.h"
#include "analyzer/paths/hook_path.h"
#include "analyzer/paths/liveness.h"

namespace nfproof::analyzer {

struct PublicSide;

class Analysis {
 public:
  Analysis(const ir::Ruleset& ruleset, const AnalyzeOptions& options);

  [[nodiscard]] const ir::Ruleset& ruleset() const { return ruleset_; }
  [[nodiscard]] const AnalyzeOptions& options() const { return options_; }
  [[nodiscard]] const Structure& structure() const { return structure_; }
  /// Families that have tables.
  [[nodiscard]] const std::vector<ir::Family>& families() const { return families_; }
  [[nodiscard]] FamilyContext& context(ir::Family family) { return lanes(family).first(); }
  /// For many questions of one kind.
  [[nodiscard]] SolverLanes& lanes(ir::Family family);
  [[nodiscard]] const Liveness& liveness(ir::Family family);
  [[nodiscard]] HookPaths& paths(ir::Family family);
  /// Who must keep access, of that family.
  [[nodiscard]] const std::vector<Access>& admins(ir::Family family) const { return admins_.at(family); }

  /// Was the check selected by its id or name? Then it also says what is a matter of taste.
  [[nodiscard]] bool is_asked_for(const CheckInfo& info) const { return analyzer::is_asked_for(options_, info); }
  /// Some answers that several checks want; computed by who asks first.
  [[nodiscard]] std::optional<bool>& lives(ir::Family family) { return lives_[family]; }

  [[nodiscard]] std::shared_ptr<const PublicSide>& public_side(ir::Family family) { return public_sides_[family]; }
  /// What tests without a certain outcome say of everyday packets: those come by the way that answers would take.
  [[nodiscard]] const std::vector<Choice>& everyday_choices() const { return everyday_choices_; }

  [[nodiscard]] bool out_of_time() const;
  /// A rule as messages call it: "INPUT rule 3", "the policy of INPUT".
  [[nodiscard]] std::string place_name(ir::RuleRef rule) const;
  [[nodiscard]] source::Span span_of(ir::RuleRef rule) const;
  [[nodiscard]] Because because(ir::RuleRef rule, std::string message) const;

  /// A finding of a check at a rule or a chain, to be filled in.
  [[nodiscard]] Finding at_rule(const CheckInfo& info, ir::RuleRef rule, std::string message) const;
  [[nodiscard]] Finding at_chain(const CheckInfo& info, ir::ChainId chain, std::string message) const;
  void report(Finding finding);
  void undecided(const CheckInfo& info, ir::RuleRef rule, std::string reason);
  [[nodiscard]] AnalyzeResult take_result();

 private:
  void prepare_admins();
  void prepare_choices();
  void note_assumptions();
  void drop_consequences();
  void speak_of_written_rules();

  const ir::Ruleset& ruleset_;
  const AnalyzeOptions& options_;
  std::chrono::steady_clock::time_point start_;
  Structure structure_;
  std::vector<ir::Family> families_;
  std::map<ir::Family, std::unique_ptr<SolverLanes>> lanes_;
  std::map<ir::Family, std::unique_ptr<Liveness>> livenesses_;
  std::map<ir::Family, std::unique_ptr<HookPaths>> paths_;
  std::map<ir::Family, std::vector<Access>> admins_;
  std::map<ir::Family, std::optional<bool>> lives_;
  std::map<ir::Family, std::shared_ptr<const PublicSide>> public_sides_;
  std::vector<Choice> everyday_choices_;
  AnalyzeResult result_;
};

}  // namespace nfproof::analyzer
