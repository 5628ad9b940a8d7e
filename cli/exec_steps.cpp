// SPDX-License-Identifier: Apache-2.0
// Access after each step: see exec_steps.h.
#include "cli/exec_steps.h"

#include <chrono>
#include <optional>

#include "analyzer/analyze.h"
#include "cli/access.h"
#include "cli/exec_host.h"
#include "cli/exit_code.h"
#include "cli/oracle.h"
#include "compiler/commands/state_file.h"
#include "compiler/passes/passes.h"
#include "report/diagnostics.h"
#include "report/findings.h"
#include "report/steps.h"

namespace nfproof::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kBudget{120};

class Silence : public script::Output {
 public:
  void write(std::string_view, bool) override {}
};

/// Analyses the host after each command that changed it.
class Watcher {
 public:
  Watcher(Terminal& terminal, const StepOptions& options, source::SourceManager& sources, compiler::VirtualHost& host)
      : terminal_(terminal),
        options_(options),
        sources_(sources),
        host_(host),
        report_(terminal.out_style(), sources) {}

  void use_host(ir::Host machine) { machine_ = std::move(machine); }

  void begin() {
    last_ = text();
    analyse([this](const report::CheckReport& check) { report_.begin(check); });
  }

  void after(const script::ToolCall& call, const std::string& swapped) {
    std::string now = text();
    // Looking at a table may make it; counters do not matter.
    if (now == last_) return;
    last_ = std::move(now);
    std::string command;
    for (const std::string& word : call.words) command += (command.empty() ? "" : " ") + word;
    if (!swapped.empty()) command += " (swaps table " + swapped + ')';
    if (Clock::now() - start_ > kBudget) return report_.add_skipped(call.place, command);
    analyse([&](const report::CheckReport& check) { report_.add(call.place, command, check); });
  }

  [[nodiscard]] const report::StepReport& report() const { return report_; }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  /// With the filter table, which is there as soon as anybody looks: whether access is lost is asked of its chains.
  [[nodiscard]] std::string text() {
    for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
      if (!host_.tables(family).empty()) (void)host_.table(family, "filter");
    return host_text(host_, std::nullopt, {});
  }

  template <typename Use>
  void analyse(const Use& use) {
    ir::Ruleset ruleset = host_.ruleset();
    source::Diagnostics ignored;  // the kernel took these rules
    compiler::run_passes(ruleset, ignored);
    analyzer::AnalyzeOptions options;
    options.select = {"NF201", "NF202", "NF203"};
    options.total_timeout = std::chrono::milliseconds(5000);
    if (!read_admin(ruleset, options)) return;
    options.host = &machine_;
    options.oracle = make_oracle(ruleset, machine_);
    const analyzer::AnalyzeResult result = analyzer::analyze(ruleset, options);
    for (const std::string& error : result.internal_errors) terminal_.error("internal: " + error);
    use(report::CheckReport{sources_, ruleset, {}, result});
  }

  bool read_admin(ir::Ruleset& ruleset, analyzer::AnalyzeOptions& options) {
    for (const std::string& text : options_.admin) {
      source::Diagnostics diagnostics;
      if (read_access("--admin", text, sources_, ruleset.predicates, options.admin, diagnostics)) continue;
      if (!failed_) terminal_.err(report::diagnostics_text(terminal_.err_style(), sources_, diagnostics));
      failed_ = true;
      return false;
    }
    return true;
  }

  Terminal& terminal_;
  const StepOptions& options_;
  source::SourceManager& sources_;
  compiler::VirtualHost& host_;
  report::StepReport report_;
  ir::Host machine_;
  std::string last_;
  Clock::time_point start_ = Clock::now();
  bool failed_ = false;
};

/// Runs the script on `host` from the state `before`.
void follow(const std::string& before, const std::string& path, const std::string& script,
            const script::ScriptOptions& options, source::SourceManager& sources, compiler::VirtualHost& host,
            const std::function<void()>& begin, HostTools::Observer changed) {
  source::Diagnostics ignored;  // told when the script was followed the first time
  const source::FileId state = sources.add("(state)", before);
  (void)compiler::read_state(sources.file(state), state, host, ignored);
  if (begin) begin();
  const source::FileId file = sources.add(path == "-" ? "(stdin)" : path, script);
  HostTools tools(host, sources, std::move(changed));
  Silence output;
  (void)script::run_script(sources, file, options, tools, output, ignored);
}

}  // namespace

void declare_steps(Arguments& arguments, StepOptions& options) {
  arguments.values("--admin", "EXPR", options.admin, "with --each: who must keep access (default: tcp dport 22)");
  arguments.flag("--json", options.json, "with --each: one JSON document");
  declare_host(arguments, options.inputs);
}

StepsFound find_losses(Terminal& terminal, const std::vector<std::string>& admin, const ir::Host& machine,
                       const std::string& path, const std::string& script,
                       const script::ScriptOptions& script_options) {
  StepOptions options;
  options.admin = admin;
  source::SourceManager sources;
  compiler::VirtualHost host;
  Watcher watcher(terminal, options, sources, host);
  watcher.use_host(machine);
  follow(
      {}, path, script, script_options, sources, host, [&] { watcher.begin(); },
      [&](const script::ToolCall& call, const std::string& swapped) { watcher.after(call, swapped); });
  return {watcher.report().found(), watcher.report().undecided(), watcher.failed()};
}

int watch_steps(Terminal& terminal, const StepOptions& options, const std::string& before, const std::string& path,
                const std::string& script, const script::ScriptOptions& script_options) {
  // The machine that is assumed is the one which the whole ruleset suggests.
  compiler::Compilation whole;
  {
    compiler::VirtualHost host;
    follow(before, path, script, script_options, whole.sources, host, {}, {});
    whole.ruleset = host.ruleset();
    compiler::finish(whole);
  }
  auto machine = load_host(terminal, options.inputs, whole);
  if (!machine) return kBadInput;

  source::SourceManager sources;
  compiler::VirtualHost host;
  Watcher watcher(terminal, options, sources, host);
  watcher.use_host(std::move(*machine));
  follow(
      before, path, script, script_options, sources, host, [&] { watcher.begin(); },
      [&](const script::ToolCall& call, const std::string& swapped) { watcher.after(call, swapped); });
  if (watcher.failed()) return kBadInput;
  const report::StepReport& report = watcher.report();
  terminal.out(options.json ? report.json() : report.text());
  if (report.losses() != 0) return kFindings;
  return report.undecided() != 0 ? kUndecided : kOk;
}

}  // namespace nfproof::cli
