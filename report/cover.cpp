// SPDX-License-Identifier: Apache-2.0
// Coverage as text and JSON.
#include "report/cover.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/json.h"
#include "report/packet_text.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

std::string_view name_of(CoverStatus status) {
  switch (status) {
    case CoverStatus::kHit: return "hit";
    case CoverStatus::kDead: return "dead";
    case CoverStatus::kUndecided: return "undecided";
  }
  return "";
}

std::size_t count(const std::vector<CoverRow>& rows, CoverStatus status) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [status](const CoverRow& row) { return row.status == status; }));
}

source::Span span_of(const ir::Ruleset& ruleset, ir::RuleRef place) {
  const ir::Rule* rule = ruleset.rule(place);
  return rule != nullptr ? rule->span : ruleset.chain(place.chain).span;
}

}  // namespace

std::string cover_text(const Style& style, const source::SourceManager& sources, const ir::Ruleset& ruleset,
                       const std::vector<CoverRow>& rows) {
  std::string text;
  std::size_t outside = 0;
  for (const CoverRow& row : rows) {
    outside += row.outside && row.status == CoverStatus::kUndecided ? 1 : 0;
    if (row.status == CoverStatus::kHit) continue;
    const Tone tone = row.status == CoverStatus::kDead ? Tone::kInfo : Tone::kWarning;
    text += paint(style, Tone::kBold, place(sources, span_of(ruleset, row.place)) + ": ") +
            paint(style, tone, std::string(name_of(row.status)) + ": ") + rule_name(ruleset, row.place) + ": " +
            printable(row.why) + '\n';
  }
  if (!text.empty()) text += '\n';
  text += counted(rows.size(), "place") + " (rules and policies): " + std::to_string(count(rows, CoverStatus::kHit)) +
          " hit, " + std::to_string(count(rows, CoverStatus::kDead)) + " dead";
  if (const std::size_t open = count(rows, CoverStatus::kUndecided); open != 0) {
    text += ", " + std::to_string(open) + " undecided";
    if (outside != 0) text += " (" + std::to_string(outside) + " of them ask for what no packet carries)";
  }
  return text + '\n';
}

std::string cover_json(const source::SourceManager& sources, const ir::Ruleset& ruleset,
                       const std::vector<CoverRow>& rows) {
  Json json;
  json["rules"] = Json::array();
  for (const CoverRow& row : rows) {
    Json each;
    each["family"] = family_number(ruleset.table_of(row.place.chain).family);
    add_rule(each, ruleset, row.place);
    add_place(each, sources, span_of(ruleset, row.place), false);
    each["status"] = name_of(row.status);
    each["packet"] = row.packet ? Json(*row.packet) : Json(nullptr);
    each["why"] = row.why.empty() ? Json(nullptr) : Json(row.why);
    if (row.outside) each["outside"] = true;
    json["rules"].push_back(std::move(each));
  }
  json["stats"] = {{"hit", count(rows, CoverStatus::kHit)},
                   {"dead", count(rows, CoverStatus::kDead)},
                   {"undecided", count(rows, CoverStatus::kUndecided)}};
  return dump_line(json);
}

}  // namespace nfproof::report
