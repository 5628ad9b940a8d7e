// SPDX-License-Identifier: Apache-2.0
// Random rulesets as iptables-save text, made so that traffic of `random_packet.h` hits their rules: few values, and
// those that occur there. The same seed gives the same text. iptables-restore and ip6tables-restore load every one.
#pragma once

#include <cstdint>
#include <random>
#include <set>
#include <string>

namespace nfproof::testing {

struct RulesetOptions {
  bool v6 = false;
  int rules = 40;  ///< over all tables
  bool raw = true, mangle = true, nat = true;
  /// Without anything that makes the kernel track connections (no nat table either).
  bool stateless = false;
  /// Only what iptables-nft compiles to what it says.
  bool portable = false;
  /// Modules, targets and single options to leave out: "limit", "statistic", "REJECT", "--tcp-option", "sctp"...
  std::set<std::string> without;
};

[[nodiscard]] std::string random_ruleset(std::uint64_t seed, const RulesetOptions& options);

}  // namespace nfproof::testing
