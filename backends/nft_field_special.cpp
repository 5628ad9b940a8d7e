// SPDX-License-Identifier: Apache-2.0
// Field tests that nft does not spell as `name value`: parts of bytes, pairs, options, states, address types.
#include <array>
#include <utility>

#include "backends/nft_formula.h"
#include "backends/nft_module.h"
#include "backends/nft_names.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::u128;

std::string_view comparison(bool negated) { return negated ? " != " : " "; }

// --- IP header -------------------------------------------------------------------------------------------------------

NftFormula frag_offset(const ir::FieldTest& test) {
  const auto* intervals = test.values.intervals();
  if (intervals == nullptr || intervals->empty()) return nft_problem("this test of the fragment offset");
  if (test.field == FieldId::kIpFragOffset) {
    const bool is_zero = *intervals == ir::ValueSet::Intervals{{0, 0}};
    const bool is_later = *intervals == ir::ValueSet::Intervals{{1, 0x1fff}};
    if (is_zero || is_later) {
      return nft_all({{std::string("ip frag-off & 0x1fff ") + (is_zero != test.negated ? "==" : "!=") + " 0"}});
    }
    return nft_all({nft_interval_test("ip frag-off & 0x1fff", *intervals, test.negated, ir::format_number, false)});
  }
  if (!test.negated && *intervals == ir::ValueSet::Intervals{{0, 0}}) return nft_all({{std::string(kNftNoFragment)}});
  // Without a fragment header nft has no offset, where the field is 0.
  if (test.values.contains(u128{0}) != test.negated) return nft_problem("a fragment offset that may be 0");
  return nft_all({nft_interval_test("frag frag-off", *intervals, test.negated, ir::format_number, false)});
}

/// The six upper bits are the DSCP, which has a name; other parts of the byte are read raw.
NftFormula traffic_class(const ir::FieldTest& test) {
  const bool v4 = test.field == FieldId::kIpTos;
  const std::string_view dscp = v4 ? "ip dscp" : "ip6 dscp";
  const unsigned shift = v4 ? 0 : 4;
  const std::string raw = v4 ? "@nh,8,8" : "@nh,0,16";
  if (const auto* masks = test.values.masks()) {
    std::vector<NftTests> parts;
    NftTests all;
    for (const ir::Masked& m : *masks) {
      NftTest one;
      if (m.mask == 0xfc && (m.value & 3) == 0) {
        one.text = std::string(dscp) + std::string(comparison(test.negated)) + nft_hex(m.value >> 2);
      } else {
        one.text =
            raw + " & " + nft_hex(m.mask << shift) + (test.negated ? " != " : " == ") + nft_hex(m.value << shift);
      }
      all.push_back(one);
      parts.push_back({one});
    }
    return test.negated ? nft_all(std::move(all)) : nft_any(std::move(parts));
  }
  // nft 1.0.6 gets ranges of `ip6 dscp` wrong, so IPv6 ranges are read raw.
  ir::ValueSet::Intervals intervals = *test.values.intervals();
  bool as_dscp = v4 || intervals.size() == 1;
  for (const ir::Interval& i : intervals) {
    as_dscp = as_dscp && (i.lo & 3) == 0 && (i.hi & 3) == 3 && (v4 || i.lo >> 2 == i.hi >> 2);
  }
  for (ir::Interval& i : intervals) {
    i = as_dscp ? ir::Interval{i.lo >> 2, i.hi >> 2} : ir::Interval{i.lo << shift, i.hi << shift};
  }
  const std::string name = as_dscp ? std::string(dscp) : v4 ? raw : raw + " & 0xff0";
  return nft_all({nft_interval_test(name, intervals, test.negated, nft_hex, v4 && !as_dscp)});
}

// --- Transport headers -----------------------------------------------------------------------------------------------

