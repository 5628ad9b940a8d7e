// SPDX-License-Identifier: Apache-2.0
// Proposals from the candidate maker and from the solver.
#include "analyzer/cover/cover_plan.h"

#include <algorithm>
#include <array>
#include <set>

#include "analyzer/cover/host_facts.h"
#include "analyzer/cover/kernel_facts.h"
#include "analyzer/cover/outside_facts.h"
#include "analyzer/cover/own_tuple.h"
#include "analyzer/cover/providers.h"
#include "analyzer/cover/way_proofs.h"
#include "analyzer/jobs.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::Hook;
using ir::RuleRef;

constexpr unsigned kVariants = 14;
constexpr std::size_t kMostProviders = 24;

/// Every policy as a rule that takes what is left: whatever is asked about rules can be asked about it.
ir::Ruleset with_policies(const ir::Ruleset& ruleset) {
  ir::Ruleset copy = ruleset;
  for (ir::Chain& chain : copy.chains)
    if (chain.base) chain.rules.emplace_back();
  return copy;
}

std::string place_list(const ir::Ruleset& ruleset, const std::vector<RuleRef>& rules, ir::ChainId own) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(rules.size(), kShown); ++i) {
    text += i == 0 ? "" : i + 1 == rules.size() ? " and " : ", ";
    if (rules[i].chain != own) text += ruleset.chain(rules[i].chain).name + ' ';
    text += "rule " + std::to_string(rules[i].index + 1);
  }
  if (rules.size() > kShown) text += " and " + std::to_string(rules.size() - kShown) + " more";
  return text;
}

/// Fields that a packet does not keep from PREROUTING to the next hook, or that do not exist there.
bool changes_on_the_way(FieldId field) {
  switch (ir::field_info(field).storage) {
    case FieldId::kIpTtl:
    case FieldId::kIp6HopLimit:
    case FieldId::kLength:
    case FieldId::kIpFragOffset:
    case FieldId::kIp6FragOffset:
    case FieldId::kOifname: return true;
    default: return false;
  }
}

std::vector<VarId> guards_of(const SymbolicWalk::Reach& reach) {
  std::vector<VarId> guards;
  for (const Guard& guard : reach.guards) guards.push_back(guard.variable);
  return guards;
}

}  // namespace

struct CoverPlan::OfFamily {
  OfFamily(const Structure& structure, const ir::Host& host, ir::Family family, bool tracked,
           std::chrono::milliseconds timeout, std::function<bool()> out_of_time)
      : lanes(structure, family, WriteModel::kOneTable, timeout, default_threads()),
        context(lanes.first()),
        anywhere(structure, family, WriteModel::kAnyTable, timeout),
        liveness(lanes, std::move(out_of_time)),
        machine(host),
        facts(host, family),
        tracking(Tracking::of(structure.ruleset, family, tracked)),
        ways(structure.ruleset, host, family, tracking, timeout * 10) {
    liveness.decide_all();
  }
  SolverLanes lanes;
  FamilyContext& context;
  FamilyContext anywhere;  ///< what any table writes is unknown: for proofs about several tables
  Liveness liveness;
  const ir::Host& machine;
  HostFacts facts;
  Tracking tracking;
  WayProofs ways;

  [[nodiscard]] FormulaId certain(Encoder& encoder, const ir::Ruleset& ruleset, ir::ChainId base) const {
    const ir::Hook hook = ruleset.chain(base).base->hook;
    return encoder.pool().all(std::array{facts.certain(encoder, hook), outside_facts(encoder, ruleset, machine),
                                         tracking_facts(encoder, tracking, ruleset, base)});
  }
};

CoverPlan::CoverPlan(const ir::Ruleset& ruleset, const ir::Host& host,
                     const std::function<bool(ir::Family)>& is_tracked, std::chrono::milliseconds query_timeout,
                     std::chrono::milliseconds total_timeout)
    : ruleset_(with_policies(ruleset)),
      host_(host),
      query_timeout_(query_timeout),
      total_timeout_(total_timeout),
      start_(std::chrono::steady_clock::now()),
      structure_(std::make_unique<Structure>(ruleset_, &host)) {
  for (const ir::Table& table : ruleset_.tables)
    if (table.family != ir::Family::kInet && !families_.contains(table.family))
      families_[table.family] = std::make_unique<OfFamily>(*structure_, host_, table.family, is_tracked(table.family),
                                                           query_timeout_, [this] { return out_of_time(); });
}

CoverPlan::~CoverPlan() = default;

bool CoverPlan::out_of_time() const { return std::chrono::steady_clock::now() - start_ > total_timeout_; }

