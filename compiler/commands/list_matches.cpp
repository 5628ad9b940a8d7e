// SPDX-License-Identifier: Apache-2.0
// What `iptables -L` shows of matches, one row for each (the `print` functions of iptables' own modules). Those that
// show names instead of numbers without -n are in list_names.cpp.
#include <array>

#include "compiler/commands/list_tables.h"
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

void list_addrtype(const ListInput& in) {
  in.out += " ADDRTYPE match";
  for (const std::string_view option : {"src-type", "dst-type"})
    if (const OptionUse* use = in.find(option))
      in.out.append(" ").append(option).append(use->negated ? " !" : " ").append(use->text);
  in.flag("limit-iface-in", "limit-in");
  in.flag("limit-iface-out", "limit-out");
}

void list_ah(const ListInput& in) {
  // The blank stands behind `ah`, whatever follows, and none in front of the length.
  in.out += " ah";
  if (!in.has("ahspi")) in.out += ' ';
  list_range(in, "ahspi", "spi", "spis");
  if (const OptionUse* use = in.find("ahlen"))
    in.out.append("length:").append(use->negated ? "!" : "").append(use->text);
  in.flag("ahres", "reserved");
}

void list_bpf(const ListInput& in) {
  if (in.has("object-pinned")) {
    in.out.append("match bpf pinned ").append(in.text("object-pinned"));
    return;
  }
  // The number of instructions is not shown; each ends with a comma, the last with a NUL byte.
  const std::string_view program = in.text("bytecode");
  in.out.append("match bpf ").append(program.substr(std::min(program.find(',') + 1, program.size()))).push_back('\0');
}

void list_cluster(const ListInput& in) {
  const OptionUse* mask = in.find("cluster-local-nodemask");
  in.out.append(" cluster ").append(mask != nullptr && mask->negated ? "!" : "");
  in.out.append("node_mask=").append(in.text("cluster-local-nodemask"));
  in.out.append(" total_nodes=").append(in.text("cluster-total-nodes"));
  in.out.append(" hash_seed=").append(in.text("cluster-hash-seed"));
}

void list_cgroup(const ListInput& in) {
  in.value("cgroup", "cgroup");
  in.value("path", "cgroup");
}

void list_comment(const ListInput& in) { in.out.append(" /* ").append(in.text("comment")).append(" */"); }

void list_connbytes(const ListInput& in) {
  const OptionUse* use = in.find("connbytes");
  if (use == nullptr) return;
  in.out.append(use->negated ? " ! connbytes " : " connbytes ").append(use->text);
  in.out.append(" connbytes mode ").append(in.text("connbytes-mode"));
  in.out.append(" connbytes direction ").append(in.text("connbytes-dir"));
}

void list_connlabel(const ListInput& in) {
  in.value("label", "connlabel");
  in.flag("set", "set");
}

void list_connlimit(const ListInput& in) {
  const bool above = in.has("connlimit-above");
  in.out.append(in.has("connlimit-daddr") ? " #conn dst/" : " #conn src/").append(in.text("connlimit-mask"));
  in.out.append(above ? " > " : " <= ").append(in.text(above ? "connlimit-above" : "connlimit-upto"));
}

void list_connmark(const ListInput& in) {
  const OptionUse* use = in.find("mark");
  if (use == nullptr) return;
  in.out.append(" connmark match ").append(use->negated ? "! " : " ").append(use->text);
}

void list_cpu(const ListInput& in) { in.value("cpu", "cpu"); }

void list_devgroup(const ListInput& in) { in.without_dashes(); }

void list_dscp(const ListInput& in) { in.compact("dscp", "DSCP match "); }

void list_ip6_options(const ListInput& in, std::string_view name, std::string_view length, std::string_view options) {
  in.out.append(" ").append(name);
  in.compact(length, "length:");
  in.value(options, "opts");
}
void list_dst(const ListInput& in) { list_ip6_options(in, "dst", "dst-len", "dst-opts"); }
void list_hbh(const ListInput& in) { list_ip6_options(in, "hbh", "hbh-len", "hbh-opts"); }

void list_ecn(const ListInput& in) {
  in.out += " ECN match";
  constexpr std::array<std::string_view, 2> kFlags[] = {{"ecn-tcp-ece", "ECE"}, {"ecn-tcp-cwr", "CWR"}};
  for (const auto& [option, label] : kFlags)
    if (const OptionUse* use = in.find(option)) in.out.append(use->negated ? " !" : " ").append(label);
  if (const OptionUse* use = in.find("ecn-ip-ect"))
    in.out.append(use->negated ? " !" : " ").append("ECT=").append(use->text);
}

void list_esp(const ListInput& in) {
  in.out += " esp";
  list_range(in, "espspi", "spi", "spis");
}

void list_eui64(const ListInput& in) { in.out += "eui64 "; }

void list_frag(const ListInput& in) {
  in.out += " frag";
  if (in.has("fragid"))
    list_range(in, "fragid", "id", "ids");
  else
    in.out += ' ';
  in.compact("fraglen", "length:");
  in.flag("fragres", "reserved");
  in.flag("fragfirst", "first");
  in.flag("fragmore", "more");
  in.flag("fraglast", "last");
}

