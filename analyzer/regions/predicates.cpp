// SPDX-License-Identifier: Apache-2.0
// Conditions from predicates.
#include "analyzer/regions/predicates.h"

#include <algorithm>
#include <utility>

#include "analyzer/regions/state_texts.h"
#include "compiler/ir/dump.h"
#include "compiler/ir/reverse_path.h"

namespace nfproof::analyzer::regions {

using ir::PredicateId;
using ir::RuleRef;

namespace {

std::size_t index(PredicateId id) { return static_cast<std::size_t>(id); }

}  // namespace

Predicates::Predicates(Space& space, const ir::Ruleset& ruleset, std::size_t side, bool pair_by_order)
    : space_(space), ruleset_(ruleset), side_(side), pair_by_order_(pair_by_order) {
  shared_.resize(ruleset.predicates.size());
  by_rule_.resize(ruleset.predicates.size(), 0);
  // Parts of a predicate stand before it in the pool.
  for (std::size_t i = 0; i < by_rule_.size(); ++i) {
    const ir::Predicate& predicate = ruleset.predicates[PredicateId{static_cast<std::uint32_t>(i)}];
    const auto* any = std::get_if<ir::AnyOf>(&predicate);
    by_rule_[i] = ir::answers_by_rule(predicate) ? 1 : 0;
    if (any != nullptr)
      by_rule_[i] =
          std::any_of(any->any.begin(), any->any.end(), [&](PredicateId part) { return by_rule_[index(part)] != 0; })
              ? 1
              : 0;
  }
}

const std::string& Predicates::rule_key(RuleRef ref) {
  if (const auto found = keys_.find(ref); found != keys_.end()) return found->second;
  if (pair_by_order_) {
    pair_rules(ruleset_.table_of(ref.chain).family);
    return keys_[ref];
  }
  // All rules of the chain at once, so that equal ones can be counted.
  const ir::Chain& chain = ruleset_.chain(ref.chain);
  const ir::Table& table = ruleset_.table_of(ref.chain);
  const std::string place =
      table.name + '/' + (chain.base ? std::string(ir::hook_chain_name(chain.base->hook)) : chain.name) + ": ";
  std::map<std::string, std::size_t> seen;
  for (std::uint32_t i = 0; i < chain.rules.size(); ++i) {
    std::string text = place + ir::dump_rule(ruleset_, chain.rules[i]);
    const std::size_t copy = ++seen[text];
    keys_.emplace(RuleRef{ref.chain, i}, std::move(text) + " #" + std::to_string(copy));
  }
  return keys_[ref];
}

/// Its tests with a state.
std::string Predicates::what_it_asks(const ir::Rule& rule) const {
  std::string text;
  for (const ir::Condition& condition : rule.when)
    for (const PredicateId part : parts(condition.predicate))
      if (ir::answers_by_rule(ruleset_.predicates[part])) text += stateful_text(ruleset_.predicates, part) + "; ";
  return text;
}

/// Keys of all rules: one for their tests, by the order of those that ask the same, and one for their effects, of which
/// some do what is not known for certain: equal ones do the same.
void Predicates::pair_rules(ir::Family family) {
  std::map<std::string, std::size_t> seen;
  const auto next = [&](const std::string& text) { return text + " #" + std::to_string(++seen[text]); };
  for (const ir::Table& table : ruleset_.tables) {
    if (table.family != family) continue;
    for (const ir::ChainId chain : table.chains) {
      const auto& rules = ruleset_.chain(chain).rules;
      for (std::uint32_t i = 0; i < rules.size(); ++i) {
        if (const std::string asked = what_it_asks(rules[i]); !asked.empty())
          ask_keys_.emplace(RuleRef{chain, i}, next("asks " + asked));
        std::string done = "does ";
        for (const ir::Effect& effect : rules[i].effects) done += ir::dump_effect(effect) + "; ";
        keys_.emplace(RuleRef{chain, i}, std::move(done));
      }
    }
  }
}

const std::string& Predicates::ask_key(RuleRef ref) {
  const std::string& key = rule_key(ref);
  return pair_by_order_ ? ask_keys_[ref] : key;
}

/// What one predicate means, given its parts.
struct Predicates::Meaning {
  Predicates& owner;
  PredicateId id;
  const std::optional<RuleRef>& place;
  const std::map<PredicateId, Ref>& parts;

