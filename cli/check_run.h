// SPDX-License-Identifier: Apache-2.0
// One analysis of one ruleset, with everything that `check` was told.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/analyze.h"
#include "analyzer/triage/triage.h"
#include "cli/project.h"
#include "cli/terminal.h"
#include "compiler/frontend/compile.h"
#include "compiler/ir/host.h"
#include "report/findings.h"

namespace nfproof::cli {

struct CheckRequest {
  std::vector<std::string> select, ignore, admin;
  std::string threads;
};

/// Words that name no check, in the request, are told. False: there were some.
[[nodiscard]] bool known_checks(Terminal& terminal, const CheckRequest& request);

/// The checks to be run, and who must keep access. Nothing after an error, which is told.
[[nodiscard]] std::optional<analyzer::AnalyzeOptions> analyze_options(Terminal& terminal, const CheckRequest& request,
                                                                      const Project& project,
                                                                      compiler::Compilation& compilation);

/// Runs the analysis, every witness replayed; internal errors are told.
[[nodiscard]] analyzer::AnalyzeResult analyse(Terminal& terminal, const compiler::Compilation& compilation,
                                              const ir::Host& host, analyzer::AnalyzeOptions options);

/// The report about a compilation.
[[nodiscard]] report::CheckReport report_of(const compiler::Compilation& compilation,
                                            const analyzer::AnalyzeOptions& options,
                                            const analyzer::AnalyzeResult& result);

}  // namespace nfproof::cli
