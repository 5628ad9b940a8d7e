// SPDX-License-Identifier: Apache-2.0
// -m srh: the segment routing header of IPv6 (net/ipv6/netfilter/ip6t_srh.c).
#include <utility>

#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "srh-next-hdr", .type = ValueType::kNumber, .negatable = true, .max = 255},
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

constexpr std::string_view kShared[] = {"srh-hdr-len-", "srh-segs-left-", "srh-last-entry-"};

/// `-eq`, `-gt` and `-lt` of a thing share one number in the kernel's data: the last one given holds for all.
const OptionUse& holder(const ModuleInput& module, const OptionUse& use) {
  const OptionUse* last = &use;
  for (const std::string_view group : kShared)
    for (const OptionUse& other : module.options)
      if (use.row->name.starts_with(group) && other.row->name.starts_with(group)) last = &other;
  return *last;
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    if (row.type == ValueType::kNetwork)
      append_option(out, *use, host_text(*use, module.family, true));
    else
      append_option(out, *use, std::to_string(number_of(holder(module, *use))));
  }
}

using Srh = ir::SegmentRouting;

Srh::Test srh_test(const OptionUse& use, const ModuleInput& module) {
  constexpr std::pair<std::string_view, Srh::What> kWhat[] = {{"srh-next-hdr", Srh::What::kNextHeader},
                                                              {"srh-hdr-len", Srh::What::kLength},
                                                              {"srh-segs-left", Srh::What::kSegmentsLeft},
                                                              {"srh-last-entry", Srh::What::kLastEntry},
                                                              {"srh-tag", Srh::What::kTag},
                                                              {"srh-psid", Srh::What::kPreviousSegment},
                                                              {"srh-nsid", Srh::What::kNextSegment},
                                                              {"srh-lsid", Srh::What::kLastSegment}};
  Srh::Test test;
  test.negated = use.negated;
  for (const auto& [option, what] : kWhat)
    if (use.row->name.starts_with(option)) test.what = what;
  if (use.row->name.ends_with("-gt")) test.compare = Srh::Compare::kGreater;
  if (use.row->name.ends_with("-lt")) test.compare = Srh::Compare::kLess;
  if (const auto* network = std::get_if<Network>(&use.value)) {
    test.address = address_bytes(network->value, module.family);
    test.mask = address_bytes(network->mask, module.family);
  } else {
    test.number = static_cast<std::uint16_t>(number_of(holder(module, use)));
  }
  return test;
}

void lower(const ModuleInput& module, Lowering& out) {
  Srh all;
  for (const OptionRow& row : kOptions)
    if (const OptionUse* use = module.find(row.name)) all.tests.push_back(srh_test(*use, module));
  out.when(std::move(all));
}

}  // namespace

extern const Extension kMatchSrh{
    .name = "srh",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