  Ref operator()(const ir::FieldTest& test) const {
    if (!ir::needs_lookup(test)) return owner.space_.test(test);
    const bool positive = !test.negated && test.values == ir::ValueSet::of_value(1);
    if (test.field == ir::FieldId::kReversePath && positive && owner.space_.asks_fib()) return way_back(test);
    const ir::Presence presence = ir::field_info(test.field).presence;
    if (in_chain(presence)) return in_header(test);
    return owner.space_.store().both(owner.space_.presence(presence), shared(true));
  }
  Ref operator()(const ir::AnyOf& test) const {
    DiagramStore& store = owner.space_.store();
    Ref any = kNo;
    for (const PredicateId part : test.any) any = store.either(any, parts.at(part));
    return test.negated ? store.negate(any) : any;
  }
  Ref operator()(const ir::SctpChunks&) const {
    return owner.space_.store().both(owner.space_.presence(ir::Presence::kSctp), shared(true));
  }
  template <ir::FreeTest T>
  Ref operator()(const T&) const {
    return T::kAnswer == ir::Answer::kByRule ? own() : shared(true);
  }
  Ref operator()(const ir::Opaque& test) const {
    if (test.stateful) return own();
    return shared(false);
  }

  /// A header somewhere in the chain of IPv6: whether it is there is one answer for all tests of its fields.
  [[nodiscard]] bool in_chain(ir::Presence presence) const {
    switch (presence) {
      case ir::Presence::kHopByHop:
      case ir::Presence::kDestinationOptions:
      case ir::Presence::kRouting:
      case ir::Presence::kFragmentHeader: return owner.space_.family() == ir::Family::kIpv6;
      default: return false;
    }
  }

  [[nodiscard]] Ref in_header(const ir::FieldTest& test) const {
    DiagramStore& store = owner.space_.store();
    const ir::FieldInfo& info = ir::field_info(test.field);
    const bool only_there = test.values.is_all(info.bits);
    if (only_there && test.negated) return kNo;
    const std::string key = "header " + std::to_string(static_cast<unsigned>(info.presence));
    if (only_there) return owner.space_.answer(key, true, {owner.side_, std::nullopt, id});
    const Ref there = owner.space_.answer(key, true);
    if (there == kNo) return kNo;
    const Variable header = store.variable_of(there);
    const ir::FieldTest positive{test.field, test.argument, false, test.values};
    ir::PredicatePool pool;
    const Ref inside = owner.space_.answer(ir::dump_predicate(pool, pool.add(positive)), true,
                                           {owner.side_, std::nullopt, id, false, header, test.negated});
    return store.both(there, test.negated ? store.negate(inside) : inside);
  }

  [[nodiscard]] Ref way_back(const ir::FieldTest& test) const {
    DiagramStore& store = owner.space_.store();
    const bool derived = !ir::has_flag(test.argument, ir::ReversePath::kFib);
    ir::FieldTest asked = test;
    asked.argument = ir::as_fib(test.argument);
    ir::PredicatePool pool;
    const std::string key = ir::dump_predicate(pool, pool.add(asked));
    Ref way = owner.space_.answer(key, true, {owner.side_, std::nullopt, id, derived});
    if (!derived) return way;
    for (const ir::ReversePathCase& each : ir::reverse_path_cases(owner.space_.family(), test.argument)) {
      Ref there = kYes;
      for (const ir::FieldTest& part : each.when) there = store.both(there, owner.space_.test(part));
      way = each.answer ? store.either(way, there) : store.without(way, there);
    }
    return way;
  }
  [[nodiscard]] Ref shared(bool reads_packet) const {
    return owner.space_.answer(ir::dump_predicate(owner.ruleset_.predicates, id), reads_packet,
                               {owner.side_, std::nullopt, id});
  }
  [[nodiscard]] Ref own() const {
    const std::string rule = place ? owner.ask_key(*place) : std::string();
    const std::string test = owner.pair_by_order_ ? stateful_text(owner.ruleset_.predicates, id)
                                                  : ir::dump_predicate(owner.ruleset_.predicates, id);
    return owner.space_.answer(rule + " asks " + test, false, {owner.side_, place, id});
  }
};

std::vector<PredicateId> Predicates::parts(PredicateId id) const {
  std::vector<PredicateId> found{id};
  for (std::size_t next = 0; next < found.size(); ++next)
    if (const auto* test = std::get_if<ir::AnyOf>(&ruleset_.predicates[found[next]]))
      found.insert(found.end(), test->any.begin(), test->any.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Ref Predicates::predicate(PredicateId id, const std::optional<RuleRef>& place) {
  const bool own = by_rule_[index(id)] != 0;
  if (!own && shared_[index(id)]) return *shared_[index(id)];
  std::map<PredicateId, Ref> made;
  for (const PredicateId part : parts(id))
    made[part] = std::visit(Meaning{*this, part, place, made}, ruleset_.predicates[part]);
  if (!own) shared_[index(id)] = made[id];
  return made[id];
}

Ref Predicates::rule(RuleRef ref) {
  Ref all = kYes;
  for (const ir::Condition& condition : ruleset_.rule(ref)->when)
    all = space_.store().both(all, predicate(condition.predicate, ref));
  return all;
}

Ref Predicates::all_of(const std::vector<PredicateId>& when) {
  Ref all = kYes;
  for (const PredicateId id : when) all = space_.store().both(all, predicate(id, std::nullopt));
  return all;
}

}  // namespace nfproof::analyzer::regions
