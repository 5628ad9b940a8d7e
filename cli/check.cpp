// SPDX-License-Identifier: Apache-2.0
// nfproof check: analyses rulesets. Every packet that the analysis shows was replayed in the simulator before.
#include "analyzer/paths/expand_sets.h"
#include "analyzer/triage/fingerprint.h"
#include "cli/check_fix.h"
#include "cli/check_outputs.h"
#include "cli/check_run.h"
#include "cli/check_script.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/write_file.h"
#include "compiler/ir/set_use.h"
#include "report/baseline.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

class Check : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_, OutputFormats{CheckOutputs::formats(), {}});
    inputs_.empty_sets_fill = true;
    outputs_.declare(arguments);
    declare_host(arguments, inputs_);
    arguments.values("--select", "IDS", request_.select, "only these checks: ids, prefixes of ids (NF1) or names",
                     true);
    arguments.values("--ignore", "IDS", request_.ignore, "all but these checks", true);
    arguments.value("--fail-on", "LEVEL", fail_on_, "exit 1 from this level on: error, warning (default), info");
    arguments.values("--admin", "EXPR", request_.admin, "who must keep access (default: tcp dport 22)");
    arguments.value("--config", "FILE", config_,
                    "settings (default: .nfproof.toml of this directory or one above it, if there is one)");
    arguments.value("--baseline", "FILE", baseline_, "tell only findings that are not in this file");
    arguments.value("--write-baseline", "FILE", write_baseline_, "write down the findings of this run as known");
    arguments.values("--diff-base", "OLD", diff_base_,
                     "tell only findings that the ruleset OLD does not have; repeatable when it has several files");
    arguments.value("--threads", "N", request_.threads,
                    "how many to use (default: one for each processor); the result is the same");
    arguments.flag("--fix", fix_,
                   "delete rules that are dead or repeated and move rules up that accept open connections too late, "
                   "where the result is proved equivalent; then check what is left");
    arguments.flag("--fix-dry-run,--diff", fix_dry_run_, "only print what --fix would change, as a unified diff");
    arguments.flag("--unsafe-fixes", unsafe_fixes_,
                   "with --fix: move such rules up also where that changes what happens to some packets");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (!output_format(terminal, inputs_, {CheckOutputs::formats(), {}}) || !outputs_.plan(terminal, inputs_))
      return kBadInput;
    Project project;
    if (!known_checks(terminal, request_) || !load_project(terminal, config_, project)) return kBadInput;
    const auto fail_on = fail_on_.empty() ? project.settings.fail_on.value_or(analyzer::Level::kWarning)
                                          : analyzer::level_of_name(fail_on_);
    if (!fail_on) return terminal.error("--fail-on takes error, warning or info"), kBadInput;
    if (baseline_.empty() && write_baseline_.empty()) baseline_ = project.resolved(project.settings.baseline);

    if (fix_ && fix_dry_run_) return terminal.error("--fix and --fix-dry-run exclude each other"), kBadInput;
    if (unsafe_fixes_ && !fix_ && !fix_dry_run_)
      return terminal.error("--unsafe-fixes goes with --fix or --fix-dry-run"), kBadInput;
    if (fix_ || fix_dry_run_) {
      const auto code = apply_fixes(terminal, project);
      if (code) return *code;
    }

    compiler::Compilation compilation;
    const auto script = find_script(inputs_);
    const bool follow = script && !script->is_list;
    if (!(follow ? load_script(terminal, *script, compilation) : load_rulesets(terminal, inputs_, compilation)))
      return kBadInput;
    source::Diagnostics remarks;
    analyzer::Suppressions suppressions(compilation.sources, compilation.ruleset, remarks);
    auto options = analyze_options(terminal, request_, project, compilation);
    if (!options) return kBadInput;
    const auto host = load_host(terminal, inputs_, compilation);
    if (!host) return kBadInput;
    std::size_t open_steps = 0;
    if (script && !watch_script(terminal, *script, project, *host, compilation, *options, open_steps)) return kBadInput;

    analyzer::TriageOptions wanted{project.settings, project.directory};
    analyzer::Fingerprints known, old;
    if (!baseline_.empty() && !read_known(terminal, known)) return kBadInput;
    if (!baseline_.empty()) wanted.baseline = &known;
    if (!diff_base_.empty() && !analyse_old(terminal, project, *host, old)) return kBadInput;
    if (!diff_base_.empty()) wanted.old = &old;

    analyzer::AnalyzeResult result = analyse(terminal, compilation, *host, *options);
    std::vector<analyzer::HiddenFinding> hidden =
        analyzer::triage(compilation.sources, compilation.ruleset, wanted, suppressions, result);
    suppressions.tell_unused(*options, remarks);
    remarks.sort();
    terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, remarks));
    if (!write_baseline_.empty() && !keep_baseline(terminal, compilation, *options, result, hidden)) return kBadInput;

    report::CheckReport report = report_of(compilation, *options, result);
    report.hidden = std::move(hidden);
    report.fail_on = *fail_on;
    report.compared = wanted.baseline != nullptr || wanted.old != nullptr || !write_baseline_.empty();
    if (!outputs_.write(terminal, report)) return kBadInput;
    tell_assumptions(terminal, compilation, result);
    if (open_steps != 0) terminal.note("access after " + report::counted(open_steps, "step") + " is undecided");
    const int code = exit_code(result, *fail_on);
    return code == kOk && open_steps != 0 ? kUndecided : code;
  }

 private:
  /// An exit code, or nothing when the check goes on.
  std::optional<int> apply_fixes(Terminal& terminal, const Project& project) const {
    const FixResult fixes = find_fixes(terminal, inputs_, request_, project, {unsafe_fixes_});
    terminal.err(fixes.left_out);
    if (!fixes.readable) {
      terminal.note("nothing is fixed: the input is not read from files, or has errors");
      return std::nullopt;
    }
    if (fix_dry_run_) {
      for (const FixedFile& file : fixes.files) terminal.out(unified_diff(file.path, file.before, file.changes));
      if (!fixes.files.empty()) return kFindings;
      return fixes.left_out_count != 0 ? kUndecided : kOk;
    }
    for (const FixedFile& file : fixes.files) {
      if (!replace_file(terminal, file.path, file.after)) return kBadInput;
      tell_fixes(terminal, file);
    }
    return std::nullopt;
  }

  static void tell_fixes(Terminal& terminal, const FixedFile& file) {
    static constexpr std::string_view kProved = " (proved: no packet is treated differently)";
    if (file.deleted != 0)
      terminal.note(report::counted(file.deleted, "rule") + " deleted from " + file.path + std::string(kProved));
    if (file.moved != 0)
      terminal.note(report::counted(file.moved, "rule") + " moved up in " + file.path + std::string(kProved));
    if (file.moved_anyway != 0)
      terminal.note(report::counted(file.moved_anyway, "rule") + " moved up in " + file.path +
                    " (asked for: packets of open connections may be treated differently)");
  }

  /// What single commands of a script lose.
  bool watch_script(Terminal& terminal, const ScriptInput& script, const Project& project, const ir::Host& host,
                    const compiler::Compilation& compilation, analyzer::AnalyzeOptions& options,
                    std::size_t& open_steps) const {
    const analyzer::CheckInfo* check = analyzer::find_check("NF210");
    if (check == nullptr || !analyzer::is_selected(options, *check)) return true;
    std::vector<std::string> admin = request_.admin;
    if (admin.empty())
      for (const analyzer::Setting& setting : project.settings.admin) admin.push_back(setting.text);
    auto lost = lost_on_the_way(terminal, script, admin, host, compilation, open_steps);
    if (!lost) return false;
    options.lost_on_the_way = std::move(*lost);
    return true;
  }

  bool read_known(Terminal& terminal, analyzer::Fingerprints& known) const {
    const source::FileText read = source::read_file(baseline_);
    if (!read.error.empty()) return terminal.error('`' + baseline_ + "` cannot be read: " + read.error), false;
    auto fingerprints = report::read_baseline(read.text);
    if (!fingerprints) return terminal.error('`' + baseline_ + "` is no baseline; `--write-baseline` makes one"), false;
    known = std::move(*fingerprints);
    return true;
  }

  /// What the old ruleset has is known.
  bool analyse_old(Terminal& terminal, const Project& project, const ir::Host& host,
                   analyzer::Fingerprints& old) const {
    compiler::Compilation compilation;
    InputOptions inputs = inputs_;
    inputs.files = diff_base_;
    if (!load_rulesets(terminal, inputs, compilation)) return false;
    const auto options = analyze_options(terminal, request_, project, compilation);
    if (!options) return false;
    analyzer::AnalyzeResult result = analyse(terminal, compilation, host, *options);
    analyzer::set_fingerprints(compilation.ruleset, result.findings);
    for (analyzer::Finding& finding : result.findings) old.insert(std::move(finding.fingerprint));
    return true;
  }

  /// Writes what is to be told into the baseline: from now on it is known.
  bool keep_baseline(Terminal& terminal, const compiler::Compilation& compilation,
                     const analyzer::AnalyzeOptions& options, analyzer::AnalyzeResult& result,
                     std::vector<analyzer::HiddenFinding>& hidden) const {
    report::CheckReport report = report_of(compilation, options, result);
    report.hidden = hidden;
    if (!replace_file(terminal, write_baseline_, report::baseline_text(report))) return false;
    for (analyzer::Finding& finding : result.findings) {
      analyzer::HiddenFinding& known = hidden.emplace_back();
      known.finding = std::move(finding);
      known.by = analyzer::HiddenFinding::By::kBaseline;
      known.was_there = true;
    }
    result.findings.clear();
    return true;
  }

  void tell_assumptions(Terminal& terminal, const compiler::Compilation& compilation,
                        const analyzer::AnalyzeResult& result) const {
    if (outputs_.tells_people())
      for (const std::string& assumption : result.assumptions) terminal.note(assumption);
    if (analyzer::has_open_sets(compilation.ruleset, compilation.sets))
      terminal.note("sets that rules change, that are empty, that forget elements or that hold more than " +
                    std::to_string(ir::kMostFixedElements) + " elements are taken to hold anything");
  }

  static int exit_code(const analyzer::AnalyzeResult& result, analyzer::Level fail_on) {
    if (!result.internal_errors.empty()) return kInternal;
    for (const analyzer::Finding& finding : result.findings)
      if (finding.level >= fail_on) return kFindings;
    return result.undecided.empty() ? kOk : kUndecided;
  }

  InputOptions inputs_;
  CheckRequest request_;
  CheckOutputs outputs_;
  std::vector<std::string> diff_base_;
  std::string fail_on_, config_, baseline_, write_baseline_;
  bool fix_ = false, fix_dry_run_ = false, unsafe_fixes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_check() { return std::make_unique<Check>(); }

}  // namespace nfproof::cli
