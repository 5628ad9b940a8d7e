// SPDX-License-Identifier: Apache-2.0
// -m state: the state of the packet's connection (net/netfilter/xt_state.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/ct_states.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "state", .type = ValueType::kText, .negatable = true, .required = true},
};

void check(const ModuleInput& module) { check_states(module, *module.find("state"), false); }

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("state");
  append_option(out, use, states_text(parse_states(use.text, false).value_or(0)));
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("state");
  lower_states(parse_states(use.text, false).value_or(0), use.negated, out);
}

}  // namespace

extern const Extension kMatchState{
    .name = "state",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
