// SPDX-License-Identifier: Apache-2.0
// Shared results of the checks, and the way out for findings.
#include "analyzer/checks/analysis.h"

#include <algorithm>
#include <tuple>

#include "analyzer/checks/check.h"

namespace nfproof::analyzer {

using ir::Family;
using ir::RuleRef;

Analysis::Analysis(const ir::Ruleset& ruleset, const AnalyzeOptions& options)
    : ruleset_(ruleset),
      options_(options),
      start_(std::chrono::steady_clock::now()),
      structure_(ruleset, options.host) {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const bool used = std::any_of(ruleset.tables.begin(), ruleset.tables.end(),
                                  [&](const ir::Table& table) { return table.family == family; });
    if (used) families_.push_back(family);
  }
  prepare_admins();
  prepare_choices();
}

void Analysis::prepare_choices() {
  for (std::size_t i = 0; i < ruleset_.predicates.size(); ++i) {
    const ir::PredicateId id{static_cast<std::uint32_t>(i)};
    const auto* test = std::get_if<ir::FieldTest>(&ruleset_.predicates[id]);
    if (test != nullptr && test->field == ir::FieldId::kReversePath)
      everyday_choices_.push_back({std::nullopt, id, !test->negated});
  }
}

void Analysis::prepare_admins() {
  for (const Family family : families_) {
    auto& list = admins_[family];
    for (const AdminAccess& admin : options_.admin)
      if (admin.family == family) list.push_back(Access::of(ruleset_.predicates, admin.when, admin.text));
    if (options_.admin.empty()) list.push_back(Access::standard());
  }
}

SolverLanes& Analysis::lanes(Family family) {
  auto& made = lanes_[family];
  if (!made)
    made = std::make_unique<SolverLanes>(structure_, family, WriteModel::kOneTable, options_.query_timeout,
                                         options_.threads);
  return *made;
}

const Liveness& Analysis::liveness(Family family) {
  auto& made = livenesses_[family];
  if (!made) {
    made = std::make_unique<Liveness>(lanes(family), [this] { return out_of_time(); });
    made->decide_all();
  }
  return *made;
}

HookPaths& Analysis::paths(Family family) {
  auto& made = paths_[family];
  if (!made) made = std::make_unique<HookPaths>(structure_, family, options_.query_timeout);
  return *made;
}

bool Analysis::out_of_time() const { return std::chrono::steady_clock::now() - start_ > options_.total_timeout; }

std::string Analysis::place_name(RuleRef rule) const {
  const std::string& chain = ruleset_.chain(rule.chain).name;
  if (ruleset_.rule(rule) == nullptr) return "the policy of `" + chain + "`";
  return "rule " + std::to_string(ruleset_.number_of(rule)) + " of `" + chain + "`";
}

source::Span Analysis::span_of(RuleRef place) const {
  const ir::Rule* rule = ruleset_.rule(place);
  return rule != nullptr ? rule->span : ruleset_.chain(place.chain).span;
}

Because Analysis::because(RuleRef rule, std::string message) const { return {rule, span_of(rule), std::move(message)}; }

Finding Analysis::at_rule(const CheckInfo& info, RuleRef rule, std::string message) const {
  Finding finding = at_chain(info, rule.chain, std::move(message));
  finding.rule = rule;
  finding.span = span_of(rule);
  return finding;
}

Finding Analysis::at_chain(const CheckInfo& info, ir::ChainId chain, std::string message) const {
  Finding finding;
  finding.id = info.id;
  finding.name = info.name;
  finding.level = info.level;
  finding.family = ruleset_.table_of(chain).family;
  finding.chain = chain;
  finding.span = ruleset_.chain(chain).span;
  finding.message = std::move(message);
  return finding;
}

void Analysis::report(Finding finding) {
  const auto& witness = finding.witness;
  if (witness && witness->fate.empty() && options_.oracle && !options_.oracle(witness->packet, witness->claim)) {
    result_.internal_errors.push_back(
        std::string(finding.id) + ": the witness for " +
        (finding.rule ? place_name(*finding.rule) : "`" + ruleset_.chain(finding.chain).name + "`") +
        " does not replay: " + ir::packet_expression(witness->packet));
    return;
  }
  result_.findings.push_back(std::move(finding));
}

void Analysis::undecided(const CheckInfo& info, RuleRef rule, std::string reason) {
  Undecided question;
  question.id = info.id;
  question.name = info.name;
  question.family = ruleset_.table_of(rule.chain).family;
  question.chain = rule.chain;
  if (ruleset_.rule(rule) != nullptr) question.rule = rule;
  question.span = span_of(rule);
  question.reason = std::move(reason);
  result_.undecided.push_back(std::move(question));
}

/// What the answers rest on, beyond complete and well-formed packet headers.
void Analysis::note_assumptions() {
  std::size_t opaque = 0;
  bool types = false;
  for (std::size_t i = 0; i < ruleset_.predicates.size(); ++i) {
    const ir::Predicate& predicate = ruleset_.predicates[ir::PredicateId{static_cast<std::uint32_t>(i)}];
    opaque += std::holds_alternative<ir::Opaque>(predicate) ? 1 : 0;
    const auto* test = std::get_if<ir::FieldTest>(&predicate);
    types = types || (test != nullptr && ir::field_info(test->field).kind == ir::FieldKind::kAddrType);
  }
  if (opaque != 0)
    result_.assumptions.push_back(std::to_string(opaque) + " tests have no semantics here and may answer anything");
  if (types && options_.host == nullptr)
    result_.assumptions.emplace_back("the host's addresses are not known: address types may be anything");
  for (const ir::Table& table : ruleset_.tables)
    if (table.family == Family::kInet && !table.chains.empty())
      undecided(all_checks().front().info, {table.chains.front(), 0}, "tables of the family inet are not analyzed");
}

AnalyzeResult Analysis::take_result() {
  note_assumptions();
  drop_consequences();
  speak_of_written_rules();
  const auto position = [](const auto& each) {
    return std::tuple(each.span.file, each.span.line, each.chain, each.id);
  };
  const auto before = [&](const auto& a, const auto& b) { return position(a) < position(b); };
  std::stable_sort(result_.findings.begin(), result_.findings.end(), before);
  std::stable_sort(result_.undecided.begin(), result_.undecided.end(), before);
  AnalyzeStats& stats = result_.stats;
  stats.rules = ruleset_.rule_count();
  const auto add_solver = [&](const auto& solver) {
    stats.solver_queries += solver.queries();
    stats.solver_ms += solver.milliseconds();
  };
  for (const auto& [family, lanes] : lanes_) add_solver(*lanes);
  for (const auto& [family, paths] : paths_) add_solver(paths->context().solver);
  for (const auto& [family, liveness] : livenesses_) {
    stats.packets_walked += liveness->stats().packets_walked;
    stats.alive_by_packet += liveness->stats().alive_by_packet;
    stats.proved_dead += liveness->stats().proved_dead;
  }
  stats.total_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  return std::move(result_);
}

}  // namespace nfproof::analyzer
