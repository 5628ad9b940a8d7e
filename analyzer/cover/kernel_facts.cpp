// SPDX-License-Identifier: Apache-2.0
// Facts about states.
#include "analyzer/cover/kernel_facts.h"

#include <algorithm>
#include <array>

namespace nfproof::analyzer {
namespace {

using ir::CtState;
using ir::FieldId;
using ir::ValueSet;

class Facts {
 public:
  Facts(Encoder& encoder, const Tracking& tracking) : encoder_(encoder), pool_(encoder.pool()), tracking_(tracking) {}

  FormulaId all(const ir::Ruleset& ruleset, ir::ChainId base) {
    const ir::Hook hook = ruleset.chain(base).base->hook;
    const bool translates = ruleset.translates(base);
    const bool v4 = encoder_.family() == ir::Family::kIpv4;
    if (tracking_.on) facts_.push_back(is(v4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset, 0));
    if (!tracking_.marks && (hook == ir::Hook::kPrerouting || hook == ir::Hook::kInput || hook == ir::Hook::kForward))
      facts_.push_back(pool_.either(by_loopback(), is(FieldId::kMark, 0)));  // sockets of the host may set marks
    if (!tracking_.ct_marks) facts_.push_back(is(FieldId::kCtMark, 0));
    if (!tracking_.on || ruleset.before_tracking(base)) return pool_.all(facts_);
    if (!tracking_.notrack) untracked(v4);
    if (!tracking_.helpers) related(v4);
    // A packet that comes over the loopback interface was translated when it was sent.
    if (translates && (hook == ir::Hook::kPrerouting || hook == ir::Hook::kInput))
      facts_.push_back(pool_.negate(by_loopback()));
    // Errors are translated as their connection says.
    if (translates)
      facts_.push_back(
          pool_.negate(pool_.both(state({CtState::kRelated}), protocol(v4 ? ir::kProtoIcmp : ir::kProtoIcmp6))));
    return pool_.all(facts_);
  }

 private:
  FormulaId in(FieldId field, ValueSet values) { return pool_.in_set(encoder_.field(field), values); }
  FormulaId is(FieldId field, ir::u128 value) { return in(field, ValueSet::of_value(value)); }
  FormulaId protocol(std::uint8_t number) { return is(FieldId::kL4Proto, number); }
  FormulaId by_loopback() { return is(FieldId::kIifname, InterfaceClasses::kLoopback); }
  FormulaId state(std::initializer_list<CtState> states) {
    ValueSet::Intervals values;
    for (const CtState each : states) values.push_back({static_cast<unsigned>(each), static_cast<unsigned>(each)});
    return in(FieldId::kCtState, ValueSet::of_intervals(std::move(values)));
  }
  void implies(FormulaId condition, FormulaId consequence) {
    facts_.push_back(pool_.either(pool_.negate(condition), consequence));
  }
  FormulaId types(bool v4, std::initializer_list<unsigned> list) {
    ValueSet::Intervals values;
    for (const unsigned type : list) values.push_back({type << 8U, type << 8U | 0xffU});
    return in(v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode, ValueSet::of_intervals(std::move(values)));
  }

  /// Only neighbour discovery and listener reports go untracked by themselves.
  void untracked(bool v4) {
    const FormulaId discovery =
        v4 ? kFalse : pool_.both(protocol(ir::kProtoIcmp6), types(false, {130, 131, 132, 133, 134, 135, 136, 143}));
    implies(state({CtState::kUntracked}), discovery);
  }

  /// Without a helper only errors are related.
  void related(bool v4) { implies(state({CtState::kRelated}), protocol(v4 ? ir::kProtoIcmp : ir::kProtoIcmp6)); }

  Encoder& encoder_;
  FormulaPool& pool_;
  const Tracking& tracking_;
  std::vector<FormulaId> facts_;
};

}  // namespace

Tracking Tracking::of(const ir::Ruleset& ruleset, ir::Family family, bool on) {
  Tracking made;
  made.on = on;
  for (const ir::Chain& chain : ruleset.chains) {
    const ir::Family own = ruleset.table(chain.table).family;
    if (own != family && own != ir::Family::kInet) continue;
    for (const ir::Rule& rule : chain.rules)
      for (const ir::Effect& effect : rule.effects) {
        const auto* set = std::get_if<ir::SetField>(&effect);
        const auto* copy = std::get_if<ir::CopyMark>(&effect);
        const bool opaque = std::holds_alternative<ir::OpaqueEffect>(effect);
        const bool maps = std::holds_alternative<ir::UpdateSet>(effect);
        made.notrack = made.notrack || opaque || std::holds_alternative<ir::Notrack>(effect);
        made.helpers = made.helpers || opaque || std::holds_alternative<ir::TrackAs>(effect);
        made.marks = made.marks || opaque || maps || std::holds_alternative<ir::HashMark>(effect) ||
                     std::holds_alternative<ir::GiveToSocket>(effect) || (copy != nullptr && !copy->save) ||
                     (set != nullptr && set->field == FieldId::kMark);
        made.ct_marks = made.ct_marks || opaque || (copy != nullptr && copy->save) ||
                        (set != nullptr && set->field == FieldId::kCtMark);
      }
  }
  return made;
}

FormulaId tracking_facts(Encoder& encoder, const Tracking& tracking, const ir::Ruleset& ruleset, ir::ChainId base) {
  return Facts(encoder, tracking).all(ruleset, base);
}

}  // namespace nfproof::analyzer
