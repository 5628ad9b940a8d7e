// SPDX-License-Identifier: Apache-2.0
// nfproof check: analyses rulesets. Every packet that the analysis shows was replayed in the simulator before.
#include <array>

#include "analyzer/analyze.h"
#include "analyzer/paths/expand_sets.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/oracle.h"
#include "compiler/frontend/expression.h"
#include "compiler/ir/set_use.h"
#include "report/diagnostics.h"
#include "report/findings.h"

namespace nfproof::cli {
namespace {

constexpr std::array<std::string_view, 2> kFormats = {"text", "json"};
constexpr std::array<std::string_view, 3> kOtherFormats = {"sarif", "github", "junit"};
constexpr OutputFormats kOutputs = {kFormats, kOtherFormats};

class Check : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_, kOutputs);
    declare_host(arguments, inputs_);
    arguments.values("--select", "IDS", select_, "only these checks: ids, prefixes of ids (NF1) or names", true);
    arguments.values("--ignore", "IDS", ignore_, "all but these checks", true);
    arguments.value("--fail-on", "LEVEL", fail_on_, "exit 1 from this level on: error, warning (default), info");
    arguments.values("--admin", "EXPR", admin_, "who must keep access (default: tcp dport 22)");
    arguments.flag("--json", json_, "one JSON document instead of text");
    arguments.unavailable("--config", true);
    arguments.unavailable("--baseline", true);
    arguments.unavailable("--write-baseline", true);
    arguments.unavailable("--fix", false);
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    const auto format = output_format(terminal, inputs_, kOutputs);
    const auto fail_on = level();
    if (!format) return kBadInput;
    if (!fail_on) return terminal.error("--fail-on takes error, warning or info"), kBadInput;
    analyzer::AnalyzeOptions options;
    options.select = select_;
    options.ignore = ignore_;
    if (!known_checks(terminal)) return kBadInput;

    compiler::Compilation compilation;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    if (!read_admin(terminal, compilation, options)) return kBadInput;
    const auto host = load_host(terminal, inputs_, compilation);
    if (!host) return kBadInput;
    options.host = &*host;
    options.oracle = make_oracle(compilation.ruleset, *host, &compilation.sets);
    const auto expanded = analyzer::expand_sets(compilation.ruleset, compilation.sets);
    const analyzer::AnalyzeResult result = analyzer::analyze(expanded ? *expanded : compilation.ruleset, options);
    for (const std::string& error : result.internal_errors) terminal.error("internal: " + error);
    show(terminal, compilation, result, json_ || *format == "json");
    if (analyzer::has_open_sets(compilation.ruleset, compilation.sets))
      terminal.note("sets that rules change, that forget elements or that hold more than " +
                    std::to_string(ir::kMostFixedElements) + " elements are taken to hold anything");
    return exit_code(result, *fail_on);
  }

 private:
  std::optional<analyzer::Level> level() const {
    if (fail_on_ == "error") return analyzer::Level::kError;
    if (fail_on_ == "warning") return analyzer::Level::kWarning;
    if (fail_on_ == "info") return analyzer::Level::kInfo;
    return std::nullopt;
  }

  /// An id that no check has is a slip of the pen that would silently check something else.
  bool known_checks(Terminal& terminal) const {
    for (const auto* list : {&select_, &ignore_})
      for (const std::string& wanted : *list) {
        bool known = analyzer::find_check(wanted) != nullptr;
        for (const analyzer::CheckInfo& check : analyzer::check_catalogue())
          known = known || (!wanted.empty() && check.id.starts_with(wanted));
        if (!known) return terminal.error("no check is called `" + wanted + "`; `nfproof explain` lists them"), false;
      }
    return true;
  }

  bool read_admin(Terminal& terminal, compiler::Compilation& compilation, analyzer::AnalyzeOptions& options) const {
    for (const std::string& text : admin_) {
      source::Diagnostics diagnostics;
      const auto expression =
          compiler::parse_expression(compilation.sources, "--admin", text, compilation.ruleset.predicates, diagnostics);
      terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, diagnostics));
      if (!expression) return false;
      if (expression->hook && *expression->hook != ir::Hook::kInput)
        return terminal.error("--admin is about packets at `hook input`"), false;
      for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
        if (!expression->family || *expression->family == family)
          options.admin.push_back({family, expression->when, text});
    }
    return true;
  }

  static void show(Terminal& terminal, const compiler::Compilation& compilation, const analyzer::AnalyzeResult& result,
                   bool json) {
    report::CheckReport report{compilation.sources, compilation.ruleset, {}, result};
    for (const compiler::Compilation::File& file : compilation.files)
      report.files.push_back({file.path, file.family, file.tables, file.chains, file.rules});
    terminal.out(json ? report::findings_json(report) : report::findings_text(terminal.out_style(), report));
    if (json) return;
    for (const std::string& assumption : result.assumptions) terminal.note(assumption);
  }

  static int exit_code(const analyzer::AnalyzeResult& result, analyzer::Level fail_on) {
    if (!result.internal_errors.empty()) return kInternal;
    for (const analyzer::Finding& finding : result.findings)
      if (finding.level >= fail_on) return kFindings;
    return result.undecided.empty() ? kOk : kUndecided;
  }

  InputOptions inputs_;
  std::vector<std::string> select_, ignore_, admin_;
  std::string fail_on_ = "warning";
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_check() { return std::make_unique<Check>(); }

}  // namespace nfproof::cli
