// SPDX-License-Identifier: Apache-2.0
// Everyday traffic: a kind of packet that hosts live on (a question to a name server, its answer, an ICMP error), as
// a question to the solver and as packets to try. Checks about what a ruleset breaks or leaves open are made of it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/checks/analysis.h"

namespace nfproof::analyzer {

struct Traffic {
  Way way{};
  Moment moment{};
  std::uint8_t protocol = ir::kProtoTcp;
  std::optional<std::uint16_t> sport;  ///< absent: one that clients use
  std::optional<std::uint16_t> dport;  ///< absent: one that nobody names
  std::optional<ir::Interval> icmp;    ///< type and code, for the ICMP of either family
  std::optional<ir::u128> source;      ///< absent: any
  std::optional<ir::u128> destination;
  std::string in;  ///< empty: any interface but loopback
  std::string out;
  bool on_loopback = false;

  /// As a question: what is absent is free.
  [[nodiscard]] Access access(ir::Family family) const;
};

/// Packets that every host may meet: the sources differ, and so do the interfaces (all that rules name, up to a limit).
[[nodiscard]] std::vector<Candidate> packets_of(Analysis& analysis, ir::Family family, const Traffic& traffic);

/// A packet that is refused, when no packet of the kind gets through. Nothing when one does, or when it is not known
/// (which is told).
[[nodiscard]] std::optional<Refusal> all_refused(Analysis& analysis, const CheckInfo& info, ir::Family family,
                                                 const Traffic& traffic);
/// Some packet of the kind gets through.
[[nodiscard]] bool some_pass(Analysis& analysis, ir::Family family, const Traffic& traffic);

/// A finding at the rule or policy that refuses, with the refused packet as its witness.
[[nodiscard]] Finding refusal_finding(Analysis& analysis, const CheckInfo& info, const Refusal& refusal,
                                      std::string message);

/// Does the host exchange anything with others over this family? Where nothing gets in or out, the family is switched
/// off, and what that breaks is no news.
[[nodiscard]] bool family_lives(Analysis& analysis, ir::Family family);

/// Does a rule of the way's filter chain, or of those that it calls, accept this destination port by its number?
[[nodiscard]] bool accepts_port(const Analysis& analysis, ir::Family family, Way way, std::uint8_t protocol,
                                std::uint16_t port);

/// Addresses on the Internet, far from each other.
[[nodiscard]] const std::vector<ir::u128>& strangers(ir::Family family);

}  // namespace nfproof::analyzer
