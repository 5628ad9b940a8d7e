// SPDX-License-Identifier: Apache-2.0
// Changed fates as text and as JSON.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/fates.h"
#include "report/json.h"
#include "report/packet_text.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

constexpr std::size_t kShownGroups = 20;
constexpr std::size_t kShownFlows = 3;
constexpr std::size_t kShownConnections = 20;

Tone tone_of(const std::string& verdict) {
  if (verdict == "ACCEPT") return Tone::kGood;
  return verdict == "QUEUE" ? Tone::kInfo : Tone::kError;
}

std::string end_text(const FlowKey& flow, ir::u128 address, std::uint16_t port) {
  const std::string text = ir::format_address(address, flow.family);
  if (port == 0) return text;
  return (flow.family == ir::Family::kIpv6 ? '[' + text + ']' : text) + ':' + std::to_string(port);
}

std::string flow_text(const FlowKey& flow) {
  return ir::protocol_name(flow.protocol) + ' ' + end_text(flow, flow.source, flow.source_port) + " > " +
         end_text(flow, flow.destination, flow.destination_port);
}

source::Span span_of(const ir::Ruleset& ruleset, ir::RuleRef ref) {
  const ir::Rule* rule = ruleset.rule(ref);
  return rule != nullptr ? rule->span : ruleset.chain(ref.chain).span;
}

/// The rule's own line stands below, so far to the right.
std::string decision_text(const Style& style, const RulesetView& view, const Decision& decision, std::size_t indent) {
  std::string text = paint(style, tone_of(decision.verdict), decision.verdict);
  if (!decision.rule) return text + (decision.reason.empty() ? " by no chain" : ": " + decision.reason);
  const source::Span span = span_of(view.ruleset, *decision.rule);
  text += " by " + rule_name(view.ruleset, *decision.rule);
  if (!span.is_known()) return text;
  text += paint(style, Tone::kDim, "  " + place(view.sources, span));
  return text + '\n' + std::string(indent, ' ') + printable(view.sources.file(span.file).line(span.line));
}

std::string group_text(const Style& style, const RulesetView& before, const RulesetView& after,
                       const ChangeGroup& group) {
  const std::size_t flows = group.flows.size();
  std::string text = '\n' +
                     paint(style, Tone::kBold,
                           counted(group.packets, "packet") + " of " + (group.flows_left_out == 0 ? "" : "more than ") +
                               counted(flows, "flow")) +
                     (group.rewritten ? ": let through by both, but not as the same packet" : "") + '\n';
  text += "  before:  " + decision_text(style, before, group.before, 11) + '\n';
  text += "  after:   " + decision_text(style, after, group.after, 11) + '\n';
  for (std::size_t i = 0; i < std::min(flows, kShownFlows); ++i) {
    const ChangedFlow& flow = group.flows[i];
    text += "    " + flow_text(flow.flow) +
            paint(style, Tone::kDim,
                  "  " + counted(flow.packets, "packet") + ", the first is number " + std::to_string(flow.first)) +
            '\n';
  }
  if (flows > kShownFlows) text += "    ... and " + counted(flows - kShownFlows, "other flow") + '\n';
  return text;
}

std::string connections_text(const Style& style, const RulesetView& after, const std::vector<SwitchedFlow>& flows,
                             bool survive) {
  std::string text;
  for (std::size_t i = 0; i < std::min(flows.size(), kShownConnections); ++i) {
    const SwitchedFlow& flow = flows[i];
    text += "  " + flow_text(flow.flow) +
            paint(style, Tone::kDim,
                  "  " + counted(flow.packets, "packet") + " from number " + std::to_string(flow.first)) +
            '\n';
    text +=
        "    " + std::string(survive ? "goes on: " : "breaks:  ") + decision_text(style, after, flow.now, 13) + '\n';
    if (!survive) continue;
    text += "    afresh:  " + decision_text(style, after, flow.fresh, 13) + '\n';
    text += "    end it:  " + conntrack_command(flow.flow) + '\n';
  }
  if (flows.size() > kShownConnections)
    text += "  ... and " + counted(flows.size() - kShownConnections, "other connection") + " (--json lists all)\n";
  return text;
}

std::string switch_text(const Style& style, const RulesetView& after, const FateChanges::Report& report) {
  std::string text;
  if (!report.survivors.empty())
    text += '\n' + paint(style, Tone::kBold, counted(report.survivors.size(), "connection")) +
            " established before the switch went on, though the new rules would not accept them afresh\n" +
            connections_text(style, after, report.survivors, true);
  if (report.idle != 0)
    text += '\n' + counted(report.idle, "connection") +
            " that the new rules would not accept afresh had no packet after the switch\n";
  if (!report.broken.empty())
    text += '\n' + paint(style, Tone::kBold, counted(report.broken.size(), "connection")) +
            " established before the switch broke\n" + connections_text(style, after, report.broken, false);
  return text;
}

