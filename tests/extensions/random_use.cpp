// SPDX-License-Identifier: Apache-2.0
// Random uses of modules: see random_use.h.
#include "tests/extensions/random_use.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace nfproof::testing {
namespace {

using compiler::Extension;
using compiler::OptionRow;
using compiler::ValueType;

struct Telling {
  std::string_view module;
  std::string_view option;
  std::string_view texts;   ///< separated by `;`
  std::string_view texts6;  ///< for IPv6 when other
};

/// Options whose row says less than they ask for.
constexpr Telling kTelling[] = {
    {"addrtype", "src-type", "LOCAL;UNICAST;BROADCAST,LOCAL;multicast;ANYCAST;UNSPEC,PROHIBIT;loc",
     "LOCAL;UNICAST;LOCAL,MULTICAST;ANYCAST"},
    {"addrtype", "dst-type", "LOCAL;UNICAST;BROADCAST;BLACKHOLE,UNREACHABLE;THROW", "LOCAL;UNICAST;MULTICAST"},
    {"bpf", "bytecode", "\"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0\";\"1,6 0 0 65535\";\"2,0 0 0 5,6 0 0 0\"", ""},
    {"bpf", "object-pinned", "/sys/fs/bpf/x", ""},
    {"cgroup", "path", "\"/user.slice\";/a/b", ""},
    {"comment", "comment", "word;\"two words\";\"it's\";\"a \\\"quoted\\\" one\";\"back\\\\slash\";\"\"", ""},
    {"connlabel", "label", "0;3;127;0x10", ""},
    {"conntrack", "ctstate", "NEW;NEW,ESTABLISHED;RELATED;INVALID,UNTRACKED;SNAT;DNAT,NEW;established", ""},
    {"conntrack", "ctproto", "tcp;udp;6;17;icmp;132;0x11", ""},
    {"conntrack", "ctstatus", "NONE;EXPECTED;SEEN_REPLY,ASSURED;CONFIRMED;conf", ""},
    {"devgroup", "src-group", "default;0;5;0x1/0xf;0x10/0xf0;4294967295", ""},
    {"devgroup", "dst-group", "default;7;0x2/0x3;1/0xffffffff", ""},
    {"dscp", "dscp-class", "EF;AF11;CS7;BE;af43", ""},
    {"dst", "dst-opts", "1:2;5;0,1:4,194:4;0x20:3,255", ""},
    {"hbh", "hbh-opts", "1:2;5;0,1:4,194:4;0x20:3,255", ""},
    {"hashlimit", "hashlimit-upto", "3/s;5/min;7/hour;20/day;512kb/s;10000b/s;2mb/s;3000/sec", ""},
    {"hashlimit", "hashlimit-above", "3/s;5/minute;7/hour;1kb/s;512b/s;4", ""},
    {"hashlimit", "hashlimit-burst", "1;5;12;1mb;4kb;6000b", ""},
    {"hashlimit", "hashlimit-rate-interval", "1;5;3600;2147483647;2147483648;0x5", ""},
    {"hashlimit", "hashlimit-mode", "srcip;dstip,srcport;srcip,dstip,srcport,dstport", ""},
    {"hashlimit", "hashlimit-name", "foo;a-b;x_1", ""},
    {"helper", "helper", "ftp;irc;ftp-2121;\"\"", ""},
    {"icmp", "icmp-type", "any;8;3/1;echo-request;port-unreachable;ping;ttl-exceeded;0x5;host-un;255/3", ""},
    {"icmp6", "icmpv6-type", "128;1/4;echo-reply;packet-too-big;bad-header;router-sol;255", ""},
    {"ipv6header", "header", "hop-by-hop;ipv6-frag,ah;prot;0,60;none;esp,dst,route", ""},
    {"ipvs", "vproto", "tcp;udp;6", ""},
    {"limit", "limit", "1/s;3/minute;5/hour;10/day;7;10000/s;333/sec", ""},
    {"mh", "mh-type", "1;0:5;binding-update;brr:be;3:;255;:4", ""},
    {"owner", "uid-owner", "0;1000;0-500;root;4294967294", ""},
    {"owner", "gid-owner", "0;10-20;root", ""},
    {"physdev", "physdev-in", "eth0;veth+;br0", ""},
    {"physdev", "physdev-out", "eth1;tap+", ""},
    {"policy", "proto", "esp;ah;ipcomp;50", ""},
    {"rateest", "rateest1", "RE1;a", ""},
    {"rateest", "rateest2", "RE2;b", ""},
    {"rateest", "rateest-bps1", "8bit;16kbit;2mbit;;9", ""},
    {"rateest", "rateest-bps2", "8bit;1gbit;;3KBps", ""},
    {"rateest", "rateest-pps1", "5;0x10;;0", ""},
    {"rateest", "rateest-pps2", "42;;7", ""},
    {"recent", "name", "DEFAULT;ssh;a.b", ""},
    {"recent", "mask", "255.255.255.0;255.0.0.0;255.255.255.255", "ffff::;ffff:ffff::;ffff:ffff:ffff:ffff::"},
    {"rt", "rt-0-addrs", "2001:db8::1;::1,2001:db8::2", ""},
    {"sctp", "chunk-types", "", ""},
    {"state", "state", "NEW;ESTABLISHED,RELATED;INVALID;UNTRACKED;new", ""},
    {"statistic", "probability", "0.5;0;1;0.25;0.33333;0.0001", ""},
    {"string", "string", "foo;\"GET /index\";\"it's\";\"a\\\"b\";x", ""},
    {"string", "hex-string", "\"|00|\";\"abc|0d 0a|\";\"|FF|x\";\"|616263|\"", ""},
    {"time", "timestart", "10:00;0:0;23:59:59;01:02:03", ""},
    {"time", "timestop", "12:00;00:00;23:59;05:06:07", ""},
    {"time", "datestart", "2020;2020-02;2021-03-04;2021-03-04T05;2021-03-04T05:06:07", ""},
    {"time", "datestop", "2030;2031-12-31;2037-01-01T01:01:01", ""},
    {"time", "monthdays", "1;1,2,31;15", ""},
    {"time", "weekdays", "Mon;Sa,So,Su;1,2,3;Mo,Tue;7", ""},
    {"tos", "tos", "0x10;0x10/0x3f;Minimize-Delay;Normal-Service;8", ""},
    {"u32", "u32", "\"6&0xFF=1\";\"0>>22&0x3C@ 4 >>8=0:3,7\";\"4=5&&8&0x1=1\";0=0", ""},
    {"CLASSIFY", "set-class", "1:2;ffff:0;0:10;a:b", ""},
    {"CT", "helper", "ftp;irc", ""},
    {"CT", "timeout", "policy1", ""},
    {"CT", "ctevents", "new;new,related,destroy;mark,helper;secmark", ""},
    {"CT", "expevents", "new", ""},
    {"CT", "zone", "0;5;mark;65535", ""},
    {"CT", "zone-orig", "5;mark", ""},
    {"CT", "zone-reply", "6;mark", ""},
    {"DNAT", "to-destination",
     "1.2.3.4;1.2.3.4-1.2.3.9;1.2.3.4:80;:8080;1.2.3.4:80-90;1.2.3.4:80-90/100;1.2.3.4-1.2.3.5:80",
     "2001:db8::1;[2001:db8::1]:80;2001:db8::1-2001:db8::5;[2001:db8::1-2001:db8::5]:80-90"},
    {"SNAT", "to-source", "1.2.3.4;1.2.3.4-1.2.3.9;1.2.3.4:1024-2048;:99", "2001:db8::1;[2001:db8::1]:80-90"},
    {"DNPT", "src-pfx", "", "2001:db8::/32;fd00:0:0:5::/64;2001:db8:1::/48;2001:db8::1/48"},
    {"DNPT", "dst-pfx", "", "2001:db8:2::/48;fd01::/64;2001:db8::/33"},
    {"SNPT", "src-pfx", "", "2001:db8::/32;fd00:0:0:5::/64;2001:db8:1::/48"},
    {"SNPT", "dst-pfx", "", "2001:db8:2::/48;fd01::/64;2001:db8::/33;fd01::/65"},
    {"DSCP", "set-dscp-class", "EF;AF11;CS7;BE", ""},
    {"HMARK", "hmark-tuple", "src;src,dst;ct;src,dst,sport,dport,proto;spi,src", ""},
    {"IDLETIMER", "label", "foo;a_b", ""},
    {"LED", "led-trigger-id", "foo;\"a b\"", ""},
    {"LED", "led-delay", "42;inf;0", ""},
    {"LOG", "log-prefix", "x;\"two words \";\"it's: \";\"a very long prefix that is cut at some place\"", ""},
    {"LOG", "log-level", "debug;4;0;emerg;error;7", ""},
    {"MASQUERADE", "to-ports", "80;1024-2048", ""},
    {"REDIRECT", "to-ports", "80;1024-2048;http", ""},
    {"NFLOG", "nflog-prefix", "x;\"a b\"", ""},
    {"RATEEST", "rateest-name", "RE1", ""},
    {"RATEEST", "rateest-interval", "250ms;1s;0.5s;2sec", ""},
    {"RATEEST", "rateest-ewmalog", "500ms;4s;16s", ""},
    {"REJECT", "reject-with",
     "icmp-port-unreachable;port-unreach;icmp-host-prohibited;tcp-reset;icmp-admin-prohibited;host-unreach;icmp-net-un",
     "icmp6-no-route;adm-prohibited;port-unreach;tcp-reset;icmp6-addr-unreachable;policy-fail"},
    {"SECMARK", "selctx", "system_u:object_r:firewalled_packet_t:s0", ""},
    {"TCPOPTSTRIP", "strip-options", "3,5;wscale,mss;sack-permitted,8;2", ""},
    {"TEE", "gateway", "192.0.2.1", "2001:db8::1"},
    {"TEE", "oif", "eth0", ""},
    {"TOS", "set-tos", "0x10;0x10/0x3f;Minimize-Delay;8", ""},
    {"TPROXY", "on-ip", "192.0.2.1;0.0.0.0", "2001:db8::1;::"},
    {"ULOG", "ulog-prefix", "x;\"a b\"", ""},
};

/// Options that take two words.
constexpr Telling kPairs[] = {
    {"tcp", "tcp-flags", "SYN,ACK SYN;ALL NONE;FIN,SYN,RST,ACK SYN;syn,ack ack;NONE NONE", ""},
    {"set", "match-set", "s1 src;s2 src,dst;s3 dst,dst,src", ""},
    {"SET", "add-set", "s1 src;s2 src,dst", ""},
    {"SET", "del-set", "s1 dst;s2 src,dst", ""},
    {"SET", "map-set", "s1 src;s2 dst", ""},
    {"sctp", "chunk-types", "any DATA;all INIT,DATA;only SACK;any ALL;any DATA:Be;all ABORT:T,DATA", ""},
};

const Telling* find(std::span<const Telling> rows, std::string_view module, std::string_view option) {
  for (const Telling& row : rows)
    if (row.module == module && row.option == option) return &row;
  return nullptr;
}

constexpr std::string_view kSynMatch = "-m tcp --tcp-flags SYN,RST SYN ";

}  // namespace

