// SPDX-License-Identifier: Apache-2.0
// -j SECMARK: sets the security mark of the packet (net/netfilter/xt_SECMARK.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "selctx", .type = ValueType::kText, .required = true, .max = 255},
};
constexpr std::string_view kTables[] = {"mangle", "security"};

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("selctx");
  append_option(out, use, use.text);
}

}  // namespace

extern const Extension kTargetSecmark{
    .name = "SECMARK",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .print = print,
    .aside = true,
    .tables = kTables,
};

}  // namespace nfproof::compiler
