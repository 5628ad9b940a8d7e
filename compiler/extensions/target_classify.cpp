// SPDX-License-Identifier: Apache-2.0
// -j CLASSIFY: sets the class that queueing disciplines see (net/netfilter/xt_CLASSIFY.c).
#include <charconv>
#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

/// `MAJOR:MINOR` in hexadecimal.
std::optional<std::string> parse_class(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string out;
  for (std::string_view part : {text.substr(0, colon), text.substr(colon + 1)}) {
    if (part.starts_with("0x") || part.starts_with("0X")) part.remove_prefix(2);
    unsigned number = 0;
    const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), number, 16);
    if (failed != std::errc{} || end != part.data() + part.size() || number > 0xffff) return std::nullopt;
    out += (out.empty() ? "" : ":") + hex(number, 4).substr(2);
  }
  return out;
}

/// Of `MMMM:NNNN`.
std::uint32_t class_number(std::string_view text) {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::from_chars(text.data(), text.data() + 4, major, 16);
  std::from_chars(text.data() + 5, text.data() + 9, minor, 16);
  return major << 16 | minor;
}

constexpr OptionRow kOptions[] = {
    {.name = "set-class", .type = ValueType::kText, .required = true},
};
constexpr std::string_view kChains[] = {"FORWARD", "OUTPUT", "POSTROUTING"};

void check(const ModuleInput& module) {
  const OptionUse& use = *module.find("set-class");
  if (!parse_class(use.text))
    module.error(use.value_span, "`--set-class` expects `MAJOR:MINOR` in hexadecimal, got `" + use.text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  out += " --set-class " + parse_class(module.find("set-class")->text).value_or("0000:0000");
}

void lower(const ModuleInput& module, Lowering& out) {
  const std::uint32_t both = class_number(parse_class(module.find("set-class")->text).value_or("0000:0000"));
  out.effect(ir::SetField{ir::FieldId::kPriority, both});
}

}  // namespace

extern const Extension kTargetClassify{
    .name = "CLASSIFY",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .chains = kChains,
};

}  // namespace nfproof::compiler
