// SPDX-License-Identifier: Apache-2.0
// Lines of one chain that become one: a set, a concatenation or a verdict map in the place of the tests that differ. A
// line moves only across lines that no packet of it matches, by what rules cannot change, or that decide the same;
// never across or together with lines that count, log, limit or change something, but for changes that may as well
// come twice (`notrack`, a mark).
#pragma once

#include <vector>

#include "backends/nft_shape.h"

namespace nfproof::backends {

/// `still`: lines that change something stay where they are, whatever they change.
[[nodiscard]] std::vector<NftLine> nft_merge_lines(std::vector<NftLine> lines, NftWords& words, bool still);

}  // namespace nfproof::backends
