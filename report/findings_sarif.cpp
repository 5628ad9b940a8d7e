// SPDX-License-Identifier: Apache-2.0
// Findings as SARIF 2.1.0, the format of code hosts and editors. What was left undecided is a result of kind `open`;
// errors of the input are notifications of the run.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "report/findings.h"
#include "report/json.h"
#include "report/packet_text.h"
#include "report/sarif_places.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

std::string_view sarif_level(analyzer::Level level) {
  switch (level) {
    case analyzer::Level::kInfo: return "note";
    case analyzer::Level::kWarning: return "warning";
    case analyzer::Level::kError: return "error";
  }
  return "none";
}

/// The manual page with its headings as Markdown has them; indented lines are code there already.
std::string markdown(std::string_view manual) {
  static constexpr std::array<std::string_view, 7> kHeadings = {
      "What it finds",    "Why it matters",       "Example", "Use instead", "Witness",
      "How it is proved", "When the fix is safe",
  };
  std::string text;
  while (!manual.empty()) {
    const std::size_t end = std::min(manual.find('\n'), manual.size());
    const std::string_view line = manual.substr(0, end);
    if (std::find(kHeadings.begin(), kHeadings.end(), line) != kHeadings.end()) text += "## ";
    text.append(line) += '\n';
    manual.remove_prefix(std::min(end + 1, manual.size()));
  }
  return text;
}

Json rule_json(const analyzer::CheckInfo& check) {
  const std::string_view manual = analyzer::check_manual(check);
  Json json;
  json["id"] = check.id;
  json["name"] = check.name;
  json["shortDescription"]["text"] = check.summary;
  json["help"] = {{"text", manual.empty() ? check.summary : manual}, {"markdown", markdown(manual)}};
  json["defaultConfiguration"]["level"] = sarif_level(check.level);
  json["properties"]["tags"] = {"firewall", "security"};
  return json;
}

Json message_of(std::string_view text) { return {{"text", printable(text)}}; }

Json fix_json(const CheckReport& report, const analyzer::Fix& fix) {
  Json json;
  json["description"] = message_of(fix.description);
  json["artifactChanges"] = Json::array();
  std::vector<source::FileId> files;
  for (const analyzer::Edit& edit : fix.edits)
    if (std::find(files.begin(), files.end(), edit.span.file) == files.end()) files.push_back(edit.span.file);
  for (const source::FileId file : files) {
    Json change;
    change["artifactLocation"] = artifact_json(report.sources, file);
    change["replacements"] = Json::array();
    for (const analyzer::Edit& edit : fix.edits)
      if (edit.span.file == file) change["replacements"].push_back(replacement_json(report.sources, edit));
    json["artifactChanges"].push_back(std::move(change));
  }
  return json;
}

/// `filter/INPUT/3`, `filter/INPUT` for a policy: where a finding is, whatever the file looks like.
Json logical_place(const CheckReport& report, ir::ChainId chain, std::optional<ir::RuleRef> rule) {
  std::string name = report.ruleset.table_of(chain).name + '/' + report.ruleset.chain(chain).name;
  if (rule && report.ruleset.rule(*rule) != nullptr) name += '/' + std::to_string(rule->index + 1);
  return {{"fullyQualifiedName", name}, {"kind", rule ? "rule" : "chain"}};
}

Json location_of(const CheckReport& report, const source::Span& span, ir::ChainId chain,
                 std::optional<ir::RuleRef> rule) {
  Json json;
  if (span.is_known()) json["physicalLocation"] = physical_json(report.sources, span);
  json["logicalLocations"] = Json::array({logical_place(report, chain, rule)});
  return json;
}

int rule_index(const CheckReport& report, std::string_view id) {
  for (std::size_t i = 0; i < report.checks.size(); ++i)
    if (report.checks[i]->id == id) return static_cast<int>(i);
  return -1;
}

