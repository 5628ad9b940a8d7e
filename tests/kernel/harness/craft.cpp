// SPDX-License-Identifier: Apache-2.0
// Headers are written byte by byte in network order.
#include "tests/kernel/harness/craft.h"

#include <arpa/inet.h>

#include <cstddef>
#include <string>

namespace nfproof::testing {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58;

void put16(Bytes& bytes, std::size_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void put32(Bytes& bytes, std::uint32_t value) {
  put16(bytes, value >> 16);
  put16(bytes, value & 0xffff);
}

Bytes address(std::string_view text) {
  Bytes bytes(16);
  const std::string owned(text);
  if (inet_pton(AF_INET6, owned.c_str(), bytes.data()) == 1) return bytes;
  if (inet_pton(AF_INET, owned.c_str(), bytes.data()) != 1) return {};
  bytes.resize(4);
  return bytes;
}

std::uint32_t sum_of(const Bytes& bytes, std::size_t begin, std::size_t end) {
  std::uint32_t sum = 0;
  for (std::size_t at = begin; at < end; ++at) {
    sum += (at - begin) % 2 == 0 ? static_cast<std::uint32_t>(bytes[at]) << 8 : bytes[at];
  }
  return sum;
}

void store_sum(Bytes& bytes, std::size_t at, std::uint32_t sum, bool zero_means_none) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  auto value = static_cast<std::uint16_t>(~sum);
  if (zero_means_none && value == 0) value = 0xffff;
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

// Where in its header a protocol keeps its checksum; 0: not known.
std::size_t checksum_offset(std::uint8_t protocol) {
  if (protocol == kIcmp || protocol == kIcmp6) return 2;
  if (protocol == kTcp) return 16;
  return protocol == kUdp ? 6 : 0;
}

void put_ports(Bytes& bytes, std::uint16_t source, std::uint16_t destination) {
  put16(bytes, source);
  put16(bytes, destination);
}

}  // namespace

void fix_checksums(Bytes& packet) {
  const bool ipv6 = !packet.empty() && packet[0] >> 4 == 6;
  const std::size_t head = packet.empty() ? 0 : ipv6 ? 40 : std::size_t{4} * (packet[0] & 0xf);
  if (head < 20 || packet.size() < head) return;
  if (!ipv6) {
    packet[10] = packet[11] = 0;
    store_sum(packet, 10, sum_of(packet, 0, head), false);
  }
  const std::uint8_t protocol = packet[ipv6 ? 6 : 9];
  const std::size_t offset = checksum_offset(protocol);
  if (offset == 0 || packet.size() < head + offset + 2) return;
  packet[head + offset] = packet[head + offset + 1] = 0;
  std::uint32_t sum = sum_of(packet, head, packet.size());
  if (protocol != kIcmp) {
    const auto length = static_cast<std::uint32_t>(packet.size() - head);
    sum += protocol + length + (ipv6 ? sum_of(packet, 8, 40) : sum_of(packet, 12, 20));
  }
  store_sum(packet, head + offset, sum, protocol == kUdp);
}

Bytes craft_ip(const Endpoints& ends, std::uint8_t protocol, const Bytes& content) {
  const Bytes source = address(ends.source);
  const Bytes destination = address(ends.destination);
  if (source.empty() || source.size() != destination.size()) return {};
  Bytes packet;
  if (source.size() == 4) {
    packet = {0x45, ends.tos};
    put16(packet, 20 + content.size());
    put32(packet, 0x00010000);
    packet.insert(packet.end(), {ends.ttl, protocol, 0, 0});
  } else {
    put32(packet, 0x60000000U | static_cast<std::uint32_t>(ends.tos) << 20);
    put16(packet, content.size());
    packet.insert(packet.end(), {protocol, ends.ttl});
  }
  packet.insert(packet.end(), source.begin(), source.end());
  packet.insert(packet.end(), destination.begin(), destination.end());
  packet.insert(packet.end(), content.begin(), content.end());
  fix_checksums(packet);
  return packet;
}

Bytes craft_udp(const Endpoints& ends, std::uint16_t source_port, std::uint16_t destination_port, std::size_t payload) {
  Bytes content;
  put_ports(content, source_port, destination_port);
  put16(content, 8 + payload);
  put16(content, 0);
  content.resize(8 + payload, 'x');
  return craft_ip(ends, kUdp, content);
}

Bytes craft_tcp(const Endpoints& ends, std::uint16_t source_port, std::uint16_t destination_port, std::uint8_t flags,
                std::uint32_t sequence, std::uint32_t acknowledged) {
  Bytes content;
  put_ports(content, source_port, destination_port);
  put32(content, sequence);
  put32(content, acknowledged);
  content.insert(content.end(), {0x50, flags, 0x20, 0x00, 0, 0, 0, 0});
  return craft_ip(ends, kTcp, content);
}

Bytes craft_echo(const Endpoints& ends, bool reply, std::uint16_t id) {
  const bool ipv6 = ends.source.find(':') != std::string_view::npos;
  const int type = ipv6 ? (reply ? 129 : 128) : (reply ? 0 : 8);
  Bytes content = {static_cast<std::uint8_t>(type), 0, 0, 0};
  put16(content, id);
  put16(content, 1);
  content.resize(16, 'x');
  return craft_ip(ends, ipv6 ? kIcmp6 : kIcmp, content);
}

}  // namespace nfproof::testing
