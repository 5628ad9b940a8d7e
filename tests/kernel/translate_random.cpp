// SPDX-License-Identifier: Apache-2.0
// Random packets: complete headers of many protocols, fragments, replies.
#include "tests/kernel/translate_random.h"

#include <algorithm>

#include "tests/kernel/harness/craft.h"

namespace nfproof::testing {
namespace {

void put16(Bytes& bytes, std::size_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void put_zeros(Bytes& bytes, std::size_t count) { bytes.insert(bytes.end(), count, 0); }

}  // namespace

LabOptions TranslateRandom::lab() {
  LabOptions options;
  options.interfaces = {{"eth0", {"192.0.2.1/24", "2001:db8::1/64"}},
                        {"eth1", {"198.51.100.1/24", "2001:db8:1::1/64"}}};
  options.routes = {{"default", "192.0.2.254", "eth0"}, {"::/0", "2001:db8::fe", "eth0"}};
  return options;
}

std::string TranslateRandom::inside() {
  return one_of(v4() ? Choices{"198.51.100.7", "198.51.100.200"} : Choices{"2001:db8:1::7", "2001:db8:1::200"});
}

std::string TranslateRandom::outside() {
  return one_of(v4() ? Choices{"192.0.2.9", "192.0.2.77", "203.0.113.9", "203.0.113.130"}
                     : Choices{"2001:db8::9", "2001:db8::77", "2001:db8:7::9", "fc00::1"});
}

std::string TranslateRandom::ours() {
  if (one_in(8)) return v4() ? "192.0.2.255" : "2001:db8::";  // broadcast, subnet anycast
  return one_of(v4() ? Choices{"192.0.2.1", "198.51.100.1"} : Choices{"2001:db8::1", "2001:db8:1::1"});
}

std::uint16_t TranslateRandom::port() {
  static constexpr std::uint16_t kPorts[] = {1, 20, 22, 25, 53, 80, 443, 1024, 8080, 65535};
  return kPorts[below(std::size(kPorts))];
}

Bytes TranslateRandom::tcp() {
  Bytes options;
  const std::size_t count = below(4);
  for (std::size_t i = 0; i < count; ++i) {
    switch (below(5)) {
      case 0: options.insert(options.end(), {2, 4}), put16(options, one_in(2) ? 1460 : 536); break;
      case 1: options.insert(options.end(), {3, 3, 7}); break;
      case 2: options.insert(options.end(), {4, 2}); break;
      case 3: options.insert(options.end(), {8, 10}), put_zeros(options, 8); break;
      default: options.insert(options.end(), {30, 4, 0, 0}); break;
    }
  }
  while (options.size() % 4 != 0) options.push_back(one_in(2) ? 1 : 0);
  Bytes out;
  put16(out, port());
  put16(out, port());
  put_zeros(out, 8);
  out.push_back(static_cast<std::uint8_t>((20 + options.size()) / 4 << 4));
  static constexpr std::uint8_t kFlags[] = {kTcpSyn, kTcpSyn | kTcpAck, kTcpAck, kTcpRst, kTcpFin | kTcpAck, 0, 63};
  out.push_back(one_in(4) ? static_cast<std::uint8_t>(below(256)) : kFlags[below(std::size(kFlags))]);
  put_zeros(out, 6);
  out.insert(out.end(), options.begin(), options.end());
  put_zeros(out, below(30));
  return out;
}

Bytes TranslateRandom::sctp() {
  Bytes out;
  put16(out, port());
  put16(out, port());
  put_zeros(out, 8);
  const std::size_t count = 1 + below(3);
  static constexpr std::uint8_t kTypes[] = {0, 1, 2, 3, 10, 14, 192, 77};
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(kTypes[below(std::size(kTypes))]);
    out.push_back(static_cast<std::uint8_t>(below(8)));
    put16(out, 8);
    put_zeros(out, 4);
  }
  return out;
}

Bytes TranslateRandom::icmp() {
  static constexpr std::uint8_t kTypes4[] = {0, 3, 5, 8, 8, 11, 13, 42};
  static constexpr std::uint8_t kTypes6[] = {1, 2, 3, 4, 128, 128, 129, 200};
  Bytes out = {v4() ? kTypes4[below(8)] : kTypes6[below(8)], static_cast<std::uint8_t>(below(6)), 0, 0, 0, 1, 0, 1};
  put_zeros(out, 40);
  return out;
}

Bytes TranslateRandom::transport(std::uint8_t* protocol) {
  const std::size_t kind = below(16);
  if (kind < 6) return *protocol = 6, tcp();
  if (kind < 10) {
    *protocol = one_in(5) ? 136 : 17;
    Bytes out;
    put16(out, port());
    put16(out, port());
    const std::size_t payload = below(40);
    put16(out, 8 + payload);
    put_zeros(out, 2 + payload);
    return out;
  }
  if (kind < 12) return *protocol = v4() ? 1 : 58, icmp();
  if (kind < 14) return *protocol = 132, sctp();
  static constexpr std::uint8_t kOthers[] = {47, 50, 33, 253, 4};
  *protocol = kOthers[below(std::size(kOthers))];
  Bytes out(24 + below(20), 0);
  out[1] = 22;
  out[3] = 80;
  if (*protocol == 33) out[4] = 4;
  if (*protocol == 4) out[0] = 0x45;
  return out;
}

Bytes TranslateRandom::packet(const std::string& source, const std::string& destination) {
  std::uint8_t protocol = 0;
  Bytes content = transport(&protocol);
  Endpoints ends{source, destination};
  ends.ttl = static_cast<std::uint8_t>(1 + below(80));
  ends.tos = one_in(2) ? static_cast<std::uint8_t>(below(256)) : std::uint8_t{0};
  if (!v4() && one_in(6)) {  // a fragment header, or a hop-by-hop header of padding
    const bool fragment = one_in(2);
    const bool later = fragment && (protocol == 132 || one_in(2));
    Bytes extension = {protocol, 0, 0, static_cast<std::uint8_t>(fragment ? (later ? 0x50 : 1) : 0), 0, 0, 0, 7};
    if (!fragment) extension[2] = 1, extension[3] = 4;
    // Conntrack gathers only whole blocks; but zeros are no SCTP chunk.
    if (fragment && !later) content.resize((content.size() + 7) / 8 * 8);
    Bytes out = craft_ip(ends, protocol, content);
    out.insert(out.begin() + 40, extension.begin(), extension.end());
    out[6] = fragment ? 44 : 0;
    const std::size_t length = out.size() - 40;
    out[4] = static_cast<std::uint8_t>(length >> 8);
    out[5] = static_cast<std::uint8_t>(length);
    return out;
  }
  Bytes out = craft_ip(ends, protocol, content);
  if (v4() && one_in(10)) {
    out[6] = one_in(3) ? 0x20 : 0;                           // more fragments
    out[7] = one_in(3) ? std::uint8_t{0} : std::uint8_t{9};  // offset
  }
  fix_checksums(out);
  return out;
}

Packet TranslateRandom::any_packet() {
  switch (below(8)) {
    case 0:
    case 1: return Packet::arriving("eth0", packet(outside(), inside()));
    case 2: return Packet::arriving("eth1", packet(inside(), outside()));
    case 3:
      return Packet::arriving_from("eth1", {2, 0, 0, 0, 0, static_cast<std::uint8_t>(1 + below(2))},
                                   packet(inside(), outside()));
    case 4: return Packet::arriving("eth0", packet(outside(), ours()));
    case 5: return Packet::arriving("eth1", packet(inside(), ours()));
    default: break;
  }
  std::string source = v4() ? "192.0.2.1" : "2001:db8::1";
  return Packet::local(packet(source, one_in(4) ? ours() : outside()), {}, one_in(2) ? 0 : 0x40000000);
}

/// The same packet the other way round, as an answer would come.
Packet TranslateRandom::reply_to(const Packet& first) {
  Packet out = first;
  const std::size_t address = v4() ? 4 : 16;
  const std::size_t from = v4() ? 12 : 8;
  const std::size_t transport = v4() ? 20 : 40;
  if (out.bytes.size() < transport + 8) return out;
  const auto at = [&out](std::size_t offset) { return out.bytes.begin() + static_cast<std::ptrdiff_t>(offset); };
  std::swap_ranges(at(from), at(from + address), at(from + address));
  const std::uint8_t protocol = out.bytes[v4() ? 9 : 6];
  if (protocol == 6 || protocol == 17) std::swap_ranges(at(transport), at(transport + 2), at(transport + 2));
  if (protocol == 6) out.bytes[transport + 13] = kTcpSyn | kTcpAck;
  if (protocol == 1 && out.bytes[transport] == 8) out.bytes[transport] = 0;
  if (protocol == 58 && out.bytes[transport] == 128) out.bytes[transport] = 129;
  fix_checksums(out.bytes);
  out.way = Packet::Way::kArrives;
  if (first.way == Packet::Way::kLocal) {
    out.interface = "eth0";
  } else {
    out.interface = first.interface == "eth0" ? "eth1" : "eth0";
  }
  out.source_mac.reset();
  out.mark = 0;
  return out;
}

std::vector<Packet> TranslateRandom::traffic(std::size_t count) {
  std::vector<Packet> packets;
  while (packets.size() < count) {
    if (packets.empty() || !one_in(4)) {
      packets.push_back(any_packet());
    } else {
      const Packet& first = packets[packets.size() - 1 - below(std::min<std::size_t>(packets.size(), 3))];
      packets.push_back(one_in(2) ? first : reply_to(first));
    }
  }
  return packets;
}

}  // namespace nfproof::testing
