// SPDX-License-Identifier: Apache-2.0
// -j TCPMSS: changes the maximum segment size option of a SYN (net/netfilter/xt_TCPMSS.c). The packet goes on. The
// kernel wants a `-m tcp` beside it that tests the SYN flag.
#include <algorithm>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

// 65535 less the address header.
constexpr std::uint64_t kMostIpv4 = 65515;
constexpr std::uint64_t kMostIpv6 = 65495;

constexpr OptionRow kOptions[] = {
    {.name = "set-mss", .type = ValueType::kNumber, .max = kMostIpv4},
    {.name = "clamp-mss-to-pmtu"},
};

/// `--tcp-flags MASK COMP` with SYN in COMP, not negated.
bool wants_syn(const ir::ModuleUse& match) {
  const std::string_view text = match.arguments;
  const std::size_t option = text.find("--tcp-flags ");
  if (match.name != "tcp" || option == std::string_view::npos) return false;
  if (option >= 2 && text[option - 2] == '!') return false;
  const auto words = split(text.substr(option), ' ');
  if (words.size() < 3) return false;
  const auto flags = split(words[2], ',');
  return std::any_of(flags.begin(), flags.end(), [](std::string_view flag) { return flag == "SYN" || flag == "ALL"; });
}

void check(const ModuleInput& module) {
  if (!at_least_one(module, {"set-mss", "clamp-mss-to-pmtu"})) return;
  refuse_chains(module, "clamp-mss-to-pmtu", {"PREROUTING", "INPUT"});
  if (const OptionUse* use = module.find("set-mss");
      use != nullptr && module.family == ir::Family::kIpv6 && number_of(*use) > kMostIpv6)
    module.error(use->value_span,
                 "`--set-mss` expects at most " + std::to_string(kMostIpv6) + " with IPv6, got `" + use->text + '`');
  if (module.rule == nullptr) return;
  const auto& matches = module.rule->matches;
  if (std::none_of(matches.begin(), matches.end(), wants_syn))
    module.error(module.span, "`TCPMSS` needs a match for the SYN flag, such as `--tcp-flags SYN,RST SYN`");
}

/// Of both options the last one holds.
void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = module.options.back();
  append_option(out, use);
  if (use.row->type == ValueType::kNumber) out += ' ' + std::to_string(number_of(use));
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = module.options.back();
  ir::SetTcpMss effect;
  if (use.row->type == ValueType::kNumber) effect.mss = static_cast<std::uint16_t>(number_of(use));
  out.effect(effect);
}

}  // namespace

extern const Extension kTargetTcpmss{
    .name = "TCPMSS",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
