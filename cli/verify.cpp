// SPDX-License-Identifier: Apache-2.0
// nfproof verify: proves the assertions of a policy file, or shows packets that break them.
#include <array>

#include "analyzer/paths/expand_sets.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/oracle.h"
#include "cli/policy.h"
#include "cli/region_options.h"
#include "report/verify.h"

namespace nfproof::cli {
namespace {

constexpr std::array<std::string_view, 3> kFormats = {"text", "json", "junit"};
constexpr OutputFormats kOutputs = {kFormats, {}};

class Verify : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_, kOutputs);
    arguments.value("--policy", "FILE", policy_, "what must hold, in TOML (docs/policy.md)");
    declare_host(arguments, inputs_);
    declare_region_limits(arguments, limits_);
    arguments.flag("--json", json_, "one JSON document instead of text");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    const auto format = output_format(terminal, inputs_, kOutputs);
    if (!format) return kBadInput;
    if (policy_.empty()) return terminal.error("--policy FILE is needed"), kBadInput;
    analyzer::RegionOptions options;
    if (!read_region_limits(terminal, limits_, options.budget)) return kBadInput;
    compiler::Compilation compilation;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    const auto assertions = load_policy(terminal, policy_, compilation);
    if (!assertions) return kBadInput;
    const auto host = load_host(terminal, inputs_, compilation);
    if (!host) return kBadInput;
    options.host = &*host;
    options.oracle = make_oracle(compilation.ruleset, *host, &compilation.sets);
    const auto expanded = analyzer::expand_sets(compilation.ruleset, compilation.sets);
    const analyzer::VerifyResult result =
        analyzer::verify(expanded ? *expanded : compilation.ruleset, *assertions, options);
    const report::RegionSide side{compilation.sources, compilation.ruleset};
    const bool json = json_ || *format == "json";
    terminal.out(json                 ? report::verify_json(side, result)
                 : *format == "junit" ? report::verify_junit(side, policy_, result)
                                      : report::verify_text(terminal.out_style(), side, result));
    tell_region_notes(terminal, result.assumptions, result.internal_errors, json || *format == "junit");
    return exit_code(result);
  }

 private:
  static int exit_code(const analyzer::VerifyResult& result) {
    if (!result.internal_errors.empty()) return kInternal;
    bool open = false;
    for (const analyzer::AssertionResult& each : result.assertions) {
      if (each.holds == false) return kFindings;
      open = open || !each.holds;
    }
    return open ? kUndecided : kOk;
  }

  InputOptions inputs_;
  RegionLimits limits_;
  std::string policy_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_verify() { return std::make_unique<Verify>(); }

}  // namespace nfproof::cli
