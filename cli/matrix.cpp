// SPDX-License-Identifier: Apache-2.0
// nfproof matrix: who may open connections of a service to whom.
#include <array>

#include "analyzer/paths/expand_sets.h"
#include "analyzer/regions/matrix.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/region_options.h"
#include "report/matrix.h"

namespace nfproof::cli {
namespace {

constexpr std::array<std::string_view, 4> kFormats = {"text", "json", "dot", "svg"};
constexpr OutputFormats kOutputs = {kFormats, {}};

class Matrix : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_, kOutputs);
    arguments.value("--service", "EXPR", service_, "the service, in nftables' match syntax: `tcp dport 22`");
    arguments.value("--hook", "HOOK", hook_, "forward (default), input or output");
    declare_host(arguments, inputs_);
    declare_region_limits(arguments, limits_);
    arguments.flag("--json", json_, "one JSON document instead of text");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    const auto format = output_format(terminal, inputs_, kOutputs);
    if (!format) return kBadInput;
    if (service_.empty()) return terminal.error("--service EXPR is needed: `tcp dport 22`"), kBadInput;
    analyzer::RegionOptions options;
    if (!read_region_limits(terminal, limits_, options.budget)) return kBadInput;
    options.ways = {analyzer::HostWay::kForward};
    compiler::Compilation compilation;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    const auto expression = read_expression(terminal, compilation, "--service", service_);
    if (!expression || !restrict_to(terminal, *expression, options)) return kBadInput;
    if (!hook_.empty() && !choose_way(terminal, options)) return kBadInput;
    const auto host = load_host(terminal, inputs_, compilation);
    if (!host) return kBadInput;
    options.host = &*host;
    const auto expanded = analyzer::expand_sets(compilation.ruleset, compilation.sets);
    const analyzer::MatrixResult result =
        analyzer::matrix(expanded ? *expanded : compilation.ruleset, expression->when, options);
    const bool json = json_ || *format == "json";
    terminal.out(json               ? report::matrix_json(service_, result)
                 : *format == "dot" ? report::matrix_dot(service_, result)
                 : *format == "svg" ? report::matrix_svg(service_, result)
                                    : report::matrix_text(terminal.out_style(), service_, result));
    tell_region_notes(terminal, result.assumptions, {}, json);
    return result.undecided.empty() ? kOk : kUndecided;
  }

 private:
  bool choose_way(Terminal& terminal, analyzer::RegionOptions& options) const {
    for (const analyzer::HostWay way : analyzer::kHostWays)
      if (analyzer::way_name(way) == hook_) {
        options.ways = {way};
        return true;
      }
    return terminal.error("--hook takes forward, input or output"), false;
  }

  InputOptions inputs_;
  RegionLimits limits_;
  std::string service_;
  std::string hook_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_matrix() { return std::make_unique<Matrix>(); }

}  // namespace nfproof::cli
