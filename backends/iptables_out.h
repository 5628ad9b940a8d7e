// SPDX-License-Identifier: Apache-2.0
// A ruleset of any syntax as iptables-save text of one family. Tables that were written for iptables are printed as
// they are, in canonical form; those of nftables from what they mean, tables of family inet for each family by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::backends {

struct IptablesOptions {
  bool counters = false;
  /// Rules that iptables would not take as they were written before, and why.
  std::map<ir::RuleRef, std::string> refused = {};
};

struct IptablesTranslation {
  std::string text;                                        ///< what has no translation is left out, as a comment
  std::map<std::uint32_t, ir::RuleRef> rule_of_line = {};  ///< of nftables, what each line of the text is made from
  source::Diagnostics diagnostics;
  std::size_t rules = 0;
  std::size_t untranslated = 0;
  std::vector<ir::RuleRef> left_out = {};  ///< single rules among them; the others went with their chain
};

[[nodiscard]] IptablesTranslation to_iptables(const ir::Ruleset& ruleset, ir::Family family,
                                              const IptablesOptions& options);

}  // namespace nfproof::backends
