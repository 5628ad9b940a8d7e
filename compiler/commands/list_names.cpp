// SPDX-License-Identifier: Apache-2.0
// What `iptables -L` shows of matches that have names for their values.
#include <grp.h>
#include <pwd.h>

#include <cstdio>

#include "compiler/commands/list_tables.h"
#include "compiler/extensions/common.h"
#include "compiler/extensions/names.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kTosNames[] = {{"Minimize-Delay", 0x10},
                                   {"Maximize-Throughput", 0x08},
                                   {"Maximize-Reliability", 0x04},
                                   {"Minimize-Cost", 0x02},
                                   {"Normal-Service", 0x00}};

void list_icmp_type(const ListInput& in, std::string_view option, std::span<const IcmpName> names) {
  const OptionUse* use = in.find(option);
  if (use == nullptr) return;
  const auto parsed = parse_icmp_type(use->text, names);
  const auto* type = std::get_if<IcmpType>(&parsed);
  if (type == nullptr) return;
  if (!in.numeric) {
    for (const IcmpName& name : names) {
      const bool same =
          name.type.type == type->type && name.type.code_lo == type->code_lo && name.type.code_hi == type->code_hi;
      if (!same) continue;
      in.out.append(use->negated ? " !" : " ").append(name.name);
      return;
    }
  }
  if (use->negated) in.out += " !";
  in.out += "type " + std::to_string(type->type);
  if (type->code_lo == type->code_hi) in.out += " code " + std::to_string(type->code_lo);
}

std::string hex_upper(unsigned number, const char* format) {
  char text[16];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

unsigned tcp_flag_bits(std::string_view names) {
  static constexpr NameValue kFlags[] = {{"FIN", 1}, {"SYN", 2}, {"RST", 4}, {"PSH", 8}, {"ACK", 16}, {"URG", 32}};
  unsigned bits = 0;
  for (const std::string_view name : split(names, ','))
    bits |= static_cast<unsigned>(find_by_prefix(kFlags, name).value_or(0));
  return bits;
}

std::string id_name(std::string_view text, bool user) {
  const auto id = parse_number(text);
  if (!id) return std::string(text);
  if (user) {
    if (const passwd* entry = ::getpwuid(static_cast<uid_t>(*id))) return entry->pw_name;
  } else if (const group* entry = ::getgrgid(static_cast<gid_t>(*id))) {
    return entry->gr_name;
  }
  return std::string(text);
}

}  // namespace

void list_icmp(const ListInput& in) {
  in.out += " icmp";
  list_icmp_type(in, "icmp-type", icmp_names());
}

void list_icmp6(const ListInput& in) {
  in.out += " ipv6-icmp";
  list_icmp_type(in, "icmpv6-type", icmp6_names());
}

void list_tcp(const ListInput& in) {
  in.out += " tcp";
  list_ports(in, "sport", "spt", "tcp");
  list_ports(in, "dport", "dpt", "tcp");
  in.compact("tcp-option", "option=");
  const OptionUse* use = in.find("tcp-flags");
  if (use == nullptr) return;
  const auto& flags = std::get<TextPair>(use->value);
  in.out.append(" flags:").append(use->negated ? "!" : "");
  if (in.numeric)
    in.out += hex_upper(tcp_flag_bits(flags.first), "0x%02X") + '/' + hex_upper(tcp_flag_bits(flags.second), "0x%02X");
  else
    in.out += flags.first + '/' + flags.second;
}

void list_multiport(const ListInput& in) {
  const std::string protocol = in.module.protocol ? protocol_text(*in.module.protocol) : std::string();
  for (const std::string_view option : {"sports", "dports", "ports"}) {
    const OptionUse* use = in.find(option);
    if (use == nullptr) continue;
    in.out.append(" multiport ").append(option).append(use->negated ? "  !" : " ");
    bool first = true;
    for (const NumberRange& range : std::get<std::vector<NumberRange>>(use->value)) {
      if (!first) in.out += ',';
      first = false;
      in.out += port_name(range.lo, protocol.c_str(), in.numeric);
      if (range.hi != range.lo) in.out += ':' + port_name(range.hi, protocol.c_str(), in.numeric);
    }
  }
}

void list_dccp(const ListInput& in) {
  in.out += " dccp";
  list_ports(in, "sport", "spt", "dccp");
  list_ports(in, "dport", "dpt", "dccp");
  if (const OptionUse* use = in.find("dccp-types")) {
    in.out.append(use->negated ? " ! " : " ");
    std::string numbers;
    // INVALID stands for all types that have no name.
    const auto bits = number_of(*use);
    for (unsigned type = 0; type < 16; ++type)
      if ((bits >> std::min(type, 10U) & 1) != 0) numbers += ',' + std::to_string(type);
    in.out += in.numeric && !numbers.empty() ? numbers.substr(1) : use->text;
  }
  in.compact("dccp-option", "option=");
}

void list_sctp(const ListInput& in) {
  in.out += " sctp";
  list_ports(in, "sport", "spt", "sctp");
  list_ports(in, "dport", "dpt", "sctp");
  const OptionUse* use = in.find("chunk-types");
  if (use == nullptr) return;
  const auto& words = std::get<TextPair>(use->value);
  in.out.append(use->negated ? " ! " : " ").append(words.first).append(" ");
  if (!in.numeric || words.second == "ALL" || words.second == "NONE") {
    in.out += words.second;
    return;
  }
  bool first = true;
  for (const std::string_view chunk : split(words.second, ',')) {
    if (!first) in.out += ',';
    first = false;
    const std::size_t colon = std::min(chunk.find(':'), chunk.size());
    in.out += hex_upper(sctp_chunk_number(chunk.substr(0, colon)).value_or(0), "0x%04X");
    in.out += chunk.substr(colon);
  }
}

