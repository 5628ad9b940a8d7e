// SPDX-License-Identifier: Apache-2.0
// -j SET: puts the packet's addresses into an ipset or takes them out (net/netfilter/xt_set.c). The packet goes on.
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"
#include "compiler/extensions/set_names.h"

namespace nfproof::compiler {
namespace {

// In the order of iptables-save.
constexpr OptionRow kOptions[] = {
    {.name = "add-set", .type = ValueType::kTextPair},
    {.name = "exist"},
    {.name = "timeout", .type = ValueType::kNumber, .max = 0xfffffffe},
    {.name = "del-set", .type = ValueType::kTextPair},
    {.name = "map-set", .type = ValueType::kTextPair},
    {.name = "map-mark"},
    {.name = "map-prio"},
    {.name = "map-queue"},
};

void check(const ModuleInput& module) {
  if (!at_least_one(module, {"add-set", "del-set", "map-set"})) return;
  for (const std::string_view option : {"add-set", "del-set", "map-set"})
    if (const OptionUse* use = module.find(option)) check_set(module, *use);
  needs_also(module, "exist", "add-set");
  needs_also(module, "timeout", "add-set");
  for (const std::string_view option : {"map-mark", "map-prio", "map-queue"}) needs_also(module, option, "map-set");
  const OptionUse* map = module.find("map-set");
  if (map == nullptr) return;
  if (module.table != "mangle") module.error(map->span, "`--map-set` is possible in the table `mangle` only");
  at_least_one(module, {"map-mark", "map-prio", "map-queue"});
}

void lower(const ModuleInput& module, Lowering& out) {
  using Action = ir::UpdateSet::Action;
  const auto update = [&](std::string_view option, Action action) -> std::optional<ir::UpdateSet> {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return std::nullopt;
    ir::UpdateSet effect;
    effect.action = action;
    effect.set = set_reference(*use);
    return effect;
  };
  if (auto add = update("add-set", Action::kAdd)) {
    add->exist = module.has("exist");
    if (const OptionUse* use = module.find("timeout")) add->timeout = static_cast<std::uint32_t>(number_of(*use));
    out.effect(*std::move(add));
  }
  if (auto del = update("del-set", Action::kDelete)) out.effect(*std::move(del));
  if (auto map = update("map-set", Action::kMap)) {
    map->map_mark = module.has("map-mark");
    map->map_priority = module.has("map-prio");
    map->map_queue = module.has("map-queue");
    out.effect(*std::move(map));
  }
}

}  // namespace

extern const Extension kTargetSet{
    .name = "SET",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .lower = lower,
};

}  // namespace nfproof::compiler