void list_hashlimit(const ListInput& in) {
  const bool above = in.has("hashlimit-above");
  in.out.append(above ? " limit: above " : " limit: up to ");
  in.out.append(in.text(above ? "hashlimit-above" : "hashlimit-upto"));
  in.value("hashlimit-burst", "burst");
  if (in.has("hashlimit-mode")) {
    std::string mode(in.text("hashlimit-mode"));
    for (char& c : mode)
      if (c == ',') c = '-';
    in.out += " mode " + mode;
  }
  for (const std::string_view option : {"htable-size", "htable-max", "htable-gcinterval", "htable-expire", "srcmask",
                                        "dstmask", "rate-match", "rate-interval"}) {
    const OptionUse* use = in.find("hashlimit-" + std::string(option));
    if (use == nullptr) continue;
    in.out.append(" ").append(option);
    if (!use->text.empty()) in.out.append(" ").append(use->text);
  }
}

void list_helper(const ListInput& in) {
  const OptionUse* use = in.find("helper");
  if (use != nullptr)
    in.out.append(" helper match ").append(use->negated ? "! \"" : "\"").append(use->text).append("\"");
}

void list_hop_limit(const ListInput& in, std::string_view name, std::string_view prefix) {
  constexpr std::array<std::string_view, 2> kTests[] = {{"eq", "=="}, {"lt", "<"}, {"gt", ">"}};
  for (const auto& [suffix, sign] : kTests) {
    const OptionUse* use = in.find(std::string(prefix) + std::string(suffix));
    if (use == nullptr) continue;
    in.out.append(" ").append(name).append(" match ").append(name).append(" ");
    in.out.append(use->negated ? "!=" : sign).append(" ").append(use->text);
  }
}
void list_hl(const ListInput& in) { list_hop_limit(in, "HL", "hl-"); }
void list_ttl(const ListInput& in) { list_hop_limit(in, "TTL", "ttl-"); }

void list_ipcomp(const ListInput& in) {
  in.out += " comp";
  list_range(in, "ipcompspi", "spi", "spis");
  in.flag("compres", "reserved");
}

void list_iprange(const ListInput& in) {
  in.value("src-range", "source IP range");
  in.value("dst-range", "destination IP range");
}

void list_ipvs(const ListInput& in) { in.without_dashes(); }

void list_length(const ListInput& in) { in.compact("length", "length "); }

void list_limit(const ListInput& in) {
  in.out.append(" limit: avg ").append(in.text("limit"));
  in.out.append(" burst ").append(in.has("limit-burst") ? in.text("limit-burst") : "5");
}

void list_mac(const ListInput& in) { in.value("mac-source", "MAC"); }
void list_mark(const ListInput& in) { in.value("mark", "mark match"); }
void list_nfacct(const ListInput& in) { in.value("nfacct-name", "nfacct-name "); }
void list_osf(const ListInput& in) { in.value("genre", "OS fingerprint match"); }

void list_physdev(const ListInput& in) {
  in.out += " PHYSDEV match";
  for (const OptionUse& use : in.module.options) {
    in.out.append(use.negated ? " ! --" : " --").append(use.row->name);
    if (!use.text.empty()) in.out.append(" ").append(use.text);
  }
}

void list_pkttype(const ListInput& in) {
  const OptionUse* use = in.find("pkt-type");
  if (use != nullptr) in.out.append(use->negated ? " PKTTYPE != " : " PKTTYPE = ").append(use->text);
}

void list_quota(const ListInput& in) { in.out.append(" quota: ").append(in.text("quota")).append(" bytes"); }

void list_recent(const ListInput& in) {
  constexpr std::array<std::string_view, 2> kVerbs[] = {
      {"set", "SET"}, {"rcheck", "CHECK"}, {"update", "UPDATE"}, {"remove", "REMOVE"}};
  for (const auto& [option, label] : kVerbs)
    if (const OptionUse* use = in.find(option)) in.out.append(use->negated ? " ! recent: " : " recent: ").append(label);
  in.value("seconds", "seconds:");
  in.flag("reap", "reap");
  in.value("hitcount", "hit_count:");
  in.flag("rttl", "TTL-Match");
  in.value("name", "name:");
  in.out.append(in.has("rdest") ? " side: dest" : " side: source");
  in.value("mask", "mask:");
}

void list_rpfilter(const ListInput& in) {
  in.out += " rpfilter";
  for (const OptionUse& use : in.module.options) in.out.append(" ").append(use.row->name);
}

void list_rt(const ListInput& in) {
  in.out += " rt";
  in.compact("rt-type", "type:");
  list_range(in, "rt-segsleft", "segsleft", "segslefts");
  in.compact("rt-len", "length:");
  in.flag("rt-0-res", "reserved");
  in.value("rt-0-addrs", "0-addrs");
  in.flag("rt-0-not-strict", "0-not-strict");
}

