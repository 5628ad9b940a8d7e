// SPDX-License-Identifier: Apache-2.0
// Tables of IPv4 and IPv6 with the same name as one table of family inet: what both say stands there once, what one
// says alone asks for its family first. Each family meets its rules in the order it had.
#pragma once

#include <vector>

#include "backends/nft_model.h"

namespace nfproof::backends {

/// The halves of one table, and with `all` those of one name, unless a table of inet has it. Tables that have no
/// partner, or hold statements that inet does not have, stay as they are.
void nft_merge_families(std::vector<NftTable>& tables, bool all);

}  // namespace nfproof::backends
