// SPDX-License-Identifier: Apache-2.0
// nftables rules as a model: what the translation makes, what the optimiser rearranges, and what is printed as text
// (`nft_text`) or JSON (`nft_json.h`).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

/// One test of a rule, as text.
struct NftTest {
  std::string text;
  /// Instead of `text` when another test of the rule has one too: nft 1.0.6 compiles two `!=` on neighbouring fields of
  /// a header into one comparison, not(a and b). It leaves ranges alone.
  std::string range_text = {};
  /// The transport protocol that nft itself adds a test for.
  std::optional<std::uint8_t> implies = std::nullopt;
  bool transport = false;  ///< reads the transport header
  bool fixed = false;      ///< counts the packets that come to it, or needs those before it: no test may move across
  // For those who merge rules, of tests that have the form `key values`:
  std::string key = {};  ///< `ip saddr`; empty: another form
  bool negated = false;
  ir::ValueSet::Intervals values = {};
  std::string (*format)(ir::u128) = nullptr;
  std::vector<std::string> names = {};  ///< instead of `values`: quoted interface names without wildcards
};

using NftTests = std::vector<NftTest>;

/// The packet belongs to no connection: the first test of a chain that copies bits of a mark.
inline constexpr std::string_view kNftUntracked = "ct state invalid,untracked";

/// What a rule does at its end.
enum class NftEnd : std::uint8_t {
  kNone,     ///< the next rule follows
  kDecides,  ///< accept, drop: a verdict of the kernel
  kReturn,
  kJump,
  kGoto,
  kLast,  ///< a statement that ends the packet's way through the chain: reject, queue, nat
};

/// A line of a chain.
struct NftLine {
  std::string note = {};  ///< a remark, and nothing else
  NftTests tests = {};
  std::string counter = {};  ///< `counter packets 1 bytes 2`; empty: the packets are not counted
  std::vector<std::string> statements = {};
  NftEnd end = NftEnd::kNone;
  std::string verdict = {};                ///< `accept`, `jump x`, `ip saddr vmap {...}`
  std::vector<std::string> leads_to = {};  ///< chains that statements and verdict jump or go to
  std::string comment = {};
  std::size_t asks = 0;      ///< a number for those with a test that counts, for the optimiser
  source::Span origin = {};  ///< the rule that it is of
  std::uint32_t number = 0;  ///< of that rule in its chain, of those of nftables
  bool of_inet = false;      ///< as it stands in a table of both families: it says itself which packets it is for
};

struct NftChain {
  std::string name;
  // Of a base chain; else `hook` is empty.
  std::string type = {};
  std::string hook = {};
  std::string priority = {};
  bool policy_drop = false;
  std::string comment = {};
  std::vector<NftLine> lines = {};
};

/// A named set, map or stateful object.
struct NftObject {
  std::string kind;  ///< `set`, `map`, `ct helper`
  std::string name;
  std::vector<std::string> settings = {};  ///< `type ipv4_addr`, `flags interval`
  std::vector<std::string> elements = {};
  bool by_family = false;                  ///< both families have one of their own, whatever they hold
  std::vector<std::string> leads_to = {};  ///< chains that elements jump or go to
  source::Span origin = {};                ///< where it is declared, of those that a ruleset of nftables has
};

struct NftTable {
  std::string family;  ///< `ip`, `ip6`, `inet`
  std::string name;
  std::string comment = {};
  bool dormant = false;
  bool half = false;  ///< one family of a table for both
  std::deque<NftObject> objects = {};
  std::deque<NftChain> chains = {};
};

/// The line without its comment and counter: what it says.
[[nodiscard]] std::string nft_line_meaning(const NftLine& line);
/// Is there no test, statement or verdict? nft takes no such rule, and it does nothing.
[[nodiscard]] bool nft_is_blank(const NftLine& line);
[[nodiscard]] std::string nft_line_text(const NftLine& line);
/// From `table FAMILY NAME` to the closing brace; loading it replaces a table of that name.
void append_table_text(const NftTable& table, std::string& out);

}  // namespace nfproof::backends
