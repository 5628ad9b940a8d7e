// SPDX-License-Identifier: Apache-2.0
// Statements that keep a state, as libnftables-json(5) has them: counters, limits, quotas, counts of connections. They
// stand in rules, in elements and in sets.
#pragma once

#include "compiler/frontend/nft/json_text.h"

namespace nfproof::compiler::nft {

/// Writes it when it is one of these.
bool put_stateful(JsonText& out, std::string_view kind, const JsonValue& value);
/// `rate over 10 kbytes/second burst 5 kbytes`, also of a declared limit.
void put_rate(JsonText& out, const JsonValue& value);
/// `over 10 mbytes used 5 bytes` of a quota; `amount`: the key of its size.
void put_amount(JsonText& out, const JsonValue& value, std::string_view amount);

}  // namespace nfproof::compiler::nft
