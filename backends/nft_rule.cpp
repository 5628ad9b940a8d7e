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

namespace nfproof::backends {
namespace {

/// The transport protocol that every packet of the rule has.
std::optional<std::uint8_t> protocol_of(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  for (const ir::Condition& condition : rule.when) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr || test->field != ir::FieldId::kL4Proto || test->negated) continue;
    const auto* intervals = test->values.intervals();
    if (intervals != nullptr && intervals->size() == 1 && intervals->front().lo == intervals->front().hi) {
      return static_cast<std::uint8_t>(intervals->front().lo);
    }
  }
  return std::nullopt;
}

/// Does the rule ask for a maximum segment size option?
bool tests_for_mss(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr) return false;
    if (test->field == ir::FieldId::kTcpMss) return true;
    const bool present_only = test->values.masks() == nullptr && test->values.interfaces() == nullptr &&
                              test->values.contains(ir::u128{1}) != test->negated &&
                              test->values.contains(ir::u128{0}) == test->negated;
    return test->field == ir::FieldId::kTcpOption && test->argument == 2 && present_only;
  });
}

/// The rule as it was written, on one line.
std::string surface_text(const std::string& chain, const ir::Rule& rule) {
  if (rule.nft_number != 0) return rule.basic.str();
  std::string out = "-A " + chain;
  const auto add = [&out](std::string_view text) {
    if (text.empty()) return;
    if (text.front() != ' ') out += ' ';
    out += text;
  };
  add(rule.basic);
  for (const ir::ModuleUse& match : rule.matches) {
    add("-m " + match.name);
    add(match.arguments);
  }
  if (rule.target) {
    add((rule.verdict.kind == ir::VerdictKind::kGoto ? "-g " : "-j ") + rule.target->name);
    add(rule.target->arguments);
  }
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

/// Does the verdict say more than the number of one queue?
bool has_queue_options(const ir::Verdict& verdict) {
  return verdict.more_queues != 0 || verdict.bypass || verdict.cpu_fanout;
}

/// Has the rule an error in the input?
bool is_unreadable(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return std::any_of(rule.when.begin(), rule.when.end(),
                     [&](const ir::Condition& condition) {
                       const auto* opaque = std::get_if<ir::Opaque>(&ruleset.predicates[condition.predicate]);
                       return opaque != nullptr && opaque->unreadable;
                     }) ||
         std::any_of(rule.effects.begin(), rule.effects.end(), [](const ir::Effect& effect) {
           const auto* opaque = std::get_if<ir::OpaqueEffect>(&effect);
           return opaque != nullptr && opaque->unreadable;
         });
}

/// Does nft add the protocol test by itself? It does so right before a later test, so none that counts may stand
/// between.
bool is_implied(const NftTests& tests, std::size_t index) {
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (tests[i].implies && tests[index].text == nft_protocol_test(*tests[i].implies).text) return true;
    if (i >= index && tests[i].fixed) return false;
  }
  return false;
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
  std::string lead;  ///< `jump` or `goto`: how the open line leads to a helper chain
};

std::deque<NftChain> NftRules::write_chain(ir::ChainId id, bool fragments) {
  const ir::Chain& chain = ruleset_.chain(id);
  chains_.clear();
  chain_name_ = names_[static_cast<std::size_t>(id)];
  family_ = ruleset_.table_of(id).family;
  fragments_ = fragments;
  current_ = &chains_.emplace_back(NftChain{chain_name_, {}, {}, {}});
  number_ = 0;
  for (const ir::Rule& rule : chain.rules) {
    ++number_;
    write_rule(rule);
  }
  return std::move(chains_);
}