NftFormula tcp_option(const ir::FieldTest& test, const NftContext& context) {
  const bool present = test.values.contains(u128{1}) != test.negated;
  const bool absent = test.values.contains(u128{0}) != test.negated;
  if (!present && !absent) return nft_any({});
  NftTest protocol = nft_protocol_test(ir::kProtoTcp);
  protocol.transport = true;
  if (present && absent) return nft_all({protocol});
  if (test.argument < 2) return nft_problem("nftables overlooks a TCP option of one byte that ends the header");
  const std::string name = nft_tcp_option(static_cast<std::uint8_t>(test.argument));
  if (!context.native && name.find_first_not_of("0123456789") == std::string::npos)
    return nft_problem(std::string(kNftTextOnly));
  return nft_all({protocol, {"tcp option " + name + (present ? " exists" : " missing"), {}, {}, true}});
}

std::string icmp_type(u128 type) {
  switch (static_cast<unsigned>(type)) {
    case 0: return "echo-reply";
    case 3: return "destination-unreachable";
    case 5: return "redirect";
    case 8: return "echo-request";
    case 9: return "router-advertisement";
    case 10: return "router-solicitation";
    case 11: return "time-exceeded";
    case 12: return "parameter-problem";
    case 13: return "timestamp-request";
    case 14: return "timestamp-reply";
    default: return ir::format_number(type);
  }
}

std::string icmp6_type(u128 type) {
  static constexpr std::array<std::string_view, 10> kFrom128 = {
      "echo-request",      "echo-reply",       "mld-listener-query",  "mld-listener-report", "mld-listener-done",
      "nd-router-solicit", "nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert",  "nd-redirect"};
  static constexpr std::array<std::string_view, 4> kFrom1 = {"destination-unreachable", "packet-too-big",
                                                             "time-exceeded", "parameter-problem"};
  if (type >= 128 && type - 128 < kFrom128.size()) return std::string(kFrom128[static_cast<std::size_t>(type - 128)]);
  if (type >= 1 && type - 1 < kFrom1.size()) return std::string(kFrom1[static_cast<std::size_t>(type - 1)]);
  return ir::format_number(type);
}

/// Type and code are one value of the core; nft has two names.
/// Codes of any type.
NftFormula icmp_code(const ir::FieldTest& test) {
  const auto* masks = test.values.masks();
  ir::ValueSet::Intervals codes;
  if (masks == nullptr) return nft_problem("this test of the ICMP type");
  for (const auto& each : *masks) {
    if (each.mask != 0xff) return nft_problem("this test of the ICMP type");
    codes.push_back({each.value, each.value});
  }
  const bool v4 = test.field == FieldId::kIcmpTypeCode;
  NftTest one = nft_interval_test(v4 ? "icmp code" : "icmpv6 code", codes, test.negated, ir::format_number, true);
  one.implies = v4 ? ir::kProtoIcmp : ir::kProtoIcmp6;
  one.transport = true;
  return nft_all({std::move(one)});
}

NftFormula icmp_type_code(const ir::FieldTest& test) {
  const auto* intervals = test.values.intervals();
  if (intervals == nullptr) return icmp_code(test);
  const bool v4 = test.field == FieldId::kIcmpTypeCode;
  const std::string head = v4 ? "icmp " : "icmpv6 ";
  auto* const format = v4 ? icmp_type : icmp6_type;
  const std::uint8_t proto = v4 ? ir::kProtoIcmp : ir::kProtoIcmp6;

  bool whole_types = true;
  ir::ValueSet::Intervals types;
  for (const ir::Interval& i : *intervals) {
    whole_types = whole_types && (i.lo & 0xff) == 0 && (i.hi & 0xff) == 0xff;
    types.push_back({i.lo >> 8, i.hi >> 8});
  }
  const auto with = [&](NftTest one) {
    one.implies = proto;
    one.transport = true;
    return one;
  };
  if (whole_types) return nft_all({with(nft_interval_test(head + "type", types, test.negated, format, true))});
  const ir::Interval first = intervals->front();
  if (intervals->size() == 1 && types[0].lo == types[0].hi) {
    const ir::ValueSet::Intervals codes = {{first.lo & 0xff, first.hi & 0xff}};
    if (!test.negated) {
      return nft_all({with({head + "type " + format(types[0].lo)}),
                      with(nft_interval_test(head + "code", codes, false, ir::format_number, true))});
    }
    if (first.lo == first.hi) {
      return nft_all({with({head + "type . " + head + "code != { " + format(types[0].lo) + " . " +
                            ir::format_number(codes[0].lo) + " }"})});
    }
  }
  NftTest raw = nft_interval_test("@th,0,16", *intervals, test.negated, nft_hex, true);
  raw.transport = true;
  return nft_all({nft_protocol_test(proto), raw});
}

