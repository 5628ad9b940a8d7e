// SPDX-License-Identifier: Apache-2.0
// -m set: looks the packet up in an ipset (net/netfilter/xt_set.c). What the set holds stands outside of the ruleset:
// the match is known, without meaning here.
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

}  // namespace

extern const Extension kMatchSet{
    .name = "set",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
};

}  // namespace nfproof::compiler
