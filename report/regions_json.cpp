// SPDX-License-Identifier: Apache-2.0
// Regions as JSON. Scripts read it: fields are added, never renamed.
#include <nlohmann/json.hpp>

#include "compiler/ir/dump.h"
#include "report/json.h"
#include "report/packet_text.h"
#include "report/regions.h"

namespace nfproof::report {
using analyzer::PacketRegion;
using analyzer::RegionFate;

void add_region_fate(Json& to, const RegionSide& side, const RegionFate& fate) {
  to["verdict"] = ir::verdict_name(fate.verdict);
  if (fate.rule) {
    add_rule(to, side.ruleset, *fate.rule);
    const ir::Rule* rule = side.ruleset.rule(*fate.rule);
    add_place(to, side.sources, rule != nullptr ? rule->span : side.ruleset.chain(fate.rule->chain).span, false);
    return;
  }
  for (const char* field : {"table", "chain", "rule", "file", "line"}) to[field] = nullptr;
}

namespace {

void add_region(Json& to, const std::vector<const RegionSide*>& sides, const PacketRegion& region) {
  to["region"] = region.expression;
  to["complete"] = region.complete;
  to["certain"] = region.certain;
  to["depends_on"] = Json::array();
  for (const analyzer::RegionChoice& each : region.depends_on)
    to["depends_on"].push_back(choice_text(*sides[each.side], each));
  to["witness"] = region.witness ? packet_json(*region.witness) : Json(nullptr);
  to["supposed"] = Json::array();
  for (const analyzer::RegionChoice& each : region.supposed)
    to["supposed"].push_back(choice_text(*sides[each.side], each) + (each.answer ? " matches" : " does not match"));
}

Json troubles(const std::vector<analyzer::RegionTrouble>& undecided) {
  Json list = Json::array();
  for (const analyzer::RegionTrouble& open : undecided) {
    Json each;
    each["family"] = family_number(open.family);
    each["way"] = open.way ? Json(analyzer::way_name(*open.way)) : Json(nullptr);
    each["reason"] = open.reason;
    list.push_back(std::move(each));
  }
  return list;
}

}  // namespace

std::string choice_text(const RegionSide& side, const analyzer::RegionChoice& choice) {
  if (!choice.predicate) return choice.text;
  const std::string_view module = ir::module_of(side.ruleset.predicates[*choice.predicate]);
  if (!choice.rule)
    return (module.empty() ? std::string() : '`' + std::string(module) + "`: ") +
           ir::dump_predicate(side.ruleset.predicates, *choice.predicate);
  return '`' + std::string(module) + "` of " + rule_name(side.ruleset, *choice.rule);
}

std::string query_json(const RegionSide& side, const analyzer::QueryResult& result) {
  Json json;
  json["regions"] = Json::array();
  for (const analyzer::QueryRegion& row : result.regions) {
    Json each;
    each["hook"] = ir::hook_chain_name(row.fate.hook);
    each["way"] = analyzer::way_name(row.region.way);
    each["family"] = family_number(row.region.family);
    add_region_fate(each, side, row.fate);
    add_region(each, {&side}, row.region);
    json["regions"].push_back(std::move(each));
  }
  json["undecided"] = troubles(result.undecided);
  json["assumptions"] = result.assumptions;
  return dump_line(json);
}

std::string diff_json(const RegionSide& before, const RegionSide& after, const analyzer::DiffResult& result) {
  Json json;
  json["equivalent"] = result.equivalent;
  json["differences"] = Json::array();
  for (const analyzer::Difference& row : result.differences) {
    Json each;
    const ir::Hook hook = row.before.hook == row.after.hook ? row.before.hook : analyzer::way_hook(row.region.way);
    each["hook"] = ir::hook_chain_name(hook);
    each["way"] = analyzer::way_name(row.region.way);
    each["family"] = family_number(row.region.family);
    const auto side = [](const RegionSide& of, const RegionFate& fate) {
      Json one;
      add_region_fate(one, of, fate);
      one["hook"] = ir::hook_chain_name(fate.hook);
      one["detail"] = text_or_null(fate.detail);
      one["effects"] = fate.effects;
      return one;
    };
    each["old"] = side(before, row.before);
    each["new"] = side(after, row.after);
    each["only_effects"] = row.only_effects;
    add_region(each, {&before, &after}, row.region);
    json["differences"].push_back(std::move(each));
  }
  json["undecided"] = troubles(result.undecided);
  json["assumptions"] = result.assumptions;
  return dump_line(json);
}

}  // namespace nfproof::report
