// SPDX-License-Identifier: Apache-2.0
// Proposals from the candidate maker and from the solver.
#include "analyzer/cover/cover_plan.h"

#include <algorithm>
#include <array>
#include <set>

#include "analyzer/cover/host_facts.h"
#include "analyzer/cover/providers.h"

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

}  // namespace

struct CoverPlan::OfFamily {
  OfFamily(const Structure& structure, const ir::Host& host, ir::Family family, std::chrono::milliseconds timeout,
           std::function<bool()> out_of_time)
      : context(structure, family, WriteModel::kOneTable, timeout),
        anywhere(structure, family, WriteModel::kAnyTable, timeout),
        liveness(context, std::move(out_of_time)),
        facts(host, family),
        marks_are_set(structure.written.anywhere(family)[static_cast<std::size_t>(FieldId::kMark)]) {
    liveness.decide_all();
  }
  FamilyContext context;
  FamilyContext anywhere;  ///< what any table writes is unknown: for proofs about several tables
  Liveness liveness;
  HostFacts facts;
  bool marks_are_set;
};

CoverPlan::CoverPlan(const ir::Ruleset& ruleset, const ir::Host& host, std::chrono::milliseconds query_timeout,
                     std::chrono::milliseconds total_timeout)
    : ruleset_(with_policies(ruleset)),
      host_(host),
      query_timeout_(query_timeout),
      total_timeout_(total_timeout),
      start_(std::chrono::steady_clock::now()),
      structure_(std::make_unique<Structure>(ruleset_, &host)) {
  for (const ir::Table& table : ruleset_.tables)
    if (table.family != ir::Family::kInet && !families_.contains(table.family))
      families_[table.family] = std::make_unique<OfFamily>(*structure_, host_, table.family, query_timeout_,
                                                           [this] { return out_of_time(); });
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
  const auto add = [&](RuleRef ref) {
    const ir::Rule& rule = *ruleset_.rule(ref);
    for (const ir::Condition& condition : rule.when) {
      const ir::Predicate& predicate = ruleset_.predicates[condition.predicate];
      const bool outside = std::holds_alternative<ir::Opaque>(predicate) ||
                           std::holds_alternative<ir::BridgePort>(predicate) ||
                           std::holds_alternative<ir::HelperTest>(predicate);
      const bool negated = std::holds_alternative<ir::AnyOf>(predicate);
      if (condition.match == ir::Condition::kBasic || !(outside || negated)) continue;
      const ir::ModuleUse& use = rule.matches[condition.match];
      if (negated) {
        const auto& parts = std::get<ir::AnyOf>(predicate).any;
        if (std::none_of(parts.begin(), parts.end(), [&](ir::PredicateId part) {
              return std::holds_alternative<ir::Opaque>(ruleset_.predicates[part]);
            }))
          continue;
      }
      texts.push_back(use.name.str() + (use.arguments.empty() ? "" : ' ' + use.arguments.str()));
    }
  };
  const auto& ways = of(place).liveness.ways(place.chain);
  if (!ways.empty())
    for (const RuleRef site : ways.front().sites) add(site);
  add(place);
  return texts;
}

std::vector<RuleRef> CoverPlan::providers(RuleRef place) const {
  std::vector<RuleRef> all;
  for (const ir::PredicateId test : tests(place))
    for (const RuleRef provider : providers_of(ruleset_, ruleset_.table_of(place.chain).family, test))
      if (provider != place && all.size() < kMostProviders && std::find(all.begin(), all.end(), provider) == all.end())
        all.push_back(provider);
  return all;
}

