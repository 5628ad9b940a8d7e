// SPDX-License-Identifier: Apache-2.0
// Texts of tests and effects that keep state.
#include "analyzer/regions/state_texts.h"

#include <utility>

#include "compiler/ir/address.h"
#include "compiler/ir/dump.h"

namespace nfproof::analyzer::regions {
namespace {

std::string place_text(ir::RuleRef rule, std::size_t place) {
  return std::to_string(static_cast<std::uint32_t>(rule.chain)) + ' ' + std::to_string(rule.index) + ' ' +
         std::to_string(place);
}

/// The address that is looked up, as nftables writes it.
std::string key_text(const ir::Recent& recent, ir::Family family) {
  const bool v4 = family == ir::Family::kIpv4;
  const unsigned bits = ir::address_bits(family);
  ir::u128 mask = 0;
  for (unsigned i = 0; i < bits / 8; ++i) mask = mask << 8 | recent.mask[i];
  std::string text = std::string(v4 ? "ip " : "ip6 ") + (recent.destination ? "daddr" : "saddr");
  if (mask != ir::max_of_bits(bits)) text += " & " + ir::format_address(mask, family);
  return text;
}

std::vector<StateStep> steps_of(const ir::Recent& recent, ir::Family family) {
  using Action = ir::Recent::Action;
  const std::string memory = "list " + recent.name;
  const std::string key = key_text(recent, family);
  std::string kept = recent.seconds != 0 ? " kept " + std::to_string(std::uint64_t{recent.seconds} * 1000) : "";
  // An entry goes when it is told to, however old it is.
  if (recent.action == Action::kRemove) kept.clear();
  if (recent.hit_count > 1) kept += " hits " + std::to_string(recent.hit_count);
  if (recent.ttl) kept += " ttl";
  const StateStep there{true, recent.negated, "has " + key + kept, memory};
  const StateStep refresh{false, false, "update " + key + (recent.ttl ? " ttl" : ""), memory};
  const StateStep remove{false, false, "delete " + key, memory};
  switch (recent.action) {
    case Action::kSet:
      if (recent.negated) return {refresh, {true, false, "never", {}}};
      return {refresh};
    case Action::kCheck: return {there};
    case Action::kUpdate: return {there, refresh};
    case Action::kRemove: return {there, remove};
  }
  return {there};
}

/// `@NAME rest`, as the frontend of nftables writes operations on sets.
std::pair<std::string, std::string> split_name(const std::string& arguments) {
  if (!arguments.starts_with('@')) return {{}, arguments};
  const std::size_t blank = arguments.find(' ');
  if (blank == std::string::npos) return {arguments, {}};
  return {arguments.substr(0, blank), arguments.substr(blank + 1)};
}

std::string set_memory(const ir::Ruleset& ruleset, ir::ChainId chain, const std::string& name) {
  return "set " + std::to_string(static_cast<std::uint32_t>(ruleset.chain(chain).table)) + ' ' + name;
}

}  // namespace

std::string stateful_text(const ir::PredicatePool& pool, ir::PredicateId id) {
  const auto* limit = std::get_if<ir::HashLimit>(&pool[id]);
  if (limit == nullptr) return ir::dump_predicate(pool, id);
  // A prefix of no bits keeps all packets together.
  std::uint32_t mode = limit->mode;
  std::string prefixes;
  const auto add = [&](std::uint32_t bit, std::uint8_t prefix) {
    if ((mode & bit) != 0 && prefix == 0) mode &= ~bit;
    if ((mode & bit) != 0) prefixes += ' ' + std::to_string(prefix);
  };
  add(ir::HashLimit::kSourceAddress, limit->source_prefix);
  add(ir::HashLimit::kDestinationAddress, limit->destination_prefix);
  return "hashlimit " + std::to_string(limit->average) + ' ' + std::to_string(limit->burst) + " mode " +
         std::to_string(mode) + prefixes + " kept " + std::to_string((limit->expire + 999) / 1000);
}

std::vector<StateStep> steps_of_test(const ir::Ruleset& ruleset, ir::PredicateId test, ir::RuleRef rule,
                                     std::size_t place) {
  const ir::PredicatePool& pool = ruleset.predicates;
  bool inverted = false;
  if (const auto* any = std::get_if<ir::AnyOf>(&pool[test]); any != nullptr && any->any.size() == 1) {
    inverted = any->negated;
    test = any->any.front();
  }
  const ir::Predicate& predicate = pool[test];
  if (const auto* recent = std::get_if<ir::Recent>(&predicate)) {
    std::vector<StateStep> steps = steps_of(*recent, ruleset.table_of(rule.chain).family);
    if (inverted && (steps.size() != 1 || !steps[0].asks))
      return {{true, true, stateful_text(pool, test), place_text(rule, place)}};
    if (inverted) steps[0].inverted = !steps[0].inverted;
    return steps;
  }
  if (const auto* limit = std::get_if<ir::HashLimit>(&predicate))
    return {{true, inverted, stateful_text(pool, test), "buckets " + limit->name}};
  if (const auto* opaque = std::get_if<ir::Opaque>(&predicate); opaque != nullptr && opaque->module == "set") {
    auto [name, text] = split_name(opaque->arguments);
    return {{true, inverted, std::move(text), set_memory(ruleset, rule.chain, name)}};
  }
  // Chance has no memory.
  const auto* chance = std::get_if<ir::Statistic>(&predicate);
  const bool forgets = chance != nullptr && chance->mode == ir::Statistic::Mode::kRandom;
  return {{true, inverted, stateful_text(pool, test), forgets ? std::string() : "own " + place_text(rule, place)}};
}

bool is_own_memory(const std::string& memory) {
  return memory.empty() || memory.starts_with("own ") || memory.starts_with("buckets ");
}

StateStep step_of_effect(const ir::Ruleset& ruleset, const ir::Effect& effect, ir::ChainId chain) {
  const auto* opaque = std::get_if<ir::OpaqueEffect>(&effect);
  if (opaque == nullptr || opaque->module != "set") return {false, false, ir::dump_effect(effect), {}};
  auto [name, text] = split_name(opaque->arguments);
  return {false, false, std::move(text), set_memory(ruleset, chain, name)};
}

bool only_changes_a_set(const ir::Effect& effect) {
  const auto* opaque = std::get_if<ir::OpaqueEffect>(&effect);
  return opaque != nullptr && opaque->module == "set" && !opaque->unreadable;
}

}  // namespace nfproof::analyzer::regions
