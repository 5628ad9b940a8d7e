// SPDX-License-Identifier: Apache-2.0
// Tests of fields as iptables options.
#include <algorithm>

#include "backends/iptables_core.h"
#include "compiler/ir/reverse_path.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::u128;
using Intervals = ir::ValueSet::Intervals;

IptablesMatches always() { return one_way(""); }
IptablesMatches never() { return {}; }

std::string hex(u128 value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  do {
    out.insert(out.begin(), kDigits[static_cast<std::size_t>(value & 15)]);
    value >>= 4;
  } while (value != 0);
  return "0x" + out;
}

IptablesMatches addresses(const ir::FieldTest& test, ir::Family family, bool source) {
  const unsigned bits = ir::address_bits(family);
  const auto format = [&](u128 value) { return ir::format_address(value, family); };
  IptablesMatches out;
  if (const auto* masks = test.values.masks()) {
    if (test.negated && masks->size() > 1) return no_way("several masks that an address must not have");
    for (const ir::Masked& m : *masks)
      out.ways.push_back({-1, std::string(test.negated ? " !" : "") + (source ? " -s " : " -d ") + format(m.value) +
                                  "/" + format(m.mask)});
    return out;
  }
  const IptablesValues values = iptables_values(test);
  for (const ir::Interval& i : values.list) {
    const auto prefix = ir::mask_prefix(ir::max_of_bits(bits) & ~(i.lo ^ i.hi), bits);
    const bool network = prefix && (i.lo & ~ir::prefix_mask(*prefix, bits)) == 0;
    if (network) {
      out.ways.push_back({-1, (values.bang.empty() ? "" : " !") + std::string(source ? " -s " : " -d ") + format(i.lo) +
                                  "/" + std::to_string(*prefix)});
    } else {
      out.ways.push_back({-1, " -m iprange " + values.bang + (source ? "--src-range " : "--dst-range ") + format(i.lo) +
                                  "-" + format(i.hi)});
    }
  }
  return out;
}

IptablesMatches interface(const ir::FieldTest& test) {
  const auto& patterns = *test.values.interfaces();
  const std::string option = test.field == FieldId::kIifname ? " -i " : " -o ";
  if (test.negated && patterns.size() > 1) return no_way("several interfaces that are excluded");
  IptablesMatches out;
  for (const ir::InterfacePattern& pattern : patterns)
    out.ways.push_back(
        {-1, std::string(test.negated ? " !" : "") + option + pattern.name + (pattern.wildcard ? "+" : "")});
  return test.negated && patterns.empty() ? always() : out;
}

IptablesMatches protocol(const ir::FieldTest& test) {
  const Intervals& given = *test.values.intervals();
  IptablesMatches out;
  if (test.negated && given.size() == 1 && given[0].lo == given[0].hi)
    return one_way(" ! -p " + ir::format_number(given[0].lo));
  for (const ir::Interval& i : iptables_numbers(test))
    for (u128 value = i.lo; value <= i.hi && out.ways.size() < 300; ++value)
      out.ways.push_back({static_cast<int>(value), ""});
  return out;
}

std::string range_text(const ir::Interval& i, const char* between) { return iptables_range(i, between); }

/// A range of numbers of a match, as one option: several become several ways.
IptablesMatches numbers(const ir::FieldTest& test, const std::string& match, const std::string& option, int proto = -1,
                        const char* between = ":") {
  const IptablesValues values = iptables_values(test);
  IptablesMatches out;
  for (const ir::Interval& i : values.list)
    out.ways.push_back({proto, " -m " + match + " " + values.bang + option + " " + range_text(i, between)});
  return out;
}

IptablesMatches ports_of(const ir::FieldTest& test, int proto, const char* name, bool source) {
  constexpr std::size_t kMostPorts = 15;
  const Intervals& given = *test.values.intervals();
  std::size_t used = 0;
  for (const ir::Interval& i : given) used += i.lo == i.hi ? 1 : 2;
  if (test.values.is_all(16)) return test.negated ? never() : one_way(std::string(" -m ") + name, proto);
  if (given.size() <= 1 || used > kMostPorts) return numbers(test, name, source ? "--sport" : "--dport", proto);
  std::string list;
  for (const ir::Interval& i : given) list += (list.empty() ? "" : ",") + range_text(i, ":");
  return one_way(
      std::string(" -m multiport ") + (test.negated ? "! " : "") + (source ? "--sports " : "--dports ") + list, proto);
}

IptablesMatches any_ports(const ir::FieldTest& test) {
  IptablesMatches out;
  const bool source = test.field == FieldId::kThSport;
  const std::pair<int, const char*> kProtocols[] = {{6, "tcp"}, {17, "udp"}, {132, "sctp"}, {33, "dccp"}};
  for (const auto& [proto, name] : kProtocols) {
    IptablesMatches each = ports_of(test, proto, name, source);
    out.ways.insert(out.ways.end(), each.ways.begin(), each.ways.end());
  }
  return out;
}

