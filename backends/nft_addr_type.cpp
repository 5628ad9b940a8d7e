// SPDX-License-Identifier: Apache-2.0
// Types of addresses as lookups of routes.
#include <array>
#include <optional>

#include "backends/nft_formula.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::u128;

std::string_view comparison(bool negated) { return negated ? " != " : " "; }

std::string addr_type_name(u128 type) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit"};
  const auto index = static_cast<std::size_t>(type);
  return index < kNames.size() ? std::string(kNames[index]) : ir::format_number(type);
}

std::string fib_type(const ir::FieldTest& test) {
  std::string name = test.field == FieldId::kSaddrType ? "fib saddr" : "fib daddr";
  switch (static_cast<ir::AddrTypeScope>(test.argument)) {
    case ir::AddrTypeScope::kAnyInterface: break;
    case ir::AddrTypeScope::kInputInterface: name += " . iif"; break;
    case ir::AddrTypeScope::kOutputInterface: name += " . oif"; break;
  }
  return name + " type";
}

/// An IPv4 address has exactly one type, so the set is the list of types it holds.
NftFormula addr_type4(const ir::FieldTest& test) {
  ir::ValueSet::Intervals in;
  ir::ValueSet::Intervals out;
  for (u128 type = 0; type < 12; ++type) {
    const bool wanted = test.values.contains(u128{1} << static_cast<unsigned>(type)) != test.negated;
    (wanted ? in : out).push_back({type, type});
  }
  if (in.empty()) return nft_any({});
  if (out.empty()) return nft_all({});
  const bool negated = in.size() > out.size();
  return nft_all({nft_interval_test(fib_type(test), negated ? out : in, negated, addr_type_name, false)});
}

/// One bit of an IPv6 address's types. What nft calls the type is only the most special one, so the bits that follow
/// from the address alone are read from it (ipv6_addr_type of net/ipv6/addrconf_core.c).
std::optional<NftTest> addr_type6_bit(const ir::FieldTest& test, unsigned bit, bool set) {
  const std::string address = test.field == FieldId::kSaddrType ? "ip6 saddr" : "ip6 daddr";
  const std::string is{comparison(!set)};
  switch (static_cast<ir::AddrType>(bit)) {
    case ir::AddrType::kUnspec: return NftTest{address + is + "::"};
    case ir::AddrType::kMulticast: return NftTest{address + is + "ff00::/8"};
    case ir::AddrType::kUnicast:
      return NftTest{address + is +
                     "{ ::1-::ffff:ffff, 2000::-dfff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, fc00::/7, fe80::/9 }"};
    case ir::AddrType::kLocal: return NftTest{fib_type(test) + is + "local"};
    case ir::AddrType::kAnycast: return NftTest{fib_type(test) + is + "anycast"};
    case ir::AddrType::kUnreachable: return NftTest{fib_type(test) + is + "{ blackhole, unreachable, prohibit, 9 }"};
    case ir::AddrType::kBroadcast:
    case ir::AddrType::kBlackhole:
    case ir::AddrType::kProhibit:
    case ir::AddrType::kThrow:
    case ir::AddrType::kNat:
    case ir::AddrType::kXresolve: break;
  }
  return std::nullopt;
}

NftFormula addr_type6(const ir::FieldTest& test) {
  const auto* masks = test.values.masks();
  if (masks == nullptr) return nft_problem("this combination of IPv6 address types");
  // A single bit is its own opposite's opposite; anything else is negated as a whole.
  const bool one_bit = masks->size() == 1 && (masks->front().mask & (masks->front().mask - 1)) == 0;
  std::vector<NftTests> parts;
  for (const ir::Masked& mask : *masks) {
    NftTests part;
    for (unsigned bit = 0; bit < 12; ++bit) {
      if (((mask.mask >> bit) & 1) == 0) continue;
      const bool set = ((mask.value >> bit) & 1) != 0;
      const auto one = addr_type6_bit(test, bit, set != (one_bit && test.negated));
      if (!one) return nft_problem("this IPv6 address type");
      part.push_back(*one);
    }
    parts.push_back(std::move(part));
  }
  if (test.negated && !one_bit) return {NftFormula::Kind::kNone, std::move(parts), {}};
  return nft_any(std::move(parts));
}

}  // namespace

NftFormula nft_addr_type(const ir::FieldTest& test, const NftContext& context) {
  if (context.family == ir::Family::kInet) return nft_problem("address types in a table of both families");
  return context.family == ir::Family::kIpv6 ? addr_type6(test) : addr_type4(test);
}

}  // namespace nfproof::backends
