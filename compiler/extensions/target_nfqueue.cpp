// SPDX-License-Identifier: Apache-2.0
// -j NFQUEUE: hands the packet to a listener in user space, which decides (net/netfilter/xt_NFQUEUE.c). With
// `--queue-balance` the first queue of the range stands for all; with `--queue-bypass` a packet without listener is
// accepted, which is a choice of the listener too.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "queue-num", .type = ValueType::kNumber, .max = 65535},
    {.name = "queue-balance", .type = ValueType::kNumberRange, .max = 65534},
    {.name = "queue-bypass"},
    {.name = "queue-cpu-fanout"},
};

void check(const ModuleInput& module) {
  at_most_one(module, {"queue-num", "queue-balance"});
  needs_also(module, "queue-cpu-fanout", "queue-balance");
  const OptionUse* use = module.find("queue-balance");
  if (use != nullptr && range_of(*use).lo == range_of(*use).hi)
    module.error(use->value_span, "`--queue-balance` expects a range `N:M` of several queues, got `" + use->text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  if (const OptionUse* use = module.find("queue-balance")) {
    append_option(out, *use, std::to_string(range_of(*use).lo) + ':' + std::to_string(range_of(*use).hi));
  } else {
    const OptionUse* queue = module.find("queue-num");
    out += " --queue-num " + std::to_string(queue == nullptr ? 0 : number_of(*queue));
  }
  for (const std::string_view flag : {"queue-bypass", "queue-cpu-fanout"})
    if (module.has(flag)) out += " --" + std::string(flag);
}

void lower(const ModuleInput& module, Lowering& out) {
  ir::Verdict verdict{.kind = ir::VerdictKind::kQueue};
  if (const OptionUse* use = module.find("queue-num")) verdict.queue = static_cast<std::uint16_t>(number_of(*use));
  if (const OptionUse* use = module.find("queue-balance")) {
    verdict.queue = static_cast<std::uint16_t>(range_of(*use).lo);
    verdict.more_queues = static_cast<std::uint16_t>(range_of(*use).hi - range_of(*use).lo);
  }
  verdict.bypass = module.has("queue-bypass");
  verdict.cpu_fanout = module.has("queue-cpu-fanout");
  out.verdict(verdict);
}

}  // namespace

extern const Extension kTargetNfqueue{
    .name = "NFQUEUE",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .opaque_verdict = ir::VerdictKind::kQueue,
};

}  // namespace nfproof::compiler