std::vector<CoverCandidate> CoverPlan::candidates(RuleRef place, Stage stage) {
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
      for (const Liveness::Way& way : ways)
        for (unsigned variant = 0; variant < kVariants; ++variant) {
          std::vector<Wish> wishes;
          for (const RuleRef site : way.sites) wishes_of(site, wishes, all_tests);
          wishes_of(place, wishes, all_tests);
          if (auto candidate = family.context.maker.make(way.base, wishes, variant))
            made.push_back({way.base, std::move(candidate->packet), std::move(candidate->choices)});
        }
      break;
    case Stage::kProviders:
      for (const RuleRef provider : providers(place)) {
        const auto& before = family.liveness.ways(provider.chain);
        if (before.empty()) continue;
        for (const Liveness::Way& way : ways)
          for (const unsigned variant : {0U, 1U, 4U}) {
            std::vector<Wish> wishes;
            const auto free = [&](ir::PredicateId id) {  // what the provider sees to, or cannot know yet
              return providers_of(ruleset_, family.context.family, id).empty() && !is_test_of_state(ruleset_, id);
            };
            for (const RuleRef site : before.front().sites) wishes_of(site, wishes, free);
            wishes_of(provider, wishes, free);
            const auto not_provided = [&](ir::PredicateId id) {
              return providers_of(ruleset_, family.context.family, id).empty();
            };
            for (const RuleRef site : way.sites) wishes_of(site, wishes, not_provided);
            wishes_of(place, wishes, not_provided);
            if (auto candidate = family.context.maker.make(way.base, wishes, variant)) {
              candidate->packet.set(FieldId::kMark, 0);
              made.push_back({way.base, std::move(candidate->packet), std::move(candidate->choices)});
            }
          }
      }
      break;
    case Stage::kSolved: return solved(place);
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
    std::vector<FormulaId> all{context.walk.reach(place).formula, context.encoder.world(base),
                               of(place).facts.certain(context.encoder, hook, of(place).marks_are_set)};
    const FormulaId least = pool.all(all);
    all.push_back(of(place).facts.ordinary(context.encoder, hook));
    for (const ir::ChainId earlier : chains_before(base, true))
      all.push_back(pool.negate(context.walk.refused(earlier, Box())));
    const FormulaId full = pool.all(all);
    const auto state_is = [&](ir::CtState state) {
      return pool.in_set(context.encoder.field(FieldId::kCtState),
                         ir::ValueSet::of_value(static_cast<unsigned>(state)));
    };
    const FormulaId fresh = state_is(ir::CtState::kNew), open = state_is(ir::CtState::kEstablished);
    for (const FormulaId question : {pool.both(full, fresh), pool.both(full, open), full, least}) {
      context.solver.begin(question);
      if (context.solver.check() == Outcome::kSat) {
        Candidate candidate = context.candidate_of_model(base);
        made.push_back({base, candidate.packet, candidate.choices});
        context.make_ordinary(candidate, base, [&](const Candidate& c) { return context.holds(question, c); });
        made.push_back({base, std::move(candidate.packet), std::move(candidate.choices)});
      }
      context.solver.end();
    }
  }
  return made;
}

/// Base chains that a packet meets before this one and that may refuse it. For proofs only those that see the packet
/// as it is later.
std::vector<ir::ChainId> CoverPlan::chains_before(ir::ChainId base, bool also_uncertain) const {
  const ir::Family family = ruleset_.table_of(base).family;
  const Hook hook = ruleset_.chain(base).base->hook;
  std::vector<ir::ChainId> before;
  const auto add = [&](ir::ChainId chain, bool other_hook) {
    const std::string& table = ruleset_.table_of(chain).name;
    if (table == "nat") return;
    if (!also_uncertain && (table == "raw" || (other_hook && !keeps_fields(chain)))) return;
    before.push_back(chain);
  };
  if (hook == Hook::kInput || hook == Hook::kForward)
    for (const ir::ChainId chain : ruleset_.base_chains(family, Hook::kPrerouting)) add(chain, true);
  for (const ir::ChainId chain : ruleset_.base_chains(family, hook)) {
    if (chain == base) break;
    add(chain, false);
  }
  return before;
}

/// Do all tests of the chain, and of those that it leads to, speak of fields that stay the same up to the next hook?
bool CoverPlan::keeps_fields(ir::ChainId base) const {
  for (std::size_t c = 0; c < ruleset_.chains.size(); ++c) {
    const auto bases = structure_->graph.bases(ruleset_, static_cast<ir::ChainId>(c));
    if (std::find(bases.begin(), bases.end(), base) == bases.end()) continue;
    for (const ir::Rule& rule : ruleset_.chains[c].rules)
      for (const ir::Condition& condition : rule.when) {
        const auto* test = std::get_if<ir::FieldTest>(&ruleset_.predicates[condition.predicate]);
        if (test != nullptr && changes_on_the_way(test->field)) return false;
      }
  }
  return true;
}

std::optional<std::string> CoverPlan::death_on_host(RuleRef place) {
  if (out_of_time()) return std::nullopt;
  FamilyContext& context = of(place).anywhere;
  FormulaPool& pool = context.encoder.pool();
  const FormulaId reach = context.walk.reach(place).formula;
  for (const ir::ChainId base : structure_->graph.bases(ruleset_, place.chain)) {
    const Hook hook = ruleset_.chain(base).base->hook;
    std::vector<FormulaId> all{reach, of(place).facts.certain(context.encoder, hook, of(place).marks_are_set)};
    for (const ir::ChainId earlier : chains_before(base, false))
      all.push_back(pool.negate(context.walk.refused(earlier, Box())));
    context.solver.begin(pool.all(all));
    const Outcome outcome = context.solver.check();
    context.solver.end();
    if (outcome != Outcome::kUnsat) return std::nullopt;
  }
  return "no packet that this host lets get there, and that the tables before it accept, fulfils its tests";
}

}  // namespace nfproof::analyzer
