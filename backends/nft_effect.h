// SPDX-License-Identifier: Apache-2.0
// Effects and verdicts as nftables statements.
#pragma once

#include <string>
#include <vector>

#include "backends/nft_formula.h"

namespace nfproof::backends {

struct NftEffect {
  std::string statement;
  /// Rules of a chain of its own, which `statement` jumps to: `statement` is then empty.
  std::vector<std::string> steps;
  bool is_verdict = false;      ///< ends the rule as a verdict does
  bool needs_protocol = false;  ///< nft takes it only in a rule that tests the transport protocol
  std::string problem;          ///< not empty: why it has no translation
  std::string warning;          ///< not empty: where it differs, not to the letter the same
};

/// `tests_for_option`: the rule matches only TCP packets that carry a maximum segment size.
[[nodiscard]] NftEffect nft_effect(const ir::Effect& effect, ir::Family family, bool tests_for_option);

/// `chain` is the name of the chain that the verdict leads to. Empty for `continue`.
[[nodiscard]] std::string nft_verdict(const ir::Verdict& verdict, const std::string& chain);

}  // namespace nfproof::backends
