// SPDX-License-Identifier: Apache-2.0
// The known word that is most like one that is not known, for "did you mean".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace nfproof::source {

/// Empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// What is wrong with a key that nobody knows: "unknown key `x`, did you mean `y`?", or which ones there are.
[[nodiscard]] std::string unknown_key(std::string_view key, std::span<const std::string_view> known);

}  // namespace nfproof::source
