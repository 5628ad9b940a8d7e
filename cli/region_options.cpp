// SPDX-License-Identifier: Apache-2.0
// Limits, expressions and notes of questions about regions.
#include "cli/region_options.h"

#include <charconv>

#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

std::optional<std::size_t> positive(const std::string& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0 || number > 1'000'000)
    return std::nullopt;
  return number;
}

}  // namespace

void declare_region_limits(Arguments& arguments, RegionLimits& limits) {
  arguments.value("--time-limit", "SECONDS", limits.time,
                  "give up after this time (default 60); what is open then is told, and the exit code is 3");
  arguments.value("--memory-limit", "MB", limits.memory, "give up beyond about so much memory (default 1000)");
}

bool read_region_limits(Terminal& terminal, const RegionLimits& limits, analyzer::regions::Budget& budget) {
  const auto seconds = positive(limits.time);
  const auto megabytes = positive(limits.memory);
  if (!seconds) return terminal.error("--time-limit takes seconds, from 1"), false;
  if (!megabytes) return terminal.error("--memory-limit takes megabytes, from 1"), false;
  constexpr std::size_t kBytesOfEdge = 20;  // with its share of nodes and tables
  budget.time = std::chrono::seconds(*seconds);
  budget.edges = std::min<std::size_t>(*megabytes * 1'000'000 / kBytesOfEdge, 400'000'000);
  return true;
}

std::optional<compiler::Expression> read_expression(Terminal& terminal, compiler::Compilation& compilation,
                                                    const std::string& name, const std::string& text) {
  source::Diagnostics diagnostics;
  auto expression =
      compiler::parse_expression(compilation.sources, name, text, compilation.ruleset.predicates, diagnostics);
  terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, diagnostics));
  return expression;
}

bool restrict_to(Terminal& terminal, const compiler::Expression& expression, analyzer::RegionOptions& options) {
  if (expression.family) options.families = {*expression.family};
  if (!expression.hook) return true;
  for (const analyzer::HostWay way : analyzer::kHostWays)
    if (analyzer::way_hook(way) == *expression.hook) {
      options.ways = {way};
      return true;
    }
  terminal.error("a way is named by `hook input`, `hook forward` or `hook output`");
  return false;
}

void tell_region_notes(Terminal& terminal, const std::vector<std::string>& assumptions,
                       const std::vector<std::string>& internal_errors, bool json) {
  for (const std::string& error : internal_errors) terminal.error("internal: " + error);
  if (json) return;
  for (const std::string& assumption : assumptions) terminal.note(assumption);
}

}  // namespace nfproof::cli
