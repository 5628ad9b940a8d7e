// SPDX-License-Identifier: Apache-2.0
// What changes between two replays of one capture: packets and flows whose fate differs, grouped by the pair of
// decisions, and, when the second ruleset was loaded in mid-replay, the connections that outlive the change and those
// that it breaks. Keeps flows, not packets. The facts come as plain values, so this room needs no simulator.
//
// Entries: `FateChanges` (filled packet by packet), `fates_text`, `fates_json`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/packet.h"
#include "compiler/source/source_file.h"
#include "report/replay.h"
#include "report/style.h"

namespace nfproof::report {

/// Both ends of a flow, in the direction of its first packet.
struct FlowKey {
  ir::Family family{};
  std::uint8_t protocol = 0;
  ir::u128 source = 0, destination = 0;
  std::uint16_t source_port = 0, destination_port = 0;  ///< of ICMP: identifier of an echo is not told, both are 0

  [[nodiscard]] FlowKey reversed() const {
    return {family, protocol, destination, source, destination_port, source_port};
  }
  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};
struct FlowHash {
  std::size_t operator()(const FlowKey& key) const;
};

/// The flow of a packet: the original direction of its connection where it has one.
[[nodiscard]] FlowKey flow_of(const ir::Packet& packet);

/// Who decided what.
struct Decision {
  std::string verdict;
  std::optional<ir::RuleRef> rule;
  std::string reason;  ///< where no rule decided
  friend auto operator<=>(const Decision&, const Decision&) = default;
};
[[nodiscard]] Decision decision_of(const ReplayedPacket& packet);

struct ChangedFlow {
  FlowKey flow;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first = 0;  ///< number of its first packet that changes its fate
};

/// Packets with the same pair of decisions.
struct ChangeGroup {
  Decision before, after;
  bool rewritten = false;  ///< accepted by both, but another packet leaves, or by another interface
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  ir::Packet example;
  std::vector<ChangedFlow> flows;
  std::uint64_t flows_left_out = 0;  ///< packets of flows beyond the bound
};

/// A connection that was established when the second ruleset came.
struct SwitchedFlow {
  FlowKey flow;
  std::uint64_t packets = 0;  ///< after the switch: that go on, or that are refused
  std::uint64_t bytes = 0;
  std::uint64_t first = 0;
  Decision now;    ///< what decides about it after the switch
  Decision fresh;  ///< of one that goes on: what the new ruleset says to its first packet
};

class FateChanges {
 public:
  /// At most so many flows are kept for each purpose.
  explicit FateChanges(std::size_t most_flows) : most_flows_(most_flows) {}

  void count(std::uint64_t packets) { packets_ = packets; }
  /// A packet whose fate is another one. `rewritten`: the verdict is the same.
  void add(const ReplayedPacket& before, const ReplayedPacket& after, bool rewritten);

  /// For --switch-at: the packet under the old ruleset, under the new one from the start, and under the old one up to
  /// the switch. Called for every packet.
  void add_switched(const ReplayedPacket& before, const ReplayedPacket& fresh, const ReplayedPacket& switched,
                    bool after_switch);

  [[nodiscard]] bool any() const { return !groups_.empty() || !survivors_.empty() || !broken_.empty(); }
  /// Were there more flows than could be kept?
  [[nodiscard]] bool bounded() const { return bounded_; }

  struct Report {
    std::uint64_t packets = 0;
    std::uint64_t changed_packets = 0;
    std::uint64_t changed_flows = 0;
    std::vector<ChangeGroup> groups;      ///< biggest first
    std::vector<SwitchedFlow> survivors;  ///< busiest first
    std::vector<SwitchedFlow> broken;
    std::uint64_t idle =
        0;  ///< connections that the new ruleset would refuse, but that have no packet after the switch
  };
  [[nodiscard]] Report take();

 private:
  using GroupKey = std::tuple<Decision, Decision, bool>;
  struct Group {
    ChangeGroup result;
    std::unordered_map<FlowKey, std::size_t, FlowHash> by_flow;
  };
  /// Of a flow that began before the switch.
  struct Known {
    bool established = false;  ///< a packet got through before the switch
    bool refused = false;      ///< the new ruleset refuses its first packet
    bool seen_after = false;
    Decision fresh;
  };

  Known* known(const ReplayedPacket& before, const ReplayedPacket& fresh, bool after_switch, FlowKey& key);
  void add_flow(std::unordered_map<FlowKey, SwitchedFlow, FlowHash>& to, const FlowKey& key,
                const ReplayedPacket& packet, const Known& known);

  std::size_t most_flows_;
  std::size_t flows_ = 0;
  bool bounded_ = false;
  std::uint64_t packets_ = 0;
  std::map<GroupKey, Group> groups_;
  std::unordered_map<FlowKey, bool, FlowHash> changed_;
  std::unordered_map<FlowKey, Known, FlowHash> known_;
  std::unordered_map<FlowKey, SwitchedFlow, FlowHash> survivors_;
  std::unordered_map<FlowKey, SwitchedFlow, FlowHash> broken_;
};

/// One side of the comparison.
struct RulesetView {
  const source::SourceManager& sources;
  const ir::Ruleset& ruleset;
};

/// The command that ends a connection: `conntrack -D -f ipv4 -p tcp -s ... -d ... --sport ... --dport ...`.
[[nodiscard]] std::string conntrack_command(const FlowKey& flow);

[[nodiscard]] std::string fates_text(const Style& style, const RulesetView& before, const RulesetView& after,
                                     const FateChanges::Report& report, std::optional<double> switch_at);
[[nodiscard]] std::string fates_json(const RulesetView& before, const RulesetView& after,
                                     const FateChanges::Report& report, std::optional<double> switch_at);

}  // namespace nfproof::report
