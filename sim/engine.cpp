// SPDX-License-Identifier: Apache-2.0
// The walk through a base chain.
#include "sim/engine.h"

#include "sim/answer.h"
#include "sim/effects.h"
#include "sim/known_ways.h"

namespace nfproof::sim {
namespace {

/// More jumps and gotos than any acyclic ruleset of sane size makes; a cycle would never end.
constexpr std::uint32_t kMostTransfers = 1'000'000;
constexpr std::size_t kDeepestStack = 65536;

bool is_xtables_reset(const ir::Verdict& verdict) {
  return verdict.kind == ir::VerdictKind::kReject && verdict.reject == ir::RejectWith::kTcpReset;
}

void note_visit(const RuleVisit& visit, const Traveller& traveller, const Journal& journal) {
  if (journal.visits != nullptr) journal.visits->push_back(visit);
  if (journal.observer != nullptr) journal.observer->meet_rule(visit, traveller.packet.fields);
}

}  // namespace

Engine::Engine(const ir::Ruleset& ruleset, const ir::Host& host, Oracle& oracle, Nat* nat, std::uint16_t mtu,
               bool linear)
    : ruleset_(ruleset),
      host_(host),
      oracle_(oracle),
      nat_(nat),
      mtu_(mtu),
      linear_(linear),
      searches_(ruleset.chains.size()) {
  counters_.reserve(ruleset.chains.size());
  for (const ir::Chain& chain : ruleset.chains) counters_.emplace_back(chain.rules.size() + 1);
}

ir::Counters Engine::counters(ir::RuleRef rule) const {
  const auto chain = static_cast<std::size_t>(rule.chain);
  if (chain >= counters_.size() || rule.index >= counters_[chain].size()) return {};
  return counters_[chain][rule.index];
}

void Engine::count(ir::RuleRef rule, std::uint32_t bytes) {
  ir::Counters& counter = counters_[static_cast<std::size_t>(rule.chain)][rule.index];
  ++counter.packets;
  counter.bytes += bytes;
  if (ways_ != nullptr && ways_->writing()) ways_->note_count(rule);
}

void Engine::add(ir::RuleRef rule, const ir::Counters& counters) {
  ir::Counters& counter = counters_[static_cast<std::size_t>(rule.chain)][rule.index];
  counter.packets += counters.packets;
  counter.bytes += counters.bytes;
}

void Engine::enter(ir::ChainId chain) {
  constexpr std::uint32_t kWalksBefore = 16;
  constexpr std::size_t kShortChain = 8;
  Search& search = searches_[static_cast<std::size_t>(chain)];
  if (search.walks > kWalksBefore || ++search.walks <= kWalksBefore) return;
  const ir::Chain& rules = ruleset_.chain(chain);
  if (!linear_ && rules.rules.size() >= kShortChain)
    search.classifier = std::make_unique<ChainClassifier>(ruleset_.predicates, rules);
}

void Engine::skip(Frame& at, const Traveller& traveller, std::uint32_t version) {
  constexpr std::uint32_t kLookedAtAnyway = 3;  // chains begin with what most packets match
  ChainClassifier* classifier = searches_[static_cast<std::size_t>(at.chain)].classifier.get();
  if (classifier == nullptr || at.next < kLookedAtAnyway) return;
  if (at.version != version) at.key = classifier->look_up(traveller.packet), at.version = version;
  at.next = classifier->next(at.key, at.next);
}

/// On the way in nobody has sent a packet that rules could ask about.
std::optional<const ir::Sender*> sender_of(const Traveller& traveller) {
  switch (traveller.packet.fields.hook) {
    case ir::Hook::kPrerouting:
    case ir::Hook::kInput: return std::nullopt;
    case ir::Hook::kForward:
    case ir::Hook::kOutput:
    case ir::Hook::kPostrouting: break;
  }
  if (traveller.sender) return &*traveller.sender;
  return traveller.arrived ? std::optional<const ir::Sender*>(nullptr) : std::nullopt;
}

Engine::Match Engine::match(const ir::Rule& rule, ir::RuleRef ref, const Traveller& traveller, const Journal& journal) {
  const bool nft = rule.nft_number != 0;
  const EvaluationContext context{.predicates = ruleset_.predicates,
                                  .host = host_,
                                  .packet = traveller.packet,
                                  .oracle = oracle_,
                                  .track = &traveller.track,
                                  .nft = nft,
                                  .sender = sender_of(traveller)};
  bool late_drop = false;
  for (std::size_t i = 0; i < rule.when.size(); ++i) {
    if (ways_ != nullptr) ways_->note_test(rule.when[i].predicate);
    Truth value = evaluate_predicate(context, {ref, static_cast<std::uint32_t>(i), rule.when[i].predicate});
    // A header that is cut short is no reason for nftables to drop a packet: the rule does not match.
    if (nft && value == Truth::kHotdrop) value = Truth::kFalse;
    late_drop |= value == Truth::kTrueHotdrop;
    if (value == Truth::kTrue || value == Truth::kTrueHotdrop) continue;
    const bool hotdrop = late_drop || value == Truth::kHotdrop;
    note_visit({.rule = ref, .failed = i, .hotdrop = hotdrop}, traveller, journal);
    return hotdrop ? Match::kHotdrop : Match::kNo;
  }
  if (journal.visits != nullptr) journal.visits->push_back({.rule = ref, .matched = true, .hotdrop = late_drop});
  return late_drop ? Match::kYesHotdrop : Match::kYes;
}

bool Engine::apply_effects(const ir::Rule& rule, ir::RuleRef ref, Traveller& traveller, const Journal& journal,
                           Walk& walk) {
  const ir::Chain& base = ruleset_.chain(walk.fate.decided_by.chain);
  const EffectContext context{.traveller = traveller,
                              .rule = ref,
                              .hook = base.base->hook,
                              .nat = nat_,
                              .sets = oracle_.sets(),
                              .mtu = mtu_,
                              .host = host_,
                              .journal = journal,
                              .walk = walk};
  for (const ir::Effect& effect : rule.effects) {
    if (ways_ != nullptr) ways_->note_effect(effect);
    if (!apply_effect(effect, context)) return false;
  }
  if (nat_ != nullptr && is_xtables_reset(rule.verdict) && gets_reset(traveller.packet))
    nat_->conntrack().close_by_reset(traveller.track, traveller.now);
  return true;
}

void Engine::take_policy(ir::ChainId base, Traveller& traveller, const Journal& journal, Walk& walk) {
  const ir::Chain& chain = ruleset_.chain(base);
  const ir::RuleRef policy{base, static_cast<std::uint32_t>(chain.rules.size())};
  count(policy, traveller.packet.length);
  note_visit({.rule = policy, .matched = true}, traveller, journal);
  walk.fate = {chain.base->policy, policy};
}

Walk Engine::walk(ir::ChainId base, Traveller& traveller, const Journal& journal) {
  Walk walk;
  walk.fate.decided_by.chain = base;  // effects ask it for the hook until the fate is known
  stack_.clear();
  Frame at{.chain = base};
  std::uint32_t transfers = 0;
  std::uint32_t version = 1;
  const bool every_rule = journal.visits != nullptr || journal.observer != nullptr;
  enter(base);
  const auto stop = [&](ir::RuleRef ref, ir::VerdictKind verdict) { walk.fate = {verdict, ref}; };
  for (;;) {
    const ir::Chain& chain = ruleset_.chain(at.chain);
    if (!every_rule) skip(at, traveller, version);
    const bool at_end = at.next >= chain.rules.size();
    const ir::RuleRef ref{at.chain, at.next};
    const ir::Rule* rule = at_end ? nullptr : &chain.rules[at.next];
    ir::VerdictKind kind = ir::VerdictKind::kReturn;
    if (rule != nullptr) {
      ++at.next;
      const Match matched = match(*rule, ref, traveller, journal);
      if (matched == Match::kNo) continue;
      bool dropped = matched != Match::kYes;
      if (dropped) walk.hotdrop = true, walk.reason = "a header that a match needs is cut short";
      if (matched != Match::kHotdrop) {
        count(ref, traveller.packet.length);
        if (!rule->effects.empty()) ++version;
        dropped |= !apply_effects(*rule, ref, traveller, journal, walk);
        if (journal.observer != nullptr)
          journal.observer->meet_rule({.rule = ref, .matched = true, .hotdrop = dropped}, traveller.packet.fields);
      }
      if (dropped) {
        stop(ref, ir::VerdictKind::kDrop);
        return walk;
      }
      kind = rule->verdict.kind;
    }
    switch (kind) {
      case ir::VerdictKind::kContinue: break;
      case ir::VerdictKind::kAccept:
      case ir::VerdictKind::kDrop:
      case ir::VerdictKind::kReject:
      case ir::VerdictKind::kQueue: stop(ref, kind); return walk;
      case ir::VerdictKind::kReturn:
        if (stack_.empty()) {
          take_policy(base, traveller, journal, walk);
          return walk;
        }
        at = stack_.back();
        stack_.pop_back();
        break;
      case ir::VerdictKind::kJump:
      case ir::VerdictKind::kGoto:
        if (++transfers > kMostTransfers || stack_.size() > kDeepestStack) {
          walk.reason = "the chains call each other without end";
          stop(ref, ir::VerdictKind::kDrop);
          return walk;
        }
        if (kind == ir::VerdictKind::kJump) stack_.push_back(at);
        at = Frame{.chain = rule->verdict.chain};
        enter(at.chain);
        break;
    }
  }
}

}  // namespace nfproof::sim
