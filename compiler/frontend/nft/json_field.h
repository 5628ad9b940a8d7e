// SPDX-License-Identifier: Apache-2.0
// What a packet is asked for, as libnftables-json(5) has it: fields of headers, facts about it, about its connection
// and its route.
#pragma once

#include "compiler/frontend/nft/json_text.h"

namespace nfproof::compiler::nft {

/// Writes it when it is one of these.
bool put_field(JsonText& out, std::string_view kind, const JsonValue& value);
/// `mod 4 seed 0x1 offset 2` of what is counted or hashed.
void put_modulus(JsonText& out, const JsonValue& value);

/// Does nft list names that the field is compared with in quotes?
[[nodiscard]] bool has_quoted_names(const JsonValue& field);
/// Fields without a meaning here are compared by their text, so numbers beside them stand as nft lists them: with how
/// many hexadecimal digits at least? Nothing: decimal.
[[nodiscard]] std::optional<std::size_t> hexadecimal_width(const JsonValue& field);
[[nodiscard]] std::string hexadecimal_text(const JsonValue& number, std::size_t width);

}  // namespace nfproof::compiler::nft