// --- Conntrack -------------------------------------------------------------------------------------------------------

NftFormula ct_state(const ir::FieldTest& test) {
  using ir::CtState;
  static constexpr std::array<std::pair<CtState, std::string_view>, 5> kStates = {
      {{CtState::kEstablished, "established"},
       {CtState::kRelated, "related"},
       {CtState::kNew, "new"},
       {CtState::kInvalid, "invalid"},
       {CtState::kUntracked, "untracked"}}};
  std::string names;
  unsigned count = 0;
  for (const auto& [state, name] : kStates) {
    if (!test.values.contains(static_cast<u128>(state))) continue;
    if (!names.empty()) names += test.negated ? ", " : ",";
    names += name;
    ++count;
  }
  if (count == 0) return test.negated ? nft_all({}) : nft_any({});
  if (!test.negated) {
    NftTest is{"ct state " + names};
    is.key = "ct state";
    for (const auto& [state, name] : kStates)
      if (test.values.contains(static_cast<u128>(state))) is.names.emplace_back(name);
    return nft_all({std::move(is)});
  }
  return nft_all({{"ct state != " + (count == 1 ? names : "{ " + names + " }")}});
}

/// `snat,dnat`, or a number when a bit has no name.
std::string ct_status_names(u128 bits, std::string_view between) {
  static constexpr std::array<std::string_view, 6> kNames = {"expected",  "seen-reply", "assured",
                                                             "confirmed", "snat",       "dnat"};
  if (bits == 0 || bits >= (u128{1} << kNames.size())) return nft_hex(bits);
  std::string out;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (((bits >> i) & 1) == 0) continue;
    if (!out.empty()) out += between;
    out += kNames[i];
  }
  return out;
}

std::string ct_status_mask(u128 bits) {
  const std::string names = ct_status_names(bits, " | ");
  return names.find(' ') == std::string::npos ? names : "(" + names + ")";
}

std::optional<NftFormula> ct_status(const ir::FieldTest& test) {
  const auto* masks = test.values.masks();
  if (masks == nullptr) return std::nullopt;
  u128 bits = 0;  // all masks together when each is one bit that is to be set
  bool single_bits = true;
  std::vector<NftTests> parts;
  NftTests all;
  for (const ir::Masked& m : *masks) {
    single_bits = single_bits && m.mask == m.value && m.mask != 0 && (m.mask & (m.mask - 1)) == 0;
    bits |= m.mask;
    all.push_back({"ct status & " + ct_status_mask(m.mask) + (test.negated ? " != " : " == ") + nft_hex(m.value)});
    parts.push_back({all.back()});
  }
  if (single_bits && test.negated) return nft_all({{"ct status & " + ct_status_mask(bits) + " == 0x0"}});
  if (single_bits) return nft_all({{"ct status " + ct_status_names(bits, ",")}});
  return test.negated ? nft_all(std::move(all)) : nft_any(std::move(parts));
}

/// Whole seconds of the core are 1000 milliseconds of nft's.
NftFormula ct_expiration(const ir::FieldTest& test) {
  constexpr u128 kMostSeconds = 0xffffffff / 1000;
  const auto* intervals = test.values.intervals();
  if (intervals == nullptr || intervals->size() != 1) return nft_problem("this test of the expiration time");
  const ir::Interval& i = intervals->front();
  if (i.lo > kMostSeconds) return nft_problem("an expiration time of more than 49 days");
  const std::string low = ir::format_number(i.lo) + "s";
  if (i.hi >= kMostSeconds) return nft_all({{"ct expiration " + std::string(test.negated ? "< " : ">= ") + low}});
  const std::string high = ir::format_number(i.hi) + "s999ms";
  return nft_all({{"ct expiration " + std::string(test.negated ? "!= " : "") + low + "-" + high}});
}

