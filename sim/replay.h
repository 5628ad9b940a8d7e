// SPDX-License-Identifier: Apache-2.0
// The simulator: packets in, the kernel's decisions out. `Simulator` is one host with one ruleset: it keeps
// connections, buckets and counters from packet to packet. `sim/witness.h` asks about a single packet at a single hook
// instead.
//
//   Simulator simulator(ruleset, host, options);
//   while (const CapturedPacket* packet = capture.next())  // sim/capture.h
//     Result result = simulator.inject({packet->data, packet->link, packet->original_length}, {.in = "eth0"});
//   simulator.counters({chain, 0});  // of the first rule of a chain
//
// The order at each hook is that of the ruleset's base chains with the kernel's own steps between them:
// defragmentation, connection tracking, translation, routing, confirmation. Not modelled: policy routing, bridges,
// IPsec, answers that the host itself would send, other than those of REJECT.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"
#include "compiler/ir/sender.h"
#include "compiler/ir/set.h"
#include "sim/conntrack_text.h"
#include "sim/observer.h"
#include "sim/result.h"
#include "sim/settings.h"
#include "sim/witness.h"

namespace nfproof::sim {

struct Preview;

/// What the bytes of a packet begin with.
enum class LinkType : std::uint8_t {
  kRawIp,         ///< the IP header itself
  kEthernet,      ///< with any number of VLAN tags
  kLinuxCooked,   ///< SLL
  kLinuxCooked2,  ///< SLL2
  kNull,          ///< BSD loopback: four bytes of address family
  kUnknown,       ///< something else: never decoded
};

struct PacketBytes {
  std::span<const std::uint8_t> data;
  LinkType link = LinkType::kRawIp;
  std::uint32_t original_length = 0;  ///< on the wire; 0: `data` is all of it
  const Preview* preview = nullptr;   ///< of these bytes, when somebody has made it already (`sim/preview.h`)
};

/// Where a packet is met. A capture taken on a host holds both kinds.
enum class Direction : std::uint8_t {
  kDetect,    ///< a local source address means that the host sent it
  kIncoming,  ///< arrives on `in`
  kOutgoing,  ///< sent by the host itself
};

struct Arrival {
  std::string in;  ///< interface it arrives on; empty: the one that leads to its source
  Nanoseconds time = 0;
  Direction direction = Direction::kDetect;
  std::uint32_t mark = 0;
  std::optional<ir::Sender> sender{};  ///< the socket, of packets that the host sends; nothing: not known
  /// What a packet out of nowhere cannot have: its connection's state, status, direction, mark and addresses. Where
  /// they are set they replace what connection tracking finds. For traces of single packets.
  const ir::Packet* pretend = nullptr;
};

/// When does the connection tracking of a family run?
enum class TrackingMode : std::uint8_t {
  kWhenNeeded,  ///< as the kernel does: when a rule of the family tests or uses connections
  kAlways,
  kNever,
};

struct SimOptions {
  TrackingSettings conntrack;  ///< net.netfilter.nf_conntrack_...
  bool loopback = true;        ///< what the host sends to itself also arrives (PREROUTING and INPUT)
  bool forwarding = true;      ///< net.ipv4.ip_forward, net.ipv6.conf.all.forwarding
  TrackingMode tracking = TrackingMode::kWhenNeeded;
  /// The answer of matches without semantics, and exceptions by module name.
  bool assume_opaque = false;
  std::map<std::string, bool, std::less<>> assume_module;
  std::map<std::pair<std::string, std::string>, bool> assume_test;  ///< by module and arguments
  std::map<std::pair<ir::RuleRef, ir::PredicateId>, bool> assume_rule;  ///< a test of one rule
  std::uint64_t seed = 1;                ///< of random matches
  std::uint32_t hz = 250;                ///< CONFIG_HZ of the modelled kernel: the granularity of limits
  std::uint32_t recent_addresses = 100;  ///< module parameter ip_list_tot of xt_recent
  std::uint32_t recent_stamps = 0;       ///< ip_pkt_list_tot
  std::string timezone;                  ///< the kernel's, see `zone_offset`; empty: UTC
  const ir::SetTable* sets = nullptr;    ///< the ipsets that rules refer to; must outlive the simulator
  bool log_lines = false;                ///< fill `LogEvent::line`
  bool trace = false;                    ///< fill `Result::trace`
  bool details = true;       ///< fill before, after, bytes, rewritten and decisions of `Result`, which takes its time
  bool replies = false;      ///< REJECT's answers are sent, too, and meet OUTPUT and POSTROUTING
  bool limit_errors = true;  ///< ICMP errors among them at the rate of net.ipv4.icmp_ratelimit, net.ipv6.icmp.ratelimit
  bool linear = false;       ///< look at every rule, one by one: slow, and what all short cuts are measured by
  Observer* observer = nullptr;  ///< of every packet; must outlive the simulator
  std::uint16_t mtu = 1500;      ///< of interfaces of which the host does not tell it
};

class Simulator {
 public:
  /// Both must outlive the simulator.
  Simulator(const ir::Ruleset& ruleset, const ir::Host& host, SimOptions options = {});
  ~Simulator();
  Simulator(Simulator&&) noexcept;
  Simulator& operator=(Simulator&&) noexcept;

  /// Sends one packet on its way. Times should not go backwards; a step back counts as no time at all.
  Result inject(const PacketBytes& packet, const Arrival& arrival);
  /// The same into a result that is used for packet after packet, so that few of them need memory.
  void inject(const PacketBytes& packet, const Arrival& arrival, Result& result);

  /// Packets that will be injected soon, the second sooner than the first: what they need is fetched from memory in the
  /// meantime. Null: not known. Changes nothing but the time it takes.
  void prepare(const Preview* soon, const Preview* next) const;

  /// Loads another ruleset (which must outlive the simulator) as iptables-restore does: connections stay, counters and
  /// the state of matches begin anew.
  void replace_ruleset(const ir::Ruleset& ruleset);

  /// What the kernel would have counted: packets and bytes (of the IP packet) that matched a rule, or that the policy
  /// decided (`index` one past the last rule). User chains have no policy: always zero.
  [[nodiscard]] ir::Counters counters(ir::RuleRef rule) const;

  /// The connections that are there before the first packet; their timeouts run from it. Gives those that are left out
  /// because another one has the same addresses and ports.
  std::vector<ConnectionEntry> restore(const std::vector<ConnectionEntry>& connections);
  /// The connections that are tracked, oldest first, as they are listed at that time (or at that of the last packet,
  /// when it was later).
  [[nodiscard]] std::vector<ConnectionEntry> connections(Nanoseconds now = 0) const;
  /// Of arriving packets when connections are tracked, or of the first packets that the host sent.
  [[nodiscard]] ChecksumCount checksums(bool sent) const;
  /// The ipsets as the packets left them, and the time since the first packet.
  [[nodiscard]] const ir::SetTable& sets() const;
  [[nodiscard]] ir::SetTime set_time() const;

  /// Packets that went the way of an earlier one of their connection, without their rules being looked at again.
  [[nodiscard]] std::uint64_t short_cuts() const;
  /// The answers of REJECT, with `SimOptions::replies`.
  [[nodiscard]] AnswerCount answers() const;
  /// Connections that are tracked now.
  [[nodiscard]] std::size_t connection_count() const;
  /// Every answer that had to be assumed so far, once for each rule and module.
  [[nodiscard]] const std::vector<Assumption>& assumptions() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nfproof::sim
