// SPDX-License-Identifier: Apache-2.0
// Writing and reading baselines.
#include "report/baseline.h"

#include <nlohmann/json.hpp>

#include "report/json.h"

namespace nfproof::report {
namespace {

std::string line_of(const CheckReport& report, const analyzer::Finding& finding) {
  Json json;
  json["fingerprint"] = finding.fingerprint;
  json["id"] = finding.id;
  json["file"] = finding.span.is_known() ? Json(report.sources.file(finding.span.file).path()) : Json(nullptr);
  json["table"] = report.ruleset.table_of(finding.chain).name;
  json["chain"] = report.ruleset.chain(finding.chain).name;
  json["message"] = finding.message;
  std::string line = dump_line(json);
  line.pop_back();
  return line;
}

}  // namespace

std::string baseline_text(const CheckReport& report) {
  std::string lines;
  const auto add = [&](const analyzer::Finding& finding) {
    lines += (lines.empty() ? "\n  " : ",\n  ") + line_of(report, finding);
  };
  for (const analyzer::Finding& finding : report.result.findings) add(finding);
  for (const analyzer::HiddenFinding& hidden : report.hidden)
    if (hidden.by == analyzer::HiddenFinding::By::kBaseline) add(hidden.finding);
  return "{\"version\":1,\"findings\":[" + lines + "\n]}\n";
}

std::optional<std::unordered_set<std::string>> read_baseline(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object() || json.value("version", Json()) != 1) return std::nullopt;
  const auto findings = json.find("findings");
  if (findings == json.end() || !findings->is_array()) return std::nullopt;
  std::unordered_set<std::string> known;
  for (const Json& each : *findings) {
    if (!each.is_object() || !each.contains("fingerprint") || !each["fingerprint"].is_string()) return std::nullopt;
    known.insert(each["fingerprint"].get<std::string>());
  }
  return known;
}

}  // namespace nfproof::report
