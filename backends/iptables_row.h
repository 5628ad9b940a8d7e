// SPDX-License-Identifier: Apache-2.0
// A rule of iptables in the parts that an optimiser asks for: the values of the fields that sets and lists can hold,
// and the text of the rest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

struct IptablesRow {
  enum Field : std::uint8_t { kSource, kDestination, kPort, kMac };
  static constexpr std::size_t kFields = 4;

  std::string text;     ///< the whole rule behind `-A CHAIN`
  std::string basic;    ///< ` -i eth0 -p tcp`: basic options without addresses
  std::string matches;  ///< ` -m state --state NEW`: without the fields and comments
  std::string target;   ///< ` -j ACCEPT`
  std::string comment;
  std::string in, out, protocol;  ///< where the rule asks for one
  /// What the rule asks of the fields; empty: nothing. Ports: a list.
  std::array<std::vector<std::string>, kFields> values;
  std::optional<ir::Interval> source, destination;
  std::vector<ir::Interval> ports;
  bool plain = false;    ///< nothing that counts, limits or changes something
  bool movable = false;  ///< nothing that counts or limits
  bool ends = false;     ///< the packet's way through the chain
  bool leaves = false;   ///< by `return` or `goto`, which mean another thing in another chain
};

[[nodiscard]] IptablesRow iptables_row(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// Is there no packet that both match, as far as their fields tell?
[[nodiscard]] bool are_apart(const IptablesRow& a, const IptablesRow& b);

}  // namespace nfproof::backends
