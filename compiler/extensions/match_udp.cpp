// SPDX-License-Identifier: Apache-2.0
// `-m udp`: ports of the UDP header (net/netfilter/xt_tcpudp.c).
#include <array>

#include "compiler/extensions/extension.h"
#include "compiler/extensions/options.h"

namespace nfproof::compiler {
namespace {

constexpr std::array<OptionRow, 4> kOptions = {{
    {.name = "sport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "dport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "source-port", .alias_of = "sport"},
    {.name = "destination-port", .alias_of = "dport"},
}};

bool is_all_ports(const OptionUse& use) { return std::get<NumberRange>(use.value) == NumberRange{0, 65535}; }

void print(const ModuleInput& in, std::string& out) {
  for (const std::string_view name : {"sport", "dport"}) {
    const OptionUse* use = in.find(name);
    if (use != nullptr && (use->negated || !is_all_ports(*use))) print_option(*use, in.family, out);
  }
}

void lower(const ModuleInput& in, Lowering& to) {
  bool tested = false;
  const auto ports = [&](std::string_view option, ir::FieldId field) {
    const OptionUse* use = in.find(option);
    if (use == nullptr || (!use->negated && is_all_ports(*use))) return;
    tested = true;
    const auto& range = std::get<NumberRange>(use->value);
    to.when(ir::FieldTest{field, 0, use->negated, ir::ValueSet::of_range(range.lo, range.hi)});
  };
  ports("sport", ir::FieldId::kUdpSport);
  ports("dport", ir::FieldId::kUdpDport);
  // The match itself needs a header: it never matches later fragments.
  if (!tested) to.when(ir::FieldTest{ir::FieldId::kUdpSport, 0, false, ir::ValueSet::all(16)});
}

}  // namespace

extern const Extension kMatchUdp;
constexpr Extension kMatchUdp = {
    .name = "udp",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .print = print,
    .lower = lower,
    .protocol = ir::kProtoUdp,
};

}  // namespace nfproof::compiler
