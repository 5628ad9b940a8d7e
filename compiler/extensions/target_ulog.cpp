// SPDX-License-Identifier: Apache-2.0
// -j ULOG: hands a copy of the packet to a listener in user space, in kernels before 3.17
// (net/ipv4/netfilter/ipt_ULOG.c); NFLOG took its place. The packet goes on. A prefix that is too long is cut.
#include "compiler/extensions/common.h"
#include "compiler/extensions/log_prefix.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxPrefix = 31;

constexpr OptionRow kOptions[] = {
    {.name = "ulog-prefix", .type = ValueType::kText},
    {.name = "ulog-nlgroup", .type = ValueType::kNumber, .min = 1, .max = 32},
    {.name = "ulog-cprange", .type = ValueType::kNumber},
    {.name = "ulog-qthreshold", .type = ValueType::kNumber, .min = 1, .max = 50},
};

void check(const ModuleInput& module) { check_log_prefix(module, "ulog-prefix"); }

void print(const ModuleInput& module, std::string& out) {
  print_log_prefix("ulog-prefix", log_prefix(module, "ulog-prefix", kMaxPrefix), out);
  const auto number = [&](std::string_view option, std::uint64_t left_out) {
    const OptionUse* use = module.find(option);
    if (use != nullptr && number_of(*use) != left_out) append_option(out, *use, std::to_string(number_of(*use)));
  };
  number("ulog-nlgroup", 1);
  number("ulog-cprange", 0);
  number("ulog-qthreshold", 1);
}

}  // namespace

extern const Extension kTargetUlog{
    .name = "ULOG",
    .kind = ExtensionKind::kTarget,
    .families = Families::kIpv4,
    .options = kOptions,
    .check = check,
    .print = print,
    .aside = true,
};

}  // namespace nfproof::compiler
