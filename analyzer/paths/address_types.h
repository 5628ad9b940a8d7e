// SPDX-License-Identifier: Apache-2.0
// Address types of a known host as sets of addresses: a test of the type becomes a test of the address.
#pragma once

#include "compiler/ir/host.h"
#include "compiler/ir/value_set.h"

namespace nfproof::analyzer {

/// All addresses whose type bits (`Host::address_type`, any interface) are in `types`.
[[nodiscard]] ir::ValueSet addresses_of_types(const ir::Host& host, ir::Family family, const ir::ValueSet& types);

}  // namespace nfproof::analyzer
