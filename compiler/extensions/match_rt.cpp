// SPDX-License-Identifier: Apache-2.0
// -m rt: the routing header of IPv6 (net/ipv6/netfilter/ip6t_rt.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "rt-type", .type = ValueType::kNumber, .negatable = true},
    {.name = "rt-segsleft", .type = ValueType::kNumberRange, .negatable = true},
    {.name = "rt-len", .type = ValueType::kNumber, .negatable = true},
    {.name = "rt-0-res"},
    {.name = "rt-0-addrs", .type = ValueType::kText},
    {.name = "rt-0-not-strict"},
};

void check(const ModuleInput& module) {
  const OptionUse* type = module.find("rt-type");
  const bool type_0 = type != nullptr && number_of(*type) == 0 && !type->negated;
  for (const std::string_view option : {"rt-0-res", "rt-0-addrs", "rt-0-not-strict"})
    if (const OptionUse* use = module.find(option); use != nullptr && !type_0)
      module.error(use->span, "`--" + std::string(option) + "` also needs `--rt-type 0`");
  needs_also(module, "rt-0-not-strict", "rt-0-addrs");
  const OptionUse* addresses = module.find("rt-0-addrs");
  if (addresses == nullptr) return;
  for (const std::string_view part : split(addresses->text, ','))
    if (!ir::parse_address(part, ir::Family::kIpv6))
      module.error(addresses->value_span,
                   "`--rt-0-addrs` expects a comma list of IPv6 addresses, got `" + std::string(part) + '`');
}

std::string addresses_text(const OptionUse& use) {
  std::string out;
  for (const std::string_view part : split(use.text, ',')) {
    if (!out.empty()) out += ',';
    out += ir::format_address(ir::parse_address(part, ir::Family::kIpv6).value_or(0), ir::Family::kIpv6);
  }
  return out;
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    if (row.type == ValueType::kText)
      append_option(out, *use, addresses_text(*use));
    else if (use->negated || row.name != "rt-segsleft" || !is_whole_range(*use))
      print_option(*use, module.family, out);
  }
}

void lower(const ModuleInput& module, Lowering& out) {
  // Any test of the header asks for it.
  if (module.has("rt-segsleft") || (!module.has("rt-type") && !module.has("rt-len")))
    lower_range(module, "rt-segsleft", ir::FieldId::kRtSegmentsLeft, out);
  if (module.has("rt-type")) lower_range(module, "rt-type", ir::FieldId::kRtType, out);
  if (module.has("rt-len")) lower_range(module, "rt-len", ir::FieldId::kRtLength, out);
  if (module.has("rt-0-res")) out.when(field_test(ir::FieldId::kRtReserved, ir::ValueSet::of_value(0)));
  const OptionUse* addresses = module.find("rt-0-addrs");
  if (addresses == nullptr) return;
  ir::RoutingAddresses test;
  for (const std::string_view part : split(addresses->text, ','))
    test.addresses.push_back(address_bytes(ir::parse_address(part, ir::Family::kIpv6).value_or(0), ir::Family::kIpv6));
  test.in_any_place = module.has("rt-0-not-strict");
  out.when(std::move(test));
}

}  // namespace

extern const Extension kMatchRt{
    .name = "rt",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
