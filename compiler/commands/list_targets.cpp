// SPDX-License-Identifier: Apache-2.0
// What `iptables -L` shows of targets, one row for each (the `print` functions of iptables' own modules).
#include <array>

#include "compiler/commands/list_tables.h"
#include "compiler/extensions/common.h"
#include "compiler/extensions/log_prefix.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

void list_audit(const ListInput& in) { in.value("type", "AUDIT"); }
void list_checksum(const ListInput& in) { in.flag("checksum-fill", "CHECKSUM fill"); }

void list_classify(const ListInput& in) {
  in.out += " CLASSIFY set ";
  bool first = true;
  for (const std::string_view part : split(in.text("set-class"), ':')) {
    const std::size_t digit = std::min(part.find_first_not_of('0'), part.empty() ? 0 : part.size() - 1);
    in.out.append(first ? "" : ":").append(part.substr(digit));
    first = false;
  }
}

/// Which of the short forms a mark change is: `set`, `and`, `or`, `xor`, or none of them.
void list_mark_change(const ListInput& in, std::string_view name) {
  const OptionUse* use = in.find("set-xmark");
  if (use == nullptr) return;
  const MarkMask change = mark_of(*use);
  in.out.append(" ").append(name);
  if (change.value == 0)
    in.out += " and " + hex(~change.mask & 0xffffffffU);
  else if (change.value == change.mask)
    in.out += " or " + hex(change.value);
  else if (change.mask == 0)
    in.out += " xor " + hex(change.value);
  else if (change.mask == 0xffffffffU)
    in.out += " set " + hex(change.value);
  else
    in.out += " xset " + hex(change.value) + '/' + hex(change.mask);
}

void list_mark(const ListInput& in) { list_mark_change(in, "MARK"); }

/// The mask of the mark that is read, and of the one that is written when that is another.
void list_copied_mark(const ListInput& in, std::string_view from, std::string_view to) {
  const OptionUse* first = in.find(from);
  const OptionUse* second = in.find(to);
  if (first == nullptr || second == nullptr) return;
  const std::uint64_t a = number_of(*first);
  const std::uint64_t b = number_of(*second);
  if (a == 0xffffffff && b == 0xffffffff) return;
  if (a == b)
    in.out += " mask " + hex(a);
  else
    in.out.append(" ").append(from).append(" " + hex(a) + ' ').append(to).append(" ~" + hex(b));
}

void list_connmark(const ListInput& in) {
  list_mark_change(in, "CONNMARK");
  if (in.has("save-mark")) {
    in.out += " CONNMARK save";
    list_copied_mark(in, "nfmask", "ctmask");
  } else if (in.has("restore-mark")) {
    in.out += " CONNMARK restore";
    list_copied_mark(in, "ctmask", "nfmask");
  }
  in.value("left-shift-mark", "left-shift-mark");
  in.value("right-shift-mark", "right-shift-mark");
}

void list_connsecmark(const ListInput& in) {
  in.flag("save", "CONNSECMARK save");
  in.flag("restore", "CONNSECMARK restore");
}

void list_ct(const ListInput& in) {
  if (in.module.name == "NOTRACK") {
    in.out += " NOTRACK";
    return;
  }
  in.out += " CT";
  in.without_dashes();
}

void list_dscp(const ListInput& in) { in.value("set-dscp", "DSCP set"); }
void list_ecn(const ListInput& in) { in.flag("ecn-tcp-remove", "ECN TCP remove"); }

void list_hop_limit(const ListInput& in, std::string_view name, std::string_view prefix) {
  constexpr std::array<std::string_view, 2> kActions[] = {
      {"set", "set to"}, {"dec", "decrement by"}, {"inc", "increment by"}};
  for (const auto& [suffix, action] : kActions)
    in.value(std::string(prefix) + std::string(suffix), std::string(name) + ' ' + std::string(action));
}
void list_hl(const ListInput& in) { list_hop_limit(in, "HL", "hl-"); }
void list_ttl(const ListInput& in) { list_hop_limit(in, "TTL", "ttl-"); }

