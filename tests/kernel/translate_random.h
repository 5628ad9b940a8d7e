// SPDX-License-Identifier: Apache-2.0
// Random rulesets and packets for comparing a ruleset with its translation. Every rule of a ruleset sets a bit of its
// own in the packet mark, so the mark of a packet that comes out says exactly which rules it met and matched. No packet
// is cut short: where headers are incomplete, xtables and nftables are known to differ.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/kernel/harness/lab.h"

namespace nfproof::testing {

class TranslateRandom {
 public:
  TranslateRandom(unsigned seed, Family family, bool conntrack)
      : engine_(seed), family_(family), conntrack_(conntrack) {}

  /// Tables mangle and filter; without `conntrack` nothing that makes the kernel track connections.
  [[nodiscard]] std::string ruleset();
  [[nodiscard]] std::vector<Packet> traffic(std::size_t count);

  /// The firewall: eth0 192.0.2.1/24 and 2001:db8::1/64 to the world, eth1 198.51.100.1/24 and 2001:db8:1::1/64.
  [[nodiscard]] static LabOptions lab();

 private:
  using Choices = std::vector<std::string>;

  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  const std::string& one_of(const Choices& choices) { return choices[below(choices.size())]; }
  std::string number(std::size_t low, std::size_t high) { return std::to_string(low + below(high - low + 1)); }
  std::string maybe_not() { return one_in(3) ? "! " : ""; }
  bool v4() const { return family_ == Family::kIpv4; }

  std::string matches(const std::string& chain);
  std::string address_match();
  std::string interface_match(const std::string& chain);
  std::string protocol_match();
  std::string tcp_match();
  std::string ports(const std::string& option);
  std::string other_match(const std::string& chain);
  std::string conntrack_match();
  std::string target();

  std::string inside();
  std::string outside();
  std::string ours();
  Bytes packet(const std::string& source, const std::string& destination);
  Bytes transport(std::uint8_t* protocol);
  Bytes tcp();
  Bytes sctp();
  Bytes icmp();
  std::uint16_t port();
  Packet any_packet();
  Packet reply_to(const Packet& first);

  std::mt19937 engine_;
  Family family_;
  bool conntrack_;
};

}  // namespace nfproof::testing
