// SPDX-License-Identifier: Apache-2.0
// Tables and chains of the nftables text.
#include "backends/nft.h"

namespace nfproof::backends {

NftTranslation to_nft(const ir::Ruleset& ruleset, const NftOptions& options) {
  NftTranslation out;
  out.rules = ruleset.rule_count();
  out.untranslated = out.rules;
  out.text = "#!/usr/sbin/nft -f\n# Made from " + options.source + "\n";
  return out;
}

}  // namespace nfproof::backends
