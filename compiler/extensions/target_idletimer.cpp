// SPDX-License-Identifier: Apache-2.0
// -j IDLETIMER: restarts a timer that reports idle interfaces (net/netfilter/xt_IDLETIMER.c). The packet goes on.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "timeout", .type = ValueType::kNumber, .required = true, .min = 1},
    {.name = "label", .type = ValueType::kText, .required = true, .max = 27},
    {.name = "alarm"},
};

void print(const ModuleInput& module, std::string& out) {
  out += " --timeout " + std::to_string(number_of(*module.find("timeout")));
  out += " --label " + module.find("label")->text;
  if (module.has("alarm")) out += " --alarm";
}

}  // namespace

extern const Extension kTargetIdletimer{
    .name = "IDLETIMER",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .print = print,
    .aside = true,
};

}  // namespace nfproof::compiler
