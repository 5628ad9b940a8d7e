// SPDX-License-Identifier: Apache-2.0
// Sending, noting, replaying.
#include "sim/cover/log.h"

#include <algorithm>

namespace nfproof::sim {
namespace {

constexpr Nanoseconds kBetweenPackets = 20000;
constexpr Nanoseconds kBetweenGroups = 500000;

}  // namespace

CoverLog::CoverLog(const ir::Ruleset& ruleset, const ir::Host& host, SimOptions options)
    : ruleset_(ruleset), host_(host), options_(std::move(options)) {
  options_.trace = true;
  options_.details = true;
  for (std::size_t i = 0; i < ruleset.predicates.size(); ++i) {
    const auto* test = std::get_if<ir::Opaque>(&ruleset.predicates[static_cast<ir::PredicateId>(i)]);
    asks_for_owners_ = asks_for_owners_ || (test != nullptr && test->module == "owner");
  }
  start();
}

void CoverLog::start() {
  simulator_ = std::make_unique<Simulator>(ruleset_, host_, options_);
  hits_.clear();
  now_ = kCoverBeginning;
  sent_ = 0;
}

void CoverLog::begin_group() {
  groups_.emplace_back();
  now_ += kBetweenGroups;
}

void CoverLog::end_group() {
  if (groups_.back().packets.empty()) groups_.pop_back();
}

void CoverLog::note(const Result& result) {
  new_hit_ = false;
  for (const RuleVisit& visit : result.trace) {
    if (!visit.matched || hits_.contains(visit.rule)) continue;
    hits_.emplace(visit.rule, CoverHit{sent_, result.assumptions});
    new_hit_ = true;
  }
  ++sent_;
}

const Result& CoverLog::send(CoverPacket packet) {
  now_ = std::max(now_ + kBetweenPackets, packet.not_before);
  packet.time = now_;
  Arrival arrival;
  arrival.time = now_;
  arrival.direction = packet.sent ? Direction::kOutgoing : Direction::kIncoming;
  if (!packet.sent) arrival.in = packet.interface;
  if (packet.sent && asks_for_owners_ && !packet.sender) packet.sender = ir::Sender{};
  arrival.sender = packet.sender;
  // As the capture has it: matches of MAC addresses see that there is a link header.
  PacketBuffer frame;
  PacketBytes bytes{packet.bytes, LinkType::kRawIp, 0};
  if (!packet.sent) {
    frame = ethernet_header(host_, packet);
    frame.insert(frame.end(), packet.bytes.begin(), packet.bytes.end());
    bytes = {frame, LinkType::kEthernet, 0};
  }
  simulator_->inject(bytes, arrival, result_);
  note(result_);
  if (packet.sent && packet.interface.empty()) packet.interface = result_.after.out;
  groups_.back().packets.push_back(std::move(packet));
  groups_.back().useful = groups_.back().useful || new_hit_;
  return result_;
}

void CoverLog::compact() {
  const std::vector<Group> groups = std::move(groups_);
  groups_.clear();
  start();
  for (const Group& group : groups) {
    if (!group.useful) continue;
    begin_group();
    for (const CoverPacket& packet : group.packets) send(packet);
    end_group();
  }
}

void CoverLog::finish() {
  const std::vector<Group> groups = groups_;
  const auto hits = hits_;
  compact();
  const bool lost = std::any_of(hits.begin(), hits.end(), [&](const auto& hit) { return !hits_.contains(hit.first); });
  if (lost) {
    groups_ = groups;
    hits_ = hits;
  }
  packets_.clear();
  for (const Group& group : groups_) packets_.insert(packets_.end(), group.packets.begin(), group.packets.end());
}

PacketBuffer ethernet_header(const ir::Host& host, const CoverPacket& packet) {
  constexpr ir::u128 kPeer = 0x020000000001;
  const ir::Interface* interface = host.find_interface(packet.interface);
  const bool loopback = interface != nullptr && interface->loopback;
  const ir::u128 own = loopback || interface == nullptr ? 0 : interface->mac.value_or(0x0200000000aa);
  const ir::u128 peer = loopback ? 0 : packet.source_mac != 0 && !packet.sent ? packet.source_mac : kPeer;
  PacketBuffer header(14);
  ir::u128 target = packet.sent ? peer : own;
  const bool v4 = (packet.bytes[0] >> 4U) == 4;
  if (v4 && packet.bytes[16] == 0xff && packet.bytes[17] == 0xff) target = 0xffffffffffff;
  if (v4 && packet.bytes[16] >> 4U == 0xe) target = 0x01005e000000 | (load32(packet.bytes, 16) & 0x7fffffU);
  if (!v4 && packet.bytes[24] == 0xff) target = 0x333300000000 | load32(packet.bytes, 36);
  if (packet.target_mac != 0) target = packet.target_mac;
  store_number(header, 0, 6, target);
  store_number(header, 6, 6, packet.sent ? own : peer);
  store16(header, 12, v4 ? 0x0800 : 0x86dd);
  return header;
}

}  // namespace nfproof::sim
