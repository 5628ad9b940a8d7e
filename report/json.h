// SPDX-License-Identifier: Apache-2.0
// JSON values that several reports share. For the sources of this room only: no other room sees the JSON library.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "analyzer/regions/regions.h"
#include "compiler/ir/packet.h"
#include "compiler/source/source_file.h"

namespace nfproof::report {

using Json = nlohmann::ordered_json;

/// PACKET: the packet's fields by name, and the expression that fits exactly it.
[[nodiscard]] Json packet_json(const ir::Packet& packet);

/// Null for the empty text: "no interface".
[[nodiscard]] Json text_or_null(std::string_view text);

/// `file` and `line` (and, with `columns`, `column` and `end_column`); null where nothing was written.
void add_place(Json& to, const source::SourceManager& sources, const source::Span& span, bool columns);
/// What an edit puts in the place of its columns.
[[nodiscard]] std::string edit_text(const source::SourceManager& sources, const analyzer::Edit& edit);
/// `table`, `chain` and `rule`: the number from 1, null for a policy.
void add_rule(Json& to, const ir::Ruleset& ruleset, ir::RuleRef rule);

struct RegionSide;
/// Verdict and deciding rule of a region.
void add_region_fate(Json& to, const RegionSide& side, const analyzer::RegionFate& fate);

/// One line with a newline. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string dump_line(const Json& json);

}  // namespace nfproof::report
