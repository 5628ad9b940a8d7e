// SPDX-License-Identifier: Apache-2.0
// -m ah: the security parameter index of an AH header (net/ipv4/netfilter/ipt_ah.c, net/ipv6/netfilter/ip6t_ah.c).
// IPv4 needs `-p ah` for it; length and reserved bits are tests of IPv6 only.
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "ahspi", .type = ValueType::kNumberRange, .negatable = true},
};
constexpr OptionRow kOptions6[] = {
    {.name = "ahspi", .type = ValueType::kNumberRange, .negatable = true},
    {.name = "ahlen", .type = ValueType::kNumber, .negatable = true},
    {.name = "ahres"},
};

void print_rows(const ModuleInput& module, std::span<const OptionRow> rows, std::string& out) {
  for (const OptionRow& row : rows) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr || is_whole_range(*use)) continue;
    // A length of 0 is how the kernel keeps "any length".
    const bool any_length = row.type == ValueType::kNumber && !use->negated && number_of(*use) == 0;
    if (!any_length) print_option(*use, module.family, out);
  }
}

void print(const ModuleInput& module, std::string& out) { print_rows(module, kOptions, out); }
void print6(const ModuleInput& module, std::string& out) { print_rows(module, kOptions6, out); }

void lower(const ModuleInput& module, Lowering& out) { lower_range(module, "ahspi", ir::FieldId::kAhSpi, out); }

void lower6(const ModuleInput& module, Lowering& out) {
  lower(module, out);
  const OptionUse* length = module.find("ahlen");
  if (length != nullptr && number_of(*length) != 0) lower_range(module, "ahlen", ir::FieldId::kAhLength, out);
  if (module.has("ahres")) out.when(field_test(ir::FieldId::kAhReserved, ir::ValueSet::of_value(0)));
}

}  // namespace

extern const Extension kMatchAh{
    .name = "ah",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv4,
    .options = kOptions,
    .print = print,
    .lower = lower,
    .protocol = 51,
};

extern const Extension kMatchAh6{
    .name = "ah",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions6,
    .print = print6,
    .lower = lower6,
};

}  // namespace nfproof::compiler
