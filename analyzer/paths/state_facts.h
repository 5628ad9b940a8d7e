// SPDX-License-Identifier: Apache-2.0
// Which packets connection tracking can give a state: TCP flags and ICMP types of packets that are new, established or
// related. All others are invalid. Sources: net/netfilter/nf_conntrack_proto_tcp.c (tcp_valid_flags, tcp_conntracks;
// connections that are picked up in their middle may be new, as by default), nf_conntrack_proto_icmp.c,
// nf_conntrack_proto_icmpv6.c.
#pragma once

#include <span>
#include <vector>

#include "compiler/ir/packet.h"
#include "compiler/ir/value_set.h"

namespace nfproof::analyzer {

/// Packets of one of the states that have the field have one of the values.
struct StateFact {
  std::vector<ir::CtState> states;
  ir::FieldId field{};
  ir::ValueSet allowed;
};

/// Facts about fields that packets of the family can have.
[[nodiscard]] std::span<const StateFact> state_facts(ir::Family family);
[[nodiscard]] ir::ValueSet states_of(const StateFact& fact);
/// Can the packet have the state that it has?
[[nodiscard]] bool can_have_its_state(const ir::Packet& packet);

}  // namespace nfproof::analyzer
