// SPDX-License-Identifier: Apache-2.0
// Replayed packets as JSON lines and as a summary.
#include "report/replay.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "report/json.h"
#include "report/packet_text.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

Tone tone_of(const std::string& verdict) {
  if (verdict == "ACCEPT") return Tone::kGood;
  return verdict == "QUEUE" ? Tone::kInfo : Tone::kError;
}

}  // namespace

std::string replayed_json(const source::SourceManager& sources, const ir::Ruleset& ruleset,
                          const ReplayedPacket& packet) {
  const ir::Packet& last = packet.after ? *packet.after : packet.before;
  Json json;
  json["n"] = packet.number;
  json["ts"] = static_cast<double>(packet.time_ns) / 1e9;
  if (!packet.is_ip) {
    json["verdict"] = nullptr;
    json["why"] = packet.reason;
    return dump_line(json);
  }
  json["family"] = family_number(packet.before.family);
  json["in"] = text_or_null(packet.before.in);
  json["out"] = text_or_null(packet.out);
  json["hook"] = packet.hook ? Json(ir::hook_chain_name(*packet.hook)) : Json(nullptr);
  json["verdict"] = packet.verdict;
  for (const char* name : {"table", "chain", "rule", "line"}) json[name] = nullptr;
  if (packet.decided_by) {
    add_rule(json, ruleset, *packet.decided_by);
    const ir::Rule* rule = ruleset.rule(*packet.decided_by);
    const source::Span span = rule != nullptr ? rule->span : ruleset.chain(packet.decided_by->chain).span;
    Json where;
    add_place(where, sources, span, false);
    json["line"] = where["line"];
  }
  json["ct"] = nullptr;
  if (packet.before.get(ir::FieldId::kCtState)) json["ct"] = ir::ct_state_name(packet.before.ct_state());
  json["mark"] = static_cast<std::uint64_t>(last.get_or(ir::FieldId::kMark, 0));
  if (!packet.reason.empty()) json["why"] = packet.reason;
  json["packet"] = packet_json(packet.before);
  if (packet.after) json["after"] = packet_json(*packet.after);
  return dump_line(json);
}

void ReplaySummary::add(const ReplayedPacket& packet) {
  ++packets_;
  if (!packet.is_ip) {
    ++not_ip_;
    return;
  }
  if (packet.hook) ++by_hook_[*packet.hook][packet.verdict];
  if (packet.decided_by) {
    if (packet.verdict != "ACCEPT") ++by_rule_[{packet.verdict, *packet.decided_by}];
  } else if (!packet.reason.empty()) {
    ++by_reason_[packet.reason];
  }
}

std::string ReplaySummary::text(const Style& style, const source::SourceManager& sources,
                                const ir::Ruleset& ruleset) const {
  std::string text = counted(packets_, "packet");
  if (not_ip_ != 0) text += ", " + std::to_string(not_ip_) + " of them not IP";
  text += '\n';
  for (const auto& [hook, verdicts] : by_hook_) {
    text += "  " + std::string(ir::hook_chain_name(hook));
    text.append(12 - ir::hook_chain_name(hook).size(), ' ');
    bool first = true;
    for (const auto& [verdict, count] : verdicts) {
      text += (first ? "" : ", ") + paint(style, tone_of(verdict), std::to_string(count) + ' ' + verdict);
      first = false;
    }
    text += '\n';
  }
  if (!by_rule_.empty()) text += "\nnot accepted by\n";
  std::vector<std::pair<Decision, std::uint64_t>> rules(by_rule_.begin(), by_rule_.end());
  std::stable_sort(rules.begin(), rules.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [decision, count] : rules) {
    const ir::Rule* rule = ruleset.rule(decision.rule);
    const source::Span span = rule != nullptr ? rule->span : ruleset.chain(decision.rule.chain).span;
    text += padded(std::to_string(count), 8) + "  " + decision.verdict + "  " + rule_name(ruleset, decision.rule);
    if (span.is_known()) {
      text += paint(style, Tone::kDim, "  " + place(sources, {span.file, span.line, span.column, span.end_column}));
      text += "\n          " + printable(sources.file(span.file).line(span.line));
    }
    text += '\n';
  }
  if (!by_reason_.empty()) text += "\ndiscarded by the kernel before a rule decided\n";
  for (const auto& [reason, count] : by_reason_) text += padded(std::to_string(count), 8) + "  " + reason + '\n';
  return text;
}

}  // namespace nfproof::report
