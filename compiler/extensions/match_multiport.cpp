// SPDX-License-Identifier: Apache-2.0
// -m multiport: a list of ports and port ranges (net/netfilter/xt_multiport.c). Fragments after the first never match;
// a packet whose first four transport bytes are missing is dropped.
#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxPorts = 15;

constexpr OptionRow kOptions[] = {
    {.name = "sports", .type = ValueType::kPortList, .negatable = true},
    {.name = "dports", .type = ValueType::kPortList, .negatable = true},
    {.name = "ports", .type = ValueType::kPortList, .negatable = true},
    {.name = "source-ports", .type = ValueType::kPortList, .negatable = true, .alias_of = "sports"},
    {.name = "destination-ports", .type = ValueType::kPortList, .negatable = true, .alias_of = "dports"},
};

const OptionUse* the_option(const ModuleInput& module) {
  return module.options.empty() ? nullptr : &module.options.front();
}

const std::vector<NumberRange>& ports_of(const OptionUse& use) { return std::get<std::vector<NumberRange>>(use.value); }

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"sports", "dports", "ports"})) return;
  if (!needs_protocol(module, {ir::kProtoTcp, ir::kProtoUdp, ir::kProtoUdplite, ir::kProtoSctp, ir::kProtoDccp},
                      "`-p` with tcp, udp, udplite, sctp or dccp"))
    return;
  const OptionUse& use = *the_option(module);
  std::size_t places = 0;
  for (const std::string_view part : split(use.text, ',')) {
    const std::size_t colon = part.find(':');
    places += colon == std::string_view::npos ? 1 : 2;
    if (colon == std::string_view::npos) continue;
    const auto low = parse_port(part.substr(0, colon));
    const auto high = parse_port(part.substr(colon + 1));
    if (part.front() == ':' || part.back() == ':' || (low && high && *low >= *high)) {
      module.error(use.value_span, "`--" + std::string(use.row->name) +
                                       "` expects ranges `P:Q` where P is the smaller number, got `" +
                                       std::string(part) + '`');
      return;
    }
  }
  if (places > kMaxPorts) module.error(use.value_span, "`multiport` holds at most 15 ports, a range counts as two");
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *the_option(module);
  ir::ValueSet::Intervals intervals;
  for (const NumberRange& range : ports_of(use)) intervals.push_back({range.lo, range.hi});
  const ir::ValueSet ports = ir::ValueSet::of_intervals(std::move(intervals));
  if (use.row->name == "sports") {
    out.when(field_test(ir::FieldId::kThSport, ports, use.negated));
  } else if (use.row->name == "dports") {
    out.when(field_test(ir::FieldId::kThDport, ports, use.negated));
  } else {
    // A fragment has no ports: neither side is in the list then, which must not make a negated list true.
    if (use.negated) out.when(field_test(ir::FieldId::kThSport, ir::ValueSet::all(16)));
    out.when(ir::AnyOf{
        {out.intern(field_test(ir::FieldId::kThSport, ports)), out.intern(field_test(ir::FieldId::kThDport, ports))},
        use.negated});
  }
}

}  // namespace

extern const Extension kMatchMultiport{
    .name = "multiport",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .lower = lower,
};

}  // namespace nfproof::compiler
