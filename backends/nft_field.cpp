// SPDX-License-Identifier: Apache-2.0
// Field tests that nft spells as `name value`.
#include <algorithm>
#include <array>

#include "backends/nft_formula.h"
#include "backends/nft_names.h"
#include "compiler/ir/facts.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::FieldKind;
using ir::Presence;
using ir::u128;

std::string address4(u128 value) { return ir::format_address(value, ir::Family::kIpv4); }
std::string address6(u128 value) { return ir::format_address(value, ir::Family::kIpv6); }
std::string protocol(u128 value) { return nft_protocol_name(static_cast<std::uint8_t>(value)); }

std::string pkttype(u128 value) {
  if (value == ir::kPacketHost) return "host";
  if (value == ir::kPacketBroadcast) return "broadcast";
  if (value == ir::kPacketMulticast) return "multicast";
  return ir::format_number(value);
}

std::string direction(u128 value) { return value == 0 ? "original" : "reply"; }

std::string (*formatter(FieldKind kind))(u128) {
  switch (kind) {
    case FieldKind::kAddress4: return address4;
    case FieldKind::kAddress6: return address6;
    case FieldKind::kMac: return ir::format_mac;
    case FieldKind::kProtocol: return protocol;
    case FieldKind::kPktType: return pkttype;
    case FieldKind::kDirection: return direction;
    case FieldKind::kHex:
    case FieldKind::kMarkBits:
    case FieldKind::kTcpFlags:
    case FieldKind::kCtStatus: return nft_hex;
    case FieldKind::kInterface:
    case FieldKind::kNumber:
    case FieldKind::kPort:
    case FieldKind::kIcmp4:
    case FieldKind::kIcmp6:
    case FieldKind::kAddrType:
    case FieldKind::kCtState: return ir::format_number;
  }
  return ir::format_number;
}

/// Ends of a range are never names: names hold hyphens.
std::string range_text(const ir::Interval& interval, std::string (*format)(u128)) {
  const bool numeric = format == address4 || format == address6 || format == ir::format_mac || format == nft_hex;
  auto* const end = numeric ? format : ir::format_number;
  return end(interval.lo) + "-" + end(interval.hi);
}

/// Values that nft knows by name only one by one.
ir::ValueSet::Intervals single_values(const ir::ValueSet::Intervals& intervals) {
  ir::ValueSet::Intervals singles;
  for (const ir::Interval& interval : intervals) {
    for (u128 value = interval.lo; value <= interval.hi; ++value) singles.push_back({value, value});
  }
  return singles;
}

bool is_header_field(const ir::FieldInfo& info) {
  switch (info.presence) {
    case Presence::kAlways:
    case Presence::kIncoming:
    case Presence::kOutgoing:
    case Presence::kConntrack:
    case Presence::kConntrack4:
    case Presence::kConntrack6:
    case Presence::kHopByHop:
    case Presence::kDestinationOptions:
    case Presence::kRouting:
    case Presence::kFragmentHeader:
    case Presence::kTcpMss: return false;
    case Presence::kEther:
    case Presence::kIpv4:
    case Presence::kIpv6:
    case Presence::kTcp:
    case Presence::kUdp:
    case Presence::kUdplite:
    case Presence::kSctp:
    case Presence::kDccp:
    case Presence::kIcmp:
    case Presence::kIcmp6:
    case Presence::kEsp:
    case Presence::kAh:
    case Presence::kIpcomp:
    case Presence::kMh:
    case Presence::kPorts: return true;
  }
  return true;
}

/// How tests of one field begin: its name, the tests that must stand before it, what follows from it.
struct Spelling {
  std::string name;
  NftTests before;
  std::optional<std::uint8_t> implies;
  bool transport = false;
};

Spelling spelling(const ir::FieldInfo& info, const NftContext& context) {
  Spelling out{std::string(info.nft), {}, ir::protocol_of(info.presence), false};
  out.transport = out.implies.has_value() || info.presence == Presence::kPorts;
  if (info.presence == Presence::kPorts) {
    if (context.l4proto && nft_has_ports(*context.l4proto)) {
      out.implies = context.l4proto;
      out.name = nft_protocol_name(*context.l4proto) + std::string(info.nft.substr(info.nft.find(' ')));
    } else if (!context.has_ports) {
      out.before = nft_presence(info.presence, context);
    }
  } else if (info.presence == Presence::kTcpMss) {
    // nft adds no protocol test of its own for options.
    out.before.push_back(nft_protocol_test(ir::kProtoTcp));
    out.implies.reset();
  }
  return out;
}

