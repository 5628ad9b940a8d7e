// SPDX-License-Identifier: Apache-2.0
// See sets.h.
#include "sim/sets.h"

#include <algorithm>

#include "sim/set_element.h"

namespace nfproof::sim {
namespace {

using ir::SetAnswer;
using ir::SetType;

constexpr Nanoseconds kMillisecond = 1000000;

ir::CounterTest counter_test(const ir::SetLookup::Counter& counter) {
  using From = ir::SetLookup::Counter::Test;
  using To = ir::CounterTest::Op;
  switch (counter.test) {
    case From::kNone: return {};
    case From::kEqual: return {To::kEqual, counter.value};
    case From::kNotEqual: return {To::kNotEqual, counter.value};
    case From::kLess: return {To::kLess, counter.value};
    case From::kGreater: return {To::kGreater, counter.value};
  }
  return {};
}

ir::SetId member_of(const ir::SetElement& element) { return ir::SetId{static_cast<std::uint32_t>(element.link)}; }

/// With its interface as the set names it.
ir::SetElement stored_form(ir::Set& set, const PacketElement& made) {
  ir::SetElement element = made.element;
  if (set.header().type == SetType::kHashNetIface) element.link = set.intern_interface(made.interface);
  return element;
}

/// What an element gets that a packet adds.
ir::SetGiven from_packet(const DecodedPacket& packet) {
  ir::SetGiven given;
  given.packets = 1;
  given.bytes = packet.length;
  return given;
}

}  // namespace

void Sets::advance(Nanoseconds now) {
  if (!started_) {
    started_ = true;
    start_ = now;
  }
  now_ = std::max<ir::SetTime>(now_, static_cast<ir::SetTime>((now - start_) / kMillisecond));
}

ir::SetTable& Sets::changing() {
  if (!changed_) changed_ = *initial_;
  return *changed_;
}

std::optional<bool> Sets::look_up(const ir::SetLookup& lookup, const DecodedPacket& packet) {
  const auto id = table().find(lookup.set.name);
  if (!id) return std::nullopt;
  Request request{.reference = lookup.set,
                  .return_nomatch = lookup.return_nomatch,
                  .count = lookup.update_counters,
                  .count_members = lookup.update_subcounters,
                  .packets = counter_test(lookup.packets),
                  .bytes = counter_test(lookup.bytes)};
  ir::SkbInfo skb;
  return test(*id, request, packet, skb) != lookup.negated;
}

void Sets::count(ir::SetId id, const std::vector<std::size_t>& elements, std::uint32_t length) {
  if (elements.empty() || !counting_) return;
  ir::Set& set = changing()[id];
  for (const std::size_t index : elements) set.count(index, 1, length);
}

bool Sets::test(ir::SetId id, const Request& request, const DecodedPacket& packet, ir::SkbInfo& skb) {
  const ir::Set& set = table()[id];
  if (set.header().type == SetType::kListSet) return test_list(id, request, packet, skb);
  const auto made = element_of(set, request.reference, packet, true);
  if (!made) return false;
  const ir::SetProbe probe{request.count, packet.length, request.packets, request.bytes};
  const SetAnswer answer = ir::test_element(set, made->element, probe, now_, made->interface);
  const bool networks = set.type().has(ir::SetPart::kNetwork);
  if (set.header().skbinfo && answer.kind != SetAnswer::Kind::kNo) skb = answer.skb;
  count(id, answer.counted, packet.length);  // from here on `set` may be another one
  switch (answer.kind) {
    case SetAnswer::Kind::kNo: return false;
    case SetAnswer::Kind::kUnfilled:
      // The kernel adds the whole element again, which sets its counters anew.
      static_cast<void>(ir::add_element(changing()[id], made->element, from_packet(packet), false, now_));
      return true;
    case SetAnswer::Kind::kYes: return !request.return_nomatch || !networks;
    case SetAnswer::Kind::kNomatch: return request.return_nomatch;
  }
  return false;
}

bool Sets::test_list(ir::SetId id, const Request& request, const DecodedPacket& packet, ir::SkbInfo& skb) {
  Request of_member = request;
  of_member.packets = {};
  of_member.bytes = {};
  if (!request.count_members) of_member.count = false;
  const ir::SetProbe probe{request.count, packet.length, request.packets, request.bytes};
  for (std::size_t i = 0; i < table()[id].size(); ++i) {
    if (!test(member_of(table()[id].element(i)), of_member, packet, skb)) continue;
    std::vector<std::size_t> counted;
    const bool matched = ir::match_extras(table()[id], i, probe, now_, counted);
    count(id, counted, packet.length);
    if (!matched) continue;
    if (table()[id].header().skbinfo) skb = table()[id].extras(i).skb;
    return true;
  }
  return false;
}

bool Sets::update(const ir::UpdateSet& effect, DecodedPacket& packet) {
  const auto id = table().find(effect.set.name);
  if (!id) return false;
  switch (effect.action) {
    case ir::UpdateSet::Action::kAdd: add(*id, effect, packet); break;
    case ir::UpdateSet::Action::kDelete: remove(*id, effect.set, packet); break;
    case ir::UpdateSet::Action::kMap: map(*id, effect, packet); break;
  }
  return true;
}

bool Sets::add(ir::SetId id, const ir::UpdateSet& effect, const DecodedPacket& packet) {
  ir::Set& set = changing()[id];
  if (set.header().type == SetType::kListSet) {
    if (effect.set.dimensions < set.type().dimension()) return false;
    for (std::size_t i = 0; i < set.size(); ++i)
      if (!set.expired(i, now_) && add(member_of(set.element(i)), effect, packet)) break;
    return true;
  }
  const auto made = element_of(set, effect.set, packet, false);
  if (!made) return false;
  constexpr std::uint32_t kMaxTimeout = 4294967;  // the kernel counts milliseconds in 32 bits
  ir::SetGiven given = from_packet(packet);
  if (effect.timeout) given.timeout = std::min(*effect.timeout, kMaxTimeout);
  return ir::add_element(set, stored_form(set, *made), given, effect.exist, now_) == ir::SetError::kNone;
}

bool Sets::remove(ir::SetId id, const ir::SetReference& reference, const DecodedPacket& packet) {
  ir::Set& set = changing()[id];
  if (set.header().type == SetType::kListSet) {
    if (reference.dimensions < set.type().dimension()) return false;
    for (std::size_t i = 0; i < set.size(); ++i)
      if (!set.expired(i, now_) && remove(member_of(set.element(i)), reference, packet)) break;
    return true;
  }
  const auto made = element_of(set, reference, packet, false);
  return made && ir::delete_element(set, stored_form(set, *made), now_) == ir::SetError::kNone;
}

bool Sets::map(ir::SetId id, const ir::UpdateSet& effect, DecodedPacket& packet) {
  Request request{.reference = effect.set,
                  .return_nomatch = false,
                  .count = true,
                  .count_members = true,
                  .packets = {},
                  .bytes = {}};
  ir::SkbInfo skb;
  if (!test(id, request, packet, skb)) return false;
  ir::Packet& fields = packet.fields;
  if (effect.map_mark) {
    const auto mark = static_cast<std::uint32_t>(fields.get_or(ir::FieldId::kMark, 0));
    fields.set(ir::FieldId::kMark, (mark & ~skb.mask) ^ skb.mark);
  }
  if (effect.map_priority) fields.set(ir::FieldId::kPriority, skb.priority);
  return true;
}

}  // namespace nfproof::sim
