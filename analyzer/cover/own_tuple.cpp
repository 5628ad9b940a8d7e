// SPDX-License-Identifier: Apache-2.0
// From the tuple of the connection to the header.
#include "analyzer/cover/own_tuple.h"

namespace nfproof::analyzer {

using ir::FieldId;

std::optional<ir::Packet> with_own_tuple(const ir::Packet& packet) {
  ir::Packet made = packet;
  const bool reply = packet.get_or(FieldId::kCtDirection, 0) != 0;
  const bool v4 = packet.family == ir::Family::kIpv4;
  if (const auto protocol = packet.get(FieldId::kCtProto); protocol && *protocol != packet.protocol()) {
    made.set(FieldId::kL4Proto, *protocol);
    made.clear(FieldId::kTcpFlags);
    if (*protocol == ir::kProtoTcp) made.set(FieldId::kTcpFlags, packet.ct_state() == ir::CtState::kNew ? 0x02 : 0x10);
    // The header of the other protocol was perhaps shorter.
    const ir::u128 ordinary = v4 ? 60 : 80;
    if (const auto length = packet.get_or(FieldId::kLength, 0); length < ordinary || length > 1500)
      made.set(FieldId::kLength, ordinary);
    if (ir::is_present(made, ir::Presence::kPorts)) {
      made.set(FieldId::kThSport, 40007);
      made.set(FieldId::kThDport, 54321);
    }
  }
  const auto take = [&](FieldId own, FieldId original, FieldId opposite) {
    const auto asked = packet.get(reply ? opposite : original);
    if (asked && packet.get(own) && *asked != *packet.get(own)) made.set(own, *asked);
  };
  take(packet.source_field(), v4 ? FieldId::kCtOrigSaddr : FieldId::kCtOrigSaddr6,
       v4 ? FieldId::kCtReplSaddr : FieldId::kCtReplSaddr6);
  take(packet.destination_field(), v4 ? FieldId::kCtOrigDaddr : FieldId::kCtOrigDaddr6,
       v4 ? FieldId::kCtReplDaddr : FieldId::kCtReplDaddr6);
  if (ir::is_present(made, ir::Presence::kPorts)) {
    const auto port = [&](FieldId own, FieldId original, FieldId opposite) {
      if (const auto asked = packet.get(reply ? opposite : original); asked && *asked != 0) made.set(own, *asked);
    };
    port(FieldId::kThSport, FieldId::kCtOrigSport, FieldId::kCtReplSport);
    port(FieldId::kThDport, FieldId::kCtOrigDport, FieldId::kCtReplDport);
  }
  if (made == packet) return std::nullopt;
  return made;
}

}  // namespace nfproof::analyzer
