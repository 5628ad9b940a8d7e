// SPDX-License-Identifier: Apache-2.0
// Collecting changed fates: see fates.h.
#include "report/fates.h"

#include <algorithm>
#include <utility>

namespace nfproof::report {
namespace {

using ir::FieldId;

void mix(std::uint64_t& hash, std::uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6U) + (hash >> 2U);
}

bool accepted(const ReplayedPacket& packet) { return packet.is_ip && packet.verdict == "ACCEPT"; }

std::uint64_t length_of(const ReplayedPacket& packet) {
  return static_cast<std::uint64_t>(packet.before.get_or(FieldId::kLength, 0));
}

/// The entry of the flow in either direction.
template <typename Map>
auto find_flow(Map& map, const FlowKey& key) {
  const auto found = map.find(key);
  return found != map.end() ? found : map.find(key.reversed());
}

template <typename Flow>
void busiest_first(std::vector<Flow>& flows) {
  std::sort(flows.begin(), flows.end(), [](const Flow& a, const Flow& b) {
    return a.packets != b.packets ? a.packets > b.packets : a.first < b.first;
  });
}

std::vector<SwitchedFlow> values(std::unordered_map<FlowKey, SwitchedFlow, FlowHash>& map) {
  std::vector<SwitchedFlow> flows;
  flows.reserve(map.size());
  for (auto& [key, flow] : map) flows.push_back(std::move(flow));
  busiest_first(flows);
  return flows;
}

}  // namespace

std::size_t FlowHash::operator()(const FlowKey& key) const {
  std::uint64_t hash = key.protocol;
  for (const ir::u128 address : {key.source, key.destination}) {
    mix(hash, static_cast<std::uint64_t>(address >> 64));
    mix(hash, static_cast<std::uint64_t>(address));
  }
  mix(hash, std::uint64_t{key.source_port} << 16U | key.destination_port);
  return hash;
}

FlowKey flow_of(const ir::Packet& packet) {
  const bool v4 = packet.family == ir::Family::kIpv4;
  const FieldId source = v4 ? FieldId::kCtOrigSaddr : FieldId::kCtOrigSaddr6;
  const FieldId destination = v4 ? FieldId::kCtOrigDaddr : FieldId::kCtOrigDaddr6;
  const bool ports = ir::is_present(packet, ir::Presence::kPorts);
  const auto port = [&](FieldId field) {
    return ports ? static_cast<std::uint16_t>(packet.get_or(field, 0)) : std::uint16_t{0};
  };
  if (packet.get(source) && ir::is_present(packet, ir::Presence::kConntrack) &&
      packet.ct_state() != ir::CtState::kRelated)
    return {packet.family,
            packet.protocol(),
            packet.get_or(source, 0),
            packet.get_or(destination, 0),
            port(FieldId::kCtOrigSport),
            port(FieldId::kCtOrigDport)};
  return {packet.family,        packet.protocol(),       packet.source(),
          packet.destination(), port(FieldId::kThSport), port(FieldId::kThDport)};
}

Decision decision_of(const ReplayedPacket& packet) {
  if (!packet.is_ip) return {"not replayed", std::nullopt, packet.reason};
  const bool by_rule = packet.decided_by && packet.verdict != "INVALID";
  return {packet.verdict, by_rule ? packet.decided_by : std::nullopt, by_rule ? std::string() : packet.reason};
}

void FateChanges::add(const ReplayedPacket& before, const ReplayedPacket& after, bool rewritten) {
  const FlowKey key = flow_of(before.before);
  Group& group = groups_[{decision_of(before), decision_of(after), rewritten}];
  ChangeGroup& result = group.result;
  if (result.packets == 0) {
    result.before = decision_of(before);
    result.after = decision_of(after);
    result.rewritten = rewritten;
    result.example = before.before;
  }
  ++result.packets;
  result.bytes += length_of(before);
  auto found = find_flow(group.by_flow, key);
  if (found == group.by_flow.end()) {
    if (flows_ >= most_flows_) {
      ++result.flows_left_out;
      bounded_ = true;
      return;
    }
    ++flows_;
    if (find_flow(changed_, key) == changed_.end()) changed_.emplace(key, true);
    found = group.by_flow.emplace(key, result.flows.size()).first;
    result.flows.push_back({key, 0, 0, before.number});
  }
  ChangedFlow& flow = result.flows[found->second];
  ++flow.packets;
  flow.bytes += length_of(before);
}

/// What is known of the flow; null for one that begins after the switch.
FateChanges::Known* FateChanges::known(const ReplayedPacket& before, const ReplayedPacket& fresh, bool after_switch,
                                       FlowKey& key) {
  key = flow_of(before.before);
  auto found = find_flow(known_, key);
  if (found == known_.end()) {
    if (after_switch) return nullptr;
    if (known_.size() >= most_flows_) return bounded_ = true, nullptr;
    found = known_.emplace(key, Known{}).first;
    found->second.refused = !accepted(fresh);
    found->second.fresh = decision_of(fresh);
  }
  key = found->first;
  return &found->second;
}

void FateChanges::add_flow(std::unordered_map<FlowKey, SwitchedFlow, FlowHash>& to, const FlowKey& key,
                           const ReplayedPacket& packet, const Known& known) {
  const auto [entry, added] = to.try_emplace(key);
  SwitchedFlow& flow = entry->second;
  if (added) {
    flow.flow = key;
    flow.first = packet.number;
    flow.now = decision_of(packet);
    flow.fresh = known.fresh;
  }
  ++flow.packets;
  flow.bytes += length_of(packet);
}

void FateChanges::add_switched(const ReplayedPacket& before, const ReplayedPacket& fresh,
                               const ReplayedPacket& switched, bool after_switch) {
  FlowKey key;
  Known* flow = known(before, fresh, after_switch, key);
  if (flow == nullptr) return;
  if (!after_switch) {
    flow->established |= accepted(before) && ir::is_present(before.before, ir::Presence::kConntrack);
    return;
  }
  if (!flow->established) return;
  flow->seen_after = true;
  if (accepted(switched) && flow->refused) add_flow(survivors_, key, switched, *flow);
  if (!accepted(switched) && accepted(before)) add_flow(broken_, key, switched, *flow);
}

FateChanges::Report FateChanges::take() {
  Report report;
  report.packets = packets_;
  report.changed_flows = changed_.size();
  for (auto& [key, group] : groups_) {
    report.changed_packets += group.result.packets;
    busiest_first(group.result.flows);
    report.groups.push_back(std::move(group.result));
  }
  std::stable_sort(report.groups.begin(), report.groups.end(),
                   [](const ChangeGroup& a, const ChangeGroup& b) { return a.packets > b.packets; });
  report.survivors = values(survivors_);
  report.broken = values(broken_);
  for (const auto& [key, flow] : known_) report.idle += flow.established && flow.refused && !flow.seen_after ? 1 : 0;
  return report;
}

}  // namespace nfproof::report
