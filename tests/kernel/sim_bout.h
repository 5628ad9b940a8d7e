// SPDX-License-Identifier: Apache-2.0
// One ruleset in the simulator and in the kernel: every packet goes through both, and both have to say the same of its
// fate, its bytes and its mark, of every rule's and policy's counters, and of the connection table.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/conntrack_text.h"
#include "tests/kernel/sim_world.h"

namespace nfproof::testing {

struct BoutOptions {
  bool v6 = false;
  Backend backend = Backend::kLegacy;
  bool nft = false;  ///< the ruleset is a file of nftables
  /// net.netfilter.KEY, for both.
  std::vector<std::pair<std::string, std::string>> settings;
};

class Bout {
 public:
  /// `problem()` is not empty when it cannot begin.
  Bout(std::string ruleset, const BoutOptions& options);

  struct Exchange {
    Fate fate;  ///< what the kernel did
    sim::Result result;
    bool random_port = false;  ///< the kernel took a port that nobody can foresee; nothing was compared
  };
  [[nodiscard]] Exchange send(const TrafficPacket& packet);
  /// Adds what the counters and connections (unless some have unforeseeable ports) disagree about.
  void compare_counters();
  void compare_connections();

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::string& differences() const { return differences_; }
  /// The packet that was sent last, in words and bytes.
  [[nodiscard]] std::string last_packet() const;
  [[nodiscard]] const std::string& ruleset() const { return text_; }
  [[nodiscard]] Lab& lab() { return *lab_; }
  [[nodiscard]] std::size_t told() const { return told_; }

  struct Counts {
    std::size_t packets = 0, left = 0, rules = 0, hit = 0, connections = 0, random_ports = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  [[nodiscard]] sim::Nanoseconds now() const;
  [[nodiscard]] Family family() const { return options_.v6 ? Family::kIpv6 : Family::kIpv4; }
  void compare_nft_counters();
  void compare_nft_chain(const ir::Chain& chain, ir::ChainId same);
  void compare_packet(const Fate& fate, const sim::Result& result);
  /// The packets between two ports among the first so many.
  void tell_history(std::uint16_t source_port, std::uint16_t destination_port, std::size_t before);
  void compare_connection(const sim::ConnectionEntry& theirs, sim::ConnectionEntry ours);

  BoutOptions options_;
  std::string text_;
  std::string problem_;
  std::string differences_;
  compiler::Compilation compilation_;
  ir::Host host_ = world_host();
  std::unique_ptr<Lab> lab_;
  std::unique_ptr<sim::Simulator> simulator_;
  std::vector<TrafficPacket> packets_;
  std::vector<ir::Packet> befores_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::size_t told_ = 0;
  sim::Nanoseconds slowest_ = 0;  // time that a packet took
  std::uint32_t tolerance_ = 1;   // seconds
  Counts counts_;
};

/// Did it leave, or was it delivered?
[[nodiscard]] bool has_left(End end);

}  // namespace nfproof::testing
