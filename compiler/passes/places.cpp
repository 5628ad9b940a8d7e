// SPDX-License-Identifier: Apache-2.0
// Tables and hooks of modules: see places.h.
#include "compiler/passes/places.h"

#include <algorithm>

namespace nfproof::compiler {

bool is_allowed_in(const Extension& extension, std::string_view table) {
  const auto& tables = extension.tables;
  return tables.empty() || std::find(tables.begin(), tables.end(), table) != tables.end();
}

std::optional<ir::Hook> refused_hook(const Extension& extension, std::uint8_t hooks) {
  const auto& chains = extension.chains;
  if (chains.empty()) return std::nullopt;
  for (unsigned bit = 0; bit < ir::kHookCount; ++bit) {
    const auto hook = static_cast<ir::Hook>(bit);
    if ((hooks >> bit & 1) == 0) continue;
    if (std::find(chains.begin(), chains.end(), ir::hook_chain_name(hook)) == chains.end()) return hook;
  }
  return std::nullopt;
}

}  // namespace nfproof::compiler
