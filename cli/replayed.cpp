// SPDX-License-Identifier: Apache-2.0
// From results to reports.
#include "cli/replayed.h"

#include "report/diagnostics.h"
#include "report/packet_text.h"

namespace nfproof::cli {
namespace {

constexpr std::string_view kSynproxy = "SYNPROXY";

std::string verdict_text(const sim::Result& result) {
  if (result.disposition == sim::Disposition::kDiscarded || result.disposition == sim::Disposition::kHeld)
    return "INVALID";
  return std::string(ir::verdict_name(result.verdict));
}

std::string answer(const sim::Assumption& assumption) {
  if (assumption.is_target) return "is taken to do nothing to the packet";
  if (assumption.module == "statistic") return "is decided by chance, the same in every replay";
  return assumption.answer ? "is taken to match" : "is taken not to match";
}

}  // namespace

/// What goes to a program that listens to a group says so before its line.
std::vector<std::string> log_lines(const sim::Result& result) {
  std::vector<std::string> lines;
  for (const sim::LogEvent& event : result.logs) {
    if (event.line.empty()) continue;
    lines.push_back((event.nflog_group ? "nflog-group " + std::to_string(*event.nflog_group) + ": " : std::string()) +
                    event.line);
  }
  return lines;
}

report::ReplayedPacket replayed(std::uint64_t number, sim::Nanoseconds time, const sim::Result& result) {
  report::ReplayedPacket fate;
  fate.number = number;
  fate.time_ns = time;
  fate.is_ip = result.disposition != sim::Disposition::kNotIp;
  if (fate.is_ip) fate.hook = result.hook;
  fate.verdict = verdict_text(result);
  fate.decided_by = result.decided_by;
  fate.reason = result.reason;
  fate.before = result.before;
  fate.before.out.clear();
  fate.out = result.after.out;
  if (result.rewritten) fate.after = result.after;
  fate.fragments = result.pieces.size();
  fate.log = log_lines(result);
  return fate;
}

report::ReplayedPacket skipped(const InputPacket& packet) {
  report::ReplayedPacket fate;
  fate.number = packet.number;
  fate.time_ns = packet.captured->time;
  fate.is_ip = false;
  fate.reason = packet.why();
  return fate;
}

bool tell_assumptions(Terminal& terminal, const source::SourceManager& sources, const ir::Ruleset& ruleset,
                      const sim::Simulator& simulator, const std::string& which) {
  source::Diagnostics diagnostics;
  for (const sim::Assumption& assumption : simulator.assumptions()) {
    if (assumption.module == kSynproxy) {
      diagnostics.warning("not-modelled", ruleset.chain(assumption.rule.chain).rules[assumption.rule.index].span,
                          "`SYNPROXY` is taken to drop what meets it; the connections that it opens to servers are not "
                          "modelled, so what is told of them is undecided");
      continue;
    }
    const std::string name = assumption.module + (assumption.arguments.empty() ? "" : ' ' + assumption.arguments);
    terminal.note(which + report::rule_name(ruleset, assumption.rule) + ": `" + name + "` " + answer(assumption));
  }
  terminal.err(report::diagnostics_text(terminal.err_style(), sources, diagnostics));
  return diagnostics.all().empty();
}

}  // namespace nfproof::cli
