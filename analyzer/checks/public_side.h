// SPDX-License-Identifier: Apache-2.0
// Where the Internet is, and what gets in from there. A host that is known says so by its default route, a ruleset by
// what it hides behind address translation; otherwise any interface may be the one, so only what all let in counts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/checks/traffic.h"

namespace nfproof::analyzer {

struct PublicSide {
  std::vector<std::string> interfaces;
  bool known = false;  ///< these are public; else one of these is
};
[[nodiscard]] const PublicSide& public_side(Analysis& analysis, ir::Family family);
/// The interfaces of `public_side` that are public for sure.
[[nodiscard]] bool is_public(const PublicSide& side, const std::string& interface);

/// A packet of strangers that is let in, and the rule or policy of filter INPUT (FORWARD) that does.
struct Opening {
  Witness witness;
  ir::RuleRef decided;
};
/// Does such traffic get in from anywhere on the Internet? The interface and the source are filled in.
[[nodiscard]] std::optional<Opening> opening(Analysis& analysis, ir::Family family, Traffic traffic);

/// Is the packet among what the user expects to be open?
[[nodiscard]] bool is_expected(Analysis& analysis, const ir::Packet& packet);

/// Does the chain, or one that it calls, hold rules that accept by port? They would make no sense if everything were
/// meant to be accepted. What programs wrote does not count.
[[nodiscard]] bool accepts_services(const Analysis& analysis, ir::ChainId chain);
/// Chains that can be entered from the base chain, itself included.
[[nodiscard]] std::vector<ir::ChainId> chains_below(const Analysis& analysis, ir::ChainId base);

/// What nat PREROUTING makes of a new packet.
struct Translation {
  ir::RuleRef rule;
  ir::Packet packet;   ///< as it enters INPUT or FORWARD
  bool local = false;  ///< INPUT
};
/// Nothing when no rule translates the destination.
[[nodiscard]] std::optional<Translation> translate_destination(Analysis& analysis, const ir::Packet& packet);
/// The translated packet in filter FORWARD, when all of FORWARD accepts it.
[[nodiscard]] std::optional<Opening> forwarded(Analysis& analysis, const Translation& translation);

}  // namespace nfproof::analyzer