NftTests with(const Spelling& spelling, NftTest test) {
  NftTests tests = spelling.before;
  test.implies = spelling.implies;
  test.transport = spelling.transport;
  tests.push_back(std::move(test));
  return tests;
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

std::string flag_names(u128 bits) {
  static constexpr std::array<std::string_view, 8> kFlags = {"fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kFlags.size(); ++i) {
    if (((bits >> i) & 1) != 0) names.emplace_back(kFlags[i]);
  }
  if (names.empty()) return "0x0";
  return names.size() == 1 ? names[0] : "(" + join(names, " | ") + ")";
}

/// `name & mask == value`. A value outside of its mask is never reached.
NftTest masked_test(const ir::FieldInfo& info, const Spelling& how, const ir::Masked& masked, bool negated) {
  auto format = info.kind == FieldKind::kTcpFlags ? flag_names : formatter(info.kind);
  if (info.kind == FieldKind::kNumber || info.kind == FieldKind::kPort) format = nft_hex;
  // Of flags alone, without an operator, nft asks whether one of them is set.
  const bool flags = info.kind == FieldKind::kTcpFlags;
  if (masked.mask == ir::max_of_bits(info.bits))
    return {how.name + (negated ? " != " : flags ? " == " : " ") + format(masked.value)};
  return {how.name + " & " + format(masked.mask) + (negated ? " != " : " == ") + format(masked.value)};
}

NftFormula mask_formula(const ir::FieldTest& test, const ir::ValueSet::Masks& masks, const NftContext& context) {
  const ir::FieldInfo& info = ir::field_info(test.field);
  if (masks.empty()) return test.negated ? nft_all(nft_presence(info.presence, context)) : nft_any({});
  const Spelling how = spelling(info, context);
  if (how.name.empty()) return nft_problem("`" + std::string(info.name) + "` has no name in nftables");
  NftTests all;
  std::vector<NftTests> any;
  for (const ir::Masked& masked : masks) {
    const NftTests tests = with(how, masked_test(info, how, masked, test.negated));
    all.insert(all.end(), tests.begin(), tests.end());
    any.push_back(tests);
  }
  if (test.negated) return nft_all(std::move(all));
  return nft_any(std::move(any));
}

NftFormula interface_formula(const ir::FieldTest& test, const ir::ValueSet::Interfaces& patterns) {
  std::vector<std::string> names;
  for (const ir::InterfacePattern& pattern : patterns) {
    if (pattern.name.empty() && pattern.wildcard) return test.negated ? nft_any({}) : nft_all({});
    if (pattern.name.empty() || !is_nft_quotable(pattern.name)) {
      return nft_problem("nftables cannot spell this interface name");
    }
    names.push_back(nft_interface(pattern.name, pattern.wildcard));
  }
  const std::string name(ir::field_info(test.field).nft);
  if (names.empty()) return test.negated ? nft_all({}) : nft_any({});
  const std::string values = names.size() == 1 ? names[0] : "{ " + join(names, ", ") + " }";
  NftTest out{name + (test.negated ? " != " : " ") + values};
  if (std::none_of(patterns.begin(), patterns.end(), [](const ir::InterfacePattern& p) { return p.wildcard; })) {
    out.key = name;
    out.negated = test.negated;
    out.names = std::move(names);
  }
  return nft_all({std::move(out)});
}

}  // namespace

std::string nft_hex(u128 value) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  do {
    digits += kDigits[static_cast<std::size_t>(value & 15)];
    value >>= 4;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return "0x" + digits;
}

bool nft_has_ports(std::uint8_t protocol) {
  return protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == ir::kProtoUdplite ||
         protocol == ir::kProtoSctp || protocol == ir::kProtoDccp;
}

std::string nft_interval_text(const ir::Interval& interval, std::string (*format)(u128)) {
  if (interval.lo == interval.hi) return format(interval.lo);
  const unsigned bits = format == address4 ? 32 : format == address6 ? 128 : 0;
  if (bits != 0) {
    const auto prefix = ir::mask_prefix(ir::max_of_bits(bits) & ~(interval.lo ^ interval.hi), bits);
    if (prefix && (interval.lo & ~ir::prefix_mask(*prefix, bits)) == 0) {
      return format(interval.lo) + "/" + std::to_string(*prefix);
    }
  }
  return range_text(interval, format);
}

std::string nft_address_interval(const ir::Interval& interval, unsigned bits) {
  return nft_interval_text(interval, bits == 32 ? address4 : address6);
}

NftFormula nft_all(NftTests tests) { return {NftFormula::Kind::kAll, {std::move(tests)}, {}}; }

NftFormula nft_any(std::vector<NftTests> parts) {
  if (parts.size() == 1) return nft_all(std::move(parts[0]));
  return {NftFormula::Kind::kAny, std::move(parts), {}};
}

