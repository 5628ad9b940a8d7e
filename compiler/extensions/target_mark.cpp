// SPDX-License-Identifier: Apache-2.0
// -j MARK: changes the mark of the packet (net/netfilter/xt_mark.c). The packet goes on.
#include "compiler/extensions/marks.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "set-xmark", .type = ValueType::kMarkMask}, {.name = "set-mark", .type = ValueType::kMarkMask},
    {.name = "and-mark", .type = ValueType::kNumber},    {.name = "or-mark", .type = ValueType::kNumber},
    {.name = "xor-mark", .type = ValueType::kNumber},
};

void check(const ModuleInput& module) {
  exactly_one(module, {"set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark"});
}

void print(const ModuleInput& module, std::string& out) {
  const MarkChange change = mark_change(module).value_or(MarkChange{});
  out += " --set-xmark " + hex(change.value) + '/' + hex(change.mask);
}

void lower(const ModuleInput& module, Lowering& out) {
  const MarkChange change = mark_change(module).value_or(MarkChange{});
  out.effect(ir::SetField{ir::FieldId::kMark, change.value, change.mask});
}

}  // namespace

extern const Extension kTargetMark{
    .name = "MARK",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