std::string RandomRule::ruleset() const {
  std::string out = '*' + table + '\n';
  const auto add = [&out](std::initializer_list<std::string_view> chains) {
    for (const std::string_view name : chains) out += ':' + std::string(name) + " ACCEPT [0:0]\n";
  };
  if (table == "filter" || table == "security") add({"INPUT", "FORWARD", "OUTPUT"});
  if (table == "nat") add({"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"});
  if (table == "mangle") add({"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"});
  if (table == "raw") add({"PREROUTING", "OUTPUT"});
  return out + text + "\nCOMMIT\n";
}

std::string RandomUse::pick(std::string_view words) {
  std::vector<std::string_view> all;
  for (std::size_t start = 0; start <= words.size();) {
    const std::size_t end = std::min(words.find(';', start), words.size());
    all.push_back(words.substr(start, end - start));
    start = end + 1;
  }
  return std::string(all[below(all.size())]);
}

std::uint64_t RandomUse::in_range(std::uint64_t min, std::uint64_t max) {
  switch (below(5)) {
    case 0: return min;
    case 1: return max;
    case 2: return min + std::min<std::uint64_t>(max - min, below(10));
    default: {
      const std::uint64_t span = max - min;
      return min + (span == ~std::uint64_t{0} ? random_() : below(span + 1));
    }
  }
}