void NftRules::write_rule(const ir::Rule& rule) {
  Draft draft;
  if (!translate(rule, draft)) {
    if (is_unreadable(ruleset_, rule))
      ++out_.unreadable;
    else
      ++out_.untranslated;
    current_->lines.push_back("# not translated: " + surface_text(chain_name_, rule));
    return;
  }
  draft.at = current_;
  const auto branches = [](const NftFormula& f) {
    return f.kind == NftFormula::Kind::kNone || (f.kind == NftFormula::Kind::kAny && f.parts.size() > 1);
  };
  draft.detached =
      leaves_chain(rule.verdict.kind) && std::any_of(draft.formulas.begin(), draft.formulas.end(), branches);
  draft.lead = draft.detached ? "goto " : "jump ";
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
  const NftContext context{family_, protocol_of(ruleset_, rule)};
  bool good = true;
  for (const ir::Condition& condition : rule.when) {
    NftFormula formula = nft_formula(ruleset_, condition.predicate, context);
    if (!formula.problem.empty()) {
      good = false;
      const bool basic = condition.match >= rule.matches.size();
      report(rule, basic ? rule.basic_span : rule.matches[condition.match].span, formula.problem);
    }
    const auto* test = std::get_if<ir::FieldTest>(&ruleset_.predicates[condition.predicate]);
    if (test != nullptr && test->field == ir::FieldId::kL4Proto && !formula.parts.empty())
      draft.protocol = formula.parts[0];
    draft.formulas.push_back(std::move(formula));
  }
  const source::Span target = rule.target ? rule.target->span : rule.span;
  if (rule.verdict.kind == ir::VerdictKind::kQueue && has_queue_options(rule.verdict)) {
    good = false;
    report(rule, target, "balancing, fanout and bypass of NFQUEUE have no translation");
  }
  for (const ir::Effect& what : rule.effects) {
    NftEffect effect = nft_effect(what, family_, tests_for_mss(ruleset_, rule));
    if (effect.problem.empty() && !effect.steps.empty() && rule.verdict.kind != ir::VerdictKind::kContinue) {
      effect.problem = "an effect of several steps together with a verdict";
    }
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
  draft.at->lines.push_back(line(draft.tests, {}, draft.lead + fork.name));
  draft.at->leads_to.push_back(fork.name);
  leave(draft, *draft.at);
  NftChain* next = any ? &helper("then") : &fork;
  const std::string step = any ? "goto " + next->name : draft.detached ? "goto " + draft.rest : std::string("return");
  for (const NftTests& part : formula.parts) fork.lines.push_back(line(part, {}, step));
  if (any) {
    fork.leads_to.push_back(next->name);
    leave(draft, fork);
  }
  draft.at = next;
  draft.tests.clear();
}

/// Writes the open line with counter, effects and verdict.
void NftRules::finish(const ir::Rule& rule, Draft& draft) {
  const bool needs_protocol =
      rule.verdict.reject == ir::RejectWith::kTcpReset ||
      std::any_of(draft.effects.begin(), draft.effects.end(), [](const NftEffect& e) { return e.needs_protocol; });
  const std::string rest = body(rule, draft);
  draft.at->lines.push_back(line(draft.tests, needs_protocol ? draft.protocol : NftTests{}, rest));
  leave(draft, *draft.at);
}

/// Where the rule does not match, the rules after it follow.
void NftRules::leave(const Draft& draft, NftChain& chain) {
  if (!draft.detached) return;
  chain.lines.push_back("goto " + draft.rest);
  chain.leads_to.push_back(draft.rest);
}

std::string NftRules::body(const ir::Rule& rule, Draft& draft) {
  std::string out = "counter";
  if (options_.keep_counters && rule.counters && *rule.counters != ir::Counters{}) {
    out += " packets " + std::to_string(rule.counters->packets) + " bytes " + std::to_string(rule.counters->bytes);
  }
  bool decided = false;
  for (const NftEffect& effect : draft.effects) {
    decided = decided || effect.is_verdict;
    if (effect.steps.empty()) {
      out += " " + effect.statement;
      continue;
    }
    NftChain& steps = helper("set");
    steps.lines = effect.steps;
    draft.at->leads_to.push_back(steps.name);
    out += " jump " + steps.name;
  }
  if (!decided) {
    const bool named = rule.verdict.kind == ir::VerdictKind::kJump || rule.verdict.kind == ir::VerdictKind::kGoto;
    const std::string chain = named ? names_[static_cast<std::size_t>(rule.verdict.chain)] : std::string();
    if (named) draft.at->leads_to.push_back(chain);
    const std::string verdict = nft_verdict(rule.verdict, chain);
    if (!verdict.empty()) out += " " + verdict;
  }
  return out + comment(rule);
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
  return " comment " + nft_quoted(kept);
}

/// Joins tests and the rest. Tests that nft adds by itself or that stand there already are left out.
std::string NftRules::line(const NftTests& tests, const NftTests& protocol, const std::string& rest) const {
  NftTests all = protocol;
  all.insert(all.end(), tests.begin(), tests.end());
  const auto ranges = std::count_if(all.begin(), all.end(), [](const NftTest& t) { return !t.range_text.empty(); });
  std::vector<std::string_view> words;
  const auto add = [&words](std::string_view text) {
    if (std::find(words.begin(), words.end(), text) == words.end()) words.push_back(text);
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const NftTest& test = all[i];
    // Where a chain may meet later fragments, nft would take their payload for a transport header.
    if (fragments_ && test.transport) add(family_ == ir::Family::kIpv4 ? kNftNoFragment4 : kNftNoFragment);
    if (is_implied(all, i)) continue;
    if (test.fixed) {
      words.push_back(test.text);  // twice is not once
      continue;
    }
    add(ranges > 1 && !test.range_text.empty() ? test.range_text : test.text);
  }
  std::string out;
  for (const std::string_view word : words) out.append(word).append(" ");
  return out + rest;
}

NftChain& NftRules::helper(std::string_view what) {
  const std::string wanted = chain_name_ + "." + std::to_string(number_) + "." + std::string(what);
  return chains_.emplace_back(NftChain{helper_names_.make(wanted), {}, {}, {}});
}

}  // namespace nfproof::backends
