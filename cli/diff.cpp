// SPDX-License-Identifier: Apache-2.0
// nfproof diff: which packets meet another fate under another ruleset. Every packet shown was replayed under both in
// the simulator.
#include <algorithm>

#include "analyzer/paths/expand_sets.h"
#include "cli/command.h"
#include "cli/comparable.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/oracle.h"
#include "cli/region_options.h"
#include "report/regions.h"
#include "sim/needs_tracking.h"

namespace nfproof::cli {
namespace {

bool is_nft(const ir::Ruleset& ruleset) {
  return std::any_of(ruleset.tables.begin(), ruleset.tables.end(), [](const ir::Table& table) { return table.nft; });
}

/// Where connections are tracked, no rule sees a later fragment.
bool puts_fragments_together(const ir::Ruleset& ruleset) {
  return std::all_of(ruleset.tables.begin(), ruleset.tables.end(), [&](const ir::Table& table) {
    return table.family != ir::Family::kInet && sim::needs_tracking(ruleset, table.family);
  });
}

class Diff : public Command {
 public:
  void declare(Arguments& arguments) override {
    FilesHelp files;
    files.name = "OLD NEW";
    files.help = "two rulesets, each in any syntax";
    declare_inputs(arguments, inputs_, {}, files);
    arguments.values("--old-with", "FILE", old_with_, "another file of the old host: its IPv6 rules, its ipsets...");
    arguments.values("--new-with", "FILE", new_with_, "another file of the new host");
    declare_host(arguments, inputs_);
    arguments.flag("--fate-only", fate_only_,
                   "packets that are let through count as the same, whatever was done to them (marks, logs, NAT)");
    declare_region_limits(arguments, limits_);
    arguments.flag("--json", json_, "one JSON document instead of text");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    if (inputs_.files.size() != 2) return terminal.error("diff takes two rulesets: OLD and NEW"), kBadInput;
    analyzer::RegionOptions options;
    if (!read_region_limits(terminal, limits_, options.budget)) return kBadInput;
    options.effects = !fate_only_;
    compiler::Compilation before;
    compiler::Compilation after;
    if (!load(terminal, 0, old_with_, before) || !load(terminal, 1, new_with_, after)) return kBadInput;
    // The host is the same, so what the new ruleset suggests of it counts as well.
    const auto host = load_host(terminal, inputs_, before);
    if (!host) return kBadInput;
    options.host = &*host;
    // A ruleset and its translation have no rule in common, but their limits come in the same order.
    options.pair_by_order = is_nft(before.ruleset) != is_nft(after.ruleset);
    if (options.pair_by_order)
      terminal.note(
          "the rulesets are of different syntaxes: their limits and other tests that keep state are taken to "
          "answer alike in the order in which they stand");
    options.whole_packets = puts_fragments_together(before.ruleset) && puts_fragments_together(after.ruleset);
    options.oracle = make_oracle(before.ruleset, *host, &before.sets);
    options.new_oracle = make_oracle(after.ruleset, *host, &after.sets);
    const auto old_expanded = analyzer::expand_sets(before.ruleset, before.sets);
    const auto new_expanded = analyzer::expand_sets(after.ruleset, after.sets);
    const ir::Ruleset& old_ruleset = old_expanded ? *old_expanded : before.ruleset;
    const ir::Ruleset& new_ruleset = new_expanded ? *new_expanded : after.ruleset;
    analyzer::DiffResult result = analyzer::diff(old_ruleset, new_ruleset, options);
    // What a translation says in other words is no difference.
    if (!result.equivalent && options.pair_by_order)
      if (auto again = compare_in_same_words(old_ruleset, new_ruleset, options); again.equivalent)
        result = std::move(again);
    const report::RegionSide old_side{before.sources, before.ruleset};
    const report::RegionSide new_side{after.sources, after.ruleset};
    terminal.out(json_ ? report::diff_json(old_side, new_side, result)
                       : report::diff_text(terminal.out_style(), old_side, new_side, result));
    tell_region_notes(terminal, result.assumptions, result.internal_errors, json_);
    if (!result.internal_errors.empty()) return kInternal;
    if (!result.differences.empty()) return kFindings;
    return result.equivalent ? kOk : kUndecided;
  }

 private:
  static analyzer::DiffResult compare_in_same_words(ir::Ruleset before, ir::Ruleset after,
                                                    const analyzer::RegionOptions& options) {
    make_comparable(before);
    make_comparable(after);
    return analyzer::diff(before, after, options);
  }

  bool load(Terminal& terminal, std::size_t index, const std::vector<std::string>& with,
            compiler::Compilation& compilation) const {
    InputOptions one = inputs_;
    one.files = {inputs_.files[index]};
    one.files.insert(one.files.end(), with.begin(), with.end());
    return load_rulesets(terminal, one, compilation);
  }

  InputOptions inputs_;
  RegionLimits limits_;
  std::vector<std::string> old_with_, new_with_;
  bool fate_only_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_diff() { return std::make_unique<Diff>(); }

}  // namespace nfproof::cli
