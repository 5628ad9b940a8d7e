// SPDX-License-Identifier: Apache-2.0
// nfproof query: which packets of an expression meet which fate. Every packet shown was replayed in the simulator.
#include "analyzer/paths/expand_sets.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/oracle.h"
#include "cli/region_options.h"
#include "report/regions.h"

namespace nfproof::cli {
namespace {

class Query : public Command {
 public:
  void declare(Arguments& arguments) override {
    FilesHelp files;
    files.name = "FILE... EXPR";
    files.help =
        "rulesets of one host, then the packets in question, in nftables' match syntax; `hook input`, `hook forward` "
        "or `hook output` in it asks about one way only";
    declare_inputs(arguments, inputs_, {}, files);
    declare_host(arguments, inputs_);
    declare_region_limits(arguments, limits_);
    arguments.flag("--json", json_, "one JSON document instead of text");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    if (inputs_.files.size() < 2) return terminal.error("query takes rulesets and then an expression"), kBadInput;
    const std::string text = inputs_.files.back();
    inputs_.files.pop_back();
    analyzer::RegionOptions options;
    if (!read_region_limits(terminal, limits_, options.budget)) return kBadInput;
    compiler::Compilation compilation;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    const auto expression = read_expression(terminal, compilation, "EXPR", text);
    if (!expression) return kBadInput;
    if (!restrict_to(terminal, *expression, options)) return kBadInput;
    const auto host = load_host(terminal, inputs_, compilation);
    if (!host) return kBadInput;
    options.host = &*host;
    options.oracle = make_oracle(compilation.ruleset, *host, &compilation.sets);
    const auto expanded = analyzer::expand_sets(compilation.ruleset, compilation.sets);
    const ir::Ruleset& ruleset = expanded ? *expanded : compilation.ruleset;
    const analyzer::QueryResult result = analyzer::query(ruleset, expression->when, options);
    const report::RegionSide side{compilation.sources, compilation.ruleset};
    terminal.out(json_ ? report::query_json(side, result) : report::query_text(terminal.out_style(), side, result));
    tell_region_notes(terminal, result.assumptions, result.internal_errors, json_);
    if (!result.internal_errors.empty()) return kInternal;
    return result.undecided.empty() ? kOk : kUndecided;
  }

 private:
  InputOptions inputs_;
  RegionLimits limits_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_query() { return std::make_unique<Query>(); }

}  // namespace nfproof::cli
