// SPDX-License-Identifier: Apache-2.0
// Reads a translation back and compares: see proof.h.
#include "cli/proof.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "analyzer/paths/expand_sets.h"
#include "analyzer/regions/regions.h"
#include "backends/nft_names.h"
#include "cli/comparable.h"
#include "cli/exit_code.h"
#include "cli/oracle.h"
#include "compiler/passes/split_inet.h"
#include "report/diagnostics.h"
#include "report/regions.h"
#include "sim/needs_tracking.h"

namespace nfproof::cli {
namespace {

/// As the rules of the origin know their tables.
void drop_prefix(ir::Ruleset& ruleset, const std::string& prefix) {
  for (ir::Table& table : ruleset.tables)
    if (table.name.starts_with(prefix)) table.name.erase(0, prefix.size());
}

void leave_out(ir::Ruleset& ruleset, std::vector<ir::RuleRef> rules) {
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());  // chains may be in several tables
  for (auto at = rules.rbegin(); at != rules.rend(); ++at) {  // from the back, so that the places of the others stay
    std::vector<ir::Rule>& of_chain = ruleset.chain(at->chain).rules;
    of_chain.erase(of_chain.begin() + at->index);
  }
}

/// TCPMSS adds an option to packets without one, which nftables cannot do; who translates says so. What is proved is
/// the rest.
void add_no_options(ir::Ruleset& ruleset) {
  const ir::PredicateId there = ruleset.predicates.add(
      ir::FieldTest{ir::FieldId::kTcpMss, 0, false, ir::ValueSet::all(ir::field_info(ir::FieldId::kTcpMss).bits)});
  for (ir::Chain& chain : ruleset.chains)
    for (ir::Rule& rule : chain.rules)
      for (const ir::Effect& effect : rule.effects)
        if (std::holds_alternative<ir::SetTcpMss>(effect)) {
          rule.when.push_back({there, ir::Condition::kBasic});
          break;
        }
}

/// nftables writes prefixes of the log without double quotes; who translates says so.
void quote_prefixes(ir::Ruleset& ruleset) {
  const auto quote = [](std::string& prefix) {
    const std::string quoted = backends::nft_quoted(prefix);
    prefix = quoted.substr(1, quoted.size() - 2);
  };
  for (ir::Chain& chain : ruleset.chains)
    for (ir::Rule& rule : chain.rules)
      for (ir::Effect& effect : rule.effects) {
        if (auto* log = std::get_if<ir::Log>(&effect)) quote(log->prefix);
        if (auto* group = std::get_if<ir::Nflog>(&effect)) quote(group->prefix);
      }
}

/// Proofs that have a second way get this part of the time.
constexpr unsigned kBrief = 3;

/// Family by family: where connections are tracked, no rule sees a later fragment.
analyzer::DiffResult compare(const ir::Ruleset& before, const ir::Ruleset& after, const ProofOptions& options) {
  analyzer::DiffResult all;
  all.equivalent = true;
  for (const ir::Family family : options.families) {
    analyzer::RegionOptions how;
    how.pair_by_order = true;
    how.budget = options.budget;
    if (options.brief) how.budget.time /= kBrief;
    how.families = {family};
    how.whole_packets = sim::needs_tracking(before, family) && sim::needs_tracking(after, family);
    analyzer::DiffResult one = analyzer::diff(before, after, how);
    all.equivalent = all.equivalent && one.equivalent;
    for (analyzer::Difference& each : one.differences) all.differences.push_back(std::move(each));
    for (analyzer::RegionTrouble& each : one.undecided) all.undecided.push_back(std::move(each));
    for (std::string& each : one.internal_errors) all.internal_errors.push_back(std::move(each));
  }
  return all;
}

/// Does the difference hold whatever tests that keep state answer?
bool is_certain(const analyzer::Difference& difference) {
  return difference.region.certain && difference.region.supposed.empty();
}

}  // namespace

int prove_translation(Terminal& terminal, const compiler::Compilation& origin, const std::string& text,
                      const ProofOptions& options) {
  compiler::Compilation again;
  compiler::CompileOptions how;
  how.format = options.format;
  how.includes = false;
  if (options.families.size() == 1) how.family = options.families.front();
  again.sets = origin.sets;
  if (!options.sets.empty())
    compiler::add_text(again, "(sets)", options.sets, {how.family, compiler::Format::kIpsetSave});
  compiler::add_text(again, "(translation)", text, how);
  compiler::finish(again);
  if (again.diagnostics.has_errors()) {
    terminal.err(report::diagnostics_text(terminal.err_style(), again.sources, again.diagnostics));
    terminal.note("not proved: parts of the translation cannot be read back; --no-verify writes it all the same");
    return kUndecided;
  }
  drop_prefix(again.ruleset, options.table_prefix);
  if (compiler::has_inet_tables(again.ruleset)) again.ruleset = compiler::split_inet(again.ruleset);
  const auto old_expanded = analyzer::expand_sets(origin.ruleset, origin.sets);
  const auto new_expanded = analyzer::expand_sets(again.ruleset, again.sets);
  ir::Ruleset before = old_expanded ? *old_expanded : origin.ruleset;
  leave_out(before, options.left_out);
  add_no_options(before);
  if (options.format == compiler::Format::kNft) quote_prefixes(before);
  ir::Ruleset after = new_expanded ? *new_expanded : again.ruleset;
  if (options.format == compiler::Format::kIptablesSave) add_no_options(after);
  make_comparable(before);
  make_comparable(after);
  const analyzer::DiffResult result = compare(before, after, options);
  if (result.equivalent) return kOk;
  const bool certain = std::any_of(result.differences.begin(), result.differences.end(), is_certain);
  if (options.brief && !certain && result.internal_errors.empty()) return kUndecided;
  for (const std::string& error : result.internal_errors) terminal.error(error);
  for (const analyzer::RegionTrouble& trouble : result.undecided) terminal.note("not proved: " + trouble.reason);
  if (!result.differences.empty()) {
    const report::RegionSide old_side{origin.sources, before};
    const report::RegionSide new_side{again.sources, after};
    terminal.err(report::diff_text(terminal.err_style(), old_side, new_side, result));
  }
  if (certain) {
    terminal.error("the translation is not equivalent to the ruleset: this is a bug, and nothing was written");
    return kInternal;
  }
  if (options.left_out.empty())
    terminal.note("not proved, and nothing was written; --no-verify writes it all the same");
  return kUndecided;
}

}  // namespace nfproof::cli
