// SPDX-License-Identifier: Apache-2.0
// What `rpfilter` and `fib saddr ... oif` of nftables answer differently, in one table for all who tell them apart
// (net/ipv4/netfilter/ipt_rpfilter.c, nft_fib_ipv4.c; net/ipv6/netfilter/ip6t_rpfilter.c, nft_fib_ipv6.c).
//
// Where several routes of IPv6 lead to the same network, `rpfilter` also takes those that are not the best, which
// nftables cannot ask for; that is not here.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/ir/core.h"

namespace nfproof::ir {

/// Where all tests hold, `rpfilter` has this answer, whatever `fib` finds.
struct ReversePathCase {
  std::vector<FieldTest> when;
  bool answer = false;
};

/// No packet falls under two of them. `argument`: bits of `ReversePath`.
[[nodiscard]] std::vector<ReversePathCase> reverse_path_cases(Family family, std::uint16_t argument);

[[nodiscard]] constexpr bool has_flag(std::uint16_t argument, ReversePath flag) {
  return (argument & static_cast<unsigned>(flag)) != 0;
}
/// The question to `fib` that is nearest to one of `rpfilter`, or the same for one to `fib`.
[[nodiscard]] std::uint16_t as_fib(std::uint16_t argument);
[[nodiscard]] std::uint16_t as_rpfilter(std::uint16_t argument);

}  // namespace nfproof::ir