std::string RandomUse::number(std::uint64_t value) {
  char text[40];
  std::snprintf(text, sizeof text, chance(25) ? "0x%llx" : "%llu", static_cast<unsigned long long>(value));
  return text;
}

std::string RandomUse::address(ir::Family family) {
  if (family == ir::Family::kIpv6) return "2001:db8::" + std::to_string(below(10)) + ":" + std::to_string(below(100));
  return "10." + std::to_string(below(256)) + '.' + std::to_string(below(256)) + '.' + std::to_string(below(256));
}

std::string RandomUse::network(ir::Family family) {
  std::string text = address(family);
  if (chance(40)) return text;
  if (family == ir::Family::kIpv4 && chance(30)) return text + pick("/255.255.0.0;/255.255.255.255;/255.0.255.0");
  return text + '/' + std::to_string(below(ir::address_bits(family) + 1));
}

std::string RandomUse::port() { return chance(20) ? pick("ssh;http;domain;https") : std::to_string(below(65536)); }

std::string RandomUse::range(std::uint64_t min, std::uint64_t max) {
  const std::uint64_t a = in_range(min, max);
  const std::uint64_t b = in_range(min, max);
  switch (below(6)) {
    case 0: return number(std::min(a, b)) + ':' + number(std::max(a, b));
    case 1: return std::to_string(a) + ':';
    case 2: return ':' + std::to_string(b);
    default: return number(a);
  }
}

