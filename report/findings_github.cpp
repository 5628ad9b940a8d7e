// SPDX-License-Identifier: Apache-2.0
// Findings as workflow commands: GitHub Actions shows them beside the lines of a pull request.
#include "report/findings.h"
#include "report/packet_text.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

/// Line ends and `%` are coded; in properties also what separates them.
std::string coded(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) switch (c) {
      case '%': out += "%25"; break;
      case '\r': out += "%0D"; break;
      case '\n': out += "%0A"; break;
      case ':': out += property ? "%3A" : ":"; break;
      case ',': out += property ? "%2C" : ","; break;
      default: out += c;
    }
  return out;
}

std::string command(std::string_view kind, const source::SourceManager& sources, const source::Span& span,
                    const std::string& title, const std::string& message) {
  std::string text = "::" + std::string(kind);
  if (span.is_known()) {
    text += " file=" + coded(sources.file(span.file).path(), true) + ",line=" + std::to_string(span.line);
    text += ",endLine=" + std::to_string(span.line) + ",col=" + std::to_string(span.column);
    text += ",endColumn=" + std::to_string(span.end_column) + ',';
  } else {
    text += ' ';
  }
  return text + "title=" + coded(title, true) + "::" + coded(message, false) + '\n';
}

std::string_view kind_of(analyzer::Level level) {
  switch (level) {
    case analyzer::Level::kInfo: return "notice";
    case analyzer::Level::kWarning: return "warning";
    case analyzer::Level::kError: return "error";
  }
  return "error";
}

std::string message_of(const CheckReport& report, const analyzer::Finding& finding) {
  std::string text = printable(finding.message);
  for (const analyzer::Because& because : finding.because) {
    text += '\n' + place(report.sources, because.span) + ": " + rule_name(report.ruleset, because.rule) + ' ' +
            printable(because.message);
  }
  if (finding.witness)
    text += "\npacket: " + packet_text(finding.witness->packet) + ": " + witness_fate(report, *finding.witness);
  if (finding.fix) text += "\nfix: " + printable(finding.fix->description);
  return text;
}

std::string title_of(std::string_view id, std::string_view name) { return std::string(id) + ' ' + std::string(name); }

}  // namespace

std::string findings_github(const CheckReport& report) {
  std::string text;
  if (report.diagnostics != nullptr)
    for (const source::Diagnostic& diagnostic : report.diagnostics->all())
      if (diagnostic.severity == source::Severity::kError)
        text += command("error", report.sources, diagnostic.span, diagnostic.id, printable(diagnostic.message));
  for (const analyzer::Finding& finding : report.result.findings)
    text += command(kind_of(finding.level), report.sources, finding.span, title_of(finding.id, finding.name),
                    message_of(report, finding));
  for (const analyzer::Undecided& open : report.result.undecided)
    text += command("warning", report.sources, open.span, title_of(open.id, open.name),
                    "undecided: " + printable(open.reason));
  return text;
}

}  // namespace nfproof::report
