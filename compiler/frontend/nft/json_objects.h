// SPDX-License-Identifier: Apache-2.0
// Tables and what is declared in them, as libnftables-json(5) has it, as text of nft.
#pragma once

#include <span>

#include "compiler/frontend/nft/json_text.h"

namespace nfproof::compiler::nft {

/// Is there such a kind of object?
[[nodiscard]] bool is_json_object(std::string_view kind);

/// The keys that say which one it is.
[[nodiscard]] std::span<const std::string_view> json_names_of(std::string_view kind);
/// `inet filter input`: their values.
void put_json_names(JsonText& out, std::string_view kind, const JsonValue& value);

/// Behind its command and kind. `made`: with what it consists of, not only its name.
void put_json_object(JsonText& out, std::string_view kind, const JsonValue& value, bool made);

}  // namespace nfproof::compiler::nft
