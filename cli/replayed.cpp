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

/// What was assumed, as a sentence about the rule.
std::string assumed(const sim::Assumption& assumption) {
  if (assumption.module == sim::kPortChoice)
    return "the source port of a translated connection is that of another: the kernel takes a free one by chance, "
           "here it is the first";
  if (assumption.module == sim::kHelperBlind)
    return "the helper `" + assumption.arguments + "` sees not all data: the capture cut it off";
  const std::string name =
      '`' + assumption.module + (assumption.arguments.empty() ? "" : ' ' + assumption.arguments) + "` ";
  if (assumption.is_target) return name + "is taken to do nothing to the packet";
  if (assumption.module == "statistic") return name + "is decided by chance, the same in every replay";
  return name + (assumption.answer ? "is taken to match" : "is taken not to match");
}

source::Span span_of(const ir::Ruleset& ruleset, ir::RuleRef ref) {
  const ir::Rule* rule = ruleset.rule(ref);
  return rule != nullptr ? rule->span : ruleset.chain(ref.chain).span;
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
  bool decided = true;
  for (const sim::Assumption& assumption : simulator.assumptions()) {
    if (!assumption.rule) {
      terminal.note(which + assumed(assumption));
      continue;
    }
    const source::Span span = span_of(ruleset, *assumption.rule);
    if (assumption.module != kSynproxy) {
      diagnostics.note("assumed", span,
                       which + report::rule_name(ruleset, *assumption.rule) + ": " + assumed(assumption));
      continue;
    }
    decided = false;
    diagnostics.warning("not-modelled", span,
                        "`SYNPROXY` is taken to drop what meets it; the connections that it opens to servers are not "
                        "modelled, so what is told of them is undecided");
  }
  terminal.err(report::diagnostics_text(terminal.err_style(), sources, diagnostics));
  return decided;
}

}  // namespace nfproof::cli
