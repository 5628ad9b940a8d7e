// SPDX-License-Identifier: Apache-2.0
// A ruleset as nftables text, one rule for one rule, ready for `nft -f`: loading it replaces the tables of an earlier
// load in one transaction and touches no other table. The text follows the meaning of each rule (its core), not its
// spelling, and what has no exact translation is a located error, never a silent loss.
//
// Entry: `to_nft`. It does not judge the rules and does not merge them.
//
// Where the text and its origin differ all the same: packets whose headers are cut short (xtables drops them at a port
// test, nftables goes on), counters of policies (nftables has none), limits by less than a part in a thousand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/nft_model.h"
#include "compiler/ir/ruleset.h"
#include "compiler/ir/set.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::backends {

struct NftOptions {
  enum class Counters : std::uint8_t {
    kNone,
    kZero,  ///< every rule counts, from zero
    kKeep,  ///< from the values that the ruleset has
  };
  Counters counters = Counters::kKeep;
  bool inet = false;      ///< tables of both families become one where they can (`nft_inet.h`)
  bool optimize = false;  ///< rules become sets and maps where that changes nothing (`nft_optimize.h`)
  bool divide = true;     ///< and long chains are divided, small ones go where they are called
  /// Tests and values that nobody here looks into may stand as a ruleset of nftables has them: JSON cannot say them.
  bool native = true;
  const ir::SetTable* sets = nullptr;  ///< the ipsets that rules refer to
  std::string source;                  ///< what the ruleset was made from, for the header comment: `rules.v4, rules.v6`
  /// Before the names of tables, to keep them apart from those of iptables-nft: `nfproof_filter`.
  std::string table_prefix = "nfproof_";
};

struct NftTranslation {
  /// Complete text. A rule without translation stands in it as a comment at its place, so that the text loads: it is
  /// only equivalent to the ruleset when `untranslated` and `unreadable` are 0.
  std::string text;
  std::vector<NftTable> tables;  ///< what the text says
  /// Errors `no-translation`: one for each thing in a rule that has none. Warnings for what is translated, but not to
  /// the letter: `comment-cut`, `comment-changed`, `chain-renamed`, `not-to-the-letter`.
  source::Diagnostics diagnostics;
  std::size_t rules = 0;                   ///< rules of the ruleset
  std::size_t untranslated = 0;            ///< those that stand in the text as comments
  std::vector<ir::RuleRef> left_out = {};  ///< which those are
  std::size_t unreadable = 0;              ///< those that do so because the input has errors
};

[[nodiscard]] NftTranslation to_nft(const ir::Ruleset& ruleset, const NftOptions& options = {});

}  // namespace nfproof::backends
