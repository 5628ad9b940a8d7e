// SPDX-License-Identifier: Apache-2.0
// -j CONNMARK: changes the mark of the connection, or copies it from or to the packet's (net/netfilter/xt_connmark.c).
// Without an entry it does nothing. The packet goes on.
#include "compiler/extensions/marks.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "set-xmark", .type = ValueType::kMarkMask},
    {.name = "set-mark", .type = ValueType::kMarkMask},
    {.name = "and-mark", .type = ValueType::kNumber},
    {.name = "or-mark", .type = ValueType::kNumber},
    {.name = "xor-mark", .type = ValueType::kNumber},
    {.name = "save-mark"},
    {.name = "restore-mark"},
    {.name = "nfmask", .type = ValueType::kNumber},
    {.name = "ctmask", .type = ValueType::kNumber},
    {.name = "mask", .type = ValueType::kNumber},
    {.name = "left-shift-mark", .type = ValueType::kNumber, .max = 32},
    {.name = "right-shift-mark", .type = ValueType::kNumber, .max = 32},
};

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark", "save-mark", "restore-mark"}))
    return;
  at_most_one(module, {"mask", "nfmask"});
  at_most_one(module, {"mask", "ctmask"});
  at_most_one(module, {"left-shift-mark", "right-shift-mark"});
  const bool copies = module.has("save-mark") || module.has("restore-mark");
  for (const std::string_view option : {"nfmask", "ctmask"})
    if (const OptionUse* use = module.find(option); use != nullptr && !copies)
      module.error(use->span, "`--" + std::string(option) + "` also needs `--save-mark` or `--restore-mark`");
}

std::uint32_t mask_of(const ModuleInput& module, std::string_view option) {
  const OptionUse* use = module.find(option);
  if (use == nullptr) use = module.find("mask");
  return use == nullptr ? 0xffffffff : static_cast<std::uint32_t>(number_of(*use));
}

MarkChange change_of(const ModuleInput& module) {
  MarkChange change = mark_change(module).value_or(MarkChange{});
  if (const OptionUse* use = module.find("mask")) change.mask = static_cast<std::uint32_t>(number_of(*use));
  return change;
}

void print(const ModuleInput& module, std::string& out) {
  if (module.has("save-mark") || module.has("restore-mark")) {
    out += module.has("save-mark") ? " --save-mark" : " --restore-mark";
    out += " --nfmask " + hex(mask_of(module, "nfmask")) + " --ctmask " + hex(mask_of(module, "ctmask"));
  } else {
    const MarkChange change = change_of(module);
    out += " --set-xmark " + hex(change.value) + '/' + hex(change.mask);
  }
  for (const std::string_view option : {"left-shift-mark", "right-shift-mark"})
    if (const OptionUse* use = module.find(option); use != nullptr && number_of(*use) != 0)
      append_option(out, *use, std::to_string(number_of(*use)));
}

/// Bits to the left; less than 0: to the right.
std::int8_t shift_of(const ModuleInput& module) {
  if (const OptionUse* use = module.find("left-shift-mark")) return static_cast<std::int8_t>(number_of(*use));
  const OptionUse* use = module.find("right-shift-mark");
  return use == nullptr ? std::int8_t{0} : static_cast<std::int8_t>(-static_cast<int>(number_of(*use)));
}

void lower(const ModuleInput& module, Lowering& out) {
  if (module.has("save-mark") || module.has("restore-mark")) {
    out.effect(
        ir::CopyMark{module.has("save-mark"), mask_of(module, "ctmask"), mask_of(module, "nfmask"), shift_of(module)});
  } else {
    const MarkChange change = change_of(module);
    out.effect(ir::SetField{ir::FieldId::kCtMark, change.value, change.mask, shift_of(module)});
  }
}

}  // namespace

extern const Extension kTargetConnmark{
    .name = "CONNMARK",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
