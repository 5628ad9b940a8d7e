// SPDX-License-Identifier: Apache-2.0
// Where the kernel lets a match or target stand: in which tables, under which hooks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "compiler/extensions/extension.h"
#include "compiler/ir/hook.h"

namespace nfproof::compiler {

[[nodiscard]] bool is_allowed_in(const Extension& extension, std::string_view table);
/// The first of the hooks (1 << Hook) under which the module is not allowed.
[[nodiscard]] std::optional<ir::Hook> refused_hook(const Extension& extension, std::uint8_t hooks);

}  // namespace nfproof::compiler
