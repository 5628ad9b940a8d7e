// SPDX-License-Identifier: Apache-2.0
// The copies that TEE makes (net/ipv4/netfilter/nf_dup_ipv4.c, net/ipv6/netfilter/nf_dup_ipv6.c): untracked packets of
// the host itself, which meet OUTPUT and POSTROUTING on their way to another host and are counted there.
#include <iterator>

#include "sim/path.h"
#include "sim/rewrite.h"

namespace nfproof::sim {
namespace {

/// Against loops between two hosts that copy to each other, and for the sender to learn of a smaller MTU.
void mark_as_copy(DecodedPacket& packet, ir::Hook hook) {
  const bool v4 = packet.family() == ir::Family::kIpv4;
  if (v4) set_dont_fragment(packet);
  if (hook != ir::Hook::kPrerouting && hook != ir::Hook::kInput) return;
  const auto ttl = packet.fields.get_or(v4 ? ir::FieldId::kIpTtl : ir::FieldId::kIp6HopLimit, 0);
  set_ttl(packet, static_cast<std::uint8_t>(ttl - 1));
}

}  // namespace

void Path::send_copies(std::vector<Copy> copies, ir::Hook hook, const Traveller& original, Result& result) {
  copying_ = true;
  for (Copy& copy : copies) {
    const ir::Route* route = host_.route_to(copy.target.gateway, copy.packet.family());
    if (copy.target.interface.empty() && route == nullptr) continue;
    Traveller traveller{.packet = std::move(copy.packet), .track = {}, .now = original.now};
    traveller.track.state = ir::CtState::kUntracked;
    mark_as_copy(traveller.packet, hook);
    ir::Packet& fields = traveller.packet.fields;
    show_track(traveller.track, traveller.now, fields);
    fields.in.clear();
    fields.out = copy.target.interface.empty() ? route->interface : copy.target.interface;
    Result aside;
    if (pass_hook(ir::Hook::kOutput, traveller, aside)) (void)pass_hook(ir::Hook::kPostrouting, traveller, aside);
    std::move(aside.logs.begin(), aside.logs.end(), std::back_inserter(result.logs));
    std::move(aside.assumptions.begin(), aside.assumptions.end(), std::back_inserter(result.assumptions));
  }
  copying_ = false;
}

}  // namespace nfproof::sim
