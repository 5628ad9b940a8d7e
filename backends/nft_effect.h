// SPDX-License-Identifier: Apache-2.0
// Effects and verdicts as nftables statements.
#pragma once

#include <string>
#include <vector>

#include "backends/nft_formula.h"

namespace nfproof::backends {

struct NftEffect {
  std::string statement;
  std::vector<std::string> more;  ///< statements that follow it
  /// Rules of a chain of its own, which the rule jumps to: `statement` is then empty.
  std::vector<NftLine> steps;
  bool is_verdict = false;        ///< ends the rule as a verdict does
  bool transport = false;         ///< reads the transport header
  bool breaks = false;            ///< may end the rule before what follows
  bool behind_conntrack = false;  ///< works only in a chain that packets meet after conntrack
  bool needs_protocol = false;    ///< nft takes it only in a rule that tests the transport protocol
  std::string problem;            ///< not empty: why it has no translation
  std::string warning;            ///< not empty: where it differs, not to the letter the same
};

/// Why a statement with an address has no translation.
inline constexpr std::string_view kNftWhichFamily = "an address in a rule for both families; test one of them first";

/// `tests_for_option`: the rule matches only TCP packets that carry a maximum segment size.
[[nodiscard]] NftEffect nft_effect(const ir::Effect& effect, const NftContext& context, bool tests_for_option);

// Parts of it, in `nft_effect_more.cpp`.
[[nodiscard]] NftEffect nft_add_to_hop_limit(const ir::AddToHopLimit& add, const NftContext& context);
[[nodiscard]] NftEffect nft_track_as(const ir::TrackAs& track, const NftContext& context);
[[nodiscard]] NftEffect nft_strip_tcp_options(const ir::StripTcpOptions& strip, const NftContext& context);
[[nodiscard]] NftEffect nft_duplicate(const ir::Duplicate& copy, const NftContext& context);
[[nodiscard]] NftEffect nft_give_to_socket(const ir::GiveToSocket& give, const NftContext& context);
[[nodiscard]] NftEffect nft_answer_syn(const ir::AnswerSyn& answer);
[[nodiscard]] NftEffect nft_netmap(const ir::Nat& nat, const NftContext& context);
[[nodiscard]] NftEffect nft_aside(const ir::Aside& aside, const NftContext& context);

/// `name set (name & ~mask) ^ value`, without what does nothing.
[[nodiscard]] std::string nft_mark_statement(const std::string& name, std::uint32_t value, std::uint32_t mask);

/// `chain` is the name of the chain that the verdict leads to. Empty for `continue`.
[[nodiscard]] std::string nft_verdict(const ir::Verdict& verdict, const std::string& chain);

}  // namespace nfproof::backends
