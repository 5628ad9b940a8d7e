// SPDX-License-Identifier: Apache-2.0
// -j REJECT: drops the packet and answers with an ICMP error or a TCP reset (net/ipv4/netfilter/ipt_REJECT.c,
// net/ipv6/netfilter/ip6t_REJECT.c). Which answer is a word that may be cut short; the first that fits is taken.
#include <optional>
#include <span>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "reject-with", .type = ValueType::kText},
};
constexpr std::string_view kTables[] = {"filter"};
constexpr std::string_view kChains[] = {"INPUT", "FORWARD", "OUTPUT"};

struct Answer {
  ir::RejectWith reject;
  std::string_view alias;
};
constexpr Answer kAnswers4[] = {
    {ir::RejectWith::kIcmpNetUnreachable, "net-unreach"},
    {ir::RejectWith::kIcmpHostUnreachable, "host-unreach"},
    {ir::RejectWith::kIcmpProtoUnreachable, "proto-unreach"},
    {ir::RejectWith::kIcmpPortUnreachable, "port-unreach"},
    {ir::RejectWith::kIcmpNetProhibited, "net-prohib"},
    {ir::RejectWith::kIcmpHostProhibited, "host-prohib"},
    {ir::RejectWith::kTcpReset, "tcp-rst"},
    {ir::RejectWith::kIcmpAdminProhibited, "admin-prohib"},
};
constexpr Answer kAnswers6[] = {
    {ir::RejectWith::kIcmp6NoRoute, "no-route"},
    {ir::RejectWith::kIcmp6AdmProhibited, "adm-prohibited"},
    {ir::RejectWith::kIcmp6AddrUnreachable, "addr-unreach"},
    {ir::RejectWith::kIcmp6PortUnreachable, "port-unreach"},
    {ir::RejectWith::kTcpReset, "tcp-reset"},
    {ir::RejectWith::kIcmp6PolicyFail, "policy-fail"},
    {ir::RejectWith::kIcmp6RejectRoute, "reject-route"},
};

std::span<const Answer> answers(ir::Family family) {
  if (family == ir::Family::kIpv6) return kAnswers6;
  return kAnswers4;
}

std::optional<ir::RejectWith> answer_of(const ModuleInput& module) {
  const OptionUse* use = module.find("reject-with");
  if (use == nullptr)
    return module.family == ir::Family::kIpv6 ? ir::RejectWith::kIcmp6PortUnreachable
                                              : ir::RejectWith::kIcmpPortUnreachable;
  if (use->text.empty()) return std::nullopt;
  for (const Answer& answer : answers(module.family))
    if (starts_with_ignoring_case(ir::reject_name(answer.reject), use->text) ||
        starts_with_ignoring_case(answer.alias, use->text))
      return answer.reject;
  return std::nullopt;
}

void check(const ModuleInput& module) {
  const OptionUse* use = module.find("reject-with");
  if (use == nullptr) return;
  const auto answer = answer_of(module);
  if (!answer) {
    std::string known;
    for (const Answer& row : answers(module.family))
      known += (known.empty() ? "`" : ", `") + std::string(ir::reject_name(row.reject)) + '`';
    module.error(use->value_span, "`--reject-with` expects one of " + known + ", got `" + use->text + '`');
    return;
  }
  const bool is_tcp = module.protocol && *module.protocol == ir::kProtoTcp && !module.protocol_negated;
  if (*answer == ir::RejectWith::kTcpReset && !is_tcp)
    module.error(use->value_span, "`--reject-with tcp-reset` needs `-p tcp`");
}

void print(const ModuleInput& module, std::string& out) {
  out += " --reject-with ";
  out += ir::reject_name(answer_of(module).value_or(ir::RejectWith::kIcmpPortUnreachable));
}

void lower(const ModuleInput& module, Lowering& out) {
  out.verdict(
      {.kind = ir::VerdictKind::kReject, .reject = answer_of(module).value_or(ir::RejectWith::kIcmpPortUnreachable)});
}

}  // namespace

extern const Extension kTargetReject{
    .name = "REJECT",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .opaque_verdict = ir::VerdictKind::kReject,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