std::string RandomUse::text(const Extension& extension, std::string_view option, ir::Family family) {
  const Telling* row = find(kTelling, extension.name, option);
  if (row == nullptr) return pick("a;foo;bar_1");
  return pick(family == ir::Family::kIpv6 && !row->texts6.empty() ? row->texts6 : row->texts);
}

std::string RandomUse::value(const Extension& extension, const OptionRow& row, ir::Family family) {
  switch (row.type) {
    case ValueType::kFlag: return {};
    case ValueType::kOptionalText:
    case ValueType::kText: return text(extension, row.name, family);
    case ValueType::kNumber: return number(in_range(row.min, row.max));
    case ValueType::kNumberRange: return range(row.min, row.max);
    case ValueType::kPort: return port();
    case ValueType::kPortRange: return chance(50) ? port() : range(0, 65535);
    case ValueType::kPortList:
      return chance(50) ? port() : port() + ',' + std::to_string(below(100)) + ":" + std::to_string(100 + below(9));
    case ValueType::kNetwork:
      return find(kTelling, extension.name, row.name) == nullptr ? network(family) : text(extension, row.name, family);
    case ValueType::kAddressRange:
      return family == ir::Family::kIpv4 ? pick("10.0.0.1-10.0.0.9;10.1.2.3") : pick("2001:db8::1-2001:db8::9;::1");
    case ValueType::kMarkMask:
      return number(below(1U << below(33))) + (chance(50) ? '/' + number(random_() & 0xffffffffU) : "");
    case ValueType::kMac: return pick("00:11:22:aa:bb:cc;02:00:00:00:00:01;FE:DC:BA:98:76:54");
    case ValueType::kName: return std::string(row.names[below(row.names.size())].name);
    case ValueType::kNameList: {
      std::string list(row.names[below(row.names.size())].name);
      if (chance(50)) list += ',' + std::string(row.names[below(row.names.size())].name);
      return list;
    }
    case ValueType::kTextPair: {
      const Telling* pair = find(kPairs, extension.name, row.name);
      return pair == nullptr ? "a b" : pick(pair->texts);
    }
  }
  return {};
}

std::string RandomUse::options(const Extension& extension, ir::Family family) {
  std::string out;
  const auto add = [&](const OptionRow& row) {
    if (row.negatable && chance(25)) out += "! ";
    const OptionRow* spelled = &row;
    for (const OptionRow& alias : extension.options)
      if (alias.alias_of == row.name && chance(15)) spelled = &alias;
    out += "--" + std::string(spelled->name);
    const std::string text = value(extension, row, family);
    if (!text.empty()) out += ' ' + text;
    out += ' ';
  };
  const unsigned share = static_cast<unsigned>(10 + below(50));
  for (const OptionRow& row : extension.options)
    if (row.alias_of.empty() && (row.required || chance(share))) add(row);
  return out;
}

std::string RandomUse::protocol(const Extension& extension) {
  if (extension.protocol != 0) return "-p " + std::to_string(extension.protocol) + ' ';
  return chance(50) ? std::string() : "-p " + pick("tcp;udp;sctp;udplite;icmp;dccp;115") + ' ';
}

RandomRule RandomUse::rule(const Extension& extension, ir::Family family) {
  RandomRule rule;
  const bool target = extension.kind == compiler::ExtensionKind::kTarget;
  rule.table = extension.tables.empty() ? (target ? "mangle" : "filter")
                                        : std::string(extension.tables[below(extension.tables.size())]);
  if (extension.name == "REJECT" || extension.name == "SYNPROXY") rule.table = "filter";
  static constexpr std::string_view kFilter[] = {"INPUT", "FORWARD", "OUTPUT"};
  static constexpr std::string_view kRaw[] = {"PREROUTING", "OUTPUT"};
  std::span<const std::string_view> chains = kFilter;
  if (rule.table == "raw") chains = kRaw;
  if (!extension.chains.empty()) chains = extension.chains;
  if (!extension.chains.empty() && rule.table == "filter" && extension.tables.empty()) rule.table = "mangle";
  rule.chain = chains[below(chains.size())];
  rule.text = "-A " + rule.chain + ' ' + protocol(extension);
  if (extension.name == "TCPMSS") rule.text += kSynMatch;
  rule.text += std::string(target ? "-j " : "-m ") + std::string(extension.name) + ' ' + options(extension, family);
  while (rule.text.back() == ' ') rule.text.pop_back();
  return rule;
}

}  // namespace nfproof::testing
