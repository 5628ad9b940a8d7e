// SPDX-License-Identifier: Apache-2.0
// -m connlabel: a label bit of the connection (net/netfilter/xt_connlabel.c). Labels are
// numbers: their names stand in a file of the host.
#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "label", .type = ValueType::kText, .negatable = true, .required = true},
    {.name = "set"},
};

void check(const ModuleInput& module) {
  const OptionUse& use = *module.find("label");
  if (const auto label = parse_number(use.text); !label || *label > 127)
    module.error(use.value_span, "`--label` expects a number from 0 to 127, got `" + use.text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("label");
  append_option(out, use, '"' + std::to_string(parse_number(use.text).value_or(0)) + '"');
  if (module.has("set")) out += " --set";
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("label");
  out.when(
      ir::ConnLabel{static_cast<std::uint8_t>(parse_number(use.text).value_or(0)), module.has("set"), use.negated});
}

}  // namespace

extern const Extension kMatchConnlabel{
    .name = "connlabel",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
