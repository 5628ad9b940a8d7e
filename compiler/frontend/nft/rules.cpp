// SPDX-License-Identifier: Apache-2.0
// Walks the statements of a rule from left to right. Where an element of a map decides how it goes on, the walk goes on
// once for each element, and each way becomes a rule of its own, one behind the other: the keys of a map exclude each
// other, so a packet takes one of them. What cannot be said so (the way changes what a later one tests, or a test keeps
// state and may be asked once only) is an error.
#include "compiler/frontend/nft/rules.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/effects.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/matches.h"
#include "compiler/frontend/nft/rates.h"
#include "compiler/frontend/nft/rule_lowering.h"
#include "compiler/frontend/nft/special_matches.h"
#include "compiler/frontend/nft/written.h"
#include "compiler/ir/facts.h"
#include "compiler/ir/named_counter.h"

namespace nfproof::compiler::nft {
namespace {

using ir::FieldId;
using ir::Predicate;
using Kind = Statement::Kind;

bool is_stateful(const ir::PredicatePool& pool, const Predicate& predicate) {
  if (ir::answers_by_rule(predicate)) return true;
  const auto* any = std::get_if<ir::AnyOf>(&predicate);
  return any != nullptr && std::any_of(any->any.begin(), any->any.end(),
                                       [&](ir::PredicateId id) { return ir::answers_by_rule(pool[id]); });
}

}  // namespace

Draft RuleLowering::begin() const {
  Draft first;
  first.rule.span = stored_.span;
  if (context_.family != ir::Family::kInet) first.family = context_.family;
  first.has_ports = names_ports();
  // It stands behind the verdict, where a rule is read no further.
  for (const Statement& each : stored_.statements)
    if (each.kind == Kind::kComment) first.rule.comment = each.words.back().text;
  return first;
}

std::optional<std::vector<ir::Rule>> RuleLowering::run() {
  auto rules = walk({std::nullopt});
  if (rules || !std::exchange(needs_family_, false)) return rules;
  open_.clear();
  finished_.clear();
  return walk({ir::Family::kIpv4, ir::Family::kIpv6});
}

std::optional<std::vector<ir::Rule>> RuleLowering::walk(const std::vector<std::optional<ir::Family>>& families) {
  for (auto family = families.rbegin(); family != families.rend(); ++family) {
    open_.push_back(begin());
    if (*family) add_test(family_test(**family), open_.back());
  }
  while (!open_.empty()) {
    Draft draft = std::move(open_.back());
    open_.pop_back();
    while (!draft.done && draft.next < stored_.statements.size()) {
      const Statement& statement = stored_.statements[draft.next++];
      if (!step(statement, draft)) return std::nullopt;
      if (split_) break;
    }
    if (std::exchange(split_, false)) continue;
    finished_.push_back(std::move(draft.rule));
    if (finished_.size() + open_.size() > kMostWays)
      return fail(stored_.span, "the rule has too many ways"), std::nullopt;
  }
  return std::move(finished_);
}

bool RuleLowering::fail(const source::Span& span, std::string message) {
  return context_.unsupported(span, std::move(message)), false;
}

bool RuleLowering::is_port_protocol(const Expr& value) {
  static constexpr std::array<std::string_view, 10> kProtocols = {"tcp", "udp", "udplite", "sctp", "dccp",
                                                                  "6",   "17",  "136",     "132",  "33"};
  const Expr& word = value.kind == Expr::Kind::kElement && !value.parts.empty() ? value.parts.front() : value;
  if (word.kind == Expr::Kind::kSet)
    return !word.parts.empty() && std::all_of(word.parts.begin(), word.parts.end(), is_port_protocol);
  return word.kind == Expr::Kind::kWord &&
         std::find(kProtocols.begin(), kProtocols.end(), word.text) != kProtocols.end();
}

bool RuleLowering::names_ports() const {
  static constexpr std::array<std::string_view, 5> kHeaders = {"tcp", "udp", "udplite", "sctp", "dccp"};
  return std::any_of(stored_.statements.begin(), stored_.statements.end(), [&](const Statement& each) {
    if (each.kind != Kind::kMatch) return false;
    const bool masked = each.parts[0].kind == Expr::Kind::kOperator;
    const Expr& selector = masked ? each.parts[0].parts[0] : each.parts[0];
    if (selector.kind != Expr::Kind::kField || selector.words.empty()) return false;
    if (std::find(kHeaders.begin(), kHeaders.end(), selector.words.front().text) != kHeaders.end()) return true;
    const std::string path = field_path(selector, context_.family);
    const bool positive = each.text.empty() || each.text == "==";
    return !masked && positive && (path == "meta l4proto" || path == "ip protocol") && is_port_protocol(each.parts[1]);
  });
}

LowerContext RuleLowering::at(const Draft& draft) const {
  LowerContext context = context_;
  context.packet_family = draft.family;
  context.l4proto = draft.l4proto;
  context.has_ports = draft.has_ports;
  return context;
}

bool RuleLowering::step(const Statement& statement, Draft& draft) {
  switch (statement.kind) {
    case Kind::kMatch: {
      const LowerContext context = at(draft);
      return alternatives(lower_test(context, statement.parts[0], statement.text, statement.parts[1]), statement,
                          draft);
    }
    case Kind::kPresence: return alternatives(lower_presence(at(draft), statement), statement, draft);
    case Kind::kLimit:
    case Kind::kLimitObject:
    case Kind::kQuota:
    case Kind::kQuotaObject:
    case Kind::kConnCount: return single(lower_rate(at(draft), statement), statement, draft);
    case Kind::kMeter:
      return add_key_headers(statement, draft) && single(lower_keyed(at(draft), statement), statement, draft);
    case Kind::kSetUpdate: return update(statement, draft);
    case Kind::kCounter: return counter(statement, draft);
    case Kind::kCounterObject: return named_counter(statement, draft);
    case Kind::kComment:
    case Kind::kLast: return true;
    case Kind::kVerdict: return verdict(statement.words, statement.span, draft);
    case Kind::kVerdictMap: return verdict_map(statement, draft);
    case Kind::kSetField: return set_field(statement, draft);
    case Kind::kNat: return nat(statement, draft);
    case Kind::kLog:
    case Kind::kReject:
    case Kind::kNotrack:
    case Kind::kQueue:
    case Kind::kDup:
    case Kind::kTproxy:
    case Kind::kSynproxy:
    case Kind::kStrip:
    case Kind::kFlow: return actions(lower_action(at(draft), statement), statement, draft);
    case Kind::kForward: return fail(statement.span, "`fwd` has no meaning at these hooks");
    case Kind::kXt:
      return fail(statement.span, "extensions of xtables within nftables (`xt`) do not say what they test");
  }
  return true;
}

bool RuleLowering::flush(const Statement& statement, Draft& draft) {
  if (draft.rule.effects.empty() && !draft.rule.counters) return true;
  if (draft.stateful) {
    if (draft.rule.effects.empty()) return true;  // the counter moves behind the tests that follow
    return fail(statement.span, "a test after a statement that depends on a rate or on chance is not handled");
  }
  for (const ir::Effect& effect : draft.rule.effects) {
    const auto field = ir::written_field(effect);
    if (field && tests_field(context_.ruleset.predicates, draft.rule, *field))
      return fail(statement.span, "a test after a statement that changes what was tested is not handled");
  }
  ir::Rule happened = draft.rule;
  finished_.push_back(std::move(happened));
  draft.rule.effects.clear();
  draft.rule.counters.reset();
  return true;
}

void RuleLowering::add_match(const Statement& statement, Draft& draft) {
  draft.rule.matches.push_back({statement_text(statement), {}, statement.span});
}

void RuleLowering::add_test(Predicate test, Draft& draft) {
  LowerContext known = at(draft);
  learn(test, known);
  draft.family = known.packet_family, draft.l4proto = known.l4proto, draft.has_ports = known.has_ports;
  draft.stateful |= is_stateful(context_.ruleset.predicates, test);
  const auto match =
      static_cast<std::uint16_t>(draft.rule.matches.empty() ? ir::Condition::kBasic : draft.rule.matches.size() - 1);
  const ir::PredicateId id = context_.ruleset.predicates.add(std::move(test));
  const bool there = !draft.stateful && std::any_of(draft.rule.when.begin(), draft.rule.when.end(),
                                                    [id](const ir::Condition& each) { return each.predicate == id; });
  if (!there) draft.rule.when.push_back({id, match});
}

bool RuleLowering::is_known(const Predicate& test, const Draft& draft) const {
  const auto* field = std::get_if<ir::FieldTest>(&test);
  if (field == nullptr || field->negated) return false;
  const auto* values = field->values.intervals();
  if (field->field == FieldId::kL4Proto && values != nullptr && values->size() == 1)
    return draft.l4proto && values->front().lo == *draft.l4proto && values->front().hi == *draft.l4proto;
  if (!field->values.is_all(ir::field_info(field->field).bits)) return false;
  const auto presence = ir::field_info(field->field).presence;
  if (presence == ir::Presence::kIpv4) return draft.family == ir::Family::kIpv4;
  if (presence == ir::Presence::kIpv6) return draft.family == ir::Family::kIpv6;
  return std::any_of(draft.rule.when.begin(), draft.rule.when.end(), [&](const ir::Condition& each) {
    const auto* known = std::get_if<ir::FieldTest>(&context_.ruleset.predicates[each.predicate]);
    return known != nullptr && ir::field_info(known->field).presence == presence;
  });
}

bool RuleLowering::single(std::optional<Predicate> test, const Statement& statement, Draft& draft) {
  if (!test || !flush(statement, draft)) return false;
  add_match(statement, draft);
  add_test(std::move(*test), draft);
  return true;
}

bool RuleLowering::alternatives(std::optional<Alternatives> all, const Statement& statement, Draft& draft) {
  if (!all || !flush(statement, draft)) return false;
  add_match(statement, draft);
  const bool one_way = all->size() == 1;
  if (!one_way && (all->empty() || draft.stateful || keeps_state(draft.next))) {
    add_test(disjunction(context_.ruleset.predicates, std::move(*all)), draft);
    return true;
  }
  if (one_way) {
    for (Predicate& test : all->front()) add_test(std::move(test), draft);
    return true;
  }
  std::vector<Draft> ways;
  for (Conjunction& each : *all) {
    Draft& way = ways.emplace_back(draft);
    for (Predicate& test : each) add_test(std::move(test), way);
  }
  return fork(std::move(ways));
}

bool RuleLowering::keeps_state(std::size_t from) const {
  return std::any_of(
      stored_.statements.begin() + static_cast<std::ptrdiff_t>(from), stored_.statements.end(),
      [](const Statement& each) {
        return each.kind == Kind::kLimit || each.kind == Kind::kLimitObject || each.kind == Kind::kQuota ||
               each.kind == Kind::kQuotaObject || each.kind == Kind::kConnCount || each.kind == Kind::kMeter ||
               each.kind == Kind::kSetUpdate || each.kind == Kind::kSetField ||
               (each.kind == Kind::kMatch && !each.parts[0].words.empty() && each.parts[0].words[0].text == "numgen");
      });
}

bool RuleLowering::fork(std::vector<Draft> ways) {
  for (auto it = ways.rbegin(); it != ways.rend(); ++it) open_.push_back(std::move(*it));
  split_ = true;
  return open_.size() < kMostWays || fail(stored_.span, "the rule has too many ways");
}

bool RuleLowering::counter(const Statement& statement, Draft& draft) {
  ir::Counters counters;
  if (statement.words.size() == 5) {
    counters.packets = read_plain_number(statement.words[2].text).value_or(0);
    counters.bytes = read_plain_number(statement.words[4].text).value_or(0);
  }
  draft.rule.counters = counters;
  return true;
}

bool RuleLowering::named_counter(const Statement& statement, Draft& draft) {
  const Expr& name = statement.parts.front();
  const bool constant = name.kind == Expr::Kind::kWord || name.kind == Expr::Kind::kString;
  if (constant && context_.table.find_object("counter", name.text) == nullptr) {
    context_.error(name.span, "there is no counter `" + std::string(name.text) + '`');
    return false;
  }
  draft.rule.effects.emplace_back(
      ir::Aside{std::string(ir::kNamedCounter), constant ? std::string(name.text) : plain_text(name)});
  return true;
}

bool RuleLowering::verdict(const std::vector<Token>& words, const source::Span& span, Draft& draft) {
  const std::string_view name = words.front().text;
  ir::Verdict& verdict = draft.rule.verdict;
  draft.done = true;
  if (name == "accept") return verdict.kind = ir::VerdictKind::kAccept, true;
  if (name == "drop") return verdict.kind = ir::VerdictKind::kDrop, true;
  if (name == "return") return verdict.kind = ir::VerdictKind::kReturn, true;
  if (name == "continue") return verdict.kind = ir::VerdictKind::kContinue, true;
  verdict.kind = name == "jump" ? ir::VerdictKind::kJump : ir::VerdictKind::kGoto;
  const auto chain = context_.ruleset.find_chain(table_, words.back().text);
  if (!chain) {
    context_.error(words.back().span, "there is no chain `" + std::string(words.back().text) + '`');
    return false;
  }
  if (context_.ruleset.chain(*chain).base) {
    context_.error(words.back().span,
                   "a rule cannot jump into the base chain `" + std::string(words.back().text) + '`');
    return false;
  }
  verdict.chain = *chain;
  draft.rule.target = ir::ModuleUse{words.back().text, {}, span};
  return true;
}

bool RuleLowering::apply(Action action, const Statement& statement, Draft& draft) {
  std::erase_if(action.tests, [&](const Predicate& test) { return is_known(test, draft); });
  if (!action.tests.empty()) {
    if (!flush(statement, draft)) return false;
    for (Predicate& test : action.tests) add_test(std::move(test), draft);
  }
  std::erase_if(action.only_if, [&](const Predicate& test) { return is_known(test, draft); });
  if (!action.only_if.empty()) return apply_aside(std::move(action), statement, draft);
  for (ir::Effect& effect : action.effects) add_effect(std::move(effect), draft);
  if (action.verdict) draft.rule.verdict = *action.verdict, draft.done = true;
  return true;
}

void RuleLowering::add_effect(ir::Effect effect, Draft& draft) {
  auto* socket = draft.rule.effects.empty() ? nullptr : std::get_if<ir::GiveToSocket>(&draft.rule.effects.back());
  const auto* mark = std::get_if<ir::SetField>(&effect);
  if (socket != nullptr && socket->mask == 0 && mark != nullptr && mark->field == FieldId::kMark && mark->shift == 0) {
    socket->mark = mark->value, socket->mask = mark->mask;
    return;
  }
  auto* strip = draft.rule.effects.empty() ? nullptr : std::get_if<ir::StripTcpOptions>(&draft.rule.effects.back());
  if (const auto* more = std::get_if<ir::StripTcpOptions>(&effect); strip != nullptr && more != nullptr) {
    for (std::size_t i = 0; i < strip->options.size(); ++i) strip->options[i] |= more->options[i];
    return;
  }
  draft.rule.effects.push_back(std::move(effect));
}

bool RuleLowering::apply_aside(Action action, const Statement& statement, Draft& draft) {
  if (draft.stateful) return fail(statement.span, "this statement after a limit is not handled");
  if (!flush(statement, draft)) return false;
  Draft aside = draft;
  for (Predicate& test : action.only_if) add_test(std::move(test), aside);
  aside.rule.effects = std::move(action.effects);
  const bool last = std::all_of(stored_.statements.begin() + static_cast<std::ptrdiff_t>(draft.next),
                                stored_.statements.end(), [](const Statement& s) { return s.kind == Kind::kComment; });
  if (last) return draft = std::move(aside), draft.done = true;
  finished_.push_back(std::move(aside.rule));
  return true;
}

bool RuleLowering::actions(std::optional<std::vector<Action>> all, const Statement& statement, Draft& draft) {
  if (!all) return false;
  if (all->size() == 1) return apply(std::move(all->front()), statement, draft);
  if (draft.stateful && !draft.family) return needs_family_ = true, false;
  if (draft.stateful) return fail(statement.span, "this answer after a limit is not handled");
  if (!flush(statement, draft)) return false;
  std::vector<Draft> ways;
  for (Action& each : *all)
    if (!apply(std::move(each), statement, ways.emplace_back(draft))) return false;
  return fork(std::move(ways));
}

namespace {

ir::Rule unreadable_rule(ir::PredicatePool& pool, const StoredRule& stored) {
  ir::Rule rule;
  rule.span = stored.span;
  rule.when.push_back({pool.add(ir::Opaque{"nft", stored.text, false, true}), ir::Condition::kBasic});
  rule.effects.emplace_back(ir::OpaqueEffect{"nft", stored.text, true});
  return rule;
}

}  // namespace

void lower_rule(const LowerContext& context, ir::TableId table, const StoredRule& stored, std::uint32_t number,
                std::vector<ir::Rule>& out) {
  std::optional<std::vector<ir::Rule>> rules;
  std::shared_ptr<const ir::NftWritten> written;
  if (!stored.unreadable) rules = RuleLowering(context, table, stored).run();
  if (rules) written = written_rule(context.table, stored);
  if (stored.misread && written != nullptr && !written->says_more) written.reset();
  if (!rules) rules = std::vector<ir::Rule>{unreadable_rule(context.ruleset.predicates, stored)};
  const ir::Text text(stored.text);
  for (ir::Rule& rule : *rules) {
    rule.basic = text;
    rule.basic_span = stored.span;
    rule.nft_number = number;
    rule.written = written;
    out.push_back(std::move(rule));
  }
}

}  // namespace nfproof::compiler::nft
