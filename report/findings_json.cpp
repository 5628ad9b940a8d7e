// SPDX-License-Identifier: Apache-2.0
// Findings as one JSON document. Scripts read it: fields are added, never renamed.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/findings.h"
#include "report/json.h"
#include "report/packet_text.h"

namespace nfproof::report {
namespace {

void add_where(Json& to, const CheckReport& report, const source::Span& span, ir::Family family, ir::ChainId chain,
               std::optional<ir::RuleRef> rule) {
  add_place(to, report.sources, span, true);
  to["family"] = family_number(family);
  add_rule(to, report.ruleset,
           rule.value_or(ir::RuleRef{chain, static_cast<std::uint32_t>(report.ruleset.chain(chain).rules.size())}));
}

Json fix_json(const CheckReport& report, const analyzer::Fix& fix) {
  Json json;
  json["description"] = fix.description;
  json["safe"] = fix.safe;
  if (fix.provable) json["provable"] = true;
  json["edits"] = Json::array();
  for (const analyzer::Edit& edit : fix.edits) {
    Json each;
    source::Span place = edit.span;
    if (edit.text_of.is_known()) place.column = place.end_column = 1;
    add_place(each, report.sources, place, true);
    each["replacement"] = edit_text(report.sources, edit);
    json["edits"].push_back(std::move(each));
  }
  return json;
}

Json finding_json(const CheckReport& report, const analyzer::Finding& finding) {
  Json json;
  json["id"] = finding.id;
  json["name"] = finding.name;
  json["level"] = analyzer::level_name(finding.level);
  add_where(json, report, finding.span, finding.family, finding.chain, finding.rule);
  json["message"] = finding.message;
  json["because"] = Json::array();
  for (const analyzer::Because& because : finding.because) {
    Json each;
    add_place(each, report.sources, because.span, false);
    add_rule(each, report.ruleset, because.rule);
    each["message"] = because.message;
    json["because"].push_back(std::move(each));
  }
  json["witness"] = finding.witness ? packet_json(finding.witness->packet) : Json(nullptr);
  json["fix"] = finding.fix ? fix_json(report, *finding.fix) : Json(nullptr);
  json["proved"] = finding.proved;
  if (!finding.fingerprint.empty()) json["fingerprint"] = finding.fingerprint;
  return json;
}

Json undecided_json(const CheckReport& report, const analyzer::Undecided& open) {
  Json json;
  json["id"] = open.id;
  json["name"] = open.name;
  add_where(json, report, open.span, open.family, open.chain, open.rule);
  json["reason"] = open.reason;
  return json;
}

Json hidden_json(const CheckReport& report, const analyzer::HiddenFinding& hidden) {
  Json json = finding_json(report, hidden.finding);
  json["hidden"] = hidden_because(hidden);
  json["reason"] = text_or_null(hidden.reason);
  return json;
}

Json stats_json(const CheckReport& report) {
  using By = analyzer::HiddenFinding::By;
  const analyzer::AnalyzeStats& stats = report.result.stats;
  const auto hidden = [&](By by) {
    return std::count_if(report.hidden.begin(), report.hidden.end(), [by](const auto& each) { return each.by == by; });
  };
  Json json;
  json["rules"] = stats.rules;
  json["packets_walked"] = stats.packets_walked;
  json["alive_by_packet"] = stats.alive_by_packet;
  json["solver_queries"] = stats.solver_queries;
  json["proved_dead"] = stats.proved_dead;
  json["solver_ms"] = stats.solver_ms;
  json["total_ms"] = stats.total_ms;
  json["suppressed"] = hidden(By::kComment);
  json["known"] = hidden(By::kBaseline) + hidden(By::kOld);
  return json;
}

}  // namespace

std::string findings_json(const CheckReport& report) {
  Json json;
  json["version"] = 1;
  json["files"] = Json::array();
  for (const CheckedFile& file : report.files) {
    Json each;
    each["path"] = file.path;
    each["family"] = family_number(file.family);
    each["tables"] = file.tables;
    each["chains"] = file.chains;
    each["rules"] = file.rules;
    json["files"].push_back(std::move(each));
  }
  json["findings"] = Json::array();
  for (const analyzer::Finding& finding : report.result.findings)
    json["findings"].push_back(finding_json(report, finding));
  json["hidden"] = Json::array();
  for (const analyzer::HiddenFinding& hidden : report.hidden) json["hidden"].push_back(hidden_json(report, hidden));
  json["undecided"] = Json::array();
  for (const analyzer::Undecided& open : report.result.undecided)
    json["undecided"].push_back(undecided_json(report, open));
  json["assumptions"] = report.result.assumptions;
  json["stats"] = stats_json(report);
  return dump_line(json);
}

}  // namespace nfproof::report
