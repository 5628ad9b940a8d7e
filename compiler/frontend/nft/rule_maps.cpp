// SPDX-License-Identifier: Apache-2.0
// Statements whose outcome an element of a map decides: verdict maps, values that are set, targets of translations.
// Each element is a way of its own.
#include <algorithm>
#include <vector>

#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/rule_lowering.h"
#include "compiler/ir/facts.h"

namespace nfproof::compiler::nft {

using ir::FieldId;
using ir::Predicate;

bool tests_field(const ir::PredicatePool& pool, const ir::Rule& rule, FieldId field) {
  const auto tests = [&](const Predicate& predicate) {
    const auto* test = std::get_if<ir::FieldTest>(&predicate);
    return test != nullptr && ir::field_info(test->field).storage == ir::field_info(field).storage;
  };
  return std::any_of(rule.when.begin(), rule.when.end(),
                     [&](const ir::Condition& condition) { return ir::any_part(pool, condition.predicate, tests); });
}

const std::vector<Expr>* RuleLowering::elements(const Expr& map) {
  if (map.kind == Expr::Kind::kSet) return &map.parts;
  const StoredSet* set = context_.table.find_set(map.text);
  if (set == nullptr) {
    context_.error(map.span, "there is no map `" + std::string(map.text) + '`');
    return nullptr;
  }
  if (set->dynamic) {
    fail(map.span, "a map that packets change is not handled");
    return nullptr;
  }
  return &set->elements;
}

template <typename Take>
bool RuleLowering::each_element(const Expr& key, const Expr& map, const Statement& statement, Draft& draft, Take take) {
  const std::vector<Expr>* all = elements(map);
  if (all == nullptr || !flush(statement, draft)) return false;
  if (draft.stateful && all->size() > 1)
    return fail(statement.span, "a map after a test that depends on a rate or on chance is not handled");
  add_match(statement, draft);
  std::vector<Draft> ways;
  const Expr* otherwise = nullptr;
  const bool numbered = key.kind == Expr::Kind::kField && key.words.front().text == "numgen";
  const auto shares = numbered ? shares_of(key, *all, statement) : std::optional(std::vector<Expr>());
  if (!shares) return false;
  Shares left{numbered ? count_of(key) : 0, {}};
  for (const Expr& element : numbered ? *shares : *all) {
    if (element.parts.size() < 2) return fail(element.span, "expected `KEY : VALUE`");
    const Expr& name = element.parts.front();
    if (name.kind == Expr::Kind::kWord && name.text == "*") {
      otherwise = &element.parts[1];
      continue;
    }
    Draft way = draft;
    if (numbered ? !add_share(key, element, left, way) : !add_key(key, name, way, ways, element, take)) return false;
    if (numbered || !split_keys_) {
      if (!take(element.parts[1], way)) return false;
      ways.push_back(std::move(way));
    }
    split_keys_ = false;
  }
  if (otherwise != nullptr) {
    Draft way = draft;
    if (!add_rest(key, *all, way) || !take(*otherwise, way)) return false;
    ways.push_back(std::move(way));
  }
  if (ways.empty()) {
    const bool named = map.kind != Expr::Kind::kSet;
    add_test(named ? empty_set_test(context_, plain_text(key), map.text) : never_test(), draft);
    draft.done = true;
    return true;
  }
  return fork(std::move(ways));
}

template <typename Take>
bool RuleLowering::add_key(const Expr& key, const Expr& name, Draft& way, std::vector<Draft>& ways, const Expr& element,
                           Take take) {
  auto tests = lower_test(at(way), key, "==", name);  // a look-up compares all bits
  if (!tests) return false;
  if (tests->size() != 1) {  // a set of keys
    split_keys_ = true;
    for (Conjunction& each : *tests) {
      Draft& copy = ways.emplace_back(way);
      for (Predicate& test : each) add_test(std::move(test), copy);
      if (!take(element.parts[1], copy)) return false;
    }
    return true;
  }
  for (Predicate& test : tests->front()) add_test(std::move(test), way);
  return true;
}

bool RuleLowering::add_rest(const Expr& key, const std::vector<Expr>& all, Draft& way) {
  Expr keys{Expr::Kind::kSet, {}, {}, {}, key.span};
  for (const Expr& element : all)
    if (element.parts.front().text != "*") keys.parts.push_back(element);
  if (keys.parts.empty()) return true;
  auto tests = lower_test(at(way), key, "!=", keys);
  if (!tests || tests->size() != 1) return false;
  for (Predicate& test : tests->front()) add_test(std::move(test), way);
  return true;
}

std::size_t RuleLowering::count_of(const Expr& numgen) {
  return numgen.words.size() >= 4 ? static_cast<std::size_t>(read_plain_number(numgen.words[3].text).value_or(0)) : 0;
}

std::optional<std::vector<Expr>> RuleLowering::shares_of(const Expr& numgen, const std::vector<Expr>& all,
                                                         const Statement& statement) {
  // Who comes back from a share, or never leaves, meets the rules of those behind it.
  const auto stays = [](const Expr& element) {
    const bool verdict = element.parts.size() >= 2 && element.parts[1].kind == Expr::Kind::kVerdict;
    return !verdict ? 0 : element.parts[1].text == "continue" ? 2 : element.parts[1].text == "jump" ? 1 : 0;
  };
  std::vector<Expr> shares = all;
  std::stable_sort(shares.begin(), shares.end(), [&](const Expr& a, const Expr& b) { return stays(a) < stays(b); });
  if (std::count_if(shares.begin(), shares.end(), [&](const Expr& each) { return stays(each) == 1; }) > 1)
    return fail(numgen.span, "several jumps by chance are not handled, gotos are"), std::nullopt;
  if (statement.kind == Statement::Kind::kSetField && shares.size() > 1)
    return fail(numgen.span, "a value by chance is not handled"), std::nullopt;
  return shares;
}

bool RuleLowering::add_share(const Expr& numgen, const Expr& element, Shares& shares, Draft& way) {
  const auto range = plain_intervals(element.parts.front(), "", 0xffffffff);
  const std::uint64_t width = range ? static_cast<std::uint64_t>(range->front().hi - range->front().lo + 1) : 0;
  if (width == 0 || width > shares.left) return fail(element.span, "expected a number below the modulus");
  const std::uint64_t before = shares.left;
  shares.left -= width;
  const auto value = static_cast<std::uint64_t>(range->front().lo);
  const auto gone = std::count_if(shares.gone.begin(), shares.gone.end(), [&](std::uint64_t g) { return g < value; });
  shares.gone.push_back(value);
  if (shares.left == 0) return true;
  ir::Statistic share;
  if (numgen.words[1].text == "inc") {
    const std::uint64_t first = numgen.words.size() >= 6 ? read_plain_number(numgen.words[5].text).value_or(0) : 0;
    if (width != 1 || value < first) return fail(element.span, "a range of counted packets is not handled");
    share.mode = ir::Statistic::Mode::kNth;
    share.every = static_cast<std::uint32_t>(before);
    share.packet = static_cast<std::uint32_t>(value - first - static_cast<std::uint64_t>(gone));
    if (share.packet >= share.every) return fail(element.span, "expected a number below the modulus");
  } else {
    share.probability = static_cast<std::uint32_t>((width << 31) / before);
  }
  add_test(share, way);
  way.stateful = false;  // whoever is asked next gets the packets that are left
  return true;
}

bool RuleLowering::verdict_map(const Statement& statement, Draft& draft) {
  return each_element(statement.parts[0], statement.parts[1], statement, draft, [&](const Expr& data, Draft& way) {
    if (data.kind != Expr::Kind::kVerdict) return fail(data.span, "expected a verdict");
    return verdict(data.words, statement.span, way);
  });
}

bool RuleLowering::set_field(const Statement& statement, Draft& draft) {
  const Expr& field = statement.parts[0];
  Expr value = statement.parts[1];
  if (statement.words.back().kind == TokenKind::kWord && !statement.words.back().text.empty() &&
      value.kind == Expr::Kind::kWord && statement.words.back().text.data() > value.text.data()) {
    const std::string_view minor = statement.words.back().text;  // of a class, `1:10`
    value.text = {value.text.data(), static_cast<std::size_t>(minor.data() + minor.size() - value.text.data())};
  }
  if (value.kind != Expr::Kind::kMap) {
    auto action = lower_set_field(at(draft), field, value);
    if (!action) return false;
    // Where nothing follows, it does not matter that the rule would end.
    const bool last = draft.next == stored_.statements.size();
    if (last && action->effects.size() == 1 && ir::needs_connection(action->effects.front())) action->tests.clear();
    return apply(std::move(*action), statement, draft);
  }
  return each_element(value.parts[0], value.parts[1], statement, draft, [&](const Expr& data, Draft& way) {
    auto action = lower_set_field(at(way), field, data);
    if (!action || !apply(std::move(*action), statement, way)) return false;
    for (const ir::Effect& effect : way.rule.effects) {
      const auto written = ir::written_field(effect);
      if (written && tests_field(context_.ruleset.predicates, way.rule, *written))
        return fail(statement.span, "a map that changes what it looks at is not handled");
    }
    return true;
  });
}

bool RuleLowering::nat(const Statement& statement, Draft& draft) {
  const Expr* address = nullptr;
  const Expr* port = nullptr;
  bool behind_colon = false;
  Expr bracketed{Expr::Kind::kWord, {}, {}, {}, statement.span};
  bool in_brackets = false;
  for (const Token& word : statement.words) {
    if (word.kind == TokenKind::kMark && word.text == ":") behind_colon = true;
    if (word.kind == TokenKind::kMark && word.text == "[")
      in_brackets = true;
    else if (word.kind == TokenKind::kMark && word.text == "]")
      in_brackets = false;
    else if (in_brackets) {
      if (bracketed.text.empty()) {
        bracketed.text = word.text;
      } else {
        bracketed.kind = Expr::Kind::kRange;
        bracketed.parts = {Expr{Expr::Kind::kWord, bracketed.text, {}, {}, word.span},
                           Expr{Expr::Kind::kWord, word.text, {}, {}, word.span}};
      }
      address = &bracketed;
    } else if (word.text.empty() && word.type < statement.parts.size()) {
      (behind_colon ? port : address) = &statement.parts[word.type];
    }
  }
  const std::string_view kind = statement.words.front().text;
  if (kind == "redirect" && port == nullptr) std::swap(address, port);
  const auto is_map = [](const Expr* expr) { return expr != nullptr && expr->kind == Expr::Kind::kMap; };
  if (draft.nat_address != nullptr) address = draft.nat_address;
  if (is_map(address) && is_map(port))  // each way comes here again, with its address
    return each_element(address->parts[0], address->parts[1], statement, draft, [](const Expr& data, Draft& way) {
      way.nat_address = &data;
      --way.next;
      return true;
    });
  const Expr* map = nullptr;
  for (const Expr* each : {address, port})
    if (is_map(each)) map = each;
  if (map == nullptr) {
    auto action = lower_nat(at(draft), statement, {address, port});
    return action && apply(std::move(*action), statement, draft);
  }
  return each_element(map->parts[0], map->parts[1], statement, draft, [&, map](const Expr& data, Draft& way) {
    NatValues to{address, port};
    (map == address ? to.address : to.port) = &data;
    if (data.kind == Expr::Kind::kConcat && data.parts.size() == 2) to = {&data.parts[0], &data.parts[1]};
    auto action = lower_nat(at(way), statement, to);
    return action && apply(std::move(*action), statement, way);
  });
}

}  // namespace nfproof::compiler::nft
