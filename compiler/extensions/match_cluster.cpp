// SPDX-License-Identifier: Apache-2.0
// -m cluster: the packet is this node's share (net/netfilter/xt_cluster.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "cluster-total-nodes", .type = ValueType::kNumber, .required = true, .min = 1, .max = 32},
    {.name = "cluster-local-node", .type = ValueType::kNumber, .negatable = true, .min = 1, .max = 32},
    {.name = "cluster-local-nodemask", .type = ValueType::kNumber, .negatable = true, .min = 1},
    {.name = "cluster-hash-seed", .type = ValueType::kNumber, .required = true},
};

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"cluster-local-node", "cluster-local-nodemask"})) return;
  const std::uint64_t total = number_of(*module.find("cluster-total-nodes"));
  const OptionUse* node = module.find("cluster-local-node");
  if (node != nullptr && number_of(*node) > total)
    module.error(node->value_span, "`--cluster-local-node` is larger than `--cluster-total-nodes`");
  const OptionUse* mask = module.find("cluster-local-nodemask");
  if (mask != nullptr && number_of(*mask) >> total != 0)
    module.error(mask->value_span, "`--cluster-local-nodemask` names nodes beyond `--cluster-total-nodes`");
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse* node = module.find("cluster-local-node");
  const OptionUse& use = node == nullptr ? *module.find("cluster-local-nodemask") : *node;
  const std::uint64_t mask = node == nullptr ? number_of(use) : std::uint64_t{1} << (number_of(use) - 1);
  out += use.negated ? " ! --cluster-local-nodemask " : " --cluster-local-nodemask ";
  out += hex(mask, 8);
  out += " --cluster-total-nodes " + std::to_string(number_of(*module.find("cluster-total-nodes")));
  out += " --cluster-hash-seed " + hex(number_of(*module.find("cluster-hash-seed")), 8);
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse* node = module.find("cluster-local-node");
  const OptionUse& use = node == nullptr ? *module.find("cluster-local-nodemask") : *node;
  ir::Cluster test;
  test.total_nodes = static_cast<std::uint32_t>(number_of(*module.find("cluster-total-nodes")));
  test.node_mask = static_cast<std::uint32_t>(node == nullptr ? number_of(use) : 1U << (number_of(use) - 1));
  test.hash_seed = static_cast<std::uint32_t>(number_of(*module.find("cluster-hash-seed")));
  out.when_not(use.negated, test);
}

}  // namespace

extern const Extension kMatchCluster{
    .name = "cluster",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