/// A test of the connection's protocol, which need not be that of the packet. nft 1.0.6 takes `ct protocol udp` for a
/// test of the packet and then leaves out its own before `udp dport`: a range tells it nothing.
NftFormula ct_protocol(const ir::FieldTest& test) {
  const auto* intervals = test.values.intervals();
  if (intervals == nullptr) return nft_problem("this test of the connection's protocol");
  NftTest plain = nft_interval_test("ct protocol", *intervals, test.negated, ir::format_number, true);
  if (!test.negated && intervals->size() == 1 && intervals->front().lo == intervals->front().hi) {
    plain.text += "-" + ir::format_number(intervals->front().hi);
  }
  if (intervals->size() > 1) return nft_problem("several protocols of a connection");
  plain.range_text.clear();
  return nft_all({plain});
}

/// nft takes ports of a connection only beside a test of the packet's protocol.
NftFormula ct_port(const ir::FieldTest& test, const NftContext& context) {
  const ir::FieldInfo& info = ir::field_info(test.field);
  const auto* intervals = test.values.intervals();
  if (intervals == nullptr || intervals->empty() || test.values.is_all(info.bits)) {
    return nft_problem("this test of a connection's port");
  }
  NftTest port = nft_interval_test(info.nft, *intervals, test.negated, ir::format_number, false);
  port.fixed = true;
  if (context.l4proto) return nft_all({nft_protocol_test(*context.l4proto), port});
  // The protocols whose connections have something in the place of a port: all others have 0 there.
  const std::string with_ports = "{ icmp, tcp, udp, 47, dccp, icmpv6, sctp, udplite }";
  const NftTests one_of_them = {{"ct protocol " + with_ports}, port};
  if (test.values.contains(u128{0}) == test.negated) return nft_all(one_of_them);
  return nft_any({one_of_them, {{"ct protocol != " + with_ports}}});
}

bool is_special(FieldId field) {
  switch (field) {
    case FieldId::kIpFragOffset:
    case FieldId::kIp6FragOffset:
    case FieldId::kIpTos:
    case FieldId::kIp6Tclass:
    case FieldId::kTcpOption:
    case FieldId::kIcmpTypeCode:
    case FieldId::kIcmp6TypeCode:
    case FieldId::kSaddrType:
    case FieldId::kDaddrType:
    case FieldId::kCtState:
    case FieldId::kCtStatus:
    case FieldId::kCtExpiration:
    case FieldId::kCtProto:
    case FieldId::kCtOrigSport:
    case FieldId::kCtOrigDport:
    case FieldId::kCtReplSport:
    case FieldId::kCtReplDport: return true;
    default: return false;  // the others are `name value`
  }
}

}  // namespace

std::optional<NftFormula> nft_special_field(const ir::FieldTest& test, const NftContext& context) {
  if (!is_special(test.field)) return std::nullopt;
  const bool everything = test.values.is_all(ir::field_info(test.field).bits);
  const auto* intervals = test.values.intervals();
  const auto* masks = test.values.masks();
  if (masks != nullptr && masks->empty()) return std::nullopt;
  if (test.field != FieldId::kCtState && (everything || (intervals != nullptr && intervals->empty())))
    return std::nullopt;
  switch (test.field) {
    case FieldId::kIpFragOffset:
    case FieldId::kIp6FragOffset: return frag_offset(test);
    case FieldId::kIpTos:
    case FieldId::kIp6Tclass: return traffic_class(test);
    case FieldId::kTcpOption: return tcp_option(test, context);
    case FieldId::kIcmpTypeCode:
    case FieldId::kIcmp6TypeCode: return icmp_type_code(test);
    case FieldId::kSaddrType:
    case FieldId::kDaddrType: return nft_addr_type(test, context);
    case FieldId::kCtState: return ct_state(test);
    case FieldId::kCtStatus: return ct_status(test);
    case FieldId::kCtExpiration: return ct_expiration(test);
    case FieldId::kCtProto: return ct_protocol(test);
    case FieldId::kCtOrigSport:
    case FieldId::kCtOrigDport:
    case FieldId::kCtReplSport:
    case FieldId::kCtReplDport: return ct_port(test, context);
    default: return std::nullopt;
  }
}

}  // namespace nfproof::backends
