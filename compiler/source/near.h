// SPDX-License-Identifier: Apache-2.0
// The known word that is most like one that is not known, for "did you mean".
#pragma once

#include <span>
#include <string_view>

namespace nfproof::source {

/// Empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace nfproof::source
