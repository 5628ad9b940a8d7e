// SPDX-License-Identifier: Apache-2.0
// Lists of connection states: see ct_states.h.
#include "compiler/extensions/ct_states.h"

#include <array>
#include <utility>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr unsigned bit(ir::CtState state) { return 1U << static_cast<unsigned>(state); }

/// In the order in which iptables compares names that are cut short.
constexpr std::array<NameValue, 7> kNames = {{{"INVALID", bit(ir::CtState::kInvalid)},
                                              {"NEW", bit(ir::CtState::kNew)},
                                              {"ESTABLISHED", bit(ir::CtState::kEstablished)},
                                              {"RELATED", bit(ir::CtState::kRelated)},
                                              {"UNTRACKED", bit(ir::CtState::kUntracked)},
                                              {"SNAT", kStateBitSnat},
                                              {"DNAT", kStateBitDnat}}};
constexpr std::size_t kNatNames = 2;

/// In the order in which iptables prints them.
constexpr std::array<unsigned, 7> kPrintOrder = {bit(ir::CtState::kInvalid),
                                                 bit(ir::CtState::kNew),
                                                 bit(ir::CtState::kRelated),
                                                 bit(ir::CtState::kEstablished),
                                                 bit(ir::CtState::kUntracked),
                                                 kStateBitSnat,
                                                 kStateBitDnat};

std::span<const NameValue> names(bool with_nat) {
  return std::span(kNames).first(kNames.size() - (with_nat ? 0 : kNatNames));
}

}  // namespace

std::optional<unsigned> parse_states(std::string_view text, bool with_nat) {
  unsigned states = 0;
  for (const std::string_view part : split(text, ',')) {
    const auto state = find_by_prefix(names(with_nat), part);
    if (!state) return std::nullopt;
    states |= static_cast<unsigned>(*state);
  }
  return states;
}

std::string states_text(unsigned states) {
  std::string out;
  for (const unsigned state : kPrintOrder) {
    if ((states & state) == 0) continue;
    if (!out.empty()) out += ',';
    out += name_of(kNames, state);
  }
  return out;
}

void check_states(const ModuleInput& module, const OptionUse& use, bool with_nat) {
  if (parse_states(use.text, with_nat)) return;
  module.error(use.value_span, "`--" + std::string(use.row->name) + "` expects a comma list of " +
                                   names_text(names(with_nat)) + ", got `" + use.text + '`');
}

void lower_states(unsigned states, bool negated, Lowering& out) {
  ir::ValueSet::Intervals values;
  for (unsigned state = 0; state < ir::kCtStateCount; ++state)
    if ((states & (1U << state)) != 0) values.push_back({state, state});
  ir::FieldTest in_state = field_test(ir::FieldId::kCtState, ir::ValueSet::of_intervals(std::move(values)));

  ir::ValueSet::Masks nat;
  if ((states & kStateBitSnat) != 0) nat.push_back({ir::kIpsSrcNat, ir::kIpsSrcNat});
  if ((states & kStateBitDnat) != 0) nat.push_back({ir::kIpsDstNat, ir::kIpsDstNat});
  if (nat.empty()) {
    in_state.negated = negated;
    out.when(std::move(in_state));
    return;
  }
  // The status is not there without an entry, which makes a test of it false, also a negated one: negate outside.
  ir::AnyOf any{{out.intern(field_test(ir::FieldId::kCtStatus, ir::ValueSet::of_masks(std::move(nat))))}, negated};
  if (!in_state.values.intervals()->empty()) any.any.push_back(out.intern(std::move(in_state)));
  out.when(std::move(any));
}

bool states_allow_no_entry(unsigned states, bool negated) {
  constexpr unsigned kNoEntry = bit(ir::CtState::kInvalid) | bit(ir::CtState::kUntracked);
  return negated ? (states & kNoEntry) != kNoEntry : (states & kNoEntry) != 0;
}

}  // namespace nfproof::compiler