void list_hmark(const ListInput& in) {
  in.out += " HMARK ";
  const auto number = [&in](std::string_view option, std::string_view label) {
    if (in.has(option)) in.out.append(label).append(" ").append(in.text(option)).append(" ");
  };
  number("hmark-mod", "mod");
  number("hmark-offset", "offset");
  if (in.has("hmark-tuple")) in.out += "ct, ";
  for (const std::string_view option :
       {"src-prefix", "dst-prefix", "sport-mask", "dport-mask", "sport", "dport", "spi-mask", "spi", "proto-mask"})
    number("hmark-" + std::string(option), option);
  if (const OptionUse* seed = in.find("hmark-rnd")) in.out += "rnd " + hex(number_of(*seed)) + ' ';
}

void list_idletimer(const ListInput& in) {
  in.compact("timeout", "timeout:");
  in.compact("label", "label:");
  in.flag("alarm", "alarm");
}

void list_led(const ListInput& in) {
  in.out.append(" led-trigger-id:\"").append(in.text("led-trigger-id")).append("\"");
  in.value("led-delay", "led-delay:");
  in.flag("led-always-blink", "led-always-blink");
}

void list_log(const ListInput& in) {
  constexpr NameValue kFlags[] = {
      {"tcp-sequence", 0x01}, {"tcp-options", 0x02}, {"ip-options", 0x04}, {"uid", 0x08}, {"macdecode", 0x20}};
  constexpr NameValue kLevels[] = {{"emerg", 0}, {"alert", 1},  {"crit", 2}, {"err", 3},
                                   {"warn", 4},  {"notice", 5}, {"info", 6}, {"debug", 7}};
  const std::uint64_t level = parse_number(in.text("log-level")).value_or(4);
  std::uint64_t bits = 0;
  std::string names;
  for (const NameValue& flag : kFlags) {
    if (!in.has("log-" + std::string(flag.name))) continue;
    bits |= flag.value;
    names += ' ' + std::string(flag.name);
  }
  if (in.numeric)
    in.out += " LOG flags " + std::to_string(bits) + " level " + std::to_string(level);
  else
    in.out.append(" LOG level ").append(name_of(kLevels, level)).append(names);
  if (const std::string_view prefix = in.text("log-prefix"); !prefix.empty())
    in.out.append(" prefix \"").append(prefix).append("\"");
}

/// The address and ports as they are, then the flags.
void list_nat(const ListInput& in, std::string_view option, std::string_view label) {
  if (in.has(option)) in.out.append(" ").append(label).append(in.text(option));
  in.flag("random", "random");
  in.flag("random-fully", "random-fully");
  in.flag("persistent", "persistent");
}

void list_nflog(const ListInput& in) {
  if (const OptionUse* use = in.find("nflog-prefix")) {
    in.out += " nflog-prefix";
    append_quoted(in.out, use->text);
  }
  for (const std::string_view option : {"nflog-group", "nflog-size", "nflog-range", "nflog-threshold"})
    in.value(option, option);
}

void list_nfqueue(const ListInput& in) {
  in.out += " NFQUEUE";
  in.value("queue-num", "num");
  in.value("queue-balance", "balance");
  in.flag("queue-bypass", "bypass");
  in.flag("queue-cpu-fanout", "cpu-fanout");
}

void list_npt(const ListInput& in) {
  in.out.append(" ").append(in.module.name);
  in.without_dashes();
}

void list_rateest(const ListInput& in) {
  in.value("rateest-name", "name");
  in.value("rateest-interval", "interval");
  in.value("rateest-ewmalog", "ewmalog");
}

void list_reject(const ListInput& in) { in.value("reject-with", "reject-with"); }
void list_secmark(const ListInput& in) { in.value("selctx", "SECMARK selctx"); }

void list_set(const ListInput& in) {
  for (const OptionUse& use : in.module.options) {
    in.out.append(" ").append(use.row->name);
    if (!use.text.empty()) in.out.append(" ").append(use.text);
  }
}

void list_synproxy(const ListInput& in) {
  in.out += " SYNPROXY ";
  for (const std::string_view option : {"sack-perm", "timestamp", "wscale", "mss", "ecn"}) {
    const OptionUse* use = in.find(option);
    if (use == nullptr) continue;
    in.out.append(option).append(" ");
    if (!use->text.empty()) in.out.append(use->text).append(" ");
  }
}

