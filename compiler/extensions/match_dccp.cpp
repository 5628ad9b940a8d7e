// SPDX-License-Identifier: Apache-2.0
// -m dccp: ports, packet types and options of a DCCP header (net/netfilter/xt_dccp.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kTypes[] = {{"REQUEST", 1U << 0}, {"RESPONSE", 1U << 1}, {"DATA", 1U << 2},    {"ACK", 1U << 3},
                                {"DATAACK", 1U << 4}, {"CLOSEREQ", 1U << 5}, {"CLOSE", 1U << 6},   {"RESET", 1U << 7},
                                {"SYNC", 1U << 8},    {"SYNCACK", 1U << 9},  {"INVALID", 1U << 10}};
constexpr unsigned kInvalidType = 10;  // stands for all that no other name has
constexpr unsigned kLastType = 15;

constexpr OptionRow kOptions[] = {
    {.name = "sport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "dport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "dccp-types", .type = ValueType::kNameList, .negatable = true, .names = kTypes},
    {.name = "dccp-option", .type = ValueType::kNumber, .negatable = true, .min = 1, .max = 255},
    {.name = "source-port", .negatable = true, .alias_of = "sport"},
    {.name = "destination-port", .negatable = true, .alias_of = "dport"},
};

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions)
    if (const OptionUse* use = module.find(row.name); use != nullptr && row.alias_of.empty())
      print_option(*use, module.family, out);
}

void lower(const ModuleInput& module, Lowering& out) {
  // The match itself needs a header: it never matches later fragments.
  if (!module.has("sport") && !module.has("dport"))
    out.when(field_test(ir::FieldId::kDccpSport, ir::ValueSet::all(16)));
  const auto ports = [&](std::string_view option, ir::FieldId field) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return;
    out.when(field_test(field, ir::ValueSet::of_range(range_of(*use).lo, range_of(*use).hi), use->negated));
  };
  ports("sport", ir::FieldId::kDccpSport);
  ports("dport", ir::FieldId::kDccpDport);
  if (const OptionUse* use = module.find("dccp-types")) {
    ir::ValueSet::Intervals types;
    for (unsigned type = 0; type < kInvalidType; ++type)
      if ((number_of(*use) >> type & 1U) != 0) types.push_back({type, type});
    if ((number_of(*use) >> kInvalidType & 1U) != 0) types.push_back({kInvalidType, kLastType});
    out.when_looked_up(field_test(ir::FieldId::kDccpType, ir::ValueSet::of_intervals(std::move(types))), use->negated);
  }
  if (const OptionUse* use = module.find("dccp-option"))
    out.when_not(use->negated, ir::FieldTest{ir::FieldId::kDccpOption, static_cast<std::uint16_t>(number_of(*use)),
                                             false, ir::ValueSet::of_value(1)});
}

}  // namespace

extern const Extension kMatchDccp{
    .name = "dccp",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .print = print,
    .lower = lower,
    .protocol = ir::kProtoDccp,
};

}  // namespace nfproof::compiler