/// `--mark VALUE/MASK` and its like; values are single numbers.
IptablesMatches masked(const ir::FieldTest& test, const std::string& match, const std::string& option) {
  IptablesMatches out;
  const std::string head = " -m " + match + (test.negated ? " ! " : " ") + option + " ";
  if (const auto* masks = test.values.masks()) {
    if (test.negated && masks->size() > 1) return no_way("several marks that are excluded");
    for (const ir::Masked& m : *masks) out.ways.push_back({-1, head + hex(m.value) + "/" + hex(m.mask)});
    return out;
  }
  const Intervals& given = *test.values.intervals();
  if (test.negated && given.size() > 1) return no_way("several marks that are excluded");
  for (const ir::Interval& i : given) {
    if (i.lo != i.hi) return no_way("a range of marks");
    out.ways.push_back({-1, head + hex(i.lo)});
  }
  return out;
}

IptablesMatches tcp_flags(const ir::FieldTest& test) {
  static constexpr const char* kNames[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
  const auto names = [](u128 bits) {
    std::string out;
    for (unsigned i = 0; i < 6; ++i)
      if ((bits >> i & 1) != 0) out += (out.empty() ? "" : ",") + std::string(kNames[i]);
    return out.empty() ? std::string("NONE") : out;
  };
  const auto* masks = test.values.masks();
  if (masks == nullptr && !test.values.is_all(8)) return no_way("this test of TCP flags");
  if (masks == nullptr) return test.negated ? never() : one_way("", 6);
  if (test.negated && masks->size() > 1) return no_way("this test of TCP flags");
  IptablesMatches out;
  for (const ir::Masked& m : *masks) {
    if ((m.mask & ~u128{0x3f}) != 0) return no_way("iptables does not know the ECN flags of TCP here");
    out.ways.push_back({6, std::string(" -m tcp ") + (test.negated ? "! " : "") + "--tcp-flags " + names(m.mask) + " " +
                               names(m.value)});
  }
  return out;
}

IptablesMatches icmp(const ir::FieldTest& test) {
  const bool v4 = test.field == FieldId::kIcmpTypeCode;
  const int proto = v4 ? 1 : 58;
  const std::string head = v4 ? " -m icmp " : " -m icmp6 ";
  const std::string option = v4 ? "--icmp-type " : "--icmpv6-type ";
  if (test.values.is_all(16)) return test.negated ? never() : one_way("", proto);
  const IptablesValues values = iptables_values(test);
  IptablesMatches out;
  for (const ir::Interval& i : values.list) {
    if ((i.lo & 0xff) == 0 && (i.hi & 0xff) == 0xff) {
      if (!values.bang.empty() && i.lo >> 8 != i.hi >> 8) return no_way("a range of ICMP types that is excluded");
      for (u128 type = i.lo >> 8; type <= i.hi >> 8; ++type)
        out.ways.push_back({proto, head + values.bang + option + ir::format_number(type)});
    } else if (i.lo == i.hi) {
      out.ways.push_back(
          {proto, head + values.bang + option + ir::format_number(i.lo >> 8) + "/" + ir::format_number(i.lo & 0xff)});
    } else {
      return no_way("a range of ICMP codes");
    }
  }
  return out;
}

IptablesMatches packet_types(const ir::FieldTest& test) {
  static constexpr const char* kNames[] = {"unicast", "broadcast", "multicast"};
  IptablesMatches out;
  const IptablesValues values = iptables_values(test);
  for (const ir::Interval& i : values.list)
    for (u128 type = i.lo; type <= i.hi && type < 3; ++type)
      out.ways.push_back({-1, " -m pkttype " + values.bang + "--pkt-type " + kNames[static_cast<std::size_t>(type)]});
  return out;
}

IptablesMatches hop_limit(const ir::FieldTest& test, bool v4) {
  const std::string match = v4 ? " -m ttl " : " -m hl ";
  const std::string option = v4 ? "--ttl" : "--hl";
  IptablesMatches out;
  const IptablesValues values = iptables_values(test);
  for (const ir::Interval& i : values.list) {
    if (i.lo == i.hi) {
      out.ways.push_back({-1, match + values.bang + option + "-eq " + ir::format_number(i.lo)});
      continue;
    }
    if (!values.bang.empty()) return no_way("a range of hop limits that is excluded");
    std::string text;
    if (i.lo > 0) text += match + option + "-gt " + ir::format_number(i.lo - 1);
    if (i.hi < 255) text += match + option + "-lt " + ir::format_number(i.hi + 1);
    out.ways.push_back({-1, text});
  }
  return out;
}

IptablesMatches tos(const ir::FieldTest& test) {
  IptablesMatches out;
  const std::string head = std::string(" -m tos ") + (test.negated ? "! " : "") + "--tos ";
  if (const auto* masks = test.values.masks()) {
    if (test.negated && masks->size() > 1) return no_way("several values of TOS that are excluded");
    for (const ir::Masked& m : *masks) out.ways.push_back({-1, head + hex(m.value) + "/" + hex(m.mask)});
    return out;
  }
  const Intervals& given = *test.values.intervals();
  if (test.negated && given.size() > 1) return no_way("several values of TOS that are excluded");
  for (const ir::Interval& i : given) {
    const u128 mask = 0xff & ~(i.lo ^ i.hi);
    if ((i.lo & ~mask) != 0 || (i.hi | mask) != 0xff) return no_way("a range of TOS");
    out.ways.push_back({-1, head + hex(i.lo) + "/" + hex(mask)});
  }
  return out;
}

IptablesMatches link_address(const ir::FieldTest& test) {
  const Intervals& given = *test.values.intervals();
  IptablesMatches out;
  if (test.negated && given.size() > 1) return no_way("several link addresses that are excluded");
  for (const ir::Interval& i : given) {
    if (i.lo != i.hi) return no_way("a range of link addresses");
    out.ways.push_back(
        {-1, std::string(" -m mac ") + (test.negated ? "! " : "") + "--mac-source " + ir::format_mac(i.lo)});
  }
  return out;
}

IptablesMatches reverse_path(const ir::FieldTest& test, bool v4) {
  const auto has = [&](ir::ReversePath flag) { return ir::has_flag(test.argument, flag); };
  if (has(ir::ReversePath::kFib))
    return no_way(
        v4 ? "`fib saddr ... oif` also finds a way to broadcast addresses of links, which `rpfilter` does not "
             "(with `fib saddr type != broadcast` beside it they are the same)"
           : "`fib saddr ... oif` looks up the source `::`, which `rpfilter` lets pass (with `ip6 saddr != ::` "
             "beside it they are the same)");
  std::string out = " -m rpfilter";
  if (has(ir::ReversePath::kLoose)) out += " --loose";
  if (has(ir::ReversePath::kValidMark)) out += " --validmark";
  if (has(ir::ReversePath::kAcceptLocal)) out += " --accept-local";
  return one_way(test.values.contains(u128{1}) != test.negated ? out : out + " --invert");
}

IptablesMatches option_presence(const ir::FieldTest& test) {
  const bool there = test.values.contains(u128{1}) != test.negated;
  const bool absent = test.values.contains(u128{0}) != test.negated;
  if (there && absent) return one_way("", 6);
  return one_way(std::string(" -m tcp ") + (there ? "" : "! ") + "--tcp-option " + std::to_string(test.argument), 6);
}

/// Fields whose options take masks.
bool has_masks(FieldId field) {
  switch (field) {
    case FieldId::kIpSaddr:
    case FieldId::kIpDaddr:
    case FieldId::kIp6Saddr:
    case FieldId::kIp6Daddr:
    case FieldId::kMark:
    case FieldId::kCtMark:
    case FieldId::kIpTos:
    case FieldId::kIp6Tclass:
    case FieldId::kTcpFlags:
    case FieldId::kCtStatus:
    case FieldId::kSaddrType:
    case FieldId::kDaddrType:
    case FieldId::kIifGroup:
    case FieldId::kOifGroup:
    case FieldId::kRealm: return true;
    default: return false;
  }
}

ir::FieldTest as_intervals(const ir::FieldTest& test) {
  Intervals values;
  for (u128 value = 0; value <= ir::max_of_bits(ir::field_info(test.field).bits); ++value)
    if (test.values.contains(value)) values.push_back({value, value});
  ir::FieldTest out = test;
  out.values = ir::ValueSet::of_intervals(std::move(values));
  return out;
}

}  // namespace

