// SPDX-License-Identifier: Apache-2.0
// -m srh: the segment routing header of IPv6 (net/ipv6/netfilter/ip6t_srh.c). Known, without meaning here.
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "srh-next-hdr", .type = ValueType::kText, .negatable = true},
    {.name = "srh-hdr-len-eq", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-hdr-len-gt", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-hdr-len-lt", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-segs-left-eq", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-segs-left-gt", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-segs-left-lt", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-last-entry-eq", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-last-entry-gt", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-last-entry-lt", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "srh-tag", .type = ValueType::kNumber, .negatable = true, .max = 65535},
    {.name = "srh-psid", .type = ValueType::kNetwork, .negatable = true},
    {.name = "srh-nsid", .type = ValueType::kNetwork, .negatable = true},
    {.name = "srh-lsid", .type = ValueType::kNetwork, .negatable = true},
};

void check(const ModuleInput& module) {
  at_most_one(module, {"srh-hdr-len-eq", "srh-hdr-len-gt", "srh-hdr-len-lt"});
  at_most_one(module, {"srh-segs-left-eq", "srh-segs-left-gt", "srh-segs-left-lt"});
  at_most_one(module, {"srh-last-entry-eq", "srh-last-entry-gt", "srh-last-entry-lt"});
  if (const OptionUse* use = module.find("srh-next-hdr"); use != nullptr && !parse_protocol(use->text))
    module.error(use->value_span, "`--srh-next-hdr` expects a protocol, got `" + use->text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    if (row.type == ValueType::kText)
      append_option(out, *use, std::to_string(parse_protocol(use->text).value_or(0)));
    else if (row.type == ValueType::kNetwork)
      append_option(out, *use, host_text(*use, module.family, true));
    else
      print_option(*use, module.family, out);
  }
}

}  // namespace

extern const Extension kMatchSrh{
    .name = "srh",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
};

}  // namespace nfproof::compiler
