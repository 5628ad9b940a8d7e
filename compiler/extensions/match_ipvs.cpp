// SPDX-License-Identifier: Apache-2.0
// -m ipvs: the virtual server that the connection belongs to (net/netfilter/xt_ipvs.c). Known, without meaning here.
#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kDirections[] = {{"ORIGINAL", 0}, {"REPLY", 1}};
constexpr NameValue kMethods[] = {{"GATE", 3}, {"IPIP", 2}, {"MASQ", 0}};

// In the order of iptables-save.
constexpr OptionRow kOptions[] = {
    {.name = "ipvs", .negatable = true},
    {.name = "vproto", .type = ValueType::kText, .negatable = true},
    {.name = "vaddr", .type = ValueType::kNetwork, .negatable = true},
    {.name = "vport", .type = ValueType::kPort, .negatable = true},
    {.name = "vdir", .type = ValueType::kName, .names = kDirections},
    {.name = "vmethod", .type = ValueType::kName, .negatable = true, .names = kMethods},
    {.name = "vportctl", .type = ValueType::kPort, .negatable = true},
};

void check(const ModuleInput& module) {
  if (module.options.empty()) module.error(module.span, "`ipvs` needs at least one option");
  if (const OptionUse* use = module.find("vproto"); use != nullptr && !parse_protocol(use->text))
    module.error(use->value_span, "`--vproto` expects a protocol, got `" + use->text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    append_option(out, *use);
    if (row.name == "vproto")
      out += ' ' + std::to_string(parse_protocol(use->text).value_or(0));
    else if (row.type == ValueType::kNetwork)
      out += ' ' + host_text(*use, module.family, false);
    else if (row.type == ValueType::kPort)
      out += ' ' + std::to_string(number_of(*use));
    else if (row.type == ValueType::kName)
      out += ' ' + std::string(name_of(row.names, number_of(*use)));
  }
}

}  // namespace

extern const Extension kMatchIpvs{
    .name = "ipvs",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
};

}  // namespace nfproof::compiler
