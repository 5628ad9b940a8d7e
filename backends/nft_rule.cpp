// SPDX-License-Identifier: Apache-2.0
// Writes the rules of one table.
//
// A rule with alternatives (a or b) continues in helper chains: its line jumps to a chain that says `a goto body`,
// `b goto body`, and the rest of the rule stands in the body; for (neither a nor b) the chain says `a return`, `b
// return` and then the rest. Falling off the end of a helper chain returns to the line after the rule. A rule that
// returns or goes elsewhere cannot do so from a chain that was jumped to, so its helper chains are reached by goto, and
// the rules after it move to a chain where all ways that do not match lead.
#include "backends/nft_rule.h"

#include <algorithm>
#include <utility>

#include "backends/nft_rule_facts.h"
#include "backends/nft_written.h"
#include "compiler/ir/facts.h"

namespace nfproof::backends {
namespace {

NftEnd end_of(ir::VerdictKind kind) {
  switch (kind) {
    case ir::VerdictKind::kContinue: return NftEnd::kNone;
    case ir::VerdictKind::kAccept:
    case ir::VerdictKind::kDrop: return NftEnd::kDecides;
    case ir::VerdictKind::kReturn: return NftEnd::kReturn;
    case ir::VerdictKind::kJump: return NftEnd::kJump;
    case ir::VerdictKind::kGoto: return NftEnd::kGoto;
    case ir::VerdictKind::kReject:
    case ir::VerdictKind::kQueue: break;
  }
  return NftEnd::kLast;
}

bool leaves_chain(ir::VerdictKind kind) { return kind == ir::VerdictKind::kReturn || kind == ir::VerdictKind::kGoto; }

}  // namespace

/// A rule on its way into the text.
struct NftRules::Draft {
  std::vector<NftFormula> formulas;
  std::vector<NftEffect> effects;
  NftTests protocol;  ///< what the rule says about the transport protocol, for statements that need it beside them
  // While writing:
  NftChain* at = nullptr;  ///< the chain that the rule has got to
  NftTests tests;          ///< those of the line that is open there
  bool detached = false;   ///< the rules after this one are in `rest`
  std::string rest;
  NftEnd lead = NftEnd::kJump;  ///< or kGoto: how the open line leads to a helper chain
};

std::deque<NftChain> NftRules::write_chain(ir::ChainId id, bool fragments, std::uint8_t hooks) {
  const ir::Chain& chain = ruleset_.chain(id);
  chains_.clear();
  chain_name_ = names_[static_cast<std::size_t>(id)];
  family_ = ruleset_.table_of(id).family;
  hooks_ = hooks;
  chain_ = id;
  current_ = &chains_.emplace_back();
  current_->name = chain_name_;
  number_ = 0;
  std::uint32_t written = 0;
  const NftNameOf name_of = [&](std::string_view each) {
    return names_[static_cast<std::size_t>(ruleset_.find_chain(chain.table, each).value_or(id))];
  };
  for (const ir::Rule& rule : chain.rules) {
    ++number_;
    if (nft_stays_as_written(rule, options_, name_of)) {
      if (std::exchange(written, rule.nft_number) == rule.nft_number) continue;
      NftLine& line = current_->lines.emplace_back(nft_written_line(*rule.written, options_.counters, name_of));
      line.comment = comment(rule);
      line.origin = rule.span, line.number = rule.nft_number, line.of_inet = ruleset_.table_of(id).half;
      continue;
    }
    // A rule of nftables reads later fragments as nftables does.
    fragments_ = fragments && rule.nft_number == 0;
    write_rule(rule);
  }
  return std::move(chains_);
}

NftLine NftRules::line_of(NftTests tests) const {
  NftLine line{.tests = std::move(tests)};
  line.origin = rule_->span, line.number = rule_->nft_number;
  return line;
}

void NftRules::write_rule(const ir::Rule& rule) {
  // One of the ways of a rule of nftables that no packet takes.
  if (rule.nft_number != 0 &&
      (nft_asks_for_two_protocols(ruleset_, rule) || nft_asks_for_both_families(ruleset_, rule)))
    return;
  rule_ = &rule;
  Draft draft;
  if (!translate(rule, draft)) {
    if (nft_is_unreadable(ruleset_, rule))
      ++out_.unreadable;
    else
      ++out_.untranslated, out_.left_out.push_back({chain_, static_cast<std::uint32_t>(number_ - 1)});
    current_->lines.push_back(
        {.note = "not translated" + std::string(nft_without_it(rule)) + ": " + nft_surface_text(chain_name_, rule)});
    return;
  }
  if (put_behind_conntrack(rule, draft)) return;
  draft.at = current_;
  const auto branches = [](const NftFormula& f) {
    return f.kind == NftFormula::Kind::kNone || (f.kind == NftFormula::Kind::kAny && f.parts.size() > 1);
  };
  draft.detached =
      leaves_chain(rule.verdict.kind) && std::any_of(draft.formulas.begin(), draft.formulas.end(), branches);
  draft.lead = draft.detached ? NftEnd::kGoto : NftEnd::kJump;
  if (draft.detached) {
    NftChain& rest = helper("rest");
    draft.rest = rest.name;
    current_ = &rest;
  }
  for (const NftFormula& formula : draft.formulas) {
    if (branches(formula)) {
      branch(draft, formula);
    } else if (formula.parts.empty()) {
      draft.tests.push_back(nft_never());
    } else {
      draft.tests.insert(draft.tests.end(), formula.parts[0].begin(), formula.parts[0].end());
    }
  }
  finish(rule, draft);
}

/// Fills in formulas and effects; false when something has no translation.
bool NftRules::translate(const ir::Rule& rule, Draft& draft) {
  const NftContext context{family_,
                           nft_protocol_of(ruleset_, rule),
                           &objects_,
                           chain_name_ + "." + std::to_string(number_),
                           hooks_,
                           &rule,
                           nft_address_family(ruleset_, rule, family_),
                           nft_asks_for_ports(ruleset_, rule),
                           options_.native};
  bool good = true;
  for (const ir::Condition& condition : rule.when) {
    NftFormula formula = nft_formula(ruleset_, condition.predicate, context);
    if (!formula.problem.empty()) {
      good = false;
      const bool basic = condition.match >= rule.matches.size();
      report(rule, basic ? rule.basic_span : rule.matches[condition.match].span, formula.problem);
    } else if (!formula.warning.empty()) {
      const bool basic = condition.match >= rule.matches.size();
      out_.diagnostics.warning("not-to-the-letter", basic ? rule.basic_span : rule.matches[condition.match].span,
                               formula.warning);
    }
    const auto* test = std::get_if<ir::FieldTest>(&ruleset_.predicates[condition.predicate]);
    if (test != nullptr && !formula.parts.empty()) {
      if (test->field == ir::FieldId::kL4Proto)
        draft.protocol = formula.parts[0];
      else if (const auto protocol = ir::protocol_of(ir::field_info(test->field).presence);
               protocol && draft.protocol.empty())
        draft.protocol = NftTests{nft_protocol_test(*protocol)};
    }
    draft.formulas.push_back(std::move(formula));
  }
  const source::Span target = rule.target ? rule.target->span : rule.span;
  for (const ir::Effect& what : rule.effects) {
    NftEffect effect = nft_effect(what, context, nft_tests_for_mss(ruleset_, rule));
    if (effect.problem.empty() && effect.behind_conntrack) effect.problem = behind_conntrack_problem(rule);
    if (!effect.problem.empty()) {
      good = false;
      report(rule, target, effect.problem);
    } else if (!effect.warning.empty()) {
      out_.diagnostics.warning("not-to-the-letter", target, effect.warning);
    }
    draft.effects.push_back(std::move(effect));
  }
  return good;
}

void NftRules::report(const ir::Rule& rule, const source::Span& where, const std::string& why) {
  if (why == kNftUnreadable) return;
  out_.diagnostics.error("no-translation", where.is_known() ? where : rule.span, why);
}

/// The open line leads on to helper chains, and the rule continues in the last of them.
void NftRules::branch(Draft& draft, const NftFormula& formula) {
  const bool any = formula.kind == NftFormula::Kind::kAny;
  NftChain& fork = helper(any ? "any" : "none");
  NftLine open = line_of(tests_of(draft.tests, {}));
  lead(open, draft.lead, fork.name);
  draft.at->lines.push_back(std::move(open));
  leave(draft, *draft.at);
  NftChain* next = any ? &helper("then") : &fork;
  for (const NftTests& part : formula.parts) {
    NftLine line = line_of(tests_of(part, {}));
    if (any) {
      lead(line, NftEnd::kGoto, next->name);
    } else if (draft.detached) {
      lead(line, NftEnd::kGoto, draft.rest);
    } else {
      lead(line, NftEnd::kReturn, "");
    }
    fork.lines.push_back(std::move(line));
  }
  if (any) leave(draft, fork);
  draft.at = next;
  draft.tests.clear();
}

void NftRules::lead(NftLine& line, NftEnd how, const std::string& chain) {
  line.end = how;
  line.verdict = how == NftEnd::kReturn ? "return" : nft_lead_text(how, chain);
  if (!chain.empty()) line.leads_to.push_back(chain);
}

/// Writes the open line with counter, effects and verdict.
void NftRules::finish(const ir::Rule& rule, Draft& draft) {
  const bool needs_protocol =
      rule.verdict.reject == ir::RejectWith::kTcpReset ||
      std::any_of(draft.effects.begin(), draft.effects.end(), [](const NftEffect& e) { return e.needs_protocol; });
  NftLine line = line_of(tests_of(draft.tests, needs_protocol ? draft.protocol : NftTests{}));
  put_body(rule, draft, line);
  draft.at->lines.push_back(std::move(line));
  leave(draft, *draft.at);
}

/// Where the rule does not match, the rules after it follow.
void NftRules::leave(const Draft& draft, NftChain& chain) {
  if (!draft.detached) return;
  NftLine line;
  lead(line, NftEnd::kGoto, draft.rest);
  chain.lines.push_back(std::move(line));
}

/// Every rule of xtables counts, one of nftables where it says so.
std::string NftRules::counter(const ir::Rule& rule) const {
  switch (options_.counters) {
    case NftOptions::Counters::kNone: return "";
    case NftOptions::Counters::kZero: return "counter";
    case NftOptions::Counters::kKeep: break;
  }
  if (!rule.counters && rule.nft_number != 0) return "";
  if (!rule.counters || *rule.counters == ir::Counters{}) return "counter";
  return "counter packets " + std::to_string(rule.counters->packets) + " bytes " + std::to_string(rule.counters->bytes);
}

/// The effects as lines: one, unless some take steps or may end the rule before what follows.
std::vector<NftLine> NftRules::effect_lines(const Draft& draft, bool& decided) {
  std::vector<NftLine> done;
  NftLine open = line_of();
  const bool alone = draft.effects.size() == 1;
  for (const NftEffect& effect : draft.effects) {
    decided = decided || effect.is_verdict;
    const bool guarded = fragments_ && effect.transport;
    const bool apart = !effect.steps.empty() || (effect.breaks && !alone) || guarded;
    if (!apart) {
      if (effect.is_verdict) {
        open.end = NftEnd::kLast;
        open.verdict = effect.statement;
      } else if (!effect.statement.empty()) {
        open.statements.push_back(effect.statement);
      }
      open.statements.insert(open.statements.end(), effect.more.begin(), effect.more.end());
      continue;
    }
    if (!open.statements.empty()) done.push_back(std::exchange(open, line_of()));
    NftLine line = line_of();
    if (effect.steps.empty()) {
      if (guarded) line.tests.push_back(no_fragment());
      line.statements.push_back(effect.statement);
    } else {
      NftChain& chain = helper("set");
      chain.lines = effect.steps;
      lead(line, effect.is_verdict ? NftEnd::kGoto : NftEnd::kJump, chain.name);
    }
    done.push_back(std::move(line));
  }
  done.push_back(std::move(open));
  return done;
}

void NftRules::put_body(const ir::Rule& rule, Draft& draft, NftLine& line) {
  line.counter = counter(rule);
  line.comment = comment(rule);
  bool decided = false;
  std::vector<NftLine> lines = effect_lines(draft, decided);
  if (!decided && rule.verdict.kind != ir::VerdictKind::kContinue) {
    const bool named = rule.verdict.kind == ir::VerdictKind::kJump || rule.verdict.kind == ir::VerdictKind::kGoto;
    const std::string chain = named ? names_[static_cast<std::size_t>(rule.verdict.chain)] : std::string();
    if (named) lines.back().leads_to.push_back(chain);
    lines.back().end = end_of(rule.verdict.kind);
    lines.back().verdict = nft_verdict(rule.verdict, chain);
  }
  if (lines.size() > 1 && lines.back().statements.empty() && lines.back().verdict.empty()) lines.pop_back();
  // Tests stand before the counter of the line.
  if (lines.size() > 1 || !lines[0].tests.empty()) {
    NftChain& chain = helper("do");
    chain.lines = std::move(lines);
    lead(line, leaves_chain(rule.verdict.kind) ? NftEnd::kGoto : NftEnd::kJump, chain.name);
    return;
  }
  line.statements = std::move(lines[0].statements);
  line.end = lines[0].end;
  line.verdict = std::move(lines[0].verdict);
  line.leads_to = std::move(lines[0].leads_to);
}

/// Why the assignment cannot move to a chain behind conntrack: what stands before it in its chain may decide.
std::string NftRules::behind_conntrack_problem(const ir::Rule& rule) const {
  const ir::Chain& chain = ruleset_.chain(chain_);
  if (!chain.base) return "nftables assigns helpers only behind conntrack; move this rule to a built-in chain";
  for (const ir::Rule& before : chain.rules) {
    if (&before == &rule) break;
    if (before.verdict.kind != ir::VerdictKind::kContinue)
      return "nftables assigns helpers only behind conntrack; move this rule before those that decide";
  }
  return "";
}

/// `raw` runs before conntrack, where the kernel takes no helper from nftables: the rule moves to a chain right behind.
bool NftRules::put_behind_conntrack(const ir::Rule& rule, const Draft& draft) {
  if (draft.effects.size() != 1 || !draft.effects[0].behind_conntrack) return false;
  NftLine line{.counter = counter(rule), .statements = {draft.effects[0].statement}, .comment = comment(rule)};
  NftTests tests = {{"ct state new,related"}};
  for (const NftFormula& formula : draft.formulas)
    if (!formula.parts.empty()) tests.insert(tests.end(), formula.parts[0].begin(), formula.parts[0].end());
  line.tests = tests_of(tests, {});
  objects_.behind_conntrack()[ruleset_.chain(chain_).base->hook].push_back(std::move(line));
  return true;
}

std::string NftRules::comment(const ir::Rule& rule) {
  if (rule.comment.empty()) return "";
  const std::string_view kept = cut_text(rule.comment, kNftCommentBytes);
  if (kept.size() != rule.comment.size()) {
    out_.diagnostics.warning("comment-cut", rule.span,
                             "the comment is cut: nftables keeps " + std::to_string(kNftCommentBytes) + " of its " +
                                 std::to_string(rule.comment.size()) + " bytes");
  }
  if (!is_nft_quotable(kept)) {
    out_.diagnostics.warning("comment-changed", rule.span,
                             "double quotes of the comment become single quotes, control characters blanks");
  }
  return std::string(kept);
}

NftChain& NftRules::helper(std::string_view what) {
  const std::string wanted = chain_name_ + "." + std::to_string(number_) + "." + std::string(what);
  NftChain& chain = chains_.emplace_back();
  chain.name = helper_names_.make(wanted);
  return chain;
}

}  // namespace nfproof::backends