CoverPlan::OfFamily& CoverPlan::of(RuleRef place) { return *families_.at(ruleset_.table_of(place.chain).family); }
const CoverPlan::OfFamily& CoverPlan::of(RuleRef place) const {
  return *families_.at(ruleset_.table_of(place.chain).family);
}

std::vector<RuleRef> CoverPlan::places() const {
  std::vector<RuleRef> all;
  for (std::size_t c = 0; c < ruleset_.chains.size(); ++c) {
    const auto chain = static_cast<ir::ChainId>(c);
    if (ruleset_.table_of(chain).family == ir::Family::kInet) continue;
    for (std::size_t i = 0; i < ruleset_.chains[c].rules.size(); ++i)
      all.push_back({chain, static_cast<std::uint32_t>(i)});
  }
  return all;
}

std::optional<std::string> CoverPlan::death(RuleRef place) {
  const RuleLife& life = of(place).liveness.of(place);
  switch (life.life) {
    case Life::kShadowed:
      return place_list(ruleset_, life.takers, place.chain) + (life.takers.size() == 1 ? " takes" : " take") +
             " all its packets";
    case Life::kContradictory: return "no packet can fulfil all its tests";
    case Life::kExcluded: return "its tests contradict those of the jumps that lead to it";
    case Life::kNoEntry: return "no packet enters the chain";
    case Life::kNotAsked:
    case Life::kAlive:
    case Life::kPossible:
    case Life::kUndecided: return std::nullopt;
  }
  return std::nullopt;
}

std::vector<ir::PredicateId> CoverPlan::tests(RuleRef place) const {
  std::vector<ir::PredicateId> all;
  const auto add = [&](RuleRef rule) {
    for (const ir::Condition& condition : ruleset_.rule(rule)->when) all.push_back(condition.predicate);
  };
  const auto& ways = of(place).liveness.ways(place.chain);
  if (!ways.empty())
    for (const RuleRef site : ways.front().sites) add(site);
  add(place);
  return all;
}

std::vector<std::string> CoverPlan::outside_tests(RuleRef place) const {
  std::vector<std::string> texts;
  const auto& ways = of(place).liveness.ways(place.chain);
  if (!ways.empty())
    for (const RuleRef site : ways.front().sites) add_outside_tests(ruleset_, host_, site, texts);
  add_outside_tests(ruleset_, host_, place, texts);
  return texts;
}

const std::vector<RuleRef>& CoverPlan::known_providers(ir::Family family, ir::PredicateId test) const {
  const auto [at, is_new] = known_providers_.try_emplace({family, test});
  if (is_new) at->second = providers_of(ruleset_, family, test);
  return at->second;
}

std::vector<RuleRef> CoverPlan::providers(RuleRef place) const {
  std::vector<RuleRef> all;
  for (const ir::PredicateId test : tests(place))
    for (const RuleRef provider : known_providers(ruleset_.table_of(place.chain).family, test))
      if (provider != place && all.size() < kMostProviders && std::find(all.begin(), all.end(), provider) == all.end())
        all.push_back(provider);
  return all;
}

std::vector<CoverCandidate> CoverPlan::candidates(RuleRef place, Stage stage) {
  std::vector<CoverCandidate> made;
  for (CoverCandidate& each : proposals(place, stage)) {
    if (auto packet = with_own_tuple(each.packet)) made.push_back({each.base, std::move(*packet), each.choices});
    made.push_back(std::move(each));
  }
  return made;
}

std::vector<CoverCandidate> CoverPlan::proposals(RuleRef place, Stage stage) {
  OfFamily& family = of(place);
  const RuleLife& life = family.liveness.of(place);
  std::vector<CoverCandidate> made;
  const auto wishes_of = [&](RuleRef ref, std::vector<Wish>& wishes, auto&& wanted) {
    for (const ir::Condition& condition : ruleset_.rule(ref)->when)
      if (wanted(condition.predicate)) wishes.push_back({condition.predicate, ref, true});
  };
  const auto all_tests = [](ir::PredicateId) { return true; };
  const auto& ways = family.liveness.ways(place.chain);
  switch (stage) {
    case Stage::kFirst:
      if (life.life == Life::kAlive && life.packet)
        made.push_back({life.base, life.packet->packet, life.packet->choices});
      break;
    case Stage::kVariants:
      for (const ChainWay& way : ways)
        for (unsigned variant = 0; variant < kVariants; ++variant) {
          std::vector<Wish> wishes;
          for (const RuleRef site : way.sites) wishes_of(site, wishes, all_tests);
          wishes_of(place, wishes, all_tests);
          if (auto candidate = family.context.maker.make(way.base, wishes, variant))
            made.push_back({way.base, std::move(candidate->packet), std::move(candidate->choices)});
        }
      break;
    case Stage::kProviders: return provided(place);
    case Stage::kSolved: return solved(place);
  }
  return made;
}

