// SPDX-License-Identifier: Apache-2.0
// Replay of single packets at single hooks.
#include "sim/witness.h"

#include <algorithm>
#include <utility>

#include "compiler/ir/facts.h"
#include "sim/build_packet.h"
#include "sim/engine.h"
#include "sim/sets.h"

namespace nfproof::sim {
namespace {

using ir::FieldId;

/// Answers from the caller.
class ChoiceOracle final : public Oracle {
 public:
  ChoiceOracle(const Choice& choice, bool otherwise, std::vector<Assumption>* assumptions,
               const ir::SetTable* sets = nullptr)
      : choice_(choice), otherwise_(otherwise), assumptions_(assumptions) {
    if (sets != nullptr) sets_.emplace(sets, false);
  }

  bool limit(const Place& place, const ir::Limit&) override { return answer(place, "limit", {}); }
  bool statistic(const Place& place, const ir::Statistic&) override { return answer(place, "statistic", {}); }
  bool opaque(const Place& place, const ir::Opaque& test) override {
    return answer(place, test.module, test.arguments);
  }
  std::optional<bool> chosen(const Place& place, std::string_view module) override {
    if (!choice_) return std::nullopt;
    return answer(place, std::string(module), {});
  }
  Sets* sets() override { return sets_ ? &*sets_ : nullptr; }

 private:
  bool answer(const Place& place, std::string module, std::string arguments) {
    const bool value = choice_ ? choice_(place.rule, place.predicate) : otherwise_;
    if (assumptions_ != nullptr)
      assumptions_->push_back(
          {.rule = place.rule, .module = std::move(module), .arguments = std::move(arguments), .answer = value});
    return value;
  }

  const Choice& choice_;
  bool otherwise_;
  std::vector<Assumption>* assumptions_;
  std::optional<Sets> sets_;
};

/// What does not stand in the bytes comes from the witness.
void put_on_top(const ir::Packet& witness, ir::Packet& fields) {
  fields.hook = witness.hook;
  fields.in = witness.in;
  fields.out = witness.out;
  fields.set(FieldId::kMark, witness.get_or(FieldId::kMark, 0));
  fields.set(FieldId::kPktType, witness.get_or(FieldId::kPktType, ir::kPacketHost));
  fields.set(FieldId::kCtState, witness.get_or(FieldId::kCtState, static_cast<unsigned>(ir::CtState::kNew)));
  for (std::size_t i = 0; i < ir::kFieldCount; ++i) {
    const auto field = static_cast<FieldId>(i);
    const ir::FieldInfo& info = ir::field_info(field);
    const bool forced =
        ir::of_connection(field) || field == FieldId::kEtherSaddr || info.kind == ir::FieldKind::kAddrType;
    if (const auto value = witness.get(field); forced && value) fields.set(field, *value);
  }
}

std::optional<Traveller> make_traveller(const ir::Packet& witness, std::string& problem) {
  const auto bytes = build_packet(witness, problem);
  if (!bytes) return std::nullopt;
  auto packet = decode_packet(*bytes, 0, problem);
  if (!packet) return std::nullopt;
  put_on_top(witness, packet->fields);
  Traveller traveller{.packet = std::move(*packet), .track = {}, .now = 0};
  traveller.track.state = traveller.packet.fields.ct_state();
  return traveller;
}

}  // namespace

bool WitnessReplay::reached(ir::RuleRef rule) const {
  return std::any_of(visits.begin(), visits.end(), [&](const RuleVisit& visit) { return visit.rule == rule; });
}

bool WitnessReplay::matched(ir::RuleRef rule) const {
  return std::any_of(visits.begin(), visits.end(),
                     [&](const RuleVisit& visit) { return visit.rule == rule && visit.matched; });
}

WitnessReplay replay_witness(const ir::Ruleset& ruleset, const ir::Host& host, const ir::Packet& witness,
                             const WitnessOptions& options) {
  constexpr std::uint16_t kMtu = 1500;
  WitnessReplay replay;
  auto traveller = make_traveller(witness, replay.problem);
  if (!traveller) {
    replay.buildable = false;
    return replay;
  }
  replay.packet = traveller->packet.fields;
  replay.bytes = traveller->packet.bytes;
  ChoiceOracle oracle(options.choice, false, &replay.assumptions, options.sets);
  Engine engine(ruleset, host, oracle, nullptr, kMtu);
  const Journal journal{.visits = &replay.visits, .logs = nullptr, .target_assumptions = &replay.assumptions};
  for (const ir::ChainId chain : ruleset.base_chains(witness.family, witness.hook)) {
    if (options.base && chain != *options.base) continue;
    if (options.table && ruleset.chain(chain).table != *options.table) continue;
    const Walk walk = engine.walk(chain, *traveller, journal);
    replay.decisions.push_back({chain, walk.fate});
    replay.fate = walk.fate;
    if (walk.fate.verdict != ir::VerdictKind::kAccept) break;
  }
  return replay;
}

std::optional<bool> rule_fits(const ir::Ruleset& ruleset, const ir::Host& host, ir::RuleRef rule,
                              const ir::Packet& witness, const WitnessOptions& options) {
  std::string problem;
  const auto traveller = make_traveller(witness, problem);
  const ir::Rule* found = ruleset.rule(rule);
  if (!traveller || found == nullptr) return std::nullopt;
  ChoiceOracle oracle(options.choice, false, nullptr, options.sets);
  const EvaluationContext context{ruleset.predicates, host, traveller->packet, oracle, nullptr, found->nft_number != 0};
  return std::all_of(found->when.begin(), found->when.end(), [&](const ir::Condition& condition) {
    return evaluate_predicate(context, {rule, 0, condition.predicate}) == Truth::kTrue;
  });
}

std::optional<bool> evaluate(const ir::PredicatePool& predicates, ir::PredicateId predicate, const ir::Host& host,
                             const ir::Packet& witness, bool otherwise) {
  std::string problem;
  const auto traveller = make_traveller(witness, problem);
  if (!traveller) return std::nullopt;
  const Choice nobody;
  ChoiceOracle oracle(nobody, otherwise, nullptr);
  const EvaluationContext context{predicates, host, traveller->packet, oracle};
  const Truth value = evaluate_predicate(context, {{}, 0, predicate});
  if (value == Truth::kHotdrop || value == Truth::kTrueHotdrop) return std::nullopt;
  return value == Truth::kTrue;
}

}  // namespace nfproof::sim
