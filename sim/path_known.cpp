// SPDX-License-Identifier: Apache-2.0
// Packets that go a way that is known (`known_ways.h`): tracking follows their connection as ever, rules are not asked.
#include "sim/path.h"

namespace nfproof::sim {
namespace {

/// What forwarding refuses by looking at the packet alone.
bool may_be_forwarded(const Preview& packet, unsigned mtu) {
  return packet.ttl > 1 && (packet.length <= mtu || !packet.dont_fragment);
}

}  // namespace

bool Path::go_known_way(const Preview& packet, const Arrival& arrival, Traveller& traveller, Result& result) {
  ways_->spoil();
  traveller.known.reset();
  if (!packet.plain || arrival.pretend != nullptr || arrival.sender || !tracks(packet.tuple.family)) return false;
  WayKey key;
  if (!ways_->make_key(packet, arrival, key)) return false;
  const ConnectionHandle* handle = conntrack_.recognise(packet, traveller.now);
  if (handle == nullptr) return false;  // the way of a connection's first packet is like no other
  Connection& connection = *handle->connection;
  KnownWays::Entry* known = ways_->find(connection.known[handle->reply ? 1 : 0]);
  const auto go_and_note = [&] { return ways_->begin(key), false; };
  if (known == nullptr || !known->key.same_arrival(key)) return go_and_note();
  const Way& way = known->way;
  const ir::CtState state = Conntrack::state_of(*handle);
  using Followed = Conntrack::Followed;
  if (conntrack_.follow_known(packet, *handle, way.arriving, traveller.now, traveller.known) != Followed::kBelongs)
    return go_and_note();
  ways_->add_track(key, state, connection);
  if (known->key != key || (way.forwarded && !may_be_forwarded(packet, way.mtu))) {
    traveller.known = Track{.connection = handle->connection, .state = state, .reply = handle->reply};
    return go_and_note();
  }
  ways_->go(*known, packet.length);
  if (way.marks) connection.mark = way.ct_mark;
  result.disposition = way.disposition;
  result.hook = way.hook;
  result.verdict = way.verdict;
  result.decided_by = way.decided_by;
  result.filtered = way.filtered;
  result.length = packet.length;
  result.cut_short = packet.cut_short;
  return true;
}

void Path::remember_way(const Traveller& traveller, const Result& result) {
  if (ways_->writing()) ways_->end(traveller.track, result);
}

ir::Counters Path::counters(ir::RuleRef rule) {
  if (ways_) ways_->settle([this](ir::RuleRef each, const ir::Counters& counted) { engine_.add(each, counted); });
  return engine_.counters(rule);
}

}  // namespace nfproof::sim
