// SPDX-License-Identifier: Apache-2.0
// Collecting diagnostics.
#include "compiler/source/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nfproof::source {

ToolMessage kernel_refuses() {
  return {ToolMessage::Form::kKernel, "Invalid argument. Run `dmesg' for more information"};
}

Diagnostic& Diagnostics::add(Severity severity, std::string id, Span span, std::string message) {
  if (severity == Severity::kError) ++errors_;
  all_.push_back({severity, std::move(id), span, std::move(message), {}, {}});
  return all_.back();
}

Diagnostic& Diagnostics::error(std::string id, Span span, std::string message) {
  return add(Severity::kError, std::move(id), span, std::move(message));
}

Diagnostic& Diagnostics::warning(std::string id, Span span, std::string message) {
  return add(Severity::kWarning, std::move(id), span, std::move(message));
}

Diagnostic& Diagnostics::note(std::string id, Span span, std::string message) {
  return add(Severity::kNote, std::move(id), span, std::move(message));
}

void Diagnostics::sort() {
  std::stable_sort(all_.begin(), all_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.span.file, a.span.line, a.span.column) < std::tie(b.span.file, b.span.line, b.span.column);
  });
}

}  // namespace nfproof::source
