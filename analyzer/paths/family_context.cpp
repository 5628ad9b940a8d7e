// SPDX-License-Identifier: Apache-2.0
// Models of the solver as packets. What the model leaves open gets the value of an ordinary packet.
#include "analyzer/paths/family_context.h"

namespace nfproof::analyzer {

using ir::FieldId;

FamilyContext::FamilyContext(const Structure& shared, ir::Family of, WriteModel model,
                             std::chrono::milliseconds timeout)
    : structure(shared),
      family(of),
      encoder(shared.ruleset, of, shared.host, shared.interfaces, shared.written, model),
      walk(shared.ruleset, shared.graph, shared.boxes, encoder),
      concrete(shared.ruleset, shared.host),
      maker(shared.ruleset, of, shared.host, shared.interfaces),
      solver(encoder.pool(), timeout) {}

Candidate FamilyContext::candidate_of_model(ir::ChainId base) const {
  // A packet that nobody wished anything of has the defaults.
  Candidate candidate = maker.make(base, {}, 0).value_or(Candidate{});
  ir::Packet& packet = candidate.packet;
  const bool before_tracking = structure.ruleset.table_of(base).name == "raw";
  for (std::size_t i = 0; i < ir::kFieldCount; ++i) {
    const auto field = static_cast<FieldId>(i);
    const ir::Presence presence = ir::field_info(field).presence;
    const bool follows = presence == ir::Presence::kConntrack || presence == ir::Presence::kConntrack4 ||
                         presence == ir::Presence::kConntrack6;
    if (follows) packet.clear(field);
  }
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

}  // namespace nfproof::analyzer
