// SPDX-License-Identifier: Apache-2.0
// Types of addresses as options of `addrtype`.
#include "backends/iptables_core.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::u128;

/// The types of an option for IPv6, of which an address has to have those that follow from the address alone, and one
/// of the others (match_type6 of net/netfilter/xt_addrtype.c). Nothing where no list says it.
std::optional<u128> types6(const ir::ValueSet& values) {
  constexpr u128 kAlone = 1U << static_cast<unsigned>(ir::AddrType::kUnspec) |
                          1U << static_cast<unsigned>(ir::AddrType::kUnicast) |
                          1U << static_cast<unsigned>(ir::AddrType::kMulticast);
  const auto* masks = values.masks();
  if (masks == nullptr || masks->empty()) return std::nullopt;
  u128 bits = 0;
  for (const ir::Masked& mask : *masks) {
    const u128 looked_up = mask.mask & ~kAlone;
    const bool alike = mask.value == mask.mask && ((mask.mask ^ masks->front().mask) & kAlone) == 0;
    if (!alike || (looked_up & (looked_up - 1)) != 0 || (looked_up == 0 && masks->size() > 1)) return std::nullopt;
    bits |= mask.mask;
  }
  return bits;
}

}  // namespace

IptablesMatches iptables_address_type(const ir::FieldTest& test, ir::Family family) {
  static constexpr const char* kNames[] = {"UNSPEC",    "UNICAST",   "LOCAL",       "BROADCAST", "ANYCAST",
                                           "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT"};
  static constexpr const char* kScopes[] = {"", " --limit-iface-in", " --limit-iface-out"};
  const bool v6 = family == ir::Family::kIpv6;
  const std::optional<u128> listed = v6 ? types6(test.values) : std::nullopt;
  if (v6 && !listed) return no_way("this combination of types of IPv6 addresses");
  // Any of these types of IPv4 is said so, not as none of the others: iptables has no names for all of them.
  const bool any = !v6 && test.negated && test.values.contains(u128{7} << std::size(kNames));
  const bool negated = test.negated && !any;
  std::string list;
  for (unsigned type = 0; type < std::size(kNames); ++type) {
    const bool said = listed ? (*listed >> type & 1) != 0 : test.values.contains(u128{1} << type) != any;
    if (said) list += (list.empty() ? "" : ",") + std::string(kNames[type]);
  }
  if (list.empty()) return negated ? one_way("") : no_way("this address type");
  const std::string out = std::string(" -m addrtype ") + (negated ? "! " : "") +
                          (test.field == FieldId::kSaddrType ? "--src-type " : "--dst-type ") + list;
  return one_way(out + kScopes[test.argument]);
}

}  // namespace nfproof::backends
