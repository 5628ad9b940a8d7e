// SPDX-License-Identifier: Apache-2.0
// Diagnostics as text.
#include "report/diagnostics.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "report/snippet.h"

namespace nfproof::report {
namespace {

struct SeverityLook {
  std::string_view name;
  Tone tone;
};

SeverityLook look(source::Severity severity) {
  switch (severity) {
    case source::Severity::kNote: return {"note", Tone::kInfo};
    case source::Severity::kWarning: return {"warning", Tone::kWarning};
    case source::Severity::kError: return {"error", Tone::kError};
  }
  return {"error", Tone::kError};
}

std::string headline(const Style& style, const std::string& where, source::Severity severity,
                     const std::string& message) {
  const SeverityLook looks = look(severity);
  return paint(style, Tone::kBold, where + ": ") + paint(style, looks.tone, std::string(looks.name) + ": ") +
         paint(style, Tone::kBold, printable(message));
}

}  // namespace

std::string diagnostic_text(const Style& style, const source::SourceManager& sources,
                            const source::Diagnostic& diagnostic) {
  std::string text = headline(style, place(sources, diagnostic.span), diagnostic.severity, diagnostic.message);
  if (!diagnostic.id.empty()) text += paint(style, Tone::kDim, " [" + diagnostic.id + "]");
  text += '\n';
  if (style.snippets) text += snippet(style, sources, {diagnostic.span, '^', look(diagnostic.severity).tone, ""});
  for (const source::Label& label : diagnostic.labels) {
    if (style.snippets && label.span.is_known())
      text += snippet(style, sources, {label.span, '-', Tone::kInfo, printable(label.message)});
    else
      text += headline(style, place(sources, label.span), source::Severity::kNote, label.message) + '\n';
  }
  return text;
}

std::string diagnostics_text(const Style& style, const source::SourceManager& sources,
                             const source::Diagnostics& diagnostics) {
  std::vector<const source::Diagnostic*> sorted;
  for (const source::Diagnostic& each : diagnostics.all()) sorted.push_back(&each);
  std::stable_sort(sorted.begin(), sorted.end(), [](const source::Diagnostic* a, const source::Diagnostic* b) {
    return std::tuple(a->span.file, a->span.line, a->span.column) <
           std::tuple(b->span.file, b->span.line, b->span.column);
  });
  std::string text;
  for (const source::Diagnostic* each : sorted) text += diagnostic_text(style, sources, *each);
  return text;
}

}  // namespace nfproof::report
