// SPDX-License-Identifier: Apache-2.0
// Address translation: a connection's mapping is chosen once, at its first packet, and kept in its reply tuple; every
// packet is then rewritten by it (net/netfilter/nf_nat_core.c).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/ir/core.h"
#include "compiler/ir/host.h"
#include "sim/conntrack.h"

namespace nfproof::sim {

/// Which end of a packet is translated.
enum class Manip : std::uint8_t { kSource, kDestination };

/// Sources are translated when a packet is about to leave or to be delivered, destinations when it has just come.
[[nodiscard]] constexpr Manip manip_at(ir::Hook hook) {
  return hook == ir::Hook::kPrerouting || hook == ir::Hook::kOutput ? Manip::kDestination : Manip::kSource;
}

class Nat {
 public:
  Nat(Conntrack& conntrack, const ir::Host& host) : conntrack_(conntrack), host_(host) {}

  [[nodiscard]] static bool initialized(const Connection& connection, Manip manip);
  /// A nat rule was hit. False: the packet is dropped.
  [[nodiscard]] bool apply(const ir::Nat& effect, const Track& track, const ir::Packet& fields, ir::Hook hook);
  /// No nat rule was hit: the addresses stay, a port may have to change because another connection has it.
  void bind_unchanged(const Track& track, Manip manip);
  /// Rewrites the packet by its connection's mapping. False: the packet is dropped.
  [[nodiscard]] static bool translate(DecodedPacket& packet, const Track& track, Manip manip);

 private:
  struct Range {
    std::optional<ir::Interval> addresses;
    std::optional<ir::Interval> ports;
    std::uint16_t base_port = 0;
    bool random = false;
    bool persistent = false;
  };
  void set_up(Connection& connection, const Range& range, Manip manip);
  [[nodiscard]] Tuple choose(const Tuple& current, const Range& range, Manip manip, const Connection& connection) const;
  [[nodiscard]] bool used(const Tuple& outgoing, const Connection& connection) const;
  [[nodiscard]] std::optional<ir::u128> interface_address(const std::string& interface, ir::Family family,
                                                          ir::u128 peer) const;

  Conntrack& conntrack_;
  const ir::Host& host_;
};

}  // namespace nfproof::sim
