// SPDX-License-Identifier: Apache-2.0
// -m set: looks the packet up in an ipset (net/netfilter/xt_set.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"
#include "compiler/extensions/set_names.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint64_t kMax64 = ~std::uint64_t{0};

// In the order of iptables-save.
constexpr OptionRow kOptions[] = {
    {.name = "match-set", .type = ValueType::kTextPair, .negatable = true, .required = true},
    {.name = "return-nomatch"},
    {.name = "update-counters", .negatable = true},
    {.name = "update-subcounters", .negatable = true},
    {.name = "packets-eq", .type = ValueType::kNumber, .negatable = true, .max = kMax64},
    {.name = "packets-lt", .type = ValueType::kNumber, .max = kMax64},
    {.name = "packets-gt", .type = ValueType::kNumber, .max = kMax64},
    {.name = "bytes-eq", .type = ValueType::kNumber, .negatable = true, .max = kMax64},
    {.name = "bytes-lt", .type = ValueType::kNumber, .max = kMax64},
    {.name = "bytes-gt", .type = ValueType::kNumber, .max = kMax64},
    {.name = "set", .negatable = true, .alias_of = "match-set"},
};

void check(const ModuleInput& module) {
  check_set(module, *module.find("match-set"));
  at_most_one(module, {"packets-eq", "packets-lt", "packets-gt"});
  at_most_one(module, {"bytes-eq", "bytes-lt", "bytes-gt"});
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    if (!row.alias_of.empty()) continue;
    const OptionUse* use = module.find(row.name);
    // Counters of the set are updated unless the rule says no.
    const bool is_default = row.name.starts_with("update-") && use != nullptr && !use->negated;
    if (use != nullptr && !is_default) print_option(*use, module.family, out);
  }
}

using Counter = ir::SetLookup::Counter;

Counter counter_test(const ModuleInput& module, const std::string& what) {
  if (const OptionUse* use = module.find(what + "-eq"))
    return {use->negated ? Counter::Test::kNotEqual : Counter::Test::kEqual, number_of(*use)};
  if (const OptionUse* use = module.find(what + "-lt")) return {Counter::Test::kLess, number_of(*use)};
  if (const OptionUse* use = module.find(what + "-gt")) return {Counter::Test::kGreater, number_of(*use)};
  return {};
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("match-set");
  const auto updates = [&](std::string_view option) {
    const OptionUse* given = module.find(option);
    return given == nullptr || !given->negated;
  };
  ir::SetLookup test;
  test.set = set_reference(use);
  test.negated = use.negated;
  test.return_nomatch = module.has("return-nomatch");
  test.update_counters = updates("update-counters");
  test.update_subcounters = updates("update-subcounters");
  test.packets = counter_test(module, "packets");
  test.bytes = counter_test(module, "bytes");
  out.when(std::move(test));
}

}  // namespace

extern const Extension kMatchSet{
    .name = "set",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
