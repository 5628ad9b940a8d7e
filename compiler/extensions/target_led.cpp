// SPDX-License-Identifier: Apache-2.0
// -j LED: lets a lamp blink (net/netfilter/xt_LED.c). The packet goes on.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "led-trigger-id", .type = ValueType::kText, .required = true, .max = 26},
    {.name = "led-delay", .type = ValueType::kText},
    {.name = "led-always-blink"},
};

void print(const ModuleInput& module, std::string& out) {
  // The name always stands in quotes.
  out += " --led-trigger-id \"" + module.find("led-trigger-id")->text + '"';
  if (const OptionUse* use = module.find("led-delay"); use != nullptr && use->text != "0")
    append_option(out, *use, use->text);
  if (module.has("led-always-blink")) out += " --led-always-blink";
}

}  // namespace

extern const Extension kTargetLed{
    .name = "LED",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .print = print,
    .aside = true,
};

}  // namespace nfproof::compiler
