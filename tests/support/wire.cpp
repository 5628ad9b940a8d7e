// SPDX-License-Identifier: Apache-2.0
// Putting headers together.
#include "tests/support/wire.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace nfproof::testing {
namespace {

void put16(WireBytes& bytes, std::size_t at, std::uint32_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

void put32(WireBytes& bytes, std::size_t at, std::uint32_t value) {
  put16(bytes, at, value >> 16);
  put16(bytes, at + 2, value & 0xffff);
}

void append(WireBytes& bytes, const WireBytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

std::uint16_t sum_of(const WireBytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::uint32_t crc32c(const WireBytes& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78U : crc >> 1;
  }
  return ~crc;
}

WireBytes filler(std::size_t size) {
  WireBytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>('a' + i % 26);
  return bytes;
}

bool is_v4(const IpHeader& header) { return header.source.size() == 4; }

}  // namespace

WireBytes wire_address(std::string_view text) {
  const std::string copy(text);
  const bool v6 = copy.find(':') != std::string::npos;
  WireBytes bytes(v6 ? 16 : 4);
  inet_pton(v6 ? AF_INET6 : AF_INET, copy.c_str(), bytes.data());
  return bytes;
}

std::string wire_address_text(const WireBytes& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.size() == 16 ? AF_INET6 : AF_INET, address.data(), text.data(), text.size());
  return text.data();
}

WireBytes wire_packet(const IpHeader& header, const WireBytes& payload) {
  WireBytes packet;
  if (is_v4(header)) {
    packet.resize(12);
    const std::size_t size = 20 + header.options.size();
    packet[0] = static_cast<std::uint8_t>(0x40 | size / 4);
    packet[1] = header.tos;
    put16(packet, 2, static_cast<std::uint32_t>(size + payload.size()));
    put16(packet, 4, header.id);
    put16(packet, 6, header.fragment);
    packet[8] = header.ttl;
    packet[9] = header.protocol;
    append(packet, header.source), append(packet, header.destination), append(packet, header.options);
    put16(packet, 10, sum_of(packet));
  } else {
    packet.resize(8);
    put16(packet, 0, 0x6000U | static_cast<std::uint32_t>(header.tos) << 4);
    put16(packet, 4, static_cast<std::uint32_t>(header.extensions.size() + payload.size()));
    packet[6] = header.extensions.empty() ? header.protocol : header.first_header;
    packet[7] = header.ttl;
    append(packet, header.source), append(packet, header.destination), append(packet, header.extensions);
  }
  append(packet, payload);
  return packet;
}

WireBytes wire_tcp(const TcpFields& fields) {
  WireBytes bytes(20);
  put16(bytes, 0, fields.source);
  put16(bytes, 2, fields.destination);
  put32(bytes, 4, fields.sequence);
  put32(bytes, 8, fields.acknowledgement);
  bytes[12] = static_cast<std::uint8_t>((20 + fields.options.size()) / 4 << 4);
  bytes[13] = fields.flags;
  put16(bytes, 14, fields.window);
  append(bytes, fields.options), append(bytes, filler(fields.payload));
  return bytes;
}

WireBytes wire_udp(std::uint16_t source, std::uint16_t destination, std::size_t payload) {
  WireBytes bytes(8);
  put16(bytes, 0, source);
  put16(bytes, 2, destination);
  put16(bytes, 4, static_cast<std::uint32_t>(8 + payload));
  append(bytes, filler(payload));
  return bytes;
}

WireBytes wire_icmp(std::uint8_t type, std::uint8_t code, std::uint16_t id, const WireBytes& rest) {
  WireBytes bytes(8);
  bytes[0] = type;
  bytes[1] = code;
  put16(bytes, 4, id);
  append(bytes, rest);
  return bytes;
}

WireBytes wire_sctp(std::uint16_t source, std::uint16_t destination, std::uint32_t tag,
                    const std::vector<WireBytes>& chunks) {
  WireBytes bytes(12);
  put16(bytes, 0, source);
  put16(bytes, 2, destination);
  put32(bytes, 4, tag);
  for (const WireBytes& chunk : chunks) append(bytes, chunk);
  return bytes;
}

WireBytes wire_chunk(std::uint8_t type, std::uint8_t flags, const WireBytes& value) {
  WireBytes bytes = {type, flags, 0, 0};
  append(bytes, value);
  put16(bytes, 2, static_cast<std::uint32_t>(bytes.size()));
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

void wire_checksum(const IpHeader& header, WireBytes& payload) {
  if (header.protocol == 132) {
    if (payload.size() < 12) return;
    put32(payload, 8, 0);
    const std::uint32_t crc = crc32c(payload);
    for (std::size_t i = 0; i < 4; ++i) payload[8 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
    return;
  }
  std::size_t at = 0;
  if (header.protocol == 6) at = 16;
  if (header.protocol == 17 || header.protocol == 136) at = 6;
  if ((is_v4(header) && header.protocol == 1) || (!is_v4(header) && header.protocol == 58)) at = 2;
  if (at == 0 || payload.size() < at + 2) return;
  put16(payload, at, 0);
  WireBytes all;
  if (header.protocol != 1) {
    append(all, header.source), append(all, header.destination);
    WireBytes tail(8);
    put32(tail, 0, static_cast<std::uint32_t>(payload.size()));
    tail[7] = header.protocol;
    append(all, tail);
  }
  append(all, payload);
  std::uint16_t sum = sum_of(all);
  if (sum == 0 && (header.protocol == 17 || header.protocol == 136)) sum = 0xffff;
  put16(payload, at, sum);
}

std::vector<WireBytes> wire_fragments(const IpHeader& header, const WireBytes& payload, std::size_t size,
                                      std::uint32_t id) {
  std::vector<WireBytes> fragments;
  for (std::size_t at = 0; at < payload.size(); at += size) {
    const std::size_t end = std::min(at + size, payload.size());
    const WireBytes part(payload.begin() + static_cast<std::ptrdiff_t>(at),
                         payload.begin() + static_cast<std::ptrdiff_t>(end));
    const bool more = end < payload.size();
    IpHeader piece = header;
    if (is_v4(header)) {
      piece.id = static_cast<std::uint16_t>(id);
      piece.fragment = static_cast<std::uint16_t>((more ? 0x2000U : 0U) | at / 8);
    } else {
      WireBytes extension(8);
      extension[0] = header.protocol;
      put16(extension, 2, static_cast<std::uint32_t>(at) | (more ? 1U : 0U));
      put32(extension, 4, id);
      piece.extensions = extension;
      piece.first_header = 44;
    }
    fragments.push_back(wire_packet(piece, part));
  }
  return fragments;
}

WireEnds wire_ends(const WireBytes& packet) {
  WireEnds ends;
  if (packet.size() < 20) return ends;
  const bool v4 = packet[0] >> 4 == 4;
  if (!v4 && packet.size() < 40) return ends;
  const std::ptrdiff_t at = v4 ? 12 : 8, size = v4 ? 4 : 16;
  ends.source.assign(packet.begin() + at, packet.begin() + at + size);
  ends.destination.assign(packet.begin() + at + size, packet.begin() + at + 2 * size);
  const std::uint8_t protocol = v4 ? packet[9] : packet[6];
  const std::size_t transport = v4 ? (packet[0] & 0xfU) * 4U : 40;
  const bool ports = protocol == 6 || protocol == 17 || protocol == 132 || protocol == 136;
  const bool icmp = protocol == (v4 ? 1 : 58);
  if ((!ports && !icmp) || packet.size() < transport + 6) return ends;
  const auto get = [&](std::size_t i) { return static_cast<std::uint16_t>(packet[i] << 8 | packet[i + 1]); };
  ends.source_port = get(transport + (icmp ? 4 : 0));
  ends.destination_port = icmp ? ends.source_port : get(transport + 2);
  return ends;
}

}  // namespace nfproof::testing
