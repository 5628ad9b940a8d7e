// SPDX-License-Identifier: Apache-2.0
// -m l2tp: type, version, tunnel and session of an L2TP header (net/netfilter/xt_l2tp.c). The kernel wants `-p udp` or
// `-p l2tp`, and something more telling than the version.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint8_t kProtoL2tp = 115;
constexpr NameValue kTypes[] = {{"control", 0}, {"data", 1}};

constexpr OptionRow kOptions[] = {
    {.name = "type", .type = ValueType::kName, .names = kTypes},
    {.name = "pversion", .type = ValueType::kNumber, .min = 2, .max = 3},
    {.name = "tid", .type = ValueType::kNumber},
    {.name = "sid", .type = ValueType::kNumber},
};
constexpr std::string_view kChains[] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT"};

bool is_version_2(const ModuleInput& module) {
  const OptionUse* use = module.find("pversion");
  return use != nullptr && number_of(*use) == 2;
}

void check(const ModuleInput& module) {
  if (!needs_protocol(module, {ir::kProtoUdp, kProtoL2tp}, "`-p udp` or `-p l2tp`")) return;
  const OptionUse* type = module.find("type");
  const bool control = type != nullptr && number_of(*type) == 0;
  if (!control && !at_least_one(module, {"tid", "sid", "type"})) return;
  if (!control && !module.has("tid") && !module.has("sid"))
    module.error(module.span, "`l2tp` needs `--tid` or `--sid` when it does not ask for `--type control`");
  if (!is_version_2(module)) return;
  if (module.protocol == kProtoL2tp) module.error(module.find("pversion")->span, "version 2 of L2TP needs `-p udp`");
  for (const std::string_view option : {"tid", "sid"})
    if (const OptionUse* use = module.find(option); use != nullptr && number_of(*use) > 0xffff)
      module.error(use->value_span, "in version 2 `--" + std::string(option) + "` is at most 65535");
}

void lower(const ModuleInput& module, Lowering& out) {
  ir::L2tpTest test;
  const auto number = [&](std::string_view option) {
    const OptionUse* use = module.find(option);
    return use == nullptr ? 0 : static_cast<std::uint32_t>(number_of(*use));
  };
  if (const OptionUse* use = module.find("type"))
    test.type = number_of(*use) == 0 ? ir::L2tpTest::Type::kControl : ir::L2tpTest::Type::kData;
  test.version = static_cast<std::uint8_t>(number("pversion"));
  test.has_tunnel = module.has("tid");
  test.has_session = module.has("sid");
  test.tunnel = number("tid");
  test.session = number("sid");
  out.when(test);
}

}  // namespace

extern const Extension kMatchL2tp{
    .name = "l2tp",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .lower = lower,
    .chains = kChains,
};

}  // namespace nfproof::compiler
