// SPDX-License-Identifier: Apache-2.0
// Splits tables: see split_inet.h.
#include "compiler/passes/split_inet.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "compiler/ir/facts.h"

namespace nfproof::compiler {
namespace {

/// Alternatives nest only as deep as frontends make them.
constexpr unsigned kDeepest = 64;

/// One table for one family.
class OneFamily {
 public:
  OneFamily(ir::PredicatePool& pool, ir::Family family) : pool_(pool), family_(family) {}

  /// Nothing when no packet of the family matches.
  std::optional<ir::Rule> rule(const ir::Rule& from) {
    ir::Rule rule = from;
    rule.when.clear();
    for (const ir::Condition& condition : from.when) {
      const Answer answer = simplify(condition.predicate, 0);
      if (answer.known && !answer.value) return std::nullopt;
      if (!answer.known) rule.when.push_back({answer.predicate, condition.match});
    }
    return rule;
  }

 private:
  struct Answer {
    bool known = false;
    bool value = false;
    ir::PredicateId predicate{};
  };

  Answer simplify(ir::PredicateId id, unsigned depth) {
    const ir::Predicate& predicate = pool_[id];
    if (const auto* test = std::get_if<ir::FieldTest>(&predicate)) {
      const auto family = ir::family_of(ir::field_info(test->field).presence);
      if (family && *family != family_) return {true, false, id};
      const bool of_ip = ir::field_info(test->field).presence == ir::Presence::kIpv4 ||
                         ir::field_info(test->field).presence == ir::Presence::kIpv6;
      if (family && of_ip && !test->negated && test->values.is_all(ir::field_info(test->field).bits))
        return {true, true, id};
      return {false, false, id};
    }
    if (!std::holds_alternative<ir::AnyOf>(predicate) || depth >= kDeepest) return {false, false, id};
    const ir::AnyOf any = std::get<ir::AnyOf>(predicate);
    ir::AnyOf left{{}, any.negated};
    for (const ir::PredicateId part : any.any) {
      const Answer answer = simplify(part, depth + 1);
      if (answer.known && answer.value) return {true, !any.negated, id};
      if (!answer.known) left.any.push_back(answer.predicate);
    }
    if (left.any.empty()) return {true, any.negated, id};
    if (left.any.size() == 1 && !left.negated) return {false, false, left.any.front()};
    if (left.any.size() == 1) {  // the opposite of an opposite
      const auto* inner = std::get_if<ir::AnyOf>(&pool_[left.any.front()]);
      if (inner != nullptr && inner->negated && inner->any.size() == 1) return {false, false, inner->any.front()};
    }
    return {false, false, left.any == any.any ? id : pool_.add(std::move(left))};
  }

  ir::PredicatePool& pool_;
  ir::Family family_;
};

class Splitter {
 public:
  explicit Splitter(const ir::Ruleset& from) : from_(from) { result_.predicates = from.predicates; }

  ir::Ruleset run() {
    for (const ir::Table& table : from_.tables) {
      if (table.family != ir::Family::kInet) {
        copy(table, table.family);
        continue;
      }
      copy(table, ir::Family::kIpv4);
      copy(table, ir::Family::kIpv6);
    }
    return std::move(result_);
  }

 private:
  void copy(const ir::Table& table, ir::Family family) {
    ir::Table made = table;
    made.family = family;
    made.half = table.family == ir::Family::kInet;
    made.chains.clear();
    const ir::TableId id = result_.add_table(std::move(made));
    std::vector<ir::ChainId> chains(from_.chains.size());
    for (const ir::ChainId each : table.chains) {
      ir::Chain chain = from_.chain(each);
      chain.table = id;
      chain.rules.clear();
      chains[static_cast<std::size_t>(each)] = result_.add_chain(std::move(chain));
    }
    OneFamily one(result_.predicates, family);
    OneFamily other(result_.predicates, ir::Family::kIpv6);
    for (const ir::ChainId each : table.chains) {
      std::vector<ir::Rule> rules;
      for (const ir::Rule& old : from_.chain(each).rules) {
        std::optional<ir::Rule> rule = table.family == ir::Family::kInet ? one.rule(old) : old;
        // What no packet of either family matches stays with IPv4.
        if (!rule && family == ir::Family::kIpv4 && !other.rule(old)) rule = old;
        if (!rule) continue;
        const bool calls = rule->verdict.kind == ir::VerdictKind::kJump || rule->verdict.kind == ir::VerdictKind::kGoto;
        if (calls) rule->verdict.chain = chains[static_cast<std::size_t>(rule->verdict.chain)];
        rules.push_back(std::move(*rule));
      }
      result_.chain(chains[static_cast<std::size_t>(each)]).rules = std::move(rules);
    }
  }

  const ir::Ruleset& from_;
  ir::Ruleset result_;
};

}  // namespace

bool has_inet_tables(const ir::Ruleset& ruleset) {
  return std::any_of(ruleset.tables.begin(), ruleset.tables.end(),
                     [](const ir::Table& table) { return table.family == ir::Family::kInet; });
}

ir::Ruleset split_inet(const ir::Ruleset& ruleset) { return Splitter(ruleset).run(); }

}  // namespace nfproof::compiler
