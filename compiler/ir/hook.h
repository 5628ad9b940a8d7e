// SPDX-License-Identifier: Apache-2.0
// The hook table: which built-in chain of which xtables table runs at which hook, in which order. Simulator, analyzer
// and backends read the same rows. Source: include/uapi/linux/netfilter_ipv4.h (priorities), net/ipv4/netfilter/
// iptable_*.c and iptable_nat.c (which hooks a table has).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nfproof::ir {

/// The hooks that iptables has chains for (enum nf_inet_hooks).
enum class Hook : std::uint8_t { kPrerouting, kInput, kForward, kOutput, kPostrouting };
inline constexpr unsigned kHookCount = 5;

/// Upper case, as iptables names the chain; lower case, as nftables names the hook.
[[nodiscard]] std::string_view hook_chain_name(Hook hook);
[[nodiscard]] std::string_view hook_nft_name(Hook hook);

/// Types of base chains, as nftables calls them: `kNat` chains see the first packet of a connection only, after
/// `kRoute` chains a packet that they changed is routed anew.
enum class ChainType : std::uint8_t { kFilter, kNat, kRoute };
[[nodiscard]] std::string_view chain_type_name(ChainType type);

/// Priorities of what the kernel itself does between the tables (enum nf_ip_hook_priorities).
inline constexpr int kPriorityDefrag = -400;
inline constexpr int kPriorityConntrack = -200;

/// A built-in chain. Packets meet the chains of a hook in ascending order of priority.
struct HookRow {
  std::string_view table;
  Hook hook;
  int priority;
  ChainType type;
  std::string_view nft_priority;  ///< standard name of the priority where nft has one
};

/// The row of a built-in chain, e.g. ("nat", "OUTPUT"); nothing when the table has no such chain.
[[nodiscard]] const HookRow* find_hook_row(std::string_view table, std::string_view chain);

/// True for the tables of xtables: raw, mangle, nat, filter, security.
[[nodiscard]] bool is_xtables_table(std::string_view table);

}  // namespace nfproof::ir