/// conntrack(8) knows these by name, and no others.
std::string conntrack_protocol(std::uint8_t protocol) {
  constexpr std::uint8_t kGre = 47;
  switch (protocol) {
    case ir::kProtoIcmp6: return " -p icmpv6";
    case kGre: return " -p gre";
    case ir::kProtoIcmp:
    case ir::kProtoTcp:
    case ir::kProtoUdp:
    case ir::kProtoUdplite:
    case ir::kProtoSctp:
    case ir::kProtoDccp: return " -p " + ir::protocol_name(protocol);
    default: return {};
  }
}

Json decision_json(const RulesetView& view, const Decision& decision) {
  Json json;
  json["verdict"] = decision.verdict;
  for (const char* name : {"table", "chain", "rule", "file", "line"}) json[name] = nullptr;
  if (decision.rule) {
    add_rule(json, view.ruleset, *decision.rule);
    add_place(json, view.sources, span_of(view.ruleset, *decision.rule), false);
  }
  if (!decision.reason.empty()) json["why"] = decision.reason;
  return json;
}

Json flow_json(const FlowKey& flow) {
  const bool ports = flow.source_port != 0 || flow.destination_port != 0;
  Json json;
  json["family"] = family_number(flow.family);
  json["protocol"] = ir::protocol_name(flow.protocol);
  json["src"] = ir::format_address(flow.source, flow.family);
  json["dst"] = ir::format_address(flow.destination, flow.family);
  json["sport"] = ports ? Json(flow.source_port) : Json(nullptr);
  json["dport"] = ports ? Json(flow.destination_port) : Json(nullptr);
  return json;
}

Json group_json(const RulesetView& before, const RulesetView& after, const ChangeGroup& group) {
  Json json;
  json["old"] = decision_json(before, group.before);
  json["new"] = decision_json(after, group.after);
  json["rewritten"] = group.rewritten;
  json["packets"] = group.packets;
  json["bytes"] = group.bytes;
  json["example"] = packet_json(group.example);
  json["flows"] = Json::array();
  for (const ChangedFlow& flow : group.flows) {
    Json row = flow_json(flow.flow);
    row["packets"] = flow.packets;
    row["bytes"] = flow.bytes;
    row["first"] = flow.first;
    json["flows"].push_back(std::move(row));
  }
  if (group.flows_left_out != 0) json["packets_of_flows_left_out"] = group.flows_left_out;
  return json;
}

Json connections_json(const RulesetView& after, const std::vector<SwitchedFlow>& flows, bool survive) {
  Json json = Json::array();
  for (const SwitchedFlow& flow : flows) {
    Json row = flow_json(flow.flow);
    row["packets"] = flow.packets;
    row["bytes"] = flow.bytes;
    row["first"] = flow.first;
    row["now"] = decision_json(after, flow.now);
    row["afresh"] = decision_json(after, flow.fresh);
    if (survive) row["command"] = conntrack_command(flow.flow);
    json.push_back(std::move(row));
  }
  return json;
}

}  // namespace

std::string conntrack_command(const FlowKey& flow) {
  const bool v4 = flow.family == ir::Family::kIpv4;
  std::string text = std::string("conntrack -D -f ") + (v4 ? "ipv4" : "ipv6") + conntrack_protocol(flow.protocol) +
                     " -s " + ir::format_address(flow.source, flow.family) + " -d " +
                     ir::format_address(flow.destination, flow.family);
  if (flow.source_port != 0 || flow.destination_port != 0)
    text += " --sport " + std::to_string(flow.source_port) + " --dport " + std::to_string(flow.destination_port);
  return text;
}

std::string fates_text(const Style& style, const RulesetView& before, const RulesetView& after,
                       const FateChanges::Report& report, std::optional<double> switch_at) {
  std::string text = counted(report.packets, "packet") + ": ";
  if (report.changed_packets == 0)
    text += paint(style, Tone::kGood, "no packet changes its fate") + '\n';
  else
    text += counted(report.changed_packets, "packet") + " of " + counted(report.changed_flows, "flow") +
            (report.changed_packets == 1 ? " changes its fate" : " change their fate") +
            (switch_at ? " after the switch" : "") + '\n';
  for (std::size_t i = 0; i < std::min(report.groups.size(), kShownGroups); ++i)
    text += group_text(style, before, after, report.groups[i]);
  if (report.groups.size() > kShownGroups)
    text += "\n... and " + counted(report.groups.size() - kShownGroups, "other group") + " (--json lists all)\n";
  if (switch_at) text += switch_text(style, after, report);
  return text;
}

std::string fates_json(const RulesetView& before, const RulesetView& after, const FateChanges::Report& report,
                       std::optional<double> switch_at) {
  Json json;
  json["changed"] = !report.groups.empty() || !report.survivors.empty() || !report.broken.empty();
  json["packets"] = report.packets;
  json["changed_packets"] = report.changed_packets;
  json["changed_flows"] = report.changed_flows;
  json["groups"] = Json::array();
  for (const ChangeGroup& group : report.groups) json["groups"].push_back(group_json(before, after, group));
  if (switch_at) {
    json["switch_at"] = *switch_at;
    json["survivors"] = connections_json(after, report.survivors, true);
    json["broken"] = connections_json(after, report.broken, false);
    json["idle"] = report.idle;
  }
  return dump_line(json);
}

}  // namespace nfproof::report
