// SPDX-License-Identifier: Apache-2.0
// Predicates that are no field tests, and disjunctions of all kinds.
#include "backends/nft_formula.h"

#include <array>
#include <variant>

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

NftFormula limit_formula(const ir::Limit& limit) {
  std::string_view unit;
  switch (limit.unit_seconds) {
    case 1: unit = "second"; break;
    case 60: unit = "minute"; break;
    case 3600: unit = "hour"; break;
    case 86400: unit = "day"; break;
    default: return nft_problem("a rate per " + std::to_string(limit.unit_seconds) + " seconds");
  }
  return nft_all({{"limit rate " + std::to_string(limit.count) + "/" + std::string(unit) + " burst " +
                       std::to_string(limit.burst) + " packets",
                   {},
                   {},
                   false,
                   true}});
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
  return std::visit(Overloaded{[&](const ir::FieldTest& test) { return nft_field_formula(test, context); },
                               [](const ir::AnyOf&) { return nft_problem("alternatives within alternatives"); },
                               [](const ir::SctpChunks& chunks) { return chunks_formula(chunks); },
                               [](const ir::Limit& limit) { return limit_formula(limit); },
                               [](const ir::Statistic& statistic) { return statistic_formula(statistic); },
                               [](const ir::Opaque& opaque) {
                                 return opaque.unreadable ? nft_problem(std::string(kNftUnreadable))
                                                          : no_translation(opaque.module);
                               },
                               []<ir::FreeTest T>(const T&) { return no_translation(T::kModule); }},
                    predicate);
}

NftFormula any_of_formula(const ir::Ruleset& ruleset, const ir::AnyOf& any, const NftContext& context) {
  std::vector<NftTests> parts;
  for (const PredicateId id : any.any) {
    NftFormula part = leaf_formula(ruleset.predicates[id], context);
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
