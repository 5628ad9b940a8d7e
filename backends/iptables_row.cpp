// SPDX-License-Identifier: Apache-2.0
// Rules of iptables in parts: see iptables_row.h.
#include "backends/iptables_row.h"

#include <algorithm>
#include <sstream>

#include "compiler/ir/rule_text.h"

namespace nfproof::backends {
namespace {

/// Matches that answer by the packet and its connection alone.
constexpr std::array<std::string_view, 14> kPure = {"addrtype", "conntrack", "connmark", "dscp", "icmp",
                                                    "icmp6",    "iprange",   "length",   "mark", "pkttype",
                                                    "policy",   "set",       "state",    "tos"};

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(std::move(word));
  return out;
}

/// The one interval that the basic option asks for.
std::optional<ir::Interval> interval_of(const ir::Ruleset& ruleset, const ir::Rule& rule, bool source) {
  for (const ir::Condition& condition : rule.when) {
    if (condition.match != ir::Condition::kBasic) continue;
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr || test->negated) continue;
    const bool is_source = test->field == ir::FieldId::kIpSaddr || test->field == ir::FieldId::kIp6Saddr;
    const bool is_destination = test->field == ir::FieldId::kIpDaddr || test->field == ir::FieldId::kIp6Daddr;
    if (source ? !is_source : !is_destination) continue;
    const auto* intervals = test->values.intervals();
    if (intervals != nullptr && intervals->size() == 1) return intervals->front();
  }
  return std::nullopt;
}

void read_basic(const ir::Ruleset& ruleset, const ir::Rule& rule, IptablesRow& row) {
  const std::vector<std::string> words = words_of(rule.basic);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool negated = words[i] == "!";
    if (negated && ++i == words.size()) return;
    const std::string& option = words[i];
    const std::string value = option != "-f" && i + 1 < words.size() ? words[++i] : "";
    if (!negated && (option == "-s" || option == "-d")) {
      std::optional<ir::Interval>& interval = option == "-s" ? row.source : row.destination;
      interval = interval_of(ruleset, rule, option == "-s");
      if (interval) {
        row.values[option == "-s" ? IptablesRow::kSource : IptablesRow::kDestination] = {value};
        continue;
      }
    }
    if (!negated && option == "-i" && !value.ends_with('+')) row.in = value;
    if (!negated && option == "-o" && !value.ends_with('+')) row.out = value;
    if (!negated && option == "-p") row.protocol = value;
    row.basic += (negated ? " ! " : " ") + option + (value.empty() ? "" : " " + value);
  }
}

/// `80`, `80:90` or several of them; false when there is something else.
bool read_ports(const std::string& list, IptablesRow& row) {
  if (!row.values[IptablesRow::kPort].empty()) return false;
  std::istringstream in(list);
  std::vector<ir::Interval> ports;
  std::vector<std::string> values;
  for (std::string each; std::getline(in, each, ',');) {
    const std::size_t colon = each.find(':');
    if (each.empty() || each.find_first_not_of("0123456789:") != std::string::npos || colon == 0 ||
        colon == each.size() - 1 || each.size() > 11)
      return false;
    const unsigned long lo = std::stoul(each.substr(0, colon));
    const unsigned long hi = colon == std::string::npos ? lo : std::stoul(each.substr(colon + 1));
    ports.push_back({lo, hi});
    values.push_back(each);
  }
  row.ports = std::move(ports);
  row.values[IptablesRow::kPort] = std::move(values);
  return !row.ports.empty();
}

/// False: it has a state, or is not known well enough.
bool read_match(const ir::ModuleUse& match, IptablesRow& row) {
  std::vector<std::string> words = words_of(match.arguments);
  const std::string_view name = match.name;
  if (name == "comment") return true;
  if (name == "multiport" && words.size() == 2 && words[0] == "--dports") return read_ports(words[1], row);
  if (name == "mac" && words.size() == 2 && words[0] == "--mac-source") {
    row.values[IptablesRow::kMac] = {words[1]};
    return true;
  }
  std::string rest = match.arguments.str();
  if (name == "tcp" || name == "udp") {
    const auto at = std::find(words.begin(), words.end(), "--dport");
    if (at != words.end() && std::next(at) != words.end() && (at == words.begin() || *std::prev(at) != "!")) {
      if (row.protocol != name || !read_ports(*std::next(at), row)) return false;
      words.erase(at, at + 2);
      rest.clear();
      for (const std::string& word : words) rest += (rest.empty() ? "" : " ") + word;
      if (rest.empty()) return true;
    }
  } else if (std::find(kPure.begin(), kPure.end(), name) == kPure.end()) {
    return false;
  }
  row.matches += " -m " + std::string(name) + (rest.empty() ? "" : " " + rest);
  return true;
}

bool meet(const std::optional<ir::Interval>& a, const std::optional<ir::Interval>& b) {
  return !a || !b || (a->lo <= b->hi && b->lo <= a->hi);
}

bool differ(const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; }

}  // namespace

IptablesRow iptables_row(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  IptablesRow row;
  ir::append_rule_matches(row.text, "", rule);
  row.text.erase(0, std::string_view("-A ").size());
  ir::append_rule_target(row.target, rule);
  row.text += row.target;
  row.comment = rule.comment.str();
  read_basic(ruleset, rule, row);
  bool pure = true;
  for (const ir::ModuleUse& match : rule.matches) pure = read_match(match, row) && pure;
  const ir::VerdictKind kind = rule.verdict.kind;
  row.leaves = kind == ir::VerdictKind::kReturn || kind == ir::VerdictKind::kGoto;
  row.ends = row.leaves || kind == ir::VerdictKind::kAccept || kind == ir::VerdictKind::kDrop ||
             kind == ir::VerdictKind::kReject;
  row.plain = pure && rule.effects.empty() && rule.target && (row.ends || kind == ir::VerdictKind::kJump);
  row.movable = std::none_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    return ir::answers_by_rule(ruleset.predicates[condition.predicate]);
  });
  return row;
}

bool are_apart(const IptablesRow& a, const IptablesRow& b) {
  if (differ(a.protocol, b.protocol) || differ(a.in, b.in) || differ(a.out, b.out)) return true;
  if (!meet(a.source, b.source) || !meet(a.destination, b.destination)) return true;
  const auto& mac = a.values[IptablesRow::kMac];
  if (!mac.empty() && !b.values[IptablesRow::kMac].empty() && mac != b.values[IptablesRow::kMac]) return true;
  if (a.ports.empty() || b.ports.empty()) return false;
  return std::none_of(a.ports.begin(), a.ports.end(), [&](const ir::Interval& one) {
    return std::any_of(b.ports.begin(), b.ports.end(),
                       [&](const ir::Interval& two) { return one.lo <= two.hi && two.lo <= one.hi; });
  });
}

}  // namespace nfproof::backends
