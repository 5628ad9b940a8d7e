// SPDX-License-Identifier: Apache-2.0
// Statistics over the ends of packets: see local_addresses.h.
#include "sim/local_addresses.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "sim/link.h"

namespace nfproof::sim {
namespace {

using ir::Family;

constexpr std::size_t kLookedAt = 20000;
constexpr std::size_t kMostAddresses = 16;
/// One address at the end of fewer packets than this may be chance.
constexpr std::size_t kFewest = 4;

struct Ends {
  Family family{};
  ir::u128 source = 0, destination = 0;
  std::uint8_t ttl = 0;
};

bool is_unicast(ir::u128 address, Family family) {
  if (family == Family::kIpv6) return address > 1 && address >> 120 != 0xff;
  const auto top = static_cast<unsigned>(address >> 24);
  return top != 0 && top != 127 && top < 224;
}

std::optional<Ends> ends_of(ByteView ip) {
  if (ip.empty()) return std::nullopt;
  const bool v4 = ip[0] >> 4U == 4;
  if ((!v4 && ip[0] >> 4U != 6) || !holds(ip, 0, v4 ? 20 : 40)) return std::nullopt;
  Ends ends{v4 ? Family::kIpv4 : Family::kIpv6, load_number(ip, v4 ? 12 : 8, v4 ? 4 : 16),
            load_number(ip, v4 ? 16 : 24, v4 ? 4 : 16), ip[v4 ? 8 : 7]};
  if (!is_unicast(ends.source, ends.family) || !is_unicast(ends.destination, ends.family)) return std::nullopt;
  return ends;
}

/// A time to live that a sender starts with: who forwards has taken one off.
bool is_fresh(std::uint8_t ttl) { return ttl == 64 || ttl == 128 || ttl == 255; }

/// What is known of an address as an end of packets.
struct Record {
  std::string interface;
  std::size_t packets = 0;  ///< as either end
  bool sent = false;        ///< source of a packet that left
  bool forwarded = false;   ///< source of a packet that arrived, or of one that left with a used time to live
};

/// A unicast packet; with the stations of the link where the link tells them.
struct Seen {
  Ends ends;
  std::optional<ir::u128> from, to;
  std::optional<bool> outgoing;  ///< when the capture says it
  std::string interface;
};

/// The MAC address that is at an end of every frame; nothing when there are two of them, or none.
std::optional<ir::u128> station_of(const std::vector<Seen>& packets) {
  std::map<ir::u128, std::size_t> frames;
  for (const Seen& packet : packets) {
    if (!packet.from || !packet.to || *packet.from == *packet.to) return std::nullopt;
    ++frames[*packet.from];
    ++frames[*packet.to];
  }
  std::optional<ir::u128> found;
  for (const auto& [mac, count] : frames) {
    if (count != packets.size()) continue;
    if (found) return std::nullopt;
    found = mac;
  }
  return found;
}

class Statistics {
 public:
  void add(const CapturedPacket& packet) {
    const auto link = decode_link(packet.data, packet.link);
    if (!link || link->packet_type == kPacketOtherHost) return;
    const auto ends = ends_of(packet.data.subspan(link->ip_offset));
    if (!ends) return;
    Seen seen{*ends, {}, {}, {}, packet.interface == "any" ? std::string() : packet.interface};
    if (link->destination_mac) seen.from = link->source_mac, seen.to = link->destination_mac;
    if (packet.direction != Direction::kDetect) seen.outgoing = packet.direction == Direction::kOutgoing;
    if (link->packet_type) seen.outgoing = *link->packet_type == kPacketOutgoing;
    packets_.push_back(std::move(seen));
  }

  [[nodiscard]] std::vector<LocalAddress> result(bool router) {
    const auto told = [](const Seen& packet) { return packet.outgoing.has_value(); };
    bool directed = std::any_of(packets_.begin(), packets_.end(), told);
    if (const auto station = directed ? std::nullopt : station_of(packets_)) {
      for (Seen& packet : packets_) packet.outgoing = *packet.from == *station;
      directed = true;
    }
    for (const Seen& packet : packets_) record(packet);
    std::vector<LocalAddress> found;
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      std::vector<LocalAddress> part;
      if (directed) {
        part = senders(family);
      } else if (!router) {
        part = everywhere(family);
      }
      if (part.size() <= kMostAddresses) found.insert(found.end(), part.begin(), part.end());
    }
    return found;
  }

 private:
  void record(const Seen& packet) {
    Record& source = records_[{packet.ends.family, packet.ends.source}];
    ++source.packets;
    if (packet.outgoing.value_or(false)) {
      source.sent = true;
      source.forwarded |= !is_fresh(packet.ends.ttl);
      source.interface = packet.interface;
    } else {
      source.forwarded |= packet.outgoing.has_value();
    }
    if (packet.ends.source == packet.ends.destination) return;
    Record& destination = records_[{packet.ends.family, packet.ends.destination}];
    ++destination.packets;
    if (destination.interface.empty()) destination.interface = packet.interface;
  }

  template <typename Test>
  [[nodiscard]] std::vector<LocalAddress> select(Family family, Test test) const {
    std::vector<LocalAddress> found;
    for (const auto& [end, record] : records_)
      if (end.first == family && test(record)) found.push_back({family, end.second, record.interface});
    return found;
  }
  [[nodiscard]] std::vector<LocalAddress> senders(Family family) const {
    return select(family, [](const Record& record) { return record.sent && !record.forwarded; });
  }
  /// Between two addresses alone either may be the host.
  [[nodiscard]] std::vector<LocalAddress> everywhere(Family family) const {
    const auto all = static_cast<std::size_t>(std::count_if(
        packets_.begin(), packets_.end(), [family](const Seen& packet) { return packet.ends.family == family; }));
    auto found = select(family, [all](const Record& record) { return record.packets == all; });
    if (all < kFewest || found.size() != 1) found.clear();
    return found;
  }

  std::vector<Seen> packets_;
  std::map<std::pair<Family, ir::u128>, Record> records_;
};

ir::Interface& interface_named(ir::Host& host, const std::string& name) {
  const auto found = std::find_if(host.interfaces.begin(), host.interfaces.end(),
                                  [&](const ir::Interface& interface) { return interface.name == name; });
  if (found != host.interfaces.end()) return *found;
  ir::Interface& added = host.interfaces.emplace_back();
  added.name = name;
  return added;
}

std::string first_interface(const ir::Host& host) {
  for (const ir::Interface& interface : host.interfaces)
    if (!interface.loopback) return interface.name;
  return "eth0";
}

}  // namespace

std::vector<LocalAddress> find_local_addresses(CaptureReader& capture, bool router) {
  Statistics statistics;
  for (std::size_t i = 0; i < kLookedAt; ++i) {
    const CapturedPacket* packet = capture.next();
    if (packet == nullptr) break;
    statistics.add(*packet);
  }
  return statistics.result(router);
}

void adopt_addresses(ir::Host& host, const std::vector<LocalAddress>& addresses, const std::string& otherwise) {
  std::set<Family> families;
  for (const LocalAddress& own : addresses) families.insert(own.family);
  for (ir::Interface& interface : host.interfaces) {
    if (interface.loopback) continue;
    std::erase_if(interface.addresses, [&](const auto& own) { return families.contains(own.family); });
  }
  for (const LocalAddress& own : addresses) {
    std::string name = own.interface.empty() ? otherwise : own.interface;
    if (name.empty()) name = first_interface(host);
    interface_named(host, name)
        .addresses.push_back({own.family, own.address, ir::address_bits(own.family), std::nullopt});
  }
}

}  // namespace nfproof::sim
