// SPDX-License-Identifier: Apache-2.0
// -m frag: the fragment header of IPv6 (net/ipv6/netfilter/ip6t_frag.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "fragid", .type = ValueType::kNumberRange, .negatable = true},
    {.name = "fraglen", .type = ValueType::kNumber, .negatable = true},
    {.name = "fragres"},
    {.name = "fragfirst"},
    {.name = "fragmore"},
    {.name = "fraglast"},
};

void check(const ModuleInput& module) { at_most_one(module, {"fragmore", "fraglast"}); }

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use != nullptr && !is_whole_range(*use)) print_option(*use, module.family, out);
  }
}

/// `--fraglen` is ignored by the kernel.
void lower(const ModuleInput& module, Lowering& out) {
  lower_range(module, "fragid", ir::FieldId::kFragId, out);
  const auto needs = [&](std::string_view option, ir::FieldId field, unsigned value) {
    if (module.has(option)) out.when(field_test(field, ir::ValueSet::of_value(value)));
  };
  needs("fragres", ir::FieldId::kFragReserved, 0);
  needs("fragfirst", ir::FieldId::kFragOffset, 0);
  needs("fragmore", ir::FieldId::kFragMore, 1);
  needs("fraglast", ir::FieldId::kFragMore, 0);
}

}  // namespace

extern const Extension kMatchFrag{
    .name = "frag",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
