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

/// How nft lists what a field is compared with. Where neither has a meaning here, they are compared by their text.
struct ValueStyle {
  bool quoted = false;     ///< names
  std::size_t digits = 0;  ///< how many hexadecimal ones numbers have at least; 0: they are decimal

  [[nodiscard]] bool is_mark() const { return digits > 1; }
};
[[nodiscard]] ValueStyle style_of_field(const JsonValue& field);
[[nodiscard]] ValueStyle style_of_type(std::string_view type);
[[nodiscard]] std::string hexadecimal_text(const JsonValue& number, std::size_t width);

}  // namespace nfproof::compiler::nft
