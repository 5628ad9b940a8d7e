// SPDX-License-Identifier: Apache-2.0
// Findings as text: the finding, the source line it is about, the rules that are to blame, the packet that shows it.
#include <algorithm>
#include <map>

#include "report/findings.h"
#include "report/packet_text.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

Tone tone_of(analyzer::Level level) {
  switch (level) {
    case analyzer::Level::kInfo: return Tone::kInfo;
    case analyzer::Level::kWarning: return Tone::kWarning;
    case analyzer::Level::kError: return Tone::kError;
  }
  return Tone::kError;
}

std::string headline(const Style& style, const CheckReport& report, const source::Span& span, Tone tone,
                     std::string_view word, const std::string& message, std::string_view id, std::string_view name) {
  return paint(style, Tone::kBold, place(report.sources, span) + ": ") + paint(style, tone, std::string(word) + ": ") +
         paint(style, Tone::kBold, printable(message)) +
         paint(style, Tone::kDim, " [" + std::string(id) + ' ' + std::string(name) + "]") + '\n';
}

/// A rule fills its line: two words (`-A INPUT`) are mark enough, and leave room for what is said about it.
source::Span marked(const CheckReport& report, source::Span span) {
  if (!span.is_known()) return span;
  const std::string_view line = report.sources.file(span.file).line(span.line);
  const std::size_t first_word = line.find(' ', span.column - 1);
  const std::size_t second_word = first_word == std::string_view::npos ? first_word : line.find(' ', first_word + 1);
  if (second_word != std::string_view::npos)
    span.end_column = std::min(span.end_column, static_cast<std::uint32_t>(second_word + 1));
  return span;
}

std::string because_label(const CheckReport& report, const analyzer::Because& because) {
  return rule_name(report.ruleset, because.rule) + ' ' + printable(because.message);
}

std::string because_text(const Style& style, const CheckReport& report, const source::Span& about,
                         const analyzer::Because& because) {
  const std::string label = because_label(report, because);
  if (!because.span.is_known()) return "       = " + label + '\n';
  std::string text;
  if (because.span.file != about.file) text = "       in " + place(report.sources, because.span) + ":\n";
  return text + snippet(style, report.sources, {marked(report, because.span), '-', Tone::kInfo, label});
}

/// What makes the fix, and what is known about it.
std::string_view how_to_fix(const analyzer::Fix& fix) {
  if (fix.safe) return " (proved: no packet is treated differently)";
  if (fix.provable) return " (`--fix` does it, if that is proved to change nothing)";
  return fix.edits.empty() ? "" : " (some packets are treated differently then: `--fix --unsafe-fixes` does it)";
}

std::string undecided_text(const Style& style, const CheckReport& report, const analyzer::Undecided& open) {
  const std::string where = open.rule ? rule_name(report.ruleset, *open.rule) + ": " : "";
  return headline(style, report, open.span, Tone::kWarning, "undecided", where + open.reason, open.id, open.name);
}

/// ` (2 ignored by a comment, 3 in the baseline)`
std::string hidden_summary(const Style& style, const CheckReport& report) {
  std::map<std::string_view, std::size_t> counts;
  for (const analyzer::HiddenFinding& hidden : report.hidden) ++counts[hidden_because(hidden)];
  std::string text;
  for (const auto& [why, count] : counts)
    text += (text.empty() ? " (" : ", ") + std::to_string(count) + ' ' + std::string(why);
  return text.empty() ? text : paint(style, Tone::kDim, text + ')');
}

std::string summary(const Style& style, const CheckReport& report) {
  std::size_t levels[3] = {0, 0, 0};
  for (const analyzer::Finding& finding : report.result.findings) ++levels[static_cast<std::size_t>(finding.level)];
  std::size_t rules = 0;
  for (const CheckedFile& file : report.files) rules += file.rules;

  std::vector<std::string> parts;
  const auto part = [&](std::size_t count, std::string_view noun, Tone tone) {
    if (count != 0) parts.push_back(paint(style, tone, counted(count, noun)));
  };
  part(levels[2], "error", Tone::kError);
  part(levels[1], "warning", Tone::kWarning);
  if (levels[0] != 0) parts.push_back(paint(style, Tone::kInfo, std::to_string(levels[0]) + " info"));
  if (parts.empty()) parts.push_back(paint(style, Tone::kGood, "nothing to report"));
  if (const std::size_t open = report.result.undecided.size(); open != 0)
    parts.push_back(paint(style, Tone::kWarning, std::to_string(open) + " undecided"));

  std::string text = counted(rules, "rule") + " checked: ";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i];
  return text + hidden_summary(style, report) + '\n';
}

}  // namespace

std::string_view hidden_because(const analyzer::HiddenFinding& hidden) {
  switch (hidden.by) {
    case analyzer::HiddenFinding::By::kComment: return "ignored by a comment";
    case analyzer::HiddenFinding::By::kBaseline: return "in the baseline";
    case analyzer::HiddenFinding::By::kOld: return "in the old ruleset as well";
  }
  return "";
}

std::string witness_fate(const CheckReport& report, const analyzer::Witness& witness) {
  return witness.fate.empty() ? fate_text(report.ruleset, witness.claim.fate) : witness.fate;
}

std::string finding_text(const Style& style, const CheckReport& report, const analyzer::Finding& finding) {
  const Tone tone = tone_of(finding.level);
  std::string text = headline(style, report, finding.span, tone, analyzer::level_name(finding.level), finding.message,
                              finding.id, finding.name);
  // Information is a matter of taste: one line each, the rest is in the JSON.
  if (finding.level == analyzer::Level::kInfo) return text;
  // What is said about the very rule of the finding stands under it, not under a copy.
  std::string own;
  for (const analyzer::Because& because : finding.because)
    if (because.span.is_known() && because.span == finding.span) own = because_label(report, because);
  text += snippet(style, report.sources, {marked(report, finding.span), '^', tone, own});
  for (const analyzer::Because& because : finding.because)
    if (!because.span.is_known() || because.span != finding.span)
      text += because_text(style, report, finding.span, because);
  if (finding.witness) {
    text += paint(style, Tone::kDim, "       = packet: ") + packet_text(finding.witness->packet) + ": " +
            witness_fate(report, *finding.witness) + '\n';
  }
  if (finding.fix) {
    text += paint(style, Tone::kDim, "       = fix: ") + printable(finding.fix->description) +
            std::string(how_to_fix(*finding.fix)) + '\n';
  }
  return text;
}

std::string findings_text(const Style& style, const CheckReport& report) {
  std::string text;
  bool after_information = false;
  for (const analyzer::Finding& finding : report.result.findings) {
    const bool information = finding.level == analyzer::Level::kInfo;
    if (after_information && !information) text += '\n';
    text += finding_text(style, report, finding);
    if (!information) text += '\n';
    after_information = information;
  }
  if (after_information) text += '\n';
  for (const analyzer::Undecided& open : report.result.undecided) text += undecided_text(style, report, open);
  if (!report.result.undecided.empty()) text += '\n';
  return text + summary(style, report);
}

}  // namespace nfproof::report
