// SPDX-License-Identifier: Apache-2.0
// iptables-restore, iptables-save and nft, run in the namespace of the calling thread, and `Scratch`, which asks them
// about one text in an empty namespace: what does the kernel's own tool print back, does nft accept this.
#pragma once

#include <string>
#include <string_view>

#include "tests/kernel/harness/netns.h"
#include "tests/kernel/harness/process.h"

namespace nfproof::testing {

enum class Backend { kLegacy, kNft };
enum class Family { kIpv4, kIpv6 };

// "iptables-legacy", "ip6tables-nft", ...: the name to which "-restore" or "-save" is added.
[[nodiscard]] std::string tool_prefix(Backend backend, Family family);

// iptables-restore of `text`. Counters in the text are taken (-c) when `with_counters`.
[[nodiscard]] ToolResult iptables_restore(Backend backend, Family family, std::string_view text,
                                          bool with_counters = false);
// Legacy tables always have all their built-in chains. The nft variant makes only those the text names, and prints the
// others with counters of zero: name them all when comparing the two.
// iptables-save, with counters (-c) unless told otherwise. Holds tables that exist, header and trailer comments
// included.
[[nodiscard]] ToolResult iptables_save(Backend backend, Family family, bool with_counters = true);
[[nodiscard]] ToolResult nft_load(std::string_view text);   // nft -f
[[nodiscard]] ToolResult nft_check(std::string_view text);  // nft -c -f
[[nodiscard]] ToolResult nft_list();                        // nft list ruleset

// What loading a text and saving it again gave. `saved` is meaningful only when `load.ok()`.
struct RoundTrip {
  ToolResult load;
  ToolResult save;

  [[nodiscard]] bool ok() const { return load.ok() && save.ok(); }
};

struct RoundTripOptions {
  bool counters = false;  // take the text's counters and print them back
  std::string ipset;      // loaded by `ipset restore` first, when not empty
  std::string nft_first;  // loaded by `nft -f` first, when not empty
};

// Questions about texts, no packets. Every call starts from an empty namespace of its own (a few milliseconds), so
// nothing of an earlier text shows; hundreds of files are fine. Not copyable, needs no clean-up.
class Scratch {
 public:
  // What does iptables-save print after iptables-restore took `text`?
  [[nodiscard]] static RoundTrip iptables(Backend backend, Family family, std::string_view text,
                                          const RoundTripOptions& options = {});
  // What does `nft list ruleset` print after `nft -f` took `text`?
  [[nodiscard]] static RoundTrip nft(std::string_view text);
  // Does `nft -c -f` take `text`? Loads nothing, so all calls of a thread share one namespace.
  [[nodiscard]] static ToolResult check_nft(std::string_view text);
};

}  // namespace nfproof::testing
