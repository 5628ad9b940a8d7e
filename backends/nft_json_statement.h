// SPDX-License-Identifier: Apache-2.0
// Tests, statements and verdicts of the model as JSON of libnftables.
#pragma once

#include "backends/nft_json_expression.h"
#include "backends/nft_model.h"

namespace nfproof::backends {

/// The statements of a line, in order.
[[nodiscard]] Json nft_json_statements(const NftLine& line, const std::string& family);

}  // namespace nfproof::backends
