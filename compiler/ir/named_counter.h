// SPDX-License-Identifier: Apache-2.0
// The `Aside` of a counter that rules of nftables share by its name, which are its arguments.
#pragma once

#include <string_view>

namespace nfproof::ir {

inline constexpr std::string_view kNamedCounter = "COUNTER";

}  // namespace nfproof::ir
