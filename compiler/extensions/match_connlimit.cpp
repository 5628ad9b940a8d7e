// SPDX-License-Identifier: Apache-2.0
// -m connlimit: how many connections an address block has (net/netfilter/xt_connlimit.c).
#include <algorithm>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "connlimit-upto", .type = ValueType::kNumber, .negatable = true},
    {.name = "connlimit-above", .type = ValueType::kNumber, .negatable = true},
    {.name = "connlimit-mask", .type = ValueType::kNumber, .max = 128},
    {.name = "connlimit-saddr"},
    {.name = "connlimit-daddr"},
};

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"connlimit-upto", "connlimit-above"})) return;
  at_most_one(module, {"connlimit-saddr", "connlimit-daddr"});
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse* above = module.find("connlimit-above");
  const OptionUse& limit = above == nullptr ? *module.find("connlimit-upto") : *above;
  const bool prints_above = (above != nullptr) != limit.negated;
  const OptionUse* mask = module.find("connlimit-mask");
  out += prints_above ? " --connlimit-above " : " --connlimit-upto ";
  out += std::to_string(number_of(limit)) + " --connlimit-mask ";
  const std::uint64_t bits = ir::address_bits(module.family);
  out += std::to_string(mask == nullptr ? bits : std::min(bits, number_of(*mask)));
  out += module.has("connlimit-daddr") ? " --connlimit-daddr" : " --connlimit-saddr";
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse* above = module.find("connlimit-above");
  const OptionUse& limit = above == nullptr ? *module.find("connlimit-upto") : *above;
  const OptionUse* mask = module.find("connlimit-mask");
  const std::uint64_t bits = ir::address_bits(module.family);
  ir::ConnLimit test;
  test.limit = static_cast<std::uint32_t>(number_of(limit));
  test.prefix = static_cast<std::uint8_t>(mask == nullptr ? bits : std::min(bits, number_of(*mask)));
  test.destination = module.has("connlimit-daddr");
  test.negated = (above != nullptr) == limit.negated;
  out.when(test);
}

}  // namespace

extern const Extension kMatchConnlimit{
    .name = "connlimit",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