IptablesValues iptables_values(const ir::FieldTest& test) {
  const Intervals& given = *test.values.intervals();
  if (test.negated && given.size() == 1) return {given, "! "};
  return {iptables_numbers(test), ""};
}

std::string iptables_range(const ir::Interval& i, const char* between) {
  return i.lo == i.hi ? ir::format_number(i.lo) : ir::format_number(i.lo) + between + ir::format_number(i.hi);
}

bool iptables_always_has(ir::Presence presence) {
  return presence == ir::Presence::kAlways || presence == ir::Presence::kIpv4 || presence == ir::Presence::kIpv6 ||
         presence == ir::Presence::kIncoming || presence == ir::Presence::kOutgoing;
}

IptablesMatches iptables_field(const ir::FieldTest& given, ir::Family family) {
  if (given.values.masks() != nullptr && !has_masks(given.field)) {
    if (ir::field_info(given.field).bits > 16)
      return no_way("bits of `" + std::string(ir::field_info(given.field).name) + "`");
    return iptables_field(as_intervals(given), family);
  }
  const ir::FieldTest& test = given;
  const bool v4 = family == ir::Family::kIpv4;
  const ir::FieldInfo& info = ir::field_info(test.field);
  // The fields of the other family are not there.
  if (info.presence == (v4 ? ir::Presence::kIpv6 : ir::Presence::kIpv4)) return never();
  if (info.presence == (v4 ? ir::Presence::kConntrack6 : ir::Presence::kConntrack4)) return never();
  if (info.presence == (v4 ? ir::Presence::kIcmp6 : ir::Presence::kIcmp)) return never();
  const bool everything = test.values.is_all(info.bits);
  if (everything && test.negated) return never();
  if (test.values.intervals() != nullptr && test.values.intervals()->empty() && !test.negated) return never();
  if (everything && iptables_always_has(info.presence)) return always();
  if (auto connection = iptables_connection(test, family)) return *std::move(connection);
  switch (test.field) {
    case FieldId::kIifname:
    case FieldId::kOifname: return interface(test);
    case FieldId::kL4Proto: return protocol(test);
    case FieldId::kIpSaddr:
    case FieldId::kIp6Saddr: return addresses(test, family, true);
    case FieldId::kIpDaddr:
    case FieldId::kIp6Daddr: return addresses(test, family, false);
    case FieldId::kThSport:
    case FieldId::kThDport: return any_ports(test);
    case FieldId::kTcpSport:
    case FieldId::kTcpDport: return ports_of(test, 6, "tcp", test.field == FieldId::kTcpSport);
    case FieldId::kUdpSport:
    case FieldId::kUdpDport: return ports_of(test, 17, "udp", test.field == FieldId::kUdpSport);
    case FieldId::kSctpSport:
    case FieldId::kSctpDport: return ports_of(test, 132, "sctp", test.field == FieldId::kSctpSport);
    case FieldId::kDccpSport:
    case FieldId::kDccpDport: return ports_of(test, 33, "dccp", test.field == FieldId::kDccpSport);
    case FieldId::kTcpFlags: return tcp_flags(test);
    case FieldId::kTcpOption: return option_presence(test);
    case FieldId::kTcpMss: return numbers(test, "tcpmss", "--mss", 6);
    case FieldId::kIcmpTypeCode:
    case FieldId::kIcmp6TypeCode: return icmp(test);
    case FieldId::kMark: return masked(test, "mark", "--mark");
    case FieldId::kCtMark: return masked(test, "connmark", "--mark");
    case FieldId::kLength: return numbers(test, "length", "--length");
    case FieldId::kPktType: return packet_types(test);
    case FieldId::kIpTtl: return hop_limit(test, true);
    case FieldId::kIp6HopLimit: return hop_limit(test, false);
    case FieldId::kIpTos:
    case FieldId::kIp6Tclass: return tos(test);
    case FieldId::kSaddrType:
    case FieldId::kDaddrType: return iptables_address_type(test, family);
    case FieldId::kEtherSaddr: return link_address(test);
    case FieldId::kIpFragOffset:
      if (*test.values.intervals() == Intervals{{0, 0}}) return one_way(test.negated ? " -f" : " ! -f");
      if (*test.values.intervals() == Intervals{{1, 0x1fff}}) return one_way(test.negated ? " ! -f" : " -f");
      return no_way("this test of the fragment offset");
    case FieldId::kIifGroup: return masked(test, "devgroup", "--src-group");
    case FieldId::kOifGroup: return masked(test, "devgroup", "--dst-group");
    case FieldId::kCpu: return numbers(test, "cpu", "--cpu");
    case FieldId::kRealm: return masked(test, "realm", "--realm");
    case FieldId::kEspSpi: return numbers(test, "esp", "--espspi", 50);
    case FieldId::kAhSpi: return numbers(test, "ah", "--ahspi", v4 ? 51 : -1);
    case FieldId::kRtType: return numbers(test, "rt", "--rt-type");
    case FieldId::kRtSegmentsLeft: return numbers(test, "rt", "--rt-segsleft");
    case FieldId::kReversePath: return reverse_path(test, v4);
    case FieldId::kIpsecIn:
    case FieldId::kIpsecOut:
      return one_way(std::string(" -m policy --dir ") + (test.field == FieldId::kIpsecIn ? "in" : "out") + " --pol " +
                     (test.values.contains(u128{1}) != test.negated ? "ipsec" : "none"));
    default: return no_way("`" + std::string(info.name) + "` has no option in iptables");
  }
}

}  // namespace nfproof::backends
