// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes as a packet, in every kind of link header, decoded, decoded again after changes of each kind,
// and turned into an expression.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/decode.h"
#include "sim/defrag.h"
#include "sim/link.h"
#include "sim/rewrite.h"
#include "sim/tuple.h"

namespace nfproof {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

/// What is decoded does not depend on what was there before.
void check_again(sim::ByteView ip, std::size_t length, const sim::DecodedPacket& packet, sim::DecodedPacket& used) {
  std::string why;
  require(sim::decode_packet(ip, length, used, why));
  require(used.fields == packet.fields && used.bytes == packet.bytes && used.transport == packet.transport);
  require(used.fragment == packet.fragment && used.fragment_header == packet.fragment_header);
}

/// The fields are those of the bytes.
void check_fields(const sim::DecodedPacket& packet) {
  sim::DecodedPacket again = packet;
  sim::refresh(again);
  require(again.fields == packet.fields);
}

void change(sim::DecodedPacket packet) {
  const ir::u128 address = packet.fields.destination();
  sim::set_address(packet, true, address);
  require(packet.fields.source() == address);
  check_fields(packet);
  sim::set_port(packet, true, 4242);
  check_fields(packet);
  sim::set_ttl(packet, 7);
  sim::set_tos(packet, 0x2e);
  check_fields(packet);
  static_cast<void>(sim::set_mss(packet, 500));
  check_fields(packet);
  sim::Defragmenter defragmenter;
  if (sim::Defragmenter::gathers(packet)) static_cast<void>(defragmenter.add(packet, 0));
}

void decode(sim::ByteView data, sim::LinkType link, std::size_t original_length, sim::DecodedPacket& used) {
  const auto info = sim::decode_link(data, link);
  if (!info) return;
  require(info->ip_offset <= data.size());
  const sim::ByteView ip = data.subspan(info->ip_offset);
  const std::size_t length = original_length > info->ip_offset ? original_length - info->ip_offset : 0;
  std::string why;
  const auto packet = sim::decode_packet(ip, length, why);
  require(packet.has_value() == why.empty());
  if (!packet) return;
  check_again(ip, length, *packet, used);
  static_cast<void>(ir::packet_expression(packet->fields));
  if (const auto tuple = sim::tuple_at(packet->bytes, 0, packet->family())) {
    const auto answer = sim::inverted(*tuple);
    if (answer) require(sim::inverted(*answer) == tuple);
  }
  change(*packet);
}

}  // namespace
}  // namespace nfproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using nfproof::sim::LinkType;
  nfproof::sim::DecodedPacket used;
  for (const LinkType link :
       {LinkType::kRawIp, LinkType::kEthernet, LinkType::kLinuxCooked, LinkType::kLinuxCooked2, LinkType::kNull})
    for (const std::size_t more : {std::size_t{0}, std::size_t{100}})
      nfproof::decode({data, size}, link, size + more, used);
  return 0;
}