NftFormula nft_problem(std::string why) { return {NftFormula::Kind::kAny, {}, std::move(why)}; }

NftTest nft_interval_test(std::string_view name, const ir::ValueSet::Intervals& intervals, bool negated,
                          std::string (*format)(u128), bool header) {
  std::vector<std::string> values;
  values.reserve(intervals.size());
  for (const ir::Interval& interval : intervals) values.push_back(nft_interval_text(interval, format));
  const bool alone = name == "tcp flags";  // no neighbour of it is tested, and flags have no ranges
  // Of one flag without an operator nft asks whether it is among those set.
  const std::string head = std::string(name) + (negated ? " != " : alone && values.size() == 1 ? " == " : " ");
  NftTest test{head + (values.size() == 1 ? values[0] : "{ " + join(values, ", ") + " }")};
  if (negated && header && !alone && intervals.size() == 1 && intervals[0].lo == intervals[0].hi) {
    test.range_text = head + range_text(intervals[0], format);
  }
  test.key = name;
  test.negated = negated;
  test.values = intervals;
  test.format = format;
  return test;
}

NftTests nft_presence(Presence presence, const NftContext& context) {
  switch (presence) {
    case Presence::kAlways: return {};
    case Presence::kIpv4:
      if (context.family == ir::Family::kIpv4) return {};
      if (context.family == ir::Family::kIpv6) return {nft_never()};
      return {{"meta nfproto ipv4"}};
    case Presence::kIpv6:
      if (context.family == ir::Family::kIpv6) return {};
      if (context.family == ir::Family::kIpv4) return {nft_never()};
      return {{"meta nfproto ipv6"}};
    case Presence::kIncoming: return {{"iif != 0"}};
    case Presence::kOutgoing: return {{"oif != 0"}};
    case Presence::kEther: return {{"meta iiftype ether"}};
    case Presence::kConntrack:
    case Presence::kConntrack4:
    case Presence::kConntrack6: return {{"ct state != { invalid, untracked }"}};
    case Presence::kTcpMss: return {nft_protocol_test(ir::kProtoTcp), {"tcp option maxseg exists", {}, {}, true}};
    case Presence::kPorts: {
      if (context.l4proto && nft_has_ports(*context.l4proto)) {
        NftTest test = nft_protocol_test(*context.l4proto);
        test.transport = true;
        return {test};
      }
      return {{"meta l4proto { tcp, udp, udplite, sctp, dccp }", {}, {}, true}};
    }
    case Presence::kTcp:
    case Presence::kUdp:
    case Presence::kUdplite:
    case Presence::kSctp:
    case Presence::kDccp:
    case Presence::kIcmp:
    case Presence::kIcmp6:
    case Presence::kEsp:
    case Presence::kIpcomp:
    case Presence::kMh: break;
    case Presence::kAh:
      if (context.family == ir::Family::kIpv4) return {nft_protocol_test(ir::kProtoAh)};
      return {{"exthdr ah exists"}};
    case Presence::kHopByHop: return {{"exthdr hbh exists"}};
    case Presence::kDestinationOptions: return {{"exthdr dst exists"}};
    case Presence::kRouting: return {{"exthdr rt exists"}};
    case Presence::kFragmentHeader: return {{"exthdr frag exists"}};
  }
  NftTest test = nft_protocol_test(*ir::protocol_of(presence));
  test.transport = true;
  return {test};
}

NftFormula nft_field_formula(const ir::FieldTest& test, const NftContext& context) {
  const ir::FieldInfo& info = ir::field_info(test.field);
  if (auto special = nft_special_field(test, context)) return *std::move(special);
  if (auto lookup = nft_lookup_field(test, context)) return *std::move(lookup);
  if (const auto* patterns = test.values.interfaces()) return interface_formula(test, *patterns);
  if (const auto* masks = test.values.masks()) return mask_formula(test, *masks, context);
  const ir::ValueSet::Intervals& intervals = *test.values.intervals();
  if (intervals.empty() || test.values.is_all(info.bits)) {
    if (intervals.empty() != test.negated) return nft_any({});
    return nft_all(nft_presence(info.presence, context));
  }
  const Spelling how = spelling(info, context);
  if (how.name.empty()) return nft_problem("`" + std::string(info.name) + "` has no name in nftables");
  const bool named = info.kind == FieldKind::kPktType || info.kind == FieldKind::kDirection;
  return nft_all(with(how, nft_interval_test(how.name, named ? single_values(intervals) : intervals, test.negated,
                                             formatter(info.kind), is_header_field(info))));
}

}  // namespace nfproof::backends