Json result_json(const CheckReport& report, const analyzer::Finding& finding) {
  Json json;
  json["ruleId"] = finding.id;
  if (const int index = rule_index(report, finding.id); index >= 0) json["ruleIndex"] = index;
  json["level"] = sarif_level(finding.level);
  std::string message = printable(finding.message);
  if (finding.witness)
    message += "\npacket: " + packet_text(finding.witness->packet) + ": " + witness_fate(report, *finding.witness);
  json["message"]["text"] = message;
  json["locations"] = Json::array({location_of(report, finding.span, finding.chain, finding.rule)});
  Json related = Json::array();
  for (const analyzer::Because& because : finding.because) {
    Json place = location_of(report, because.span, because.rule.chain, because.rule);
    place["id"] = related.size() + 1;
    place["message"] = message_of(rule_name(report.ruleset, because.rule) + ' ' + because.message);
    related.push_back(std::move(place));
  }
  if (!related.empty()) json["relatedLocations"] = std::move(related);
  if (finding.fix && !finding.fix->edits.empty()) json["fixes"] = Json::array({fix_json(report, *finding.fix)});
  if (!finding.fingerprint.empty()) json["partialFingerprints"]["nfproof/v1"] = finding.fingerprint;
  json["properties"]["proved"] = finding.proved;
  if (finding.witness) json["properties"]["witness"] = packet_json(finding.witness->packet);
  return json;
}

Json hidden_json(const CheckReport& report, const analyzer::HiddenFinding& hidden) {
  Json json = result_json(report, hidden.finding);
  if (hidden.by != analyzer::HiddenFinding::By::kComment) return json;
  Json suppression;
  suppression["kind"] = "inSource";
  if (!hidden.reason.empty()) suppression["justification"] = printable(hidden.reason);
  if (hidden.place.is_known())
    suppression["location"]["physicalLocation"] = physical_json(report.sources, hidden.place);
  json["suppressions"] = Json::array({std::move(suppression)});
  return json;
}

Json open_json(const CheckReport& report, const analyzer::Undecided& open) {
  Json json;
  json["ruleId"] = open.id;
  if (const int index = rule_index(report, open.id); index >= 0) json["ruleIndex"] = index;
  json["kind"] = "open";
  json["level"] = "none";
  json["message"] = message_of("undecided: " + open.reason);
  json["locations"] = Json::array({location_of(report, open.span, open.chain, open.rule)});
  return json;
}

Json results_json(const CheckReport& report) {
  Json results = Json::array();
  const auto add = [&](Json result, std::string_view state) {
    if (report.compared) result["baselineState"] = state;
    results.push_back(std::move(result));
  };
  for (const analyzer::Finding& finding : report.result.findings) add(result_json(report, finding), "new");
  for (const analyzer::HiddenFinding& hidden : report.hidden)
    add(hidden_json(report, hidden), hidden.was_there ? "unchanged" : "new");
  for (const analyzer::Undecided& open : report.result.undecided) add(open_json(report, open), "new");
  return results;
}

Json invocation_json(const CheckReport& report) {
  Json json;
  const bool input_good = report.diagnostics == nullptr || !report.diagnostics->has_errors();
  json["executionSuccessful"] = input_good && report.result.internal_errors.empty();
  Json notifications = Json::array();
  const auto add = [&](std::string_view level, std::string_view text) -> Json& {
    return notifications.emplace_back(Json{{"level", level}, {"message", message_of(text)}});
  };
  if (report.diagnostics != nullptr)
    for (const source::Diagnostic& diagnostic : report.diagnostics->all()) {
      const bool error = diagnostic.severity == source::Severity::kError;
      Json& each = add(error ? "error" : "warning", diagnostic.message);
      each["descriptor"]["id"] = diagnostic.id;
      if (diagnostic.span.is_known())
        each["locations"] = Json::array({{{"physicalLocation", physical_json(report.sources, diagnostic.span)}}});
    }
  for (const std::string& error : report.result.internal_errors) add("error", error);
  for (const std::string& assumption : report.result.assumptions) add("note", assumption);
  if (!notifications.empty()) json["toolExecutionNotifications"] = std::move(notifications);
  return json;
}

}  // namespace

std::string findings_sarif(const CheckReport& report) {
  Json driver;
  driver["name"] = "nfproof";
  if (!report.version.empty()) driver["semanticVersion"] = report.version;
  driver["rules"] = Json::array();
  for (const analyzer::CheckInfo* check : report.checks) driver["rules"].push_back(rule_json(*check));
  Json run;
  run["tool"]["driver"] = std::move(driver);
  run["columnKind"] = "unicodeCodePoints";
  run["invocations"] = Json::array({invocation_json(report)});
  run["results"] = results_json(report);
  Json log;
  log["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  log["version"] = "2.1.0";
  log["runs"] = Json::array({std::move(run)});
  return dump_line(log);
}

}  // namespace nfproof::report
