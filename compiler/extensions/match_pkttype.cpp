// SPDX-License-Identifier: Apache-2.0
// -m pkttype: for whom the link delivered the packet (net/netfilter/xt_pkttype.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

/// The first name of a value is the one that is printed (include/uapi/linux/if_packet.h).
constexpr NameValue kTypes[] = {{"unicast", 0}, {"broadcast", 1}, {"multicast", 2}, {"otherhost", 3},
                                {"host", 0},    {"bcast", 1},     {"mcast", 2}};

constexpr OptionRow kOptions[] = {
    {.name = "pkt-type", .type = ValueType::kName, .negatable = true, .required = true, .names = kTypes},
};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("pkt-type");
  out.when(field_test(ir::FieldId::kPktType, ir::ValueSet::of_value(number_of(use)), use.negated));
}

}  // namespace

extern const Extension kMatchPkttype{
    .name = "pkttype",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
