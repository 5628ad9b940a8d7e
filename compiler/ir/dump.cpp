// SPDX-License-Identifier: Apache-2.0
// Dumps of the core: see dump.h.
#include "compiler/ir/dump.h"

#include <array>
#include <charconv>
#include <variant>

namespace nfproof::ir {
namespace {

std::string hex(u128 number) {
  std::array<char, 40> digits{};
  const auto low = static_cast<std::uint64_t>(number);
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), low, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

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
    case FieldKind::kCtStatus: return hex(value);
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
    out += field.name;
    if (test.argument != 0) out += '(' + std::to_string(test.argument) + ')';
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
      out += " [" + std::to_string(flag.chunk_type) + ':' + hex(flag.value) + '&' + hex(flag.mask) + ']';
    return out;
  }
  std::string operator()(const Limit& test) const {
    return "limit " + std::to_string(test.average) + " burst " + std::to_string(test.burst) + " rate " +
           std::to_string(test.count) + '/' + std::to_string(test.unit_seconds);
  }
  std::string operator()(const Statistic& test) const {
    std::string out = test.negated ? "! statistic " : "statistic ";
    if (test.mode == Statistic::Mode::kRandom) return out + "random " + std::to_string(test.probability);
    return out + "nth " + std::to_string(test.every) + '@' + std::to_string(test.packet);
  }
  std::string operator()(const Opaque& test) const {
    return (test.stateful ? "opaque*(" : "opaque(") + test.module + (test.arguments.empty() ? "" : " ") +
           test.arguments + ')';
  }
};

struct EffectText {
  std::string operator()(const SetField& effect) const {
    return "set " + std::string(field_info(effect.field).name) + " = " + hex(effect.value) + '/' + hex(effect.mask);
  }
  std::string operator()(const CopyMark& effect) const {
    return std::string(effect.save ? "save-mark" : "restore-mark") + " ctmask " + hex(effect.ctmask) + " nfmask " +
           hex(effect.nfmask);
  }
  std::string operator()(const Notrack&) const { return "notrack"; }
  std::string operator()(const Log& effect) const {
    return "log \"" + effect.prefix + "\" level " + std::to_string(effect.level) + " flags " + hex(effect.flags);
  }
  std::string operator()(const Nflog& effect) const {
    return "nflog \"" + effect.prefix + "\" group " + std::to_string(effect.group) +
           (effect.snaplen ? " size " + std::to_string(*effect.snaplen) : "") + " threshold " +
           std::to_string(effect.threshold);
  }
  std::string operator()(const Nat& effect) const {
    constexpr std::array<const char*, 4> kKinds = {"snat", "dnat", "masquerade", "redirect"};
    std::string out = kKinds[static_cast<std::size_t>(effect.kind)];
    if (effect.addresses) {
      const Family family = effect.addresses->hi > max_of_bits(32) ? Family::kIpv6 : Family::kIpv4;
      out += ' ' + format_address(effect.addresses->lo, family) + '-' + format_address(effect.addresses->hi, family);
    }
    if (effect.ports) out += " ports " + format_number(effect.ports->lo) + '-' + format_number(effect.ports->hi);
    if (effect.base_port != 0) out += " base " + std::to_string(effect.base_port);
    if (effect.random) out += " random";
    if (effect.random_fully) out += " random-fully";
    if (effect.persistent) out += " persistent";
    return out;
  }
  std::string operator()(const SetTcpMss& effect) const {
    return effect.mss ? "tcpmss " + std::to_string(*effect.mss) : "tcpmss clamp";
  }
  std::string operator()(const OpaqueEffect& effect) const {
    return "opaque(" + effect.module + (effect.arguments.empty() ? "" : " ") + effect.arguments + ')';
  }
};

std::string verdict_text(const Ruleset& ruleset, const Rule& rule) {
  std::string out(verdict_name(rule.verdict.kind));
  switch (rule.verdict.kind) {
    case VerdictKind::kJump:
    case VerdictKind::kGoto: return out + ' ' + ruleset.chain(rule.verdict.chain).name;
    case VerdictKind::kReject: return out + ' ' + std::string(reject_name(rule.verdict.reject));
    case VerdictKind::kQueue: return out + ' ' + std::to_string(rule.verdict.queue);
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

std::string dump_effect(const Effect& effect) { return std::visit(EffectText{}, effect); }

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
