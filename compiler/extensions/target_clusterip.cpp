// SPDX-License-Identifier: Apache-2.0
// -j CLUSTERIP: several nodes share an address, each answers its share of the connections (net/ipv4/netfilter/
// ipt_CLUSTERIP.c, in kernels before 6.3). Whether a packet is dropped depends on the node's state: it is an opaque
// effect.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kModes[] = {{"sourceip", 0}, {"sourceip-sourceport", 1}, {"sourceip-sourceport-destport", 2}};

constexpr OptionRow kOptions[] = {
    {.name = "new"},
    {.name = "hashmode", .type = ValueType::kName, .names = kModes},
    {.name = "clustermac", .type = ValueType::kMac},
    {.name = "total-nodes", .type = ValueType::kNumber, .min = 1, .max = 16},
    {.name = "local-node", .type = ValueType::kNumber, .min = 1, .max = 16},
    {.name = "hash-init", .type = ValueType::kNumber},
};

void check(const ModuleInput& module) {
  if (module.options.empty()) return;
  for (const std::string_view option : {"new", "hashmode", "clustermac", "total-nodes", "local-node"})
    at_least_one(module, {option});
}

void print(const ModuleInput& module, std::string& out) {
  if (!module.has("new")) return;
  const OptionUse* seed = module.find("hash-init");
  const auto number = [&](std::string_view option) { return std::to_string(number_of(*module.find(option))); };
  out += " --new --hashmode ";
  out += name_of(kModes, number_of(*module.find("hashmode")));
  out += " --clustermac " + ir::format_mac(number_of(*module.find("clustermac")));
  out += " --total-nodes " + number("total-nodes") + " --local-node " + number("local-node");
  out += " --hash-init " + std::to_string(seed == nullptr ? 0 : number_of(*seed));
}

}  // namespace

extern const Extension kTargetClusterip{
    .name = "CLUSTERIP",
    .kind = ExtensionKind::kTarget,
    .families = Families::kIpv4,
    .options = kOptions,
    .check = check,
    .print = print,
};

}  // namespace nfproof::compiler
