// SPDX-License-Identifier: Apache-2.0
// -m recent: lists of addresses that rules fill and ask (net/netfilter/xt_recent.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "set", .negatable = true},
    {.name = "rcheck", .negatable = true},
    {.name = "update", .negatable = true},
    {.name = "remove", .negatable = true},
    {.name = "seconds", .type = ValueType::kNumber, .min = 1},
    {.name = "reap"},
    {.name = "hitcount", .type = ValueType::kNumber, .max = 65535},
    {.name = "rttl"},
    {.name = "name", .type = ValueType::kText, .max = 199},
    {.name = "mask", .type = ValueType::kText},
    {.name = "rsource"},
    {.name = "rdest"},
};

/// The last one holds.
bool looks_at_destination(const ModuleInput& module) {
  bool destination = false;
  for (const OptionUse& use : module.options) {
    if (use.row->name == "rdest") destination = true;
    if (use.row->name == "rsource") destination = false;
  }
  return destination;
}

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"set", "rcheck", "update", "remove"})) return;
  needs_also(module, "reap", "seconds");
  const bool asks = module.has("rcheck") || module.has("update");
  for (const std::string_view option : {"seconds", "hitcount", "rttl"})
    if (const OptionUse* use = module.find(option); use != nullptr && !asks)
      module.error(use->span, "`--" + std::string(option) + "` also needs `--rcheck` or `--update`");
  const OptionUse* name = module.find("name");
  if (name != nullptr && (name->text.empty() || name->text.find('/') != std::string::npos))
    module.error(name->value_span, "`--name` expects a name without `/`, got `" + name->text + '`');
  const OptionUse* mask = module.find("mask");
  if (mask != nullptr && !ir::parse_address(mask->text, module.family))
    module.error(mask->value_span, "`--mask` expects a network mask, got `" + mask->text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  for (const std::string_view option : {"set", "rcheck", "update", "remove"})
    if (const OptionUse* use = module.find(option)) append_option(out, *use);
  for (const std::string_view option : {"seconds", "reap", "hitcount", "rttl"}) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) continue;
    if (use->row->type == ValueType::kFlag)
      append_option(out, *use);
    else if (number_of(*use) != 0)
      append_option(out, *use, std::to_string(number_of(*use)));
  }
  const OptionUse* name = module.find("name");
  out += " --name " + (name == nullptr ? std::string("DEFAULT") : name->text);
  const OptionUse* mask = module.find("mask");
  const ir::u128 all = ir::max_of_bits(ir::address_bits(module.family));
  out += " --mask ";
  out += ir::format_address(mask == nullptr ? all : ir::parse_address(mask->text, module.family).value_or(all),
                            module.family);
  out += looks_at_destination(module) ? " --rdest" : " --rsource";
}

void lower(const ModuleInput& module, Lowering& out) {
  using Action = ir::Recent::Action;
  constexpr std::pair<std::string_view, Action> kActions[] = {
      {"set", Action::kSet}, {"rcheck", Action::kCheck}, {"update", Action::kUpdate}, {"remove", Action::kRemove}};
  const auto number = [&](std::string_view option) {
    const OptionUse* use = module.find(option);
    return use == nullptr ? 0 : static_cast<std::uint32_t>(number_of(*use));
  };
  ir::Recent test;
  for (const auto& [option, action] : kActions)
    if (const OptionUse* use = module.find(option)) test.action = action, test.negated = use->negated;
  const OptionUse* name = module.find("name");
  test.name = name == nullptr ? "DEFAULT" : name->text;
  test.destination = looks_at_destination(module);
  test.ttl = module.has("rttl");
  test.reap = module.has("reap");
  test.seconds = number("seconds");
  test.hit_count = number("hitcount");
  const OptionUse* mask = module.find("mask");
  const ir::u128 all = ir::max_of_bits(ir::address_bits(module.family));
  test.mask =
      address_bytes(mask == nullptr ? all : ir::parse_address(mask->text, module.family).value_or(all), module.family);
  out.when(std::move(test));
}

}  // namespace

extern const Extension kMatchRecent{
    .name = "recent",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
