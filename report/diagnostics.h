// SPDX-License-Identifier: Apache-2.0
// Diagnostics for people and editors: `FILE:LINE:COLUMN: error: message [id]`, with the source line and a caret where
// the style wants them.
#pragma once

#include <string>

#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"
#include "report/style.h"

namespace nfproof::report {

[[nodiscard]] std::string diagnostic_text(const Style& style, const source::SourceManager& sources,
                                          const source::Diagnostic& diagnostic);
/// All of them, in the order of files and lines.
[[nodiscard]] std::string diagnostics_text(const Style& style, const source::SourceManager& sources,
                                           const source::Diagnostics& diagnostics);

}  // namespace nfproof::report
