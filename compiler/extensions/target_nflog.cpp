// SPDX-License-Identifier: Apache-2.0
// -j NFLOG: hands a copy of the packet to a listener in user space (net/netfilter/xt_NFLOG.c). The packet goes on. A
// prefix that is too long is cut.
#include "compiler/extensions/common.h"
#include "compiler/extensions/log_prefix.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxPrefix = 63;

constexpr OptionRow kOptions[] = {
    {.name = "nflog-prefix", .type = ValueType::kText},
    {.name = "nflog-group", .type = ValueType::kNumber, .max = 65535},
    {.name = "nflog-range", .type = ValueType::kNumber},
    {.name = "nflog-size", .type = ValueType::kNumber},
    {.name = "nflog-threshold", .type = ValueType::kNumber, .max = 65535},
};

void check(const ModuleInput& module) {
  at_most_one(module, {"nflog-range", "nflog-size"});
  check_log_prefix(module, "nflog-prefix");
}

ir::Nflog nflog_of(const ModuleInput& module) {
  ir::Nflog nflog;
  nflog.prefix = log_prefix(module, "nflog-prefix", kMaxPrefix);
  if (const OptionUse* use = module.find("nflog-group")) nflog.group = static_cast<std::uint16_t>(number_of(*use));
  if (const OptionUse* use = module.find("nflog-size")) nflog.snaplen = static_cast<std::uint32_t>(number_of(*use));
  if (const OptionUse* use = module.find("nflog-threshold"))
    nflog.threshold = static_cast<std::uint16_t>(number_of(*use));
  return nflog;
}

void print(const ModuleInput& module, std::string& out) {
  const ir::Nflog nflog = nflog_of(module);
  print_log_prefix("nflog-prefix", nflog.prefix, out);
  if (nflog.group != 0) out += " --nflog-group " + std::to_string(nflog.group);
  if (nflog.snaplen) out += " --nflog-size " + std::to_string(*nflog.snaplen);
  if (const OptionUse* use = module.find("nflog-range"); use != nullptr && number_of(*use) != 0)
    out += " --nflog-range " + std::to_string(number_of(*use));
  if (nflog.threshold != 0) out += " --nflog-threshold " + std::to_string(nflog.threshold);
}

void lower(const ModuleInput& module, Lowering& out) { out.effect(nflog_of(module)); }

}  // namespace

extern const Extension kTargetNflog{
    .name = "NFLOG",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
