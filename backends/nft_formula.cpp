// SPDX-License-Identifier: Apache-2.0
// Predicates that are no field tests, and disjunctions of all kinds.
#include "backends/nft_formula.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <variant>

#include "backends/nft_meter.h"
#include "backends/nft_module.h"
#include "backends/nft_set.h"

namespace nfproof::backends {
namespace {

using ir::PredicateId;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string_view chunk_name(unsigned type) {
  static constexpr std::array<std::string_view, 15> kNames = {
      "data",          "init",       "init-ack", "sack",         "heartbeat",
      "heartbeat-ack", "abort",      "shutdown", "shutdown-ack", "error",
      "cookie-echo",   "cookie-ack", "ecne",     "cwr",          "shutdown-complete"};
  if (type < kNames.size()) return kNames[type];
  if (type == 128) return "asconf-ack";
  if (type == 192) return "forward-tsn";
  if (type == 193) return "asconf";
  return {};
}

NftFormula chunks_formula(const ir::SctpChunks& chunks) {
  if (chunks.mode == ir::SctpChunks::Mode::kOnly)
    return nft_problem("nftables cannot say that no other SCTP chunk is there");
  if (!chunks.flags.empty()) return nft_problem("nftables reads the flags of the first SCTP chunk of a type only");
  NftTest sctp = nft_protocol_test(ir::kProtoSctp);
  sctp.transport = true;
  // `all` holds when each one exists, `any` unless each one is missing; and the other way round when negated.
  const bool all = chunks.mode == ir::SctpChunks::Mode::kAll;
  NftTests each = {sctp};
  std::vector<NftTests> any;
  for (unsigned type = 0; type < 256; ++type) {
    if (((chunks.types[type / 32] >> (type % 32)) & 1) == 0) continue;
    const std::string_view name = chunk_name(type);
    if (name.empty()) return nft_problem("nftables has no name for SCTP chunk type " + std::to_string(type));
    const NftTest test{"sctp chunk " + std::string(name) + (chunks.negated ? " missing" : " exists"), {}, {}, true};
    each.push_back(test);
    any.push_back({sctp, test});
  }
  return all != chunks.negated ? nft_all(std::move(each)) : nft_any(std::move(any));
}

NftFormula statistic_formula(const ir::Statistic& statistic) {
  switch (statistic.mode) {
    case ir::Statistic::Mode::kRandom:
      if (statistic.probability == 0) return statistic.negated ? nft_all({}) : nft_any({});
      return nft_all({{"numgen random mod 2147483648 " + std::string(statistic.negated ? ">= " : "< ") +
                           std::to_string(statistic.probability),
                       {},
                       {},
                       false,
                       true}});
    case ir::Statistic::Mode::kNth:
      return nft_all({{"numgen inc mod " + std::to_string(statistic.every) + (statistic.negated ? " != " : " ") +
                           std::to_string(statistic.packet),
                       {},
                       {},
                       false,
                       true}});
  }
  return nft_problem("this statistic");
}

NftFormula no_translation(std::string_view module) {
  return nft_problem("match `" + std::string(module) + "` has no translation to nftables");
}

/// Anything but AnyOf.
NftFormula leaf_formula(const ir::Predicate& predicate, const NftContext& context) {
  return std::visit(
      Overloaded{[&](const ir::FieldTest& test) { return nft_field_formula(test, context); },
                 [](const ir::AnyOf&) { return nft_problem("alternatives within alternatives"); },
                 [](const ir::SctpChunks& chunks) { return chunks_formula(chunks); },
                 [](const ir::Limit& limit) { return nft_limit(limit, false); },
                 [&](const ir::HashLimit& limit) { return nft_hash_limit(limit, context); },
                 [&](const ir::Recent& recent) { return nft_recent(recent, context); },
                 [](const ir::Quota& quota) { return nft_quota(quota); },
                 [&](const ir::ConnLimit& limit) { return nft_conn_limit(limit, context); },
                 [&](const ir::ConnBytes& test) { return nft_conn_bytes(test, context); },
                 [&](const ir::SetLookup& lookup) { return nft_set_lookup(lookup, context); },
                 [](const ir::StringTest& test) { return nft_string(test); },
                 [&](const ir::U32Test& test) { return nft_u32(test, context); },
                 [](const ir::TimeTest& test) { return nft_time(test); },
                 [](const ir::HelperTest& test) { return nft_helper(test); },
                 [](const ir::ConnLabel& test) { return nft_conn_label(test); },
                 [](const ir::BpfTest&) { return no_translation("bpf"); },
                 [](const ir::BridgePort&) {
                   return nft_problem("nftables sees bridge ports only in tables of family `bridge`");
                 },
                 [](const ir::Cluster&) {
                   return nft_problem("`cluster` asks for the master of related connections, nftables cannot");
                 },
                 [](const ir::Statistic& statistic) { return statistic_formula(statistic); },
                 [&](const ir::Opaque& opaque) { return nft_opaque(opaque, context); },
                 [](const ir::RateTest& test) { return no_translation(test.kModule); },
                 [](const ir::Ip6OptionList& test) {
                   return no_translation(test.destination ? "dst` with options `--dst-opts" : "hbh` with `--hbh-opts");
                 },
                 [](const ir::RoutingAddresses& test) { return no_translation(test.kModule); },
                 [](const ir::SegmentRouting& test) { return no_translation(test.kModule); },
                 [](const ir::L2tpTest& test) { return no_translation(test.kModule); }},
      predicate);
}

/// Has the packet the field, as far as the rule's other tests say?
bool is_asked_for(const ir::Ruleset& ruleset, const ir::FieldTest& test, const NftContext& context) {
  const ir::Presence presence = ir::field_info(test.field).presence;
  if (presence == ir::Presence::kAlways) return true;
  // iptables takes tests of groups only where the interface is there.
  const bool of_interface = presence == ir::Presence::kIncoming || presence == ir::Presence::kOutgoing;
  if (of_interface && !context.of_nftables()) return true;
  if (context.rule == nullptr) return false;
  return std::any_of(context.rule->when.begin(), context.rule->when.end(), [&](const ir::Condition& condition) {
    const auto* other = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    return other != nullptr && other->field == test.field && other->argument == test.argument && !other->negated;
  });
}

/// The one field test whose opposite is a field test, too.
const ir::FieldTest* simple_negation(const ir::Ruleset& ruleset, const ir::AnyOf& any, const NftContext& context) {
  if (!any.negated || any.any.size() != 1) return nullptr;
  const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[any.any.front()]);
  return test != nullptr && is_asked_for(ruleset, *test, context) ? test : nullptr;
}

constexpr std::size_t kMostAlternatives = 64;

/// Every test of one with every test of the other.
std::optional<std::vector<NftTests>> both(const std::vector<NftTests>& a, const std::vector<NftTests>& b) {
  if (a.size() * b.size() > kMostAlternatives) return std::nullopt;
  std::vector<NftTests> out;
  for (const NftTests& first : a) {
    for (const NftTests& second : b) {
      out.push_back(first);
      out.back().insert(out.back().end(), second.begin(), second.end());
    }
  }
  return out;
}

/// What is nested, as alternatives of tests. Recursion is bounded: the frontends nest a few levels, and the depth is
/// counted.
std::optional<std::vector<NftTests>> alternatives_of(const ir::Ruleset& ruleset, PredicateId id, bool opposite,
                                                     const NftContext& context, unsigned depth = 0) {
  const ir::Predicate& predicate = ruleset.predicates[id];
  const auto* any = std::get_if<ir::AnyOf>(&predicate);
  if (any == nullptr) {
    if (opposite) return std::nullopt;  // also true where there is no such field
    NftFormula formula = leaf_formula(predicate, context);
    if (!formula.problem.empty() || formula.kind == NftFormula::Kind::kNone) return std::nullopt;
    return std::move(formula.parts);
  }
  if (depth > 8) return std::nullopt;
  const bool none = any->negated != opposite;
  std::vector<NftTests> out;
  if (none) out.emplace_back();
  for (const PredicateId each : any->any) {
    auto part = alternatives_of(ruleset, each, none, context, depth + 1);
    if (!part) return std::nullopt;
    if (none) {
      auto joined = both(out, *part);
      if (!joined) return std::nullopt;
      out = std::move(*joined);
    } else {
      out.insert(out.end(), std::make_move_iterator(part->begin()), std::make_move_iterator(part->end()));
    }
  }
  return out.size() <= kMostAlternatives ? std::optional(std::move(out)) : std::nullopt;
}

/// A member of alternatives.
NftFormula member_formula(const ir::Ruleset& ruleset, PredicateId id, const NftContext& context) {
  if (!std::holds_alternative<ir::AnyOf>(ruleset.predicates[id])) return leaf_formula(ruleset.predicates[id], context);
  auto parts = alternatives_of(ruleset, id, false, context);
  if (!parts) return nft_problem("alternatives within alternatives");
  return {NftFormula::Kind::kAny, std::move(*parts), {}};
}

NftFormula any_of_formula(const ir::Ruleset& ruleset, const ir::AnyOf& any, const NftContext& context) {
  if (const ir::FieldTest* test = simple_negation(ruleset, any, context)) {
    ir::FieldTest opposite = *test;
    opposite.negated = !opposite.negated;
    return nft_field_formula(opposite, context);
  }
  if (any.negated && any.any.size() == 1)
    if (const auto* limit = std::get_if<ir::Limit>(&ruleset.predicates[any.any.front()]))
      return nft_limit(*limit, true);
  std::vector<NftTests> parts;
  for (const PredicateId id : any.any) {
    NftFormula part = member_formula(ruleset, id, context);
    if (!part.problem.empty()) return part;
    if (part.kind == NftFormula::Kind::kNone) return nft_problem("alternatives within alternatives");
    for (NftTests& tests : part.parts) {
      if (tests.empty()) return any.negated ? nft_any({}) : nft_all({});
      parts.push_back(std::move(tests));
    }
  }
  if (!any.negated) return nft_any(std::move(parts));
  if (parts.empty()) return nft_all({});
  return {NftFormula::Kind::kNone, std::move(parts), {}};
}

}  // namespace

NftFormula nft_formula(const ir::Ruleset& ruleset, PredicateId predicate, const NftContext& context) {
  const ir::Predicate& what = ruleset.predicates[predicate];
  if (const auto* any = std::get_if<ir::AnyOf>(&what)) return any_of_formula(ruleset, *any, context);
  return leaf_formula(what, context);
}

NftTest nft_never() { return {"meta mark != 0x0-0xffffffff"}; }

NftTest nft_protocol_test(std::uint8_t protocol) { return {"meta l4proto " + nft_protocol_name(protocol)}; }

std::string nft_protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case 1: return "icmp";
    case 2: return "igmp";
    case ir::kProtoTcp: return "tcp";
    case ir::kProtoUdp: return "udp";
    case ir::kProtoDccp: return "dccp";
    case 50: return "esp";
    case 51: return "ah";
    case ir::kProtoIcmp6: return "icmpv6";
    case 108: return "comp";
    case ir::kProtoSctp: return "sctp";
    case ir::kProtoUdplite: return "udplite";
    default: return std::to_string(protocol);
  }
}

}  // namespace nfproof::backends
