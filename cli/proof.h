// SPDX-License-Identifier: Apache-2.0
// The proof that a translation means what its origin means: the text is read back, and both are compared hook by hook,
// with all that rules do to packets.
#pragma once

#include <string>
#include <vector>

#include "analyzer/regions/regions.h"
#include "cli/terminal.h"
#include "compiler/frontend/compile.h"

namespace nfproof::cli {

struct ProofOptions {
  compiler::Format format = compiler::Format::kNft;  ///< of the text
  std::vector<ir::Family> families = {ir::Family::kIpv4, ir::Family::kIpv6};
  std::string sets = {};                  ///< `ipset save` text of the sets that only the translation has
  bool brief = false;                     ///< say nothing when it is undecided
  std::string table_prefix = {};          ///< of the tables in the text
  analyzer::regions::Budget budget = {};  ///< for each family
  /// Rules of the origin that the text leaves out: it is compared with the others.
  std::vector<ir::RuleRef> left_out = {};
};

/// An exit code: 0 proved, 3 undecided, 70 when the text means something else. Tells why it is not 0.
[[nodiscard]] int prove_translation(Terminal& terminal, const compiler::Compilation& origin, const std::string& text,
                                    const ProofOptions& options);

}  // namespace nfproof::cli
