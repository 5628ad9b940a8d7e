// SPDX-License-Identifier: Apache-2.0
// Statements of libnftables-json(5) as text of nft.
#pragma once

#include "compiler/frontend/nft/json_text.h"

namespace nfproof::compiler::nft {

void put_statement(JsonText& out, const JsonValue& value);

}  // namespace nfproof::compiler::nft
