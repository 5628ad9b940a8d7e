// SPDX-License-Identifier: Apache-2.0
// From an element as it was written to the elements that the kernel makes of it: ranges expand, networks are masked
// and cut into prefixes, and what a type cannot hold is refused in the kernel's order of checks (the `uadt` functions
// of net/netfilter/ipset/ip_set_*.c).
#pragma once

#include <cstdint>
#include <functional>

#include "compiler/ipset/element.h"
#include "compiler/ipset/options.h"

namespace nfproof::compiler::ipset {

/// Calls `visit` for each element until it gives an error. `test`: a range stands for its first element.
ir::SetError expand(ir::Set& set, const ElementSpec& spec, const ElementOptions& options, bool test,
                    const std::function<ir::SetError(const ir::SetElement&)>& visit);

}  // namespace nfproof::compiler::ipset
