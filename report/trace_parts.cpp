// SPDX-License-Identifier: Apache-2.0
// Tests and field values in words.
#include "report/trace_parts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "compiler/ir/dump.h"

namespace nfproof::report {
namespace {

using ir::FieldId;
using ir::FieldKind;

std::string hex(ir::u128 number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (; number != 0; number >>= 4) text.insert(text.begin(), kDigits[static_cast<std::size_t>(number & 0xf)]);
  return "0x" + (text.empty() ? "0" : text);
}

std::string value_text(FieldId field, ir::u128 value) {
  switch (ir::field_info(field).kind) {
    case FieldKind::kAddress4: return ir::format_address(value, ir::Family::kIpv4);
    case FieldKind::kAddress6: return ir::format_address(value, ir::Family::kIpv6);
    case FieldKind::kProtocol: return ir::protocol_name(static_cast<std::uint8_t>(value));
    case FieldKind::kMac: return ir::format_mac(value);
    case FieldKind::kTcpFlags: return ir::tcp_flags_text(static_cast<std::uint8_t>(value));
    case FieldKind::kCtState:
      return value < ir::kCtStateCount ? std::string(ir::ct_state_name(static_cast<ir::CtState>(value))) : "?";
    case FieldKind::kIcmp4:
    case FieldKind::kIcmp6: return "type " + ir::format_number(value >> 8) + " code " + ir::format_number(value & 0xff);
    case FieldKind::kHex:
    case FieldKind::kMarkBits:
    case FieldKind::kCtStatus: return hex(value);
    case FieldKind::kDirection: return value == 0 ? "ORIGINAL" : "REPLY";
    default: return ir::format_number(value);
  }
}

std::string instead_text(const ir::Packet& packet, FieldId field) {
  const ir::FieldInfo& info = ir::field_info(field);
  if (info.kind == FieldKind::kInterface) {
    const std::string& name = info.storage == FieldId::kIifname ? packet.in : packet.out;
    const char* which = info.storage == FieldId::kIifname ? "in" : "out";
    return name.empty() ? std::string("there is no `") + which + "` interface" : std::string(which) + " is " + name;
  }
  if (info.kind == FieldKind::kAddrType) return {};
  const auto value = packet.get(field);
  if (!ir::is_present(packet, info.presence) || !value) {
    if (ir::is_present(packet, info.presence)) return {};
    const bool connection = info.presence == ir::Presence::kConntrack || info.presence == ir::Presence::kConntrack4 ||
                            info.presence == ir::Presence::kConntrack6;
    return connection ? "there is no connection" : "protocol is " + ir::protocol_name(packet.protocol());
  }
  return std::string(info.name) + " is " + value_text(field, *value);
}

/// The basic option that tests a field, as it stands in the canonical text: `! -i eth0`.
std::string basic_option(const std::string& basic, FieldId field) {
  std::string_view option;
  switch (ir::field_info(field).storage) {
    case FieldId::kIifname: option = "-i"; break;
    case FieldId::kOifname: option = "-o"; break;
    case FieldId::kIpSaddr:
    case FieldId::kIp6Saddr: option = "-s"; break;
    case FieldId::kIpDaddr:
    case FieldId::kIp6Daddr: option = "-d"; break;
    case FieldId::kL4Proto: option = "-p"; break;
    default: return basic;
  }
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < basic.size();) {
    const std::size_t end = std::min(basic.find(' ', at), basic.size());
    words.push_back(std::string_view(basic).substr(at, end - at));
    at = end + 1;
  }
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == option)
      return (i > 0 && words[i - 1] == "!" ? "! " : "") + std::string(option) + ' ' + std::string(words[i + 1]);
  return basic;
}

}  // namespace

FailedTest failed_test(const ir::Ruleset& ruleset, const ir::Rule& rule, std::size_t condition,
                       const ir::Packet& packet) {
  FailedTest failed;
  if (condition >= rule.when.size()) return failed;
  const ir::Condition& when = rule.when[condition];
  const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[when.predicate]);
  if (when.match < rule.matches.size()) {
    const ir::ModuleUse& use = rule.matches[when.match];
    failed.test =
        (rule.nft_number != 0 ? "" : "-m ") + use.name.str() + (use.arguments.empty() ? "" : ' ' + use.arguments);
  } else {
    failed.test = test == nullptr ? ir::dump_predicate(ruleset.predicates, when.predicate)
                                  : basic_option(rule.basic.str(), test->field);
  }
  if (test != nullptr) failed.instead = instead_text(packet, test->field);
  return failed;
}

std::vector<FieldChange> changes(const ir::Packet& before, const ir::Packet& after) {
  std::vector<FieldChange> found;
  const auto note = [&](std::string name, std::string from, std::string to) {
    if (from != to) found.push_back({std::move(name), std::move(from), std::move(to)});
  };
  static constexpr std::array kShown = {
      FieldId::kMark,     FieldId::kIpSaddr,     FieldId::kIpDaddr,   FieldId::kIp6Saddr,
      FieldId::kIp6Daddr, FieldId::kThSport,     FieldId::kThDport,   FieldId::kIpTtl,
      FieldId::kIpTos,    FieldId::kIp6HopLimit, FieldId::kIp6Tclass, FieldId::kTcpMss,
      FieldId::kLength,   FieldId::kCtState,     FieldId::kCtMark,    FieldId::kPktType,
  };
  for (const FieldId field : kShown) {
    const ir::FieldInfo& info = ir::field_info(field);
    const auto text = [&](const ir::Packet& packet) {
      const auto value = packet.get(field);
      const bool there = value && (ir::is_present(packet, info.presence) || field == FieldId::kCtMark);
      return there ? value_text(field, *value) : std::string();
    };
    std::string from = text(before), to = text(after);
    const bool mark = field == FieldId::kMark || field == FieldId::kCtMark;
    if (mark && from.empty()) from = "0x0";
    if (mark && to.empty()) to = "0x0";
    note(std::string(info.name), std::move(from), std::move(to));
  }
  note("out", before.out, after.out);
  return found;
}

std::string rule_text(const ir::Rule& rule) {
  std::string text = rule.basic.str();
  if (rule.nft_number != 0) return text;
  for (const ir::ModuleUse& use : rule.matches) {
    text += (text.empty() ? "-m " : " -m ") + use.name;
    if (!use.arguments.empty()) text += ' ' + use.arguments;
  }
  if (!rule.target) return text.empty() ? "(counts only)" : text;
  const bool is_goto = rule.verdict.kind == ir::VerdictKind::kGoto;
  text += std::string(text.empty() ? "" : " ") + (is_goto ? "-g " : "-j ") + rule.target->name;
  if (!rule.target->arguments.empty()) text += ' ' + rule.target->arguments;
  return text;
}

}  // namespace nfproof::report
