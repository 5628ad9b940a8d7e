// SPDX-License-Identifier: Apache-2.0
// Packet expressions that users give for analyses: who must keep access, what is open on purpose.
#pragma once

#include <string>
#include <vector>

#include "analyzer/analyze.h"
#include "analyzer/triage/settings.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::cli {

/// One expression; `name` is what stands for a file in messages. Adds one access for each family that it may be about,
/// with predicates in `pool`. False after an error, which `diagnostics` have (places in a new file of `sources`).
[[nodiscard]] bool read_access(const std::string& name, const std::string& text, source::SourceManager& sources,
                               ir::PredicatePool& pool, std::vector<analyzer::AdminAccess>& to,
                               source::Diagnostics& diagnostics);

}  // namespace nfproof::cli
