// SPDX-License-Identifier: Apache-2.0
// Models of the solver as packets. What the model leaves open gets the value of an ordinary packet.
#include "analyzer/paths/family_context.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "analyzer/paths/state_facts.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer {

using ir::FieldId;

FamilyContext::FamilyContext(const Structure& shared, ir::Family of, WriteModel model,
                             std::chrono::milliseconds timeout)
    : structure(shared),
      family(of),
      encoder(shared.ruleset, of, shared.host, shared.interfaces, shared.written, model),
      walk(shared.ruleset, shared.graph, shared.boxes, encoder),
      concrete(shared.ruleset, shared.host, shared.boxes, shared.interfaces),
      maker(shared.ruleset, of, shared.host, shared.interfaces),
      solver(encoder.pool(), timeout) {}

Candidate FamilyContext::candidate_of_model(ir::ChainId base) const {
  // A packet that nobody wished anything of has the defaults.
  Candidate candidate = maker.make(base, {}, 0).value_or(Candidate{});
  ir::Packet& packet = candidate.packet;
  const bool before_tracking = structure.ruleset.before_tracking(base);
  ir::clear_connection(packet);
  for (const auto& [key, variable] : encoder.fields()) {
    const auto value = solver.value(variable);
    if (!value) continue;
    const auto [field, argument] = key;
    const bool type = field == FieldId::kSaddrType || field == FieldId::kDaddrType;
    if (field == FieldId::kIifname || field == FieldId::kOifname) {
      if (*value >= structure.interfaces.size()) continue;
      (field == FieldId::kIifname ? packet.in : packet.out) =
          structure.interfaces.name(static_cast<std::size_t>(*value));
    } else if (field == FieldId::kTcpOption || (type && (structure.host != nullptr || argument != 0))) {
      continue;
    } else {
      packet.set(field, *value);
    }
  }
  if (solver.value(encoder.ether_present()) == ir::u128{0} || packet.in.empty() || packet.in == "lo")
    packet.clear(FieldId::kEtherSaddr);
  if (solver.value(encoder.mss_present()).value_or(0) == 0) packet.clear(FieldId::kTcpMss);
  maker.complete(packet, before_tracking);
  for (const ChoiceVariable& each : encoder.choices())
    if (const auto value = solver.value(each.variable)) {
      candidate.choices.push_back(each.choice);
      candidate.choices.back().answer = *value != 0;
    }
  return candidate;
}

bool FamilyContext::holds(FormulaId formula, const Candidate& candidate) const {
  std::unordered_map<std::uint32_t, ir::u128> values;
  const ir::Packet& packet = candidate.packet;
  for (const auto& [key, variable] : encoder.fields()) {
    const auto [field, argument] = key;
    ir::u128 value = packet.get_or(field, 0);
    if (field == FieldId::kIifname) value = structure.interfaces.index_of(packet.in);
    if (field == FieldId::kOifname) value = structure.interfaces.index_of(packet.out);
    if (field == FieldId::kSaddrType || field == FieldId::kDaddrType)
      value = concrete.address_type(field, argument, packet);
    if (field == FieldId::kTcpOption) value = argument == 2 && packet.get(FieldId::kTcpMss) ? 1 : 0;
    values.emplace(static_cast<std::uint32_t>(variable), value);
  }
  values.emplace(static_cast<std::uint32_t>(encoder.ether_present()), packet.get(FieldId::kEtherSaddr) ? 1 : 0);
  values.emplace(static_cast<std::uint32_t>(encoder.mss_present()), packet.get(FieldId::kTcpMss) ? 1 : 0);
  for (const ChoiceVariable& each : encoder.choices())
    for (const Choice& choice : candidate.choices)
      if (choice.predicate == each.choice.predicate && (!choice.rule || choice.rule == each.choice.rule))
        values[static_cast<std::uint32_t>(each.variable)] = choice.answer ? 1 : 0;
  return encoder.pool().evaluate(formula, [&](VarId variable) {
    const auto found = values.find(static_cast<std::uint32_t>(variable));
    return found == values.end() ? ir::u128{0} : found->second;
  });
}

void FamilyContext::make_ordinary(Candidate& candidate, ir::ChainId base, const StillGood& still_good) const {
  const bool before_tracking = structure.ruleset.before_tracking(base);
  const auto attempt = [&](auto change) {
    Candidate trial = candidate;
    change(trial.packet);
    const auto direction = trial.packet.get(FieldId::kCtDirection);
    const auto status = trial.packet.get(FieldId::kCtStatus);
    ir::clear_connection(trial.packet);
    if (direction) trial.packet.set(FieldId::kCtDirection, *direction);
    if (status) trial.packet.set(FieldId::kCtStatus, *status);
    maker.complete(trial.packet, before_tracking);
    if (!can_have_its_state(trial.packet) || !still_good(trial)) return false;
    candidate = std::move(trial);
    return true;
  };
  for (unsigned variant = 0; variant < 2; ++variant) {
    const auto ordinary = maker.make(base, {}, variant);
    if (!ordinary) continue;
    const ir::Packet& everyday = ordinary->packet;
    for (const FieldId field :
         {FieldId::kL4Proto,   FieldId::kCtState,      FieldId::kIpSaddr,       FieldId::kIpDaddr,
          FieldId::kIp6Saddr,  FieldId::kIp6Daddr,     FieldId::kThSport,       FieldId::kThDport,
          FieldId::kTcpFlags,  FieldId::kIcmpTypeCode, FieldId::kIcmp6TypeCode, FieldId::kMark,
          FieldId::kIpTtl,     FieldId::kIp6HopLimit,  FieldId::kLength,        FieldId::kIpTos,
          FieldId::kIp6Tclass, FieldId::kPktType,      FieldId::kIpFragOffset,  FieldId::kIp6FragOffset})
      if (const auto value = everyday.get(field); value && candidate.packet.get(field) != value)
        (void)attempt([&](ir::Packet& packet) { packet.set(field, *value); });
  }
  for (const ir::u128 flags : {ir::u128{16}, ir::u128{2}})
    if (const auto now = candidate.packet.get(FieldId::kTcpFlags); now && *now != 2 && *now != 16)
      (void)attempt([&](ir::Packet& packet) { packet.set(FieldId::kTcpFlags, flags); });
  const std::vector<std::string> known = structure.interfaces.mentioned();
  const auto is_known = [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  for (const auto name : {&ir::Packet::in, &ir::Packet::out}) {
    if ((candidate.packet.*name).empty() || is_known(candidate.packet.*name)) continue;
    for (const std::string& each : known)
      if (attempt([&](ir::Packet& packet) { packet.*name = each; })) break;
  }
  // The first address of a network is nobody's.
  for (const FieldId field : {FieldId::kIpSaddr, FieldId::kIpDaddr, FieldId::kIp6Saddr, FieldId::kIp6Daddr})
    if (const auto value = candidate.packet.get(field); value && (*value & 0xff) == 0)
      (void)(attempt([&](ir::Packet& packet) { packet.set(field, *value + 7); }) ||
             attempt([&](ir::Packet& packet) { packet.set(field, *value + 1); }));
}

}  // namespace nfproof::analyzer
