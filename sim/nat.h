// SPDX-License-Identifier: Apache-2.0
// Address translation: a connection's mapping is chosen once, at its first packet, and kept in its reply tuple; every
// packet is then rewritten by it (net/netfilter/nf_nat_core.c).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

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

  [[nodiscard]] Conntrack& conntrack() const { return conntrack_; }
  [[nodiscard]] static bool initialized(const Connection& connection, Manip manip);
  /// A nat rule was hit. False: the packet is dropped.
  [[nodiscard]] bool apply(const ir::Nat& effect, const Track& track, const ir::Packet& fields, ir::Hook hook);
  /// A connection that a helper expected is translated as its master is.
  void follow_master(const Track& track);
  /// No nat rule was hit: the addresses stay, a port may have to change because another connection has it.
  void bind_unchanged(const Track& track, Manip manip);
  /// What another one remembers of its connections' sources.
  void take_mappings(Nat& other) { by_source_ = std::move(other.by_source_); }
  /// Was a port chosen since the last call that the kernel would choose at random?
  [[nodiscard]] bool take_port_choice() { return std::exchange(port_chosen_, false); }
  /// The address that the host itself would take towards the peer when it sends by the interface.
  [[nodiscard]] std::optional<ir::u128> interface_address(const std::string& interface, ir::Family family,
                                                          ir::u128 peer) const;
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
  void set_up(const std::shared_ptr<Connection>& owner, const Range& range, Manip manip);
  [[nodiscard]] static Tuple source_key(const Tuple& tuple);
  [[nodiscard]] std::optional<Tuple> mapping_of_source(const Tuple& current, const Range& range) const;
  void remember_source(const std::shared_ptr<Connection>& connection);
  [[nodiscard]] Tuple choose(const Tuple& current, const Range& range, Manip manip, const Connection& connection);
  [[nodiscard]] bool used(const Tuple& outgoing, const Connection& connection) const;
  [[nodiscard]] ir::u128 next_hop(const ir::Packet& fields) const;
  [[nodiscard]] std::optional<ir::u128> redirect_address(const ir::Packet& fields) const;

  Conntrack& conntrack_;
  const ir::Host& host_;
  std::unordered_map<Tuple, std::vector<std::weak_ptr<Connection>>, TupleHash> by_source_;
  std::size_t next_sweep_ = 65536;
  bool port_chosen_ = false;
};

}  // namespace nfproof::sim