void list_set(const ListInput& in) {
  const OptionUse* use = in.find("match-set");
  if (use != nullptr) in.out.append(use->negated ? " ! match-set " : " match-set ").append(use->text);
  in.flag("return-nomatch", "return-nomatch");
  for (const std::string_view option : {"update-counters", "update-subcounters"})
    if (const OptionUse* flag = in.find(option)) in.out.append(flag->negated ? " ! " : " ").append(option);
  for (const std::string_view option : {"packets-eq", "packets-lt", "packets-gt", "bytes-eq", "bytes-lt", "bytes-gt"}) {
    const OptionUse* number = in.find(option);
    if (number != nullptr) in.out.append(number->negated ? " ! " : " ").append(option).append(" ").append(number->text);
  }
}

void list_socket(const ListInput& in) {
  in.out += " socket";
  for (const OptionUse& use : in.module.options) in.out.append(" --").append(use.row->name);
}

void list_srh(const ListInput& in) {
  constexpr std::string_view kPrefix = "srh-";
  in.out += " srh";
  for (const OptionUse& use : in.module.options) {
    const std::string_view name = use.row->name.substr(kPrefix.size());
    if (use.row->type == ValueType::kNetwork)
      in.out.append(" ").append(name).append(use.negated ? " ! " : "  ").append(use.text);
    else
      in.out.append(" ").append(name).append(use.negated ? ":!" : ":").append(use.text);
  }
}

void list_statistic(const ListInput& in) {
  in.out.append(" statistic mode ").append(in.text("mode"));
  for (const std::string_view option : {"probability", "every"})
    if (const OptionUse* use = in.find(option))
      in.out.append(use->negated ? " ! " : " ").append(option).append(" ").append(use->text);
  if (in.has("every")) in.value("packet", "packet");
}

void list_string(const ListInput& in) {
  const bool hex = in.has("hex-string");
  const OptionUse* use = in.find(hex ? "hex-string" : "string");
  if (use == nullptr) return;
  in.out.append(" STRING match ").append(use->negated ? "! " : " ");
  std::string quoted;
  for (const char c : use->text) {
    if (c == '"' || c == '\\' || c == '\'') quoted += '\\';
    quoted += c;
  }
  in.out += '"' + (hex ? use->text : quoted) + '"';
  in.value("algo", "ALGO name");
  in.value("from", "FROM");
  in.value("to", "TO");
  in.flag("icase", "ICASE");
}

void list_tcpmss(const ListInput& in) { in.compact("mss", "tcpmss match "); }

void list_u32(const ListInput& in) {
  const OptionUse* use = in.find("u32");
  if (use != nullptr) in.out.append(use->negated ? " u32 ! \"" : " u32 \"").append(use->text).append("\"");
}

void list_udp(const ListInput& in) {
  in.out += " udp";
  list_ports(in, "sport", "spt", "udp");
  list_ports(in, "dport", "dpt", "udp");
}

constexpr ListRow kRows[] = {
    {"addrtype", list_addrtype},
    {"ah", list_ah},
    {"bpf", list_bpf},
    {"cgroup", list_cgroup},
    {"cluster", list_cluster},
    {"comment", list_comment},
    {"connbytes", list_connbytes},
    {"connlabel", list_connlabel},
    {"connlimit", list_connlimit},
    {"connmark", list_connmark},
    {"conntrack", [](const ListInput& in) { in.without_dashes(); }},
    {"cpu", list_cpu},
    {"dccp", list_dccp},
    {"devgroup", list_devgroup},
    {"dscp", list_dscp},
    {"dst", list_dst},
    {"ecn", list_ecn},
    {"esp", list_esp},
    {"eui64", list_eui64},
    {"frag", list_frag},
    {"hashlimit", list_hashlimit},
    {"hbh", list_hbh},
    {"helper", list_helper},
    {"hl", list_hl},
    {"icmp", list_icmp},
    {"icmp6", list_icmp6},
    {"ipcomp", list_ipcomp},
    {"iprange", list_iprange},
    {"ipv6header", list_ipv6header},
    {"ipvs", list_ipvs},
    {"length", list_length},
    {"limit", list_limit},
    {"mac", list_mac},
    {"mark", list_mark},
    {"mh", list_mh},
    {"multiport", list_multiport},
    {"nfacct", list_nfacct},
    {"osf", list_osf},
    {"owner", list_owner},
    {"physdev", list_physdev},
    {"pkttype", list_pkttype},
    {"policy", list_policy},
    {"quota", list_quota},
    {"realm", [](const ListInput& in) { in.without_dashes(); }},
    {"recent", list_recent},
    {"rpfilter", list_rpfilter},
    {"rt", list_rt},
    {"sctp", list_sctp},
    {"set", list_set},
    {"socket", list_socket},
    {"srh", list_srh},
    {"state", [](const ListInput& in) { in.without_dashes(); }},
    {"statistic", list_statistic},
    {"string", list_string},
    {"tcp", list_tcp},
    {"tcpmss", list_tcpmss},
    {"time", list_time},
    {"tos", list_tos},
    {"ttl", list_ttl},
    {"u32", list_u32},
    {"udp", list_udp},
};

}  // namespace

std::span<const ListRow> match_list_rows() { return kRows; }

}  // namespace nfproof::compiler
