// SPDX-License-Identifier: Apache-2.0
// -m devgroup: the device groups of the interfaces (net/netfilter/xt_devgroup.c).
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "src-group", .type = ValueType::kText, .negatable = true},
    {.name = "dst-group", .type = ValueType::kText, .negatable = true},
};

/// A number with or without a mask, or the one name that every host has.
std::optional<MarkMask> parse_group(std::string_view text) {
  if (text == "default") return MarkMask{};
  const std::size_t slash = text.find('/');
  const auto value = parse_number(text.substr(0, slash));
  const auto mask = slash == std::string_view::npos ? std::uint64_t{0xffffffff} : parse_number(text.substr(slash + 1));
  if (!value || !mask || *value > 0xffffffff || *mask > 0xffffffff) return std::nullopt;
  return MarkMask{static_cast<std::uint32_t>(*value), static_cast<std::uint32_t>(*mask), true};
}

void check(const ModuleInput& module) {
  for (const std::string_view option : {"src-group", "dst-group"})
    if (const OptionUse* use = module.find(option); use != nullptr && !parse_group(use->text))
      module.error(use->value_span, "`--" + std::string(option) +
                                        "` expects `default` or a number, optionally with `/mask`, got `" + use->text +
                                        '`');
  at_least_one(module, {"src-group", "dst-group"});
  refuse_chains(module, "src-group", {"OUTPUT", "POSTROUTING"});
  refuse_chains(module, "dst-group", {"PREROUTING", "INPUT"});
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    const MarkMask group = parse_group(use->text).value_or(MarkMask{});
    append_option(out, *use);
    if (group.value == 0 && group.mask == 0xffffffff)
      out += " default";
    else
      append_mark(out, group.value, group.mask);
  }
}

void lower(const ModuleInput& module, Lowering& out) {
  const auto test = [&](std::string_view option, ir::FieldId field) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return;
    const MarkMask group = parse_group(use->text).value_or(MarkMask{});
    out.when_not(
        use->negated,
        field_test(field, group.mask == 0xffffffff ? ir::ValueSet::of_value(group.value)
                                                   : ir::ValueSet::of_masks({{group.value & group.mask, group.mask}})));
  };
  test("src-group", ir::FieldId::kIifGroup);
  test("dst-group", ir::FieldId::kOifGroup);
}

}  // namespace

extern const Extension kMatchDevgroup{
    .name = "devgroup",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
