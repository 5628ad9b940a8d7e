// SPDX-License-Identifier: Apache-2.0
// Dumps of predicates, verdicts and rules: see dump.h. Kinds that are no field tests are in `dump_kinds.cpp`.
#include "compiler/ir/dump.h"

#include <array>
#include <variant>

#include "compiler/ir/dump_kinds.h"
#include "compiler/ir/reverse_path.h"

namespace nfproof::ir {
namespace {

std::string value_text(const FieldInfo& field, u128 value) {
  switch (field.kind) {
    case FieldKind::kAddress4: return format_address(value, Family::kIpv4);
    case FieldKind::kAddress6: return format_address(value, Family::kIpv6);
    case FieldKind::kMac: return format_mac(value);
    case FieldKind::kCtState:
      return value < kCtStateCount ? std::string(ct_state_name(static_cast<CtState>(value))) : format_number(value);
    case FieldKind::kHex:
    case FieldKind::kMarkBits:
    case FieldKind::kTcpFlags:
    case FieldKind::kAddrType:
    case FieldKind::kCtStatus: return dump_hex(value);
    case FieldKind::kIcmp4:
    case FieldKind::kIcmp6: return format_number(value >> 8) + '/' + format_number(value & 0xff);
    case FieldKind::kInterface:
    case FieldKind::kNumber:
    case FieldKind::kPktType:
    case FieldKind::kProtocol:
    case FieldKind::kPort:
    case FieldKind::kDirection: return format_number(value);
  }
  return {};
}

void append_listed(std::string& out, const std::string& item) {
  if (!out.empty()) out += ',';
  out += item;
}

std::string set_text(const FieldInfo& field, const ValueSet& set) {
  std::string out;
  if (field.bits != 0 && set.is_all(field.bits)) return "*";
  if (const auto* intervals = set.intervals())
    for (const Interval& range : *intervals)
      append_listed(out, value_text(field, range.lo) + (range.hi == range.lo ? "" : '-' + value_text(field, range.hi)));
  if (const auto* masks = set.masks())
    for (const Masked& masked : *masks)
      append_listed(out, value_text(field, masked.value) + '&' + value_text(field, masked.mask));
  if (const auto* patterns = set.interfaces())
    for (const InterfacePattern& pattern : *patterns) append_listed(out, pattern.name + (pattern.wildcard ? "+" : ""));
  return out.empty() ? "nothing" : out;
}

struct PredicateText {
  const PredicatePool& pool;

  std::string operator()(const FieldTest& test) const {
    const FieldInfo& field = field_info(test.field);
    std::string out = test.negated ? "! " : "";
    std::uint16_t argument = test.argument;
    if (test.field == FieldId::kReversePath && has_flag(argument, ReversePath::kFib)) {
      out += "fib.way";
      argument = as_rpfilter(argument);
    } else {
      out += field.name;
    }
    if (argument != 0) out += '(' + std::to_string(argument) + ')';
    return out + ' ' + set_text(field, test.values);
  }
  std::string operator()(const AnyOf& test) const {
    std::string out = test.negated ? "none(" : "any(";
    for (std::size_t i = 0; i < test.any.size(); ++i) out += (i == 0 ? "" : " | ") + dump_predicate(pool, test.any[i]);
    return out + ')';
  }
  std::string operator()(const SctpChunks& test) const {
    std::string out = test.negated ? "! sctp.chunks " : "sctp.chunks ";
    constexpr std::array<const char*, 3> kModes = {"any", "all", "only"};
    out += kModes[static_cast<std::size_t>(test.mode)];
    for (std::size_t type = 0; type < 256; ++type)
      if ((test.types[type / 32] >> (type % 32) & 1) != 0) out += ' ' + std::to_string(type);
    for (const SctpChunks::FlagTest& flag : test.flags)
      out += " [" + std::to_string(flag.chunk_type) + ':' + dump_hex(flag.value) + '&' + dump_hex(flag.mask) + ']';
    return out;
  }
  template <FreeTest T>
  std::string operator()(const T& test) const {
    return dump_free_test(test);
  }
  std::string operator()(const Opaque& test) const {
    return (test.stateful ? "opaque*(" : "opaque(") + test.module + (test.arguments.empty() ? "" : " ") +
           test.arguments + ')';
  }
};

std::string verdict_text(const Ruleset& ruleset, const Rule& rule) {
  std::string out(verdict_name(rule.verdict.kind));
  switch (rule.verdict.kind) {
    case VerdictKind::kJump:
    case VerdictKind::kGoto: return out + ' ' + ruleset.chain(rule.verdict.chain).name;
    case VerdictKind::kReject: return out + ' ' + std::string(reject_name(rule.verdict.reject));
    case VerdictKind::kQueue:
      out += ' ' + std::to_string(rule.verdict.queue);
      if (rule.verdict.more_queues != 0) out += '-' + std::to_string(rule.verdict.queue + rule.verdict.more_queues);
      if (rule.verdict.bypass) out += " bypass";
      return rule.verdict.cpu_fanout ? out + " cpu-fanout" : out;
    case VerdictKind::kContinue:
    case VerdictKind::kAccept:
    case VerdictKind::kDrop:
    case VerdictKind::kReturn: return out;
  }
  return out;
}

}  // namespace

// An `AnyOf` nests one level only: its members are never `AnyOf` themselves.
std::string dump_predicate(const PredicatePool& pool, PredicateId id) {
  return std::visit(PredicateText{pool}, pool[id]);
}

std::string dump_effect(const Effect& effect) {
  return std::visit([](const auto& kind) { return dump_effect_kind(kind); }, effect);
}

std::string dump_rule(const Ruleset& ruleset, const Rule& rule) {
  std::string out;
  for (const Condition& condition : rule.when) {
    if (!out.empty()) out += "; ";
    out += dump_predicate(ruleset.predicates, condition.predicate);
  }
  out += out.empty() ? "=> " : " => ";
  for (const Effect& effect : rule.effects) out += dump_effect(effect) + "; ";
  return out + verdict_text(ruleset, rule);
}

}  // namespace nfproof::ir
