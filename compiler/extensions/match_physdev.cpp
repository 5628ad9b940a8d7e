// SPDX-License-Identifier: Apache-2.0
// -m physdev: the bridge ports of the packet (net/netfilter/xt_physdev.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "physdev-is-in", .negatable = true},
    {.name = "physdev-in", .type = ValueType::kText, .negatable = true, .max = 15},
    {.name = "physdev-is-out", .negatable = true},
    {.name = "physdev-out", .type = ValueType::kText, .negatable = true, .max = 15},
    {.name = "physdev-is-bridged", .negatable = true},
};

void check(const ModuleInput& module) {
  at_least_one(module, {"physdev-in", "physdev-is-in", "physdev-out", "physdev-is-out", "physdev-is-bridged"});
  for (const std::string_view option : {"physdev-in", "physdev-out"})
    if (const OptionUse* use = module.find(option); use != nullptr && use->text.empty())
      module.error(use->value_span, "`--" + std::string(option) + "` expects the name of an interface");
  // The port a packet leaves by is known in OUTPUT for bridged packets only, and those are not there.
  const OptionUse* bridged = module.find("physdev-is-bridged");
  if (bridged != nullptr && !bridged->negated) return;
  refuse_chains(module, "physdev-out", {"OUTPUT"});
  refuse_chains(module, "physdev-is-out", {"OUTPUT"});
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    append_option(out, *use);
    if (row.type == ValueType::kText) out += ' ' + use->text;
  }
}

void lower(const ModuleInput& module, Lowering& out) {
  using What = ir::BridgePort::What;
  const auto test = [&](std::string_view option, What what) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return;
    ir::BridgePort port{what, use->text, false};
    if (port.port.ends_with('+')) port.port.pop_back(), port.wildcard = true;
    out.when_not(use->negated, std::move(port));
  };
  test("physdev-is-in", What::kIsIn);
  test("physdev-in", What::kIn);
  test("physdev-is-out", What::kIsOut);
  test("physdev-out", What::kOut);
  test("physdev-is-bridged", What::kIsBridged);
}

}  // namespace

extern const Extension kMatchPhysdev{
    .name = "physdev",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
