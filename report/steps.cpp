// SPDX-License-Identifier: Apache-2.0
// A script step by step: see steps.h.
#include "report/steps.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "report/json.h"
#include "report/packet_text.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

struct Step {
  source::Span place;
  std::string command;
};

/// Something that is lost from one step on, perhaps up to another.
struct Loss {
  std::size_t step = 0;
  std::size_t regained = 0;  ///< 0: never
  std::string text;
  Json json;
  StepLoss found;
};

/// What makes two findings of two rulesets the same.
std::string key_of(const analyzer::Finding& finding) {
  return std::string(finding.id) + ' ' + std::to_string(family_number(finding.family)) + ' ' + finding.message;
}

}  // namespace

struct StepReport::Data {
  Style style;
  const source::SourceManager& sources;
  std::vector<Step> steps;
  std::vector<Loss> losses;
  std::map<std::string, std::size_t> open;  ///< by key: which loss; those of the beginning have none
  std::vector<std::size_t> undecided;
  std::size_t skipped = 0;
};

namespace {
constexpr std::size_t kFromTheBeginning = static_cast<std::size_t>(-1);
}

StepReport::StepReport(const Style& style, const source::SourceManager& sources)
    : data_(std::make_unique<Data>(Data{style, sources, {}, {}, {}, {}, 0})) {}
StepReport::~StepReport() = default;

void StepReport::begin(const CheckReport& before) {
  for (const analyzer::Finding& finding : before.result.findings) data_->open[key_of(finding)] = kFromTheBeginning;
}

void StepReport::add(const source::Span& place, const std::string& command, const CheckReport& after) {
  data_->steps.push_back({place, command});
  const std::size_t step = data_->steps.size();
  if (!after.result.undecided.empty() || !after.result.internal_errors.empty()) data_->undecided.push_back(step);
  std::map<std::string, std::size_t> now;
  for (const analyzer::Finding& finding : after.result.findings) {
    const std::string key = key_of(finding);
    if (now.contains(key)) continue;
    if (const auto before = data_->open.find(key); before != data_->open.end()) {
      now[key] = before->second;
      continue;
    }
    now[key] = data_->losses.size();
    Loss& loss = data_->losses.emplace_back();
    loss.step = step;
    analyzer::Finding shown = finding;
    shown.span = place;
    shown.message = "after this command " + finding.message;
    loss.text = finding_text(data_->style, after, shown);
    loss.found.command = command;
    loss.found.table = after.ruleset.table_of(finding.chain).name;
    loss.found.chain = after.ruleset.chain(finding.chain).name;
    if (finding.witness) loss.found.fate = fate_text(after.ruleset, finding.witness->claim.fate);
    loss.found.finding = std::move(shown);
    loss.found.finding.message = finding.message;
    loss.json = {{"id", finding.id},
                 {"name", finding.name},
                 {"level", analyzer::level_name(finding.level)},
                 {"family", family_number(finding.family)},
                 {"message", finding.message},
                 {"step", step}};
    add_place(loss.json, data_->sources, place, true);
    loss.json["decided_by"] =
        finding.witness ? Json(fate_text(after.ruleset, finding.witness->claim.fate)) : Json(nullptr);
    loss.json["witness"] = finding.witness ? packet_json(finding.witness->packet) : Json(nullptr);
  }
  for (const auto& [key, loss] : data_->open)
    if (loss != kFromTheBeginning && !now.contains(key)) data_->losses[loss].regained = step;
  data_->open = std::move(now);
}

void StepReport::add_skipped(const source::Span& place, const std::string& command) {
  data_->steps.push_back({place, command});
  ++data_->skipped;
}

std::size_t StepReport::losses() const { return data_->losses.size(); }
std::size_t StepReport::undecided() const { return data_->undecided.size() + data_->skipped; }

std::vector<StepLoss> StepReport::found() const {
  std::vector<StepLoss> all;
  for (const Loss& loss : data_->losses) {
    all.push_back(loss.found);
    if (loss.regained == 0) continue;
    const Step& step = data_->steps[loss.regained - 1];
    all.back().regained_at = step.place;
    all.back().regained_by = step.command;
  }
  return all;
}

std::string StepReport::text() const {
  std::string text;
  for (const Loss& loss : data_->losses) {
    text += loss.text;
    if (loss.regained == 0) {
      text += "       = not regained by the end of the script\n\n";
    } else {
      const Step& step = data_->steps[loss.regained - 1];
      text += "       = regained after " + place(data_->sources, step.place) + ": " + printable(step.command) + "\n\n";
    }
  }
  for (const std::size_t step : data_->undecided)
    text += place(data_->sources, data_->steps[step - 1].place) + ": undecided: access after this command\n";
  text += counted(data_->steps.size(), "step") + " checked: ";
  const std::size_t lost = data_->losses.size();
  text += lost == 0   ? "access is never lost"
          : lost == 1 ? "1 loss of access"
                      : std::to_string(lost) + " losses of access";
  if (data_->skipped != 0) text += ", " + std::to_string(data_->skipped) + " not analysed for want of time";
  return text + '\n';
}

std::string StepReport::json() const {
  Json json;
  json["version"] = 1;
  json["steps"] = Json::array();
  for (const Step& step : data_->steps) {
    Json each;
    add_place(each, data_->sources, step.place, true);
    each["command"] = step.command;
    json["steps"].push_back(std::move(each));
  }
  json["losses"] = Json::array();
  for (const Loss& loss : data_->losses) {
    Json each = loss.json;
    each["regained"] = nullptr;
    if (loss.regained != 0) {
      each["regained"] = {{"step", loss.regained}};
      add_place(each["regained"], data_->sources, data_->steps[loss.regained - 1].place, true);
    }
    json["losses"].push_back(std::move(each));
  }
  json["undecided"] = Json::array();
  for (const std::size_t step : data_->undecided) json["undecided"].push_back({{"step", step}});
  json["skipped"] = data_->skipped;
  return dump_line(json);
}

}  // namespace nfproof::report
