// SPDX-License-Identifier: Apache-2.0
// Shared JSON values.
#include "report/json.h"

#include <nlohmann/json.hpp>

#include "report/json_line.h"

namespace nfproof::report {
Json packet_json(const ir::Packet& packet) {
  JsonLine line;
  line.packet(packet);
  return Json::parse(line.take());
}

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

void add_place(Json& to, const source::SourceManager& sources, const source::Span& span, bool columns) {
  const bool known = span.is_known();
  to["file"] = known ? Json(sources.file(span.file).path()) : Json(nullptr);
  to["line"] = known ? Json(span.line) : Json(nullptr);
  if (!columns) return;
  to["column"] = known ? Json(span.column) : Json(nullptr);
  to["end_column"] = known ? Json(span.end_column) : Json(nullptr);
}

std::string edit_text(const source::SourceManager& sources, const analyzer::Edit& edit) {
  if (!edit.text_of.is_known()) return edit.replacement;
  return std::string(sources.file(edit.text_of.file).line(edit.text_of.line)) + '\n';
}

void add_rule(Json& to, const ir::Ruleset& ruleset, ir::RuleRef rule) {
  const ir::Chain& chain = ruleset.chain(rule.chain);
  to["table"] = ruleset.table(chain.table).name;
  to["chain"] = chain.name;
  to["rule"] = rule.index < chain.rules.size() ? Json(ruleset.number_of(rule)) : Json(nullptr);
}

std::string dump_line(const Json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace nfproof::report