void list_ipv6header(const ListInput& in) {
  static constexpr NameValue kBits[] = {{"hop-by-hop", 0x80}, {"ipv6-opts", 0x40}, {"ipv6-route", 0x20},
                                        {"ipv6-frag", 0x10},  {"ah", 0x08},        {"esp", 0x04},
                                        {"ipv6-nonxt", 0x02}, {"protocol", 0x01}};
  const OptionUse* use = in.find("header");
  if (use == nullptr) return;
  in.out.append(" ipv6header flags:").append(use->negated ? "!" : "");
  unsigned bits = 0;
  for (const std::string_view name : split(use->text, ','))
    for (const NameValue& known : kBits)
      if (known.name == name) bits |= static_cast<unsigned>(known.value);
  in.out += in.numeric ? hex_upper(bits, "0x%02X") : use->text;
  in.flag("soft", "soft");
}

void list_mh(const ListInput& in) {
  in.out += " mh";
  const OptionUse* use = in.find("mh-type");
  if (use == nullptr) return;
  in.out.append(use->negated ? " !" : " ");
  const std::string_view text = use->text;
  const std::size_t colon = text.find(':');
  const auto name = [&](std::string_view number) {
    const std::string_view known = in.numeric ? std::string_view{} : mh_type_name(parse_number(number).value_or(256));
    return std::string(known.empty() ? number : known);
  };
  in.out += name(text.substr(0, colon));
  if (colon != std::string_view::npos) in.out += ':' + name(text.substr(colon + 1));
}

void list_owner(const ListInput& in) {
  for (const OptionUse& use : in.module.options) {
    const std::string_view option = use.row->name;
    if (option == "suppl-groups") {
      in.out += " incl. suppl. groups";
      continue;
    }
    in.out.append(use.negated ? " ! owner " : " owner ");
    if (option == "socket-exists") {
      in.out += "socket exists";
      continue;
    }
    const bool user = option == "uid-owner";
    in.out.append(user ? "UID match " : "GID match ").append(in.numeric ? use.text : id_name(use.text, user));
  }
}

void list_policy(const ListInput& in) {
  std::size_t elements = 1;
  for (const OptionUse& use : in.module.options) elements += use.row->name == "next" ? 1 : 0;
  in.out.append(" policy match dir ").append(in.text("dir")).append(" pol ").append(in.text("pol"));
  in.flag("strict", "strict");
  std::size_t element = 0;
  const auto number_element = [&] {
    if (elements > 1) in.out += " [" + std::to_string(element) + ']';
  };
  number_element();
  for (const OptionUse& use : in.module.options) {
    const std::string_view option = use.row->name;
    if (option == "dir" || option == "pol" || option == "strict") continue;
    if (option == "next") {
      ++element;
      number_element();
      continue;
    }
    in.out.append(use.negated ? " ! " : " ").append(option).append(" ");
    if (option == "proto" && in.numeric)
      in.out += std::to_string(parse_protocol(use.text).value_or(0));
    else
      in.out += use.text;
  }
}

void list_tos(const ListInput& in) {
  const OptionUse* use = in.find("tos");
  if (use == nullptr) return;
  in.out += " tos match";
  const std::string_view text = use->text;
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto value = parse_number(text.substr(0, slash));
  const std::string_view name = value ? name_of(kTosNames, *value) : std::string_view{};
  if (!in.numeric && text.ends_with("/0x3f") && !name.empty())
    in.out.append(use->negated ? " !" : " ").append(name);
  else
    in.out.append(use->negated ? "!" : "").append(text);
}

void list_time(const ListInput& in) {
  in.out += " TIME";
  if (in.has("timestart")) in.out.append(" from ").append(in.text("timestart"));
  if (in.has("timestop")) in.out.append(" to ").append(in.text("timestop"));
  if (const OptionUse* days = in.find("weekdays"))
    in.out.append(days->negated ? " !" : " ").append("on ").append(days->text);
  if (const OptionUse* days = in.find("monthdays")) {
    in.out.append(days->negated ? " !" : " ").append("on ");
    static constexpr std::string_view kEnds[] = {"th", "st", "nd", "rd"};
    bool first = true;
    for (const std::string_view day : split(days->text, ',')) {
      const auto last = static_cast<unsigned>(day.back() - '0');
      in.out.append(first ? "" : ",").append(day).append(kEnds[last <= 3 ? last : 0]);
      first = false;
    }
  }
  const auto date = [](std::string_view text) {
    std::string out(text);
    if (const std::size_t t = out.find('T'); t != std::string::npos) out[t] = ' ';
    return out;
  };
  if (in.has("datestart")) in.out += " starting from " + date(in.text("datestart"));
  // The last second that there is goes without saying.
  if (in.has("datestop") && in.text("datestop") != "2038-01-19T03:14:07")
    in.out += " until date " + date(in.text("datestop"));
  if (!in.has("kerneltz")) in.out += " UTC";
  in.flag("contiguous", "contiguous");
}

}  // namespace nfproof::compiler
