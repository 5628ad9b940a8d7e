// SPDX-License-Identifier: Apache-2.0
// Rules that mean less than they say once nft has loaded them.
#pragma once

#include "compiler/frontend/nft/store.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler::nft {

/// Warns of two `!=` tests of neighbouring fields, one behind the other: nft (seen in 1.0.6) makes one comparison of
/// them, which is true as soon as one of the fields differs. And of tests of a header behind `ct protocol`, which nft
/// takes for the protocol of the packet. The tests are read as they are written. Is there such a thing?
bool warn_of_joined_tests(const StoredRule& rule, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler::nft