/// Packets that pass rules which set what the place tests, on their way to it.
std::vector<CoverCandidate> CoverPlan::provided(RuleRef place) {
  const ir::Family family = ruleset_.table_of(place.chain).family;
  const Liveness& liveness = of(place).liveness;
  std::vector<CoverCandidate> made;
  for (const RuleRef provider : providers(place)) {
    const auto& before = liveness.ways(provider.chain);
    const bool translates = is_translation(*ruleset_.rule(provider));
    if (before.empty()) continue;
    std::vector<Wish> first;
    const auto add = [&](RuleRef rule, std::vector<Wish>& wishes, auto&& wanted) {
      for (const ir::Condition& condition : ruleset_.rule(rule)->when)
        if (wanted(condition.predicate)) wishes.push_back({condition.predicate, rule, true});
    };
    const auto own = [&](ir::PredicateId id) { return translates || !is_test_of_state(ruleset_, id); };
    for (const RuleRef site : before.front().sites) add(site, first, own);
    add(provider, first, own);
    for (const ChainWay& way : liveness.ways(place.chain))
      for (const unsigned variant : {0U, 1U, 4U}) {
        std::vector<Wish> wishes = first;
        const auto left = [&](ir::PredicateId id) {
          return known_providers(family, id).empty() && !(translates && is_translated(ruleset_, id));
        };
        for (const RuleRef site : way.sites) add(site, wishes, left);
        add(place, wishes, left);
        const ir::ChainId base = translates ? before.front().base : way.base;
        auto candidate = of(place).context.maker.make(base, wishes, variant);
        if (!candidate) continue;
        candidate->packet.set(FieldId::kMark, 0);
        // Whoever comes back to where he is comes by his own interface.
        const ir::Route* home = host_.route_to(candidate->packet.source(), family);
        if (translates && home != nullptr && !candidate->packet.in.empty() && home->interface != candidate->packet.in) {
          CoverCandidate other{base, candidate->packet, candidate->choices};
          other.packet.in = home->interface;
          made.push_back(std::move(other));
        }
        made.push_back({base, std::move(candidate->packet), std::move(candidate->choices)});
      }
  }
  return made;
}

std::vector<CoverCandidate> CoverPlan::solved(RuleRef place) {
  std::vector<CoverCandidate> made;
  if (out_of_time()) return made;
  FamilyContext& context = of(place).context;
  FormulaPool& pool = context.encoder.pool();
  const auto base_list = structure_->graph.bases(ruleset_, place.chain);
  for (const ir::ChainId base : base_list) {
    const Hook hook = ruleset_.chain(base).base->hook;
    const SymbolicWalk::Reach reach = context.walk.reach(place);
    const std::vector<VarId> guards = guards_of(reach);
    std::vector<FormulaId> all{context.encoder.world(base), of(place).certain(context.encoder, ruleset_, base)};
    const FormulaId least = pool.all(all);
    all.push_back(of(place).facts.ordinary(context.encoder, hook));
    for (const Earlier& earlier : chains_before(base, true)) all.push_back(passed(context, earlier));
    const FormulaId full = pool.all(all);
    const auto state_is = [&](ir::CtState state) {
      return pool.in_set(context.encoder.field(FieldId::kCtState),
                         ir::ValueSet::of_value(static_cast<unsigned>(state)));
    };
    const FormulaId fresh = state_is(ir::CtState::kNew), open = state_is(ir::CtState::kEstablished);
    for (const FormulaId question : {pool.both(full, fresh), pool.both(full, open), full, least}) {
      context.solver.begin(pool.both(reach.formula, question));
      if (context.solver.check(guards) == Outcome::kSat) {
        Candidate candidate = context.candidate_of_model(base);
        made.push_back({base, candidate.packet, candidate.choices});
        context.make_ordinary(candidate, base, [&](const Candidate& c) {
          WalkRequest request;
          request.base = base;
          request.choices = c.choices;
          request.target = place;
          return context.holds(question, c) && context.concrete.walk(c.packet, request).reached;
        });
        made.push_back({base, std::move(candidate.packet), std::move(candidate.choices)});
      }
      context.solver.end();
    }
  }
  return made;
}

