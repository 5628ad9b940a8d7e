// SPDX-License-Identifier: Apache-2.0
// Sets and directions: see set_names.h.
#include "compiler/extensions/set_names.h"

#include <algorithm>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxSetName = 31;
constexpr std::size_t kMaxDimensions = 6;

}  // namespace

void check_set(const ModuleInput& module, const OptionUse& use) {
  const auto& [name, directions] = std::get<TextPair>(use.value);
  const std::string option = "`--" + std::string(use.row->name) + '`';
  if (name.empty() || name.size() > kMaxSetName)
    module.error(use.value_span, option + " expects the name of a set of at most 31 characters, got `" + name + '`');
  const auto parts = split(directions, ',');
  const bool good =
      std::all_of(parts.begin(), parts.end(), [](std::string_view part) { return part == "src" || part == "dst"; });
  if (!good || parts.size() > kMaxDimensions)
    module.error(use.value_span,
                 option + " expects a comma list of at most six `src` or `dst`, got `" + directions + '`');
}

ir::SetReference set_reference(const OptionUse& use) {
  const auto& [name, directions] = std::get<TextPair>(use.value);
  ir::SetReference set{name, 0, 0};
  for (const std::string_view part : split(directions, ',')) {
    if (part == "src") set.sources = static_cast<std::uint8_t>(set.sources | 1U << set.dimensions);
    ++set.dimensions;
  }
  return set;
}

}  // namespace nfproof::compiler
