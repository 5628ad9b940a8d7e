// SPDX-License-Identifier: Apache-2.0
// Tests, statements and verdicts of the model as JSON of libnftables.
#pragma once

#include <optional>

#include "backends/nft_json_expression.h"
#include "backends/nft_model.h"

namespace nfproof::backends {

/// The statements of a line, in order. Nothing where JSON cannot say all of it.
[[nodiscard]] std::optional<Json> nft_json_statements(const NftLine& line, const std::string& family);
/// `10/second burst 5 packets`, behind `rate`: a limit, as it stands in rules and objects.
[[nodiscard]] Json nft_json_rate(NftWordReader& words);
/// What a map gives: a value or a verdict.
[[nodiscard]] Json nft_json_data(NftWordReader& words);

}  // namespace nfproof::backends
