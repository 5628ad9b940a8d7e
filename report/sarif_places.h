// SPDX-License-Identifier: Apache-2.0
// Places as SARIF has them: addresses of files, regions with columns in characters, replaced text.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "analyzer/finding.h"
#include "compiler/source/source_file.h"
#include "report/json.h"

namespace nfproof::report {

/// An artifactLocation.
[[nodiscard]] Json artifact_json(const source::SourceManager& sources, source::FileId file);
/// A physicalLocation.
[[nodiscard]] Json physical_json(const source::SourceManager& sources, const source::Span& span);
/// A replacement. Deleting a rule deletes its line.
[[nodiscard]] Json replacement_json(const source::SourceManager& sources, const analyzer::Edit& edit);

}  // namespace nfproof::report
