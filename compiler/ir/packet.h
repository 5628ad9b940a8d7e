// SPDX-License-Identifier: Apache-2.0
// A packet as field values: what a witness, a query or a simulated packet looks like to everybody. The analyzer finds
// such packets, the simulator builds bytes from them or decodes bytes into them, reports print them.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <string>

#include "compiler/ir/core.h"
#include "compiler/ir/field.h"
#include "compiler/ir/hook.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::ir {

/// Values of fields at one moment of the packet's way. Fields that share storage share their value; those that are
/// looked up (`is_looked_up`) are never there.
class Packet {
 public:
  Family family = Family::kIpv4;
  Hook hook = Hook::kInput;
  std::string in;   ///< empty: none (locally generated)
  std::string out;  ///< empty: none (not routed yet, or delivered locally)

  void set(FieldId field, u128 value) {
    if (is_looked_up(field)) return;
    values_[slot(field)] = value;
    present_.set(slot(field));
  }
  void clear(FieldId field) { present_.reset(slot(field)); }
  /// No field is set any more.
  void clear_all() { present_.reset(); }
  /// The stored bits, whatever the protocol; nothing when never set.
  [[nodiscard]] std::optional<u128> get(FieldId field) const {
    if (!present_[slot(field)]) return std::nullopt;
    return values_[slot(field)];
  }
  [[nodiscard]] u128 get_or(FieldId field, u128 otherwise) const {
    return present_[slot(field)] ? values_[slot(field)] : otherwise;
  }

  [[nodiscard]] FieldId source_field() const {
    return family == Family::kIpv4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr;
  }
  [[nodiscard]] FieldId destination_field() const {
    return family == Family::kIpv4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr;
  }
  [[nodiscard]] u128 source() const { return get_or(source_field(), 0); }
  [[nodiscard]] u128 destination() const { return get_or(destination_field(), 0); }
  [[nodiscard]] std::uint8_t protocol() const { return static_cast<std::uint8_t>(get_or(FieldId::kL4Proto, 0)); }
  [[nodiscard]] CtState ct_state() const { return static_cast<CtState>(get_or(FieldId::kCtState, 0)); }
  /// Not the first fragment: no transport header here.
  [[nodiscard]] bool is_later_fragment() const {
    return get_or(family == Family::kIpv4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset, 0) != 0;
  }

  friend bool operator==(const Packet& a, const Packet& b);

 private:
  [[nodiscard]] static constexpr std::size_t slot(FieldId field) {
    // All fields that no packet holds share the place behind the last, which is never present.
    return std::min(static_cast<std::size_t>(kFieldStorage[static_cast<std::size_t>(field)]), kHeldFieldCount);
  }

  std::array<u128, kHeldFieldCount + 1> values_{};  // of fields that are not present: anything
  std::bitset<kHeldFieldCount + 1> present_;
};

/// Is what the field presupposes there, by protocol, fragment offset, conntrack state and family of the packet? For
/// extension headers of IPv6, which no field tells: may it be there?
[[nodiscard]] bool is_present(const Packet& packet, Presence presence);

/// The packet as an expression in nftables syntax that matches exactly it:
/// `iifname "eth0" ip saddr 10.0.0.1 ip daddr 192.0.2.1 tcp sport 1024 tcp dport 22 ct state new`.
[[nodiscard]] std::string packet_expression(const Packet& packet);

/// `tcp`, `udp`, ..., or the number.
[[nodiscard]] std::string protocol_name(std::uint8_t protocol);
/// `SYN,ACK`; `none` for 0.
[[nodiscard]] std::string tcp_flags_text(std::uint8_t flags);

/// What became of a packet at a hook, and which rule decided.
struct Fate {
  VerdictKind verdict = VerdictKind::kAccept;  ///< accept, drop, reject or queue
  RuleRef decided_by;                          ///< the place past the last rule: the policy
};

}  // namespace nfproof::ir