void list_tcpmss(const ListInput& in) {
  in.value("set-mss", "TCPMSS set");
  in.flag("clamp-mss-to-pmtu", "TCPMSS clamp to PMTU");
}

void list_tcpoptstrip(const ListInput& in) { in.value("strip-options", "TCPOPTSTRIP options"); }

void list_tee(const ListInput& in) {
  in.compact("gateway", "TEE gw:");
  in.compact("oif", "oif=");
}

void list_tos(const ListInput& in) {
  constexpr NameValue kNames[] = {{"Minimize-Delay", 0x10},
                                  {"Maximize-Throughput", 0x08},
                                  {"Maximize-Reliability", 0x04},
                                  {"Minimize-Cost", 0x02},
                                  {"Normal-Service", 0x00}};
  const std::string_view text = in.text("set-tos");
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return;
  const std::uint64_t value = parse_number(text.substr(0, slash)).value_or(0);
  const std::uint64_t mask = parse_number(text.substr(slash + 1)).value_or(0);
  if (in.numeric) {
    in.out.append(" TOS set ").append(text);
  } else if (const std::string_view name = name_of(kNames, value); mask == 0x3f && !name.empty()) {
    in.out.append("  TOS set").append(name);
  } else if (value == 0) {
    in.out += " TOS and " + hex(~mask & 0xff, 2);
  } else if (value == mask) {
    in.out += " TOS or " + hex(value, 2);
  } else if (mask == 0) {
    in.out += " TOS xor " + hex(value, 2);
  } else {
    in.out.append(" TOS set ").append(text);
  }
}

void list_tproxy(const ListInput& in) {
  in.out.append(" TPROXY redirect ").append(in.text("on-ip")).append(":").append(in.text("on-port"));
  in.out.append(" mark ").append(in.text("tproxy-mark"));
}

void list_ulog(const ListInput& in) {
  in.out += " ULOG ";
  in.out.append("copy_range ").append(in.has("ulog-cprange") ? in.text("ulog-cprange") : "0");
  in.out.append(" nlgroup ").append(in.has("ulog-nlgroup") ? in.text("ulog-nlgroup") : "1");
  if (in.has("ulog-prefix")) in.out.append(" prefix \"").append(in.text("ulog-prefix")).append("\"");
  in.out.append(" queue_threshold ").append(in.has("ulog-qthreshold") ? in.text("ulog-qthreshold") : "1");
}

constexpr ListRow kRows[] = {
    {"AUDIT", list_audit},
    {"CHECKSUM", list_checksum},
    {"CLASSIFY", list_classify},
    {"CONNMARK", list_connmark},
    {"CONNSECMARK", list_connsecmark},
    {"CT", list_ct},
    {"DNAT", [](const ListInput& in) { list_nat(in, "to-destination", "to:"); }},
    {"DNPT", list_npt},
    {"DSCP", list_dscp},
    {"ECN", list_ecn},
    {"HL", list_hl},
    {"HMARK", list_hmark},
    {"IDLETIMER", list_idletimer},
    {"LED", list_led},
    {"LOG", list_log},
    {"MARK", list_mark},
    {"MASQUERADE", [](const ListInput& in) { list_nat(in, "to-ports", "masq ports: "); }},
    {"NETMAP", [](const ListInput& in) { list_nat(in, "to", "to:"); }},
    {"NFLOG", list_nflog},
    {"NFQUEUE", list_nfqueue},
    {"NOTRACK", list_ct},
    {"RATEEST", list_rateest},
    {"REDIRECT", [](const ListInput& in) { list_nat(in, "to-ports", "redir ports "); }},
    {"REJECT", list_reject},
    {"SECMARK", list_secmark},
    {"SET", list_set},
    {"SNAT", [](const ListInput& in) { list_nat(in, "to-source", "to:"); }},
    {"SNPT", list_npt},
    {"SYNPROXY", list_synproxy},
    {"TCPMSS", list_tcpmss},
    {"TCPOPTSTRIP", list_tcpoptstrip},
    {"TEE", list_tee},
    {"TOS", list_tos},
    {"TPROXY", list_tproxy},
    {"TTL", list_ttl},
    {"ULOG", list_ulog},
};

}  // namespace

std::span<const ListRow> target_list_rows() { return kRows; }

}  // namespace nfproof::compiler
