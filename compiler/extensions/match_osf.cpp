// SPDX-License-Identifier: Apache-2.0
// -m osf: a guess at the operating system of the sender (net/netfilter/xt_osf.c). Known, without meaning here.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "genre", .type = ValueType::kText, .negatable = true, .required = true, .max = 31},
    {.name = "ttl", .type = ValueType::kNumber, .max = 2},
    {.name = "log", .type = ValueType::kNumber, .max = 2},
};
constexpr std::string_view kChains[] = {"PREROUTING", "INPUT", "FORWARD"};

void print(const ModuleInput& module, std::string& out) {
  append_option(out, *module.find("genre"), module.find("genre")->text);
  for (const std::string_view option : {"ttl", "log"})
    if (const OptionUse* use = module.find(option)) append_option(out, *use, std::to_string(number_of(*use)));
}

}  // namespace

extern const Extension kMatchOsf{
    .name = "osf",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .print = print,
    .stateful = true,
    .chains = kChains,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
