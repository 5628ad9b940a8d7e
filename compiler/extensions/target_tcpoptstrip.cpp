// SPDX-License-Identifier: Apache-2.0
// -j TCPOPTSTRIP: replaces TCP options by no-ops (net/netfilter/xt_TCPOPTSTRIP.c).
#include <optional>
#include <set>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kOptionNames[] = {{"wscale", 3}, {"mss", 2},       {"sack-permitted", 4},
                                      {"sack", 5},   {"timestamp", 8}, {"md5", 19}};

std::optional<std::uint64_t> parse_option(std::string_view text) {
  for (const NameValue& known : kOptionNames)
    if (known.name == text) return known.value;
  const auto number = parse_number(text);
  return number && *number >= 2 && *number <= 255 ? number : std::nullopt;
}

constexpr OptionRow kOptions[] = {
    {.name = "strip-options", .type = ValueType::kText},
};
constexpr std::string_view kTables[] = {"mangle"};

void check(const ModuleInput& module) {
  const OptionUse* use = module.find("strip-options");
  if (use == nullptr) return;
  for (const std::string_view part : split(use->text, ','))
    if (!parse_option(part))
      module.error(use->value_span, "`--strip-options` expects a comma list of option numbers from 2 to 255 or of " +
                                        names_text(kOptionNames) + ", got `" + std::string(part) + '`');
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse* use = module.find("strip-options");
  if (use == nullptr) return;
  std::set<std::uint64_t> options;
  for (const std::string_view part : split(use->text, ',')) options.insert(parse_option(part).value_or(0));
  std::string list;
  for (const std::uint64_t option : options) list += (list.empty() ? "" : ",") + std::to_string(option);
  append_option(out, *use, list);
}

void lower(const ModuleInput& module, Lowering& out) {
  ir::StripTcpOptions effect;
  if (const OptionUse* use = module.find("strip-options")) {
    for (const std::string_view part : split(use->text, ',')) {
      const std::uint64_t option = parse_option(part).value_or(0);
      effect.options[option / 32] |= 1U << (option % 32);
    }
  }
  out.effect(effect);
}

}  // namespace

extern const Extension kTargetTcpoptstrip{
    .name = "TCPOPTSTRIP",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .tables = kTables,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