/// Base chains that a packet meets before this one and that may refuse it. For proofs only those that see the packet
/// as it is later.
std::vector<CoverPlan::Earlier> CoverPlan::chains_before(ir::ChainId base, bool also_uncertain) const {
  using Of = Earlier::Of;
  const ir::Family family = ruleset_.table_of(base).family;
  const Hook hook = ruleset_.chain(base).base->hook;
  std::vector<Earlier> before;
  const auto add = [&](ir::ChainId chain, bool other_hook, Of of = Of::kAll) {
    if (ruleset_.translates(chain)) return;
    if (!also_uncertain && !keeps_fields(chain, other_hook, ruleset_.before_tracking(chain))) return;
    before.push_back({chain, of});
  };
  if (hook == Hook::kPostrouting) {
    for (const ir::ChainId chain : ruleset_.base_chains(family, Hook::kPrerouting)) add(chain, true, Of::kForwarded);
    for (const ir::ChainId chain : ruleset_.base_chains(family, Hook::kForward)) add(chain, true, Of::kForwarded);
    for (const ir::ChainId chain : ruleset_.base_chains(family, Hook::kOutput)) add(chain, true, Of::kSent);
  }
  if (hook == Hook::kInput || hook == Hook::kForward)
    for (const ir::ChainId chain : ruleset_.base_chains(family, Hook::kPrerouting)) add(chain, true);
  for (const ir::ChainId chain : ruleset_.base_chains(family, hook)) {
    if (chain == base) break;
    add(chain, false);
  }
  return before;
}

/// A packet that the chain lets through, or never met.
FormulaId CoverPlan::passed(FamilyContext& context, const Earlier& earlier) {
  FormulaPool& pool = context.encoder.pool();
  const FormulaId through = pool.negate(context.walk.refused_before(earlier.chain));
  if (earlier.of == Earlier::Of::kAll) return through;
  const FormulaId sent =
      pool.in_set(context.encoder.field(FieldId::kIifname), ir::ValueSet::of_value(InterfaceClasses::kNone));
  return pool.either(earlier.of == Earlier::Of::kSent ? pool.negate(sent) : sent, through);
}

/// Do all tests of the chain, and of those that it leads to, speak of fields that stay the same up to the next hook,
/// and (before tracking) not of connections?
bool CoverPlan::keeps_fields(ir::ChainId base, bool other_hook, bool before_tracking) const {
  if (!other_hook && !before_tracking) return true;
  for (std::size_t c = 0; c < ruleset_.chains.size(); ++c) {
    const auto bases = structure_->graph.bases(ruleset_, static_cast<ir::ChainId>(c));
    if (std::find(bases.begin(), bases.end(), base) == bases.end()) continue;
    for (const ir::Rule& rule : ruleset_.chains[c].rules)
      for (const ir::Condition& condition : rule.when) {
        const auto* test = std::get_if<ir::FieldTest>(&ruleset_.predicates[condition.predicate]);
        if (test == nullptr) continue;
        if (other_hook && changes_on_the_way(test->field)) return false;
        if (before_tracking && ir::is_tracking_field(test->field)) return false;
      }
  }
  return true;
}

/// Does no packet get to the place by this formula and what holds at the hook of each base chain that leads there?
bool CoverPlan::impossible(RuleRef place, FamilyContext& context, bool other_tables) {
  FormulaPool& pool = context.encoder.pool();
  const SymbolicWalk::Reach reach = context.walk.reach(place);
  const std::vector<VarId> guards = guards_of(reach);
  for (const ir::ChainId base : structure_->graph.bases(ruleset_, place.chain)) {
    std::vector<FormulaId> all{reach.formula, context.encoder.world(base),
                               of(place).certain(context.encoder, ruleset_, base)};
    if (other_tables) {
      const auto before = chains_before(base, false);
      if (before.empty()) return false;  // nothing new
      for (const Earlier& earlier : before) all.push_back(passed(context, earlier));
    }
    context.solver.begin(pool.all(all));
    const Outcome outcome = context.solver.check(guards);
    context.solver.end();
    if (outcome != Outcome::kUnsat) return false;
  }
  return true;
}

std::optional<std::string> CoverPlan::death_on_host(RuleRef place) {
  if (out_of_time()) return std::nullopt;
  if (impossible(place, of(place).context, false)) {
    if (!host_.may_bridge())
      for (const ir::PredicateId test : tests(place))
        if (std::holds_alternative<ir::BridgePort>(ruleset_.predicates[test]))
          return "it takes a packet that crosses a bridge, and no interface of this host is the port of one";
    return "no packet that gets there on this host, with the state that it has then, fulfils its tests";
  }
  if (impossible(place, of(place).anywhere, true)) return "the tables before it refuse all its packets";
  if (of(place).ways.unreachable(place)) return "no packet gets there, followed through all tables on its way";
  return std::nullopt;
}

}  // namespace nfproof::analyzer
