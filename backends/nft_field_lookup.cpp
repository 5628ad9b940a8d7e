// SPDX-License-Identifier: Apache-2.0
// Fields that no packet holds and nft does not spell as `name value`: lengths of headers, routes, IPsec.
#include <functional>
#include <utility>

#include "backends/nft_formula.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::u128;

/// The field of `bits` bits in the header whose value stands for `of(raw)` bytes.
NftFormula scaled(const ir::FieldTest& test, const NftContext& context, std::string_view name, unsigned unit,
                  unsigned first) {
  ir::ValueSet::Intervals raw;
  for (unsigned value = 0; value < 256; ++value) {
    if (!test.values.contains(u128{(value + first) * unit})) continue;
    if (!raw.empty() && raw.back().hi + 1 == value) {
      raw.back().hi = value;
    } else {
      raw.push_back({value, value});
    }
  }
  const bool all = !raw.empty() && raw.front() == ir::Interval{0, 255};
  if (raw.empty() || all)
    return all != test.negated ? nft_all(nft_presence(ir::field_info(test.field).presence, context)) : nft_any({});
  return nft_all({nft_interval_test(name, raw, test.negated, ir::format_number, true)});
}

/// A value of 1 or 0, as one of two words.
NftFormula either(const ir::FieldTest& test, const std::string& name) {
  const bool one = test.values.contains(u128{1}) != test.negated;
  const bool zero = test.values.contains(u128{0}) != test.negated;
  if (one && zero) return nft_all({});
  if (!one && !zero) return nft_any({});
  return nft_all({{name + (one ? " exists" : " missing")}});
}

/// For IPv4 nft finds a way back to the broadcast addresses of links, too, which rpfilter does not take. 0.0.0.0 and
/// 255.255.255.255 have the type, but both look them up alike.
NftFormula reverse_path(const ir::FieldTest& test, const NftContext& context) {
  const auto has = [&](ir::ReversePath flag) { return (test.argument & static_cast<unsigned>(flag)) != 0; };
  if (has(ir::ReversePath::kAcceptLocal)) return nft_problem("`--accept-local` of `rpfilter` has no translation");
  std::string name = "fib saddr";
  if (has(ir::ReversePath::kValidMark)) name += " . mark";
  if (!has(ir::ReversePath::kLoose)) name += " . iif";
  NftFormula way = either(test, name + " oif");
  if (context.family == ir::Family::kIpv6 || way.parts.empty() || way.parts[0].empty()) return way;
  const NftTest found = way.parts[0][0];
  const std::string everywhere = "{ 0.0.0.0, 255.255.255.255 }";
  if (!found.text.ends_with("exists"))
    return nft_any({way.parts[0], {{"fib saddr type broadcast"}, {"ip saddr != " + everywhere}}});
  return nft_any({{found, {"fib saddr type != broadcast"}}, {found, {"ip saddr " + everywhere}}});
}

NftFormula fragment_reserved(const ir::FieldTest& test) {
  const bool zero = test.values.contains(u128{0}) != test.negated;
  const bool other = test.values.contains(u128{1}) != test.negated;
  if (zero == other) return nft_problem("this test of the reserved bits of a fragment");
  if (zero) return nft_all({{"frag reserved 0"}, {"frag reserved2 0"}});
  return nft_any({{{"frag reserved != 0"}}, {{"frag reserved2 != 0"}}});
}

}  // namespace

std::optional<NftFormula> nft_lookup_field(const ir::FieldTest& test, const NftContext& context) {
  switch (test.field) {
    case FieldId::kHbhLength: return scaled(test, context, "hbh hdrlength", 8, 1);
    case FieldId::kDstLength: return scaled(test, context, "dst hdrlength", 8, 1);
    case FieldId::kRtLength: return scaled(test, context, "rt hdrlength", 8, 1);
    case FieldId::kAhLength: return scaled(test, context, "ah hdrlength", 4, 2);
    case FieldId::kAhReserved:
      if (test.values.intervals() == nullptr) break;
      return nft_all({nft_interval_test("ah reserved", *test.values.intervals(), test.negated, nft_hex, true)});
    case FieldId::kFragReserved: return fragment_reserved(test);
    case FieldId::kIpsecIn: return either(test, "meta ipsec");
    case FieldId::kIpsecOut: return either(test, "rt ipsec");
    case FieldId::kReversePath: return reverse_path(test, context);
    case FieldId::kDccpOption: return nft_problem("nft 1.0.6 has no options of DCCP");
    case FieldId::kIp6Headers:
      return nft_problem("nftables cannot ask which extension headers are there, only for one of them");
    case FieldId::kIp6Eui64: return nft_problem("nftables cannot compare an address with that of the link");
    case FieldId::kRtReserved: return nft_problem("nftables has no name for the reserved field of a routing header");
    default: break;
  }
  return std::nullopt;
}

}  // namespace nfproof::backends
