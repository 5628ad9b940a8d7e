// SPDX-License-Identifier: Apache-2.0
// What the whole of a rule says, for those who translate its parts.
#include "backends/nft_rule_facts.h"

#include <algorithm>

#include "backends/nft_formula.h"
#include "compiler/ir/facts.h"

namespace nfproof::backends {

namespace {

/// The one transport protocol of packets that fulfil the condition.
std::optional<std::uint8_t> protocol_asked(const ir::Ruleset& ruleset, const ir::Condition& condition) {
  const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
  if (test == nullptr) return std::nullopt;
  if (const auto protocol = ir::protocol_of(ir::field_info(test->field).presence)) return protocol;
  const auto* values = test->field == ir::FieldId::kL4Proto && !test->negated ? test->values.intervals() : nullptr;
  if (values == nullptr || values->size() != 1 || values->front().lo != values->front().hi) return std::nullopt;
  return static_cast<std::uint8_t>(values->front().lo);
}

}  // namespace

/// The transport protocol that every packet of the rule has.
std::optional<std::uint8_t> nft_protocol_of(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  for (const ir::Condition& condition : rule.when)
    if (const auto protocol = protocol_asked(ruleset, condition)) return protocol;
  return std::nullopt;
}

bool nft_asks_for_two_protocols(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto first = nft_protocol_of(ruleset, rule);
  return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    const auto protocol = protocol_asked(ruleset, condition);
    return protocol && protocol != first;
  });
}

bool nft_asks_for_both_families(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto asks_for = [&](ir::Presence presence) {
    return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
      const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
      return test != nullptr && ir::field_info(test->field).presence == presence;
    });
  };
  return asks_for(ir::Presence::kIpv4) && asks_for(ir::Presence::kIpv6);
}

bool nft_asks_for_ports(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto with_ports = [](const ir::Interval& values) {
    return values.lo == values.hi && nft_has_ports(static_cast<std::uint8_t>(values.lo));
  };
  return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr || test->field != ir::FieldId::kL4Proto || test->negated) return false;
    const auto* intervals = test->values.intervals();
    return intervals != nullptr && std::all_of(intervals->begin(), intervals->end(), with_ports);
  });
}

/// The family of the packets that the rule matches, where it is one.
std::optional<ir::Family> nft_address_family(const ir::Ruleset& ruleset, const ir::Rule& rule, ir::Family family) {
  if (family != ir::Family::kInet) return family;
  for (const ir::Condition& condition : rule.when) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr) continue;
    const ir::Presence presence = ir::field_info(test->field).presence;
    if (presence == ir::Presence::kIpv4 || presence == ir::Presence::kConntrack4) return ir::Family::kIpv4;
    if (presence == ir::Presence::kIpv6 || presence == ir::Presence::kConntrack6) return ir::Family::kIpv6;
  }
  return std::nullopt;
}

/// Does the rule ask for a maximum segment size option?
bool nft_tests_for_mss(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr) return false;
    if (test->field == ir::FieldId::kTcpMss) return true;
    const bool present_only = test->values.masks() == nullptr && test->values.interfaces() == nullptr &&
                              test->values.contains(ir::u128{1}) != test->negated &&
                              test->values.contains(ir::u128{0}) == test->negated;
    return test->field == ir::FieldId::kTcpOption && test->argument == 2 && present_only;
  });
}

/// The rule as it was written, on one line.
std::string nft_surface_text(const std::string& chain, const ir::Rule& rule) {
  if (rule.nft_number != 0) return rule.basic.str();
  std::string out = "-A " + chain;
  const auto add = [&out](std::string_view text) {
    if (text.empty()) return;
    if (text.front() != ' ') out += ' ';
    out += text;
  };
  add(rule.basic);
  for (const ir::ModuleUse& match : rule.matches) {
    add("-m " + match.name);
    add(match.arguments);
  }
  if (rule.target) {
    add((rule.verdict.kind == ir::VerdictKind::kGoto ? "-g " : "-j ") + rule.target->name);
    add(rule.target->arguments);
  }
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

/// What becomes of the ruleset without the rule.
std::string_view nft_without_it(const ir::Rule& rule) {
  switch (rule.verdict.kind) {
    case ir::VerdictKind::kAccept:
      return rule.effects.empty() ? " (stricter without it)" : " (packets stay as they are without it)";
    case ir::VerdictKind::kDrop:
    case ir::VerdictKind::kReject: return " (more permissive without it)";
    case ir::VerdictKind::kContinue:
      return rule.effects.empty() ? " (the same without it)" : " (what it does is missing)";
    case ir::VerdictKind::kReturn:
    case ir::VerdictKind::kJump:
    case ir::VerdictKind::kGoto:
    case ir::VerdictKind::kQueue: break;
  }
  return " (stricter or more permissive without it)";
}

/// Has the rule an error in the input?
bool nft_is_unreadable(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return std::any_of(rule.when.begin(), rule.when.end(),
                     [&](const ir::Condition& condition) {
                       const auto* opaque = std::get_if<ir::Opaque>(&ruleset.predicates[condition.predicate]);
                       return opaque != nullptr && opaque->unreadable;
                     }) ||
         std::any_of(rule.effects.begin(), rule.effects.end(), [](const ir::Effect& effect) {
           const auto* opaque = std::get_if<ir::OpaqueEffect>(&effect);
           return opaque != nullptr && opaque->unreadable;
         });
}

}  // namespace nfproof::backends
