// SPDX-License-Identifier: Apache-2.0
// Base chains in order; a packet that one of them does not accept has arrived.
#include "analyzer/regions/path_walk.h"

#include <algorithm>

#include "compiler/ir/facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::Packet;
using ir::u128;

constexpr std::uint32_t kDelivered =
    ir::addr_type_bit(ir::AddrType::kLocal) | ir::addr_type_bit(ir::AddrType::kBroadcast) |
    ir::addr_type_bit(ir::AddrType::kAnycast) | ir::addr_type_bit(ir::AddrType::kMulticast);

}  // namespace

/// False: the packet goes another way.
bool PathWalk::route(Packet& packet, HostWay way) const {
  if (host_ != nullptr) {
    const bool mine = (host_->address_type(packet.destination(), packet.family) & kDelivered) != 0;
    if (mine != (way == HostWay::kInput)) return false;
    if (way == HostWay::kInput) return true;
    const ir::Route* route = host_->route_to(packet.destination(), packet.family);
    if (route == nullptr || route->interface != packet.out) return false;
  } else if (const auto type = packet.get(FieldId::kDaddrType)) {
    if (((static_cast<std::uint32_t>(*type) & kDelivered) != 0) != (way == HostWay::kInput)) return false;
  }
  if (way == HostWay::kInput) return true;
  const FieldId ttl = packet.family == ir::Family::kIpv4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit;
  const u128 value = packet.get_or(ttl, 64);
  if (value < 2) return false;
  packet.set(ttl, value - 1);
  return true;
}

/// The destination that a rule of the nat table gives to a new connection.
void PathWalk::translate(Packet& packet, const PathStage& stage, const Picker& picker) const {
  const ir::Rule* rule = ruleset_.rule(stage.fate.decided_by);
  if (rule == nullptr) return;
  const bool v4 = packet.family == ir::Family::kIpv4;
  for (const ir::Effect& effect : rule->effects) {
    const auto* nat = std::get_if<ir::Nat>(&effect);
    if (nat == nullptr) continue;
    const bool first = stage.packet.hook == ir::Hook::kPrerouting || stage.packet.hook == ir::Hook::kOutput;
    if (!first || nat->kind == ir::Nat::Kind::kSnat || nat->kind == ir::Nat::Kind::kMasquerade) continue;
    const FieldId address = packet.destination_field();
    const auto pick = [&](FieldId field, u128 otherwise) {
      return picker ? picker(stage.fate.decided_by, field).value_or(otherwise) : otherwise;
    };
    std::optional<u128> target;
    if (nat->kind == ir::Nat::Kind::kRedirect) {
      target = stage.packet.hook == ir::Hook::kOutput ? (v4 ? u128{127} << 24 | 1U : u128{1})
                                                      : pick(address, packet.destination());
      if (host_ != nullptr && stage.packet.hook == ir::Hook::kPrerouting)
        if (const ir::Interface* in = host_->find_interface(packet.in)) {
          const auto own = std::find_if(in->addresses.begin(), in->addresses.end(),
                                        [&](const ir::InterfaceAddress& each) { return each.family == packet.family; });
          if (own != in->addresses.end()) target = own->address;
        }
      if (packet.get(FieldId::kDaddrType)) packet.set(FieldId::kDaddrType, ir::addr_type_bit(ir::AddrType::kLocal));
    } else if (nat->addresses && nat->kind == ir::Nat::Kind::kNetmap) {
      const u128 kept = nat->addresses->lo ^ nat->addresses->hi;
      target = (packet.destination() & kept) | (nat->addresses->lo & ~kept);
    } else if (nat->addresses) {
      target = pick(address, nat->addresses->lo);
    }
    if (target) packet.set(address, *target);
    if (nat->kind != ir::Nat::Kind::kRedirect && packet.get(FieldId::kDaddrType))
      packet.set(FieldId::kDaddrType, pick(FieldId::kDaddrType, packet.get_or(FieldId::kDaddrType, 2)));
    if (nat->ports && ir::is_present(packet, ir::Presence::kPorts))
      packet.set(FieldId::kThDport, pick(FieldId::kThDport, nat->ports->lo));
    packet.set(FieldId::kCtStatus, packet.get_or(FieldId::kCtStatus, 0) | ir::kIpsDstNat);
  }
}

PathEnd PathWalk::walk(Packet packet, HostWay way, std::span<const Choice> choices, const Picker& picker) const {
  PathEnd end;
  end.hook = way_hook(way);
  const std::string out = packet.out;
  const std::string in = packet.in;
  bool routed = way == HostWay::kOutput;
  const Packet entered = packet;
  bool filtered = false;  // a chain that filters has decided
  if (way == HostWay::kOutput && host_ != nullptr) {
    const bool local = host_->is_local(packet.destination(), packet.family);
    const ir::Route* route = host_->route_to(packet.destination(), packet.family);
    end.elsewhere = local ? out != "lo" : route == nullptr || route->interface != out;
  }
  for (const WayStep& step : way_steps(ruleset_, packet.family, way)) {
    if (!routed && step.hook != ir::Hook::kPrerouting) {
      routed = true;
      packet.out = out;
      if (!route(packet, way)) end.elsewhere = true;
    }
    if (end.elsewhere) break;
    packet.hook = step.hook;
    if (step.hook == ir::Hook::kPrerouting) packet.out.clear();
    if (step.nat && packet.ct_state() != ir::CtState::kNew) continue;
    const Packet real = packet;
    if (step.before_tracking) {
      packet.set(FieldId::kCtState, static_cast<u128>(ir::CtState::kInvalid));
      ir::clear_connection(packet);
    }
    WalkRequest request;
    request.base = step.chain;
    request.choices = choices;
    const WalkResult result = walk_.walk(packet, request);
    end.exhausted = end.exhausted || result.exhausted;
    end.stages.push_back({step.chain, packet, result.fate});
    packet = result.packet;
    if (step.before_tracking && packet.ct_state() == ir::CtState::kInvalid)
      for (std::size_t i = 0; i < ir::kHeldFieldCount; ++i) {
        const auto field = static_cast<FieldId>(i);
        if (!ir::is_tracking_field(field)) continue;
        if (const auto value = real.get(field))
          packet.set(field, *value);
        else
          packet.clear(field);
      }
    const bool accepted = result.fate.verdict == ir::VerdictKind::kAccept;
    if (!accepted || step.filter || !filtered) end.decider = result.fate.decided_by;
    filtered = filtered || step.filter;
    if (!accepted) {
      end.verdict = result.fate.verdict;
      end.hook = step.hook;
      end.packet = packet;
      return end;
    }
    if (step.nat) translate(packet, end.stages.back(), picker);
  }
  if (!routed && !end.elsewhere) {
    packet.out = out;
    if (!route(packet, way)) end.elsewhere = true;
  }
  end.packet = packet;
  return end;
}

}  // namespace nfproof::analyzer
