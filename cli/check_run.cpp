// SPDX-License-Identifier: Apache-2.0
// Running the analysis.
#include "cli/check_run.h"

#include "analyzer/jobs.h"
#include "analyzer/paths/expand_sets.h"
#include "cli/access.h"
#include "cli/oracle.h"
#include "cli/threads.h"
#include "report/diagnostics.h"

namespace nfproof::cli {

bool known_checks(Terminal& terminal, const CheckRequest& request) {
  for (const auto* list : {&request.select, &request.ignore})
    for (const std::string& wanted : *list)
      if (!analyzer::is_check_name(wanted))
        return terminal.error("no check is called `" + wanted + "`; `nfproof explain` lists them"), false;
  return true;
}

std::optional<analyzer::AnalyzeOptions> analyze_options(Terminal& terminal, const CheckRequest& request,
                                                        const Project& project, compiler::Compilation& compilation) {
  const analyzer::Settings& settings = project.settings;
  analyzer::AnalyzeOptions options;
  const auto threads = threads_of(terminal, request.threads, analyzer::default_threads());
  if (!threads) return std::nullopt;
  options.threads = *threads;
  options.select = request.select.empty() ? settings.select : request.select;
  options.ignore = settings.ignore;
  options.ignore.insert(options.ignore.end(), request.ignore.begin(), request.ignore.end());
  if (request.select.empty())
    for (std::string& off : analyzer::checks_off(settings)) options.ignore.push_back(std::move(off));
  if (settings.sensitive_ports) options.sensitive_ports = *settings.sensitive_ports;
  ir::PredicatePool& pool = compilation.ruleset.predicates;
  for (const std::string& text : request.admin) {
    source::Diagnostics diagnostics;
    if (read_access("--admin", text, compilation.sources, pool, options.admin, diagnostics)) continue;
    terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, diagnostics));
    return std::nullopt;
  }
  if (request.admin.empty() && !project.read_access(terminal, settings.admin, pool, options.admin)) return std::nullopt;
  if (!project.read_access(terminal, settings.expected_open, pool, options.expected_open)) return std::nullopt;
  return options;
}

analyzer::AnalyzeResult analyse(Terminal& terminal, const compiler::Compilation& compilation, const ir::Host& host,
                                analyzer::AnalyzeOptions options) {
  options.host = &host;
  options.oracle = make_oracle(compilation.ruleset, host, &compilation.sets);
  options.sets = &compilation.sets;
  const auto expanded = analyzer::expand_sets(compilation.ruleset, compilation.sets);
  analyzer::AnalyzeResult result = analyzer::analyze(expanded ? *expanded : compilation.ruleset, options);
  for (const std::string& error : result.internal_errors) terminal.error("internal: " + error);
  return result;
}

report::CheckReport report_of(const compiler::Compilation& compilation, const analyzer::AnalyzeOptions& options,
                              const analyzer::AnalyzeResult& result) {
  report::CheckReport report{compilation.sources, compilation.ruleset, {}, result};
  for (const compiler::Compilation::File& file : compilation.files)
    report.files.push_back({file.path, file.family, file.tables, file.chains, file.rules});
  for (const analyzer::CheckInfo& check : analyzer::check_catalogue())
    if (analyzer::is_selected(options, check)) report.checks.push_back(&check);
  report.diagnostics = &compilation.diagnostics;
  report.version = NFPROOF_VERSION;
  return report;
}

}  // namespace nfproof::cli
