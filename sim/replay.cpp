// SPDX-License-Identifier: Apache-2.0
// The simulator's face: takes bytes, decides which way a packet goes, fills in the result.
#include "sim/replay.h"

#include <algorithm>
#include <utility>

#include "sim/decode.h"
#include "sim/link.h"
#include "sim/path.h"
#include "sim/preview.h"
#include "sim/routing.h"

namespace nfproof::sim {
namespace {

using ir::FieldId;

bool is_outgoing(const Arrival& arrival, const LinkInfo& link, const ir::Packet& fields, const ir::Host& host) {
  constexpr std::uint8_t kPacketOutgoing = 4;
  switch (arrival.direction) {
    case Direction::kIncoming: return false;
    case Direction::kOutgoing: return true;
    case Direction::kDetect: break;
  }
  if (link.packet_type == kPacketOutgoing) return true;
  return host.is_local(fields.source(), fields.family);
}

/// The interface a packet from there would come in by.
std::string guess_interface(const ir::Packet& fields, const ir::Host& host) {
  const ir::Route* route = host.route_to(fields.source(), fields.family);
  return route == nullptr ? std::string() : route->interface;
}

/// The Ethernet header as the interface had it; a cooked capture keeps only its source.
void keep_link(const LinkInfo& link, DecodedPacket& packet, const ir::Host& host) {
  std::optional<ir::u128> destination = link.destination_mac;
  if (!destination && link.packet_type == ir::kPacketBroadcast) destination = kBroadcastMac;
  const ir::Interface* in = host.find_interface(packet.fields.in);
  if (!destination && link.packet_type == ir::kPacketHost && in != nullptr) destination = in->mac;
  const bool loopback = in != nullptr && in->loopback;
  if (!loopback && (!destination || !link.source_mac)) return;
  store_number(packet.link, 0, 6, loopback ? 0 : *destination);
  store_number(packet.link, 6, 6, loopback ? 0 : *link.source_mac);
  store16(packet.link, 12, packet.family() == ir::Family::kIpv4 ? 0x0800 : 0x86dd);
  packet.has_link = true;
}

/// Everything as in a new result, but memory is kept.
void clear(Result& result) {
  result.disposition = Disposition::kNotIp;
  result.hook = ir::Hook::kPrerouting;
  result.verdict = ir::VerdictKind::kAccept;
  result.decided_by.reset();
  result.filtered = false;
  result.length = 0;
  result.reason.clear();
  result.before.clear_all();
  result.after.clear_all();
  result.bytes.clear();
  result.pieces.clear();
  result.rewritten = result.cut_short = false;
  result.decisions.clear();
  result.trace.clear();
  result.logs.clear();
  result.assumptions.clear();
  result.answers.clear();
}

}  // namespace

class Simulator::Impl {
 public:
  Impl(const ir::Ruleset& ruleset, const ir::Host& host, SimOptions options)
      : host_(host), options_(std::move(options)), path_(std::make_unique<Path>(ruleset, host, options_)) {}

  void replace_ruleset(const ir::Ruleset& ruleset) {
    auto next = std::make_unique<Path>(ruleset, host_, options_);
    next->take_connections(*path_);
    path_ = std::move(next);
  }

  void inject(const PacketBytes& bytes, const Arrival& arrival, Result& result) {
    clear(result);
    if (path_->knows_ways() && go_known_way(bytes, arrival, result)) return;
    result.verdict = ir::VerdictKind::kDrop;
    const auto link = decode_link(bytes.data, bytes.link);
    if (!link) {
      result.reason = "neither IPv4 nor IPv6";
      return;
    }
    const ByteView ip = bytes.data.subspan(link->ip_offset);
    const std::size_t original = bytes.original_length > link->ip_offset ? bytes.original_length - link->ip_offset : 0;
    if (!decode_packet(ip, original, traveller_.packet, result.reason)) {
      result.disposition = Disposition::kDiscarded;
      result.bytes.assign(ip.begin(), ip.end());
      return;
    }
    result.verdict = ir::VerdictKind::kAccept;
    traveller_.track = {};
    traveller_.now = forward_time(arrival.time);
    traveller_.pretend = arrival.pretend;
    run(traveller_, *link, arrival, ip, result);
    if (path_->knows_ways()) path_->remember_way(traveller_, result);
  }

  [[nodiscard]] const Path& path() const { return *path_; }
  [[nodiscard]] ir::Counters counters(ir::RuleRef rule) const { return path_->counters(rule); }

  std::vector<ConnectionEntry> restore(const std::vector<ConnectionEntry>& connections) {
    std::vector<ConnectionEntry> refused;
    for (const ConnectionEntry& entry : connections)
      if (!path_->conntrack().restore(entry, now_)) refused.push_back(entry);
    return refused;
  }
  [[nodiscard]] std::vector<ConnectionEntry> connections(Nanoseconds now) const {
    return path_->conntrack().list(std::max(now, now_));
  }

 private:
  Nanoseconds forward_time(Nanoseconds time) {
    if (!started_ && time > now_) path_->conntrack().shift_time(time - now_);
    started_ = true;
    return now_ = std::max(now_, time);
  }

