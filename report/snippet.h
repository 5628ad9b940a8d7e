// SPDX-License-Identifier: Apache-2.0
// A source line with marks under the columns of a span.
#pragma once

#include <string>
#include <string_view>

#include "compiler/source/source_file.h"
#include "compiler/source/span.h"
#include "report/style.h"

namespace nfproof::report {

struct Mark {
  source::Span span;
  char stroke = '^';
  Tone tone = Tone::kError;
  std::string label;  ///< behind the marks
};

/// Two lines: the number and text of the source line, and the marks. Empty for a span without a place.
[[nodiscard]] std::string snippet(const Style& style, const source::SourceManager& sources, const Mark& mark);

/// `FILE:LINE:COLUMN`, or `FILE` when the place was not written.
[[nodiscard]] std::string place(const source::SourceManager& sources, const source::Span& span);

}  // namespace nfproof::report
