// SPDX-License-Identifier: Apache-2.0
// The answers that REJECT sends on their way: packets of the host itself, which belong to the connection of the packet
// that they answer (nf_conntrack_attach) and meet OUTPUT and POSTROUTING before it is dropped.
#include <iterator>

#include "sim/answer.h"
#include "sim/path.h"

namespace nfproof::sim {

void Path::send_answer(ir::RejectWith with, const Traveller& original, Result& result) {
  const ir::Packet& old = original.packet.fields;
  const ir::Route* route = host_.route_to(old.source(), old.family);
  const std::string out = route == nullptr ? std::string() : route->interface;
  const auto bytes = answer_to(original.packet, with, host_, nat_.interface_address(out, old.family, next_hop(old)));
  if (!bytes) return;
  Traveller answer;
  answer.now = original.now;
  std::string why;
  if (!decode_packet(*bytes, 0, answer.packet, why)) return;
  const bool is_reset = with == ir::RejectWith::kTcpReset;
  if (!is_reset && options_.limit_errors && !error_limit_.allows(old.source(), old.family, host_, original.now)) {
    ++answers_.held_back;
    return;
  }
  if (options_.details) result.answers.push_back(*bytes);
  ir::Packet& fields = answer.packet.fields;
  fields.hook = ir::Hook::kOutput;
  fields.set(ir::FieldId::kMark, 0);
  fields.set(ir::FieldId::kPktType, ir::kPacketHost);
  if (original.track.connection) {
    answer.track.connection = original.track.connection;
    answer.track.state = ir::CtState::kRelated;
    answer.track.reply = !original.track.reply;
    answer.track.error = !is_reset;
    show_track(answer.track, answer.now, fields);
  } else {
    fields.set(ir::FieldId::kCtState, static_cast<unsigned>(ir::CtState::kInvalid));
  }
  Result aside;
  send(answer, aside);
  ++(aside.disposition == Disposition::kAccepted ? answers_.sent : answers_.stopped);
  std::move(aside.answers.begin(), aside.answers.end(), std::back_inserter(result.answers));
  std::move(aside.logs.begin(), aside.logs.end(), std::back_inserter(result.logs));
  std::move(aside.assumptions.begin(), aside.assumptions.end(), std::back_inserter(result.assumptions));
}

/// Who the answer is handed to: the router in IPv4, its receiver in IPv6.
ir::u128 Path::next_hop(const ir::Packet& answered) const {
  const ir::Route* route = host_.route_to(answered.source(), answered.family);
  const bool v4 = answered.family == ir::Family::kIpv4;
  return v4 && route != nullptr ? route->gateway.value_or(answered.source()) : answered.source();
}

}  // namespace nfproof::sim
