// SPDX-License-Identifier: Apache-2.0
// What looks into the packet: bytes, numbers and options at places that no field names: see evaluate_kinds.h.
#include "sim/classic_bpf.h"
#include "sim/evaluate_kinds.h"
#include "sim/match_state.h"
#include "sim/string_search.h"
#include "sim/u32_program.h"

namespace nfproof::sim {
namespace {

constexpr std::string_view kCutShort = "bytes that the capture lacks";

Truth doubtful(const EvaluationContext& context, const Place& place, std::string_view module, std::string_view why) {
  return truth(context.oracle.doubt(place, module, why));
}

std::uint32_t link_type(const EvaluationContext& context) {
  constexpr std::uint32_t kEthernet = 1, kLoopback = 772, kNone = 0xfffe;
  const ir::Packet& fields = context.packet.fields;
  const ir::Interface* interface = context.host.find_interface(fields.in.empty() ? fields.out : fields.in);
  if (interface != nullptr && interface->loopback) return kLoopback;
  return context.packet.has_link || fields.in.empty() ? kEthernet : kNone;
}

}  // namespace

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::StringTest& test) {
  const DecodedPacket& packet = context.packet;
  MatchState* state = context.oracle.state();
  const bool found = state != nullptr ? state->search(place.predicate, test).found(packet.bytes, packet.blocks)
                                      : StringSearch(test).found(packet.bytes, packet.blocks);
  if (!found && packet.cut_short && packet.bytes.size() < test.to)
    return doubtful(context, place, ir::StringTest::kModule, kCutShort);
  return truth(found);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::U32Test& test) {
  const U32Answer answer = run_u32(test, context.packet.bytes, context.packet.length);
  if (answer == U32Answer::kUnknown) return doubtful(context, place, ir::U32Test::kModule, kCutShort);
  return truth(answer == U32Answer::kTrue);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::BpfTest& test) {
  const DecodedPacket& packet = context.packet;
  MatchState* state = context.oracle.state();
  const bool v4 = packet.family() == ir::Family::kIpv4;
  BpfPacket view;
  view.bytes = packet.bytes;
  if (packet.has_link) view.link = packet.link;
  view.length = packet.length;
  view.protocol = v4 ? 0x0800 : 0x86dd;
  view.packet_type = static_cast<std::uint8_t>(packet.fields.get_or(ir::FieldId::kPktType, 0));
  view.mark = static_cast<std::uint32_t>(packet.fields.get_or(ir::FieldId::kMark, 0));
  view.link_type = link_type(context);
  if (state != nullptr) view.random = [state] { return static_cast<std::uint32_t>(state->random()); };
  const BpfResult result = run_classic_bpf(test.program, view);
  if (!result.unknown.empty()) return doubtful(context, place, ir::BpfTest::kModule, result.unknown);
  return truth(result.value != 0);
}

}  // namespace nfproof::sim