  bool go_known_way(const PacketBytes& bytes, const Arrival& arrival, Result& result) {
    const Preview* preview = bytes.preview;
    if (preview == nullptr) make_preview(bytes, preview_), preview = &preview_;
    if (preview->plain) {
      traveller_.now = forward_time(arrival.time);
      path_->oracle().advance(traveller_.now);
    }
    return path_->go_known_way(*preview, arrival, traveller_, result);
  }

  void run(Traveller& traveller, const LinkInfo& link, const Arrival& arrival, ByteView ip, Result& result) {
    path_->oracle().advance(traveller.now);
    DecodedPacket& packet = traveller.packet;
    ir::Packet& fields = packet.fields;
    const ByteView original = ip.first(packet.bytes.size());
    result.cut_short = packet.cut_short;
    result.length = static_cast<std::uint32_t>(fields.get_or(FieldId::kLength, 0));
    fields.set(FieldId::kCtState, static_cast<unsigned>(ir::CtState::kInvalid));
    const bool outgoing = is_outgoing(arrival, link, fields, host_);
    traveller.arrived = !outgoing;
    traveller.sender = outgoing ? arrival.sender : std::nullopt;
    fields.set(FieldId::kMark, traveller.sender ? traveller.sender->mark : arrival.mark);
    if (outgoing) {
      fields.set(FieldId::kPktType, ir::kPacketHost);
    } else {
      fields.in = arrival.in.empty() ? guess_interface(fields, host_) : arrival.in;
      fields.set(FieldId::kPktType, packet_type(link, fields.family, fields.destination()));
      if (link.source_mac) fields.set(FieldId::kEtherSaddr, *link.source_mac);
      keep_link(link, packet, host_);
    }
    fields.hook = outgoing ? ir::Hook::kOutput : ir::Hook::kPrerouting;
    if (options_.details) result.before = fields;
    if (outgoing)
      path_->send(traveller, result);
    else
      path_->arrive(traveller, result);
    finish(traveller, original, result);
  }

  void finish(Traveller& traveller, ByteView original, Result& result) {
    if (result.disposition == Disposition::kAccepted) result.verdict = ir::VerdictKind::kAccept;
    for (const Assumption& assumption : result.assumptions) path_->oracle().assume(assumption);
    path_->oracle().take_assumptions(result.assumptions);
    if (!options_.details) return;
    const std::vector<std::uint8_t>& bytes = traveller.packet.bytes;
    result.rewritten = !std::equal(bytes.begin(), bytes.end(), original.begin(), original.end());
    result.after = traveller.packet.fields;
    // To rules, a packet without tracking is like one of no connection; to people it has no state.
    if (!path_->tracks(result.before.family)) {
      result.before.clear(ir::FieldId::kCtState);
      result.after.clear(ir::FieldId::kCtState);
    }
    std::swap(result.bytes, traveller.packet.bytes);
  }

  const ir::Host& host_;
  SimOptions options_;
  std::unique_ptr<Path> path_;
  Preview preview_;
  Traveller traveller_;  // its memory is used again and again
  Nanoseconds now_ = 0;
  bool started_ = false;
};

Simulator::Simulator(const ir::Ruleset& ruleset, const ir::Host& host, SimOptions options)
    : impl_(std::make_unique<Impl>(ruleset, host, std::move(options))) {}
Simulator::~Simulator() = default;
Simulator::Simulator(Simulator&&) noexcept = default;
Simulator& Simulator::operator=(Simulator&&) noexcept = default;

Result Simulator::inject(const PacketBytes& packet, const Arrival& arrival) {
  Result result;
  impl_->inject(packet, arrival, result);
  return result;
}
void Simulator::inject(const PacketBytes& packet, const Arrival& arrival, Result& result) {
  impl_->inject(packet, arrival, result);
}
void Simulator::prepare(const Preview* soon, const Preview* next) const {
  impl_->path().conntrack().prepare(soon, next);
}
void Simulator::replace_ruleset(const ir::Ruleset& ruleset) { impl_->replace_ruleset(ruleset); }
ir::Counters Simulator::counters(ir::RuleRef rule) const { return impl_->counters(rule); }
std::vector<ConnectionEntry> Simulator::restore(const std::vector<ConnectionEntry>& connections) {
  return impl_->restore(connections);
}
std::vector<ConnectionEntry> Simulator::connections(Nanoseconds now) const { return impl_->connections(now); }
ChecksumCount Simulator::checksums(bool sent) const { return impl_->path().conntrack().checksums(sent); }
const ir::SetTable& Simulator::sets() const { return impl_->path().oracle().sets_now().table(); }

ir::SetTime Simulator::set_time() const { return impl_->path().oracle().sets_now().now(); }

std::uint64_t Simulator::short_cuts() const { return impl_->path().short_cuts(); }

AnswerCount Simulator::answers() const { return impl_->path().answers(); }
std::size_t Simulator::connection_count() const { return impl_->path().conntrack().size(); }
const std::vector<Assumption>& Simulator::assumptions() const { return impl_->path().oracle().all_assumptions(); }

}  // namespace nfproof::sim
