// SPDX-License-Identifier: Apache-2.0
// Sets, maps and objects of the model as JSON of libnftables.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "backends/nft_json_expression.h"
#include "backends/nft_model.h"

namespace nfproof::backends {

/// What it is, without the names of it and its table. Nothing where JSON cannot say all of it.
[[nodiscard]] std::optional<Json> nft_json_object(const NftObject& object);

}  // namespace nfproof::backends
