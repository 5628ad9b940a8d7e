// SPDX-License-Identifier: Apache-2.0
// Reads counters out of `iptables-save -c` text, so that tests can compare them rule by rule.
// It reads only what iptables-save writes; it is no parser of rulesets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::testing {

struct RuleCounter {
  std::string table;
  std::string chain;
  int rule = 0;  // 1-based number in the chain; 0: the chain's policy line
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::string text;  // the rule without its counter, or the policy; user chains have "-"

  bool operator==(const RuleCounter&) const = default;
};

// In the order of the text. User chains' own lines (policy "-") are left out: they have no counter.
[[nodiscard]] std::vector<RuleCounter> read_counters(std::string_view saved);

// "filter INPUT 3 [5:420] -A INPUT ..." for messages.
[[nodiscard]] std::string describe(const RuleCounter& counter);

// Rules whose packets or bytes differ (texts are not compared, the backends print some rules differently), one line
// each ("<" left, ">" right). Empty: the same.
[[nodiscard]] std::string counter_differences(const std::vector<RuleCounter>& left,
                                              const std::vector<RuleCounter>& right);

}  // namespace nfproof::testing
