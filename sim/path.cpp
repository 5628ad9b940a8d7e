// SPDX-License-Identifier: Apache-2.0
// The steps at each hook and the way from hook to hook.
#include "sim/path.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "compiler/ir/facts.h"
#include "sim/helper.h"
#include "sim/needs_tracking.h"
#include "sim/refragment.h"
#include "sim/rewrite.h"
#include "sim/routing.h"

namespace nfproof::sim {
namespace {

using ir::Family;
using ir::FieldId;
using ir::Hook;

std::size_t family_index(Family family) { return family == Family::kIpv4 ? 0 : 1; }

void end(Result& result, Disposition disposition, Hook hook, std::string reason) {
  result.disposition = disposition;
  result.hook = hook;
  result.verdict = ir::VerdictKind::kDrop;
  result.reason = std::move(reason);
}

Disposition disposition_of(ir::VerdictKind verdict) {
  switch (verdict) {
    case ir::VerdictKind::kAccept: return Disposition::kAccepted;
    case ir::VerdictKind::kReject: return Disposition::kRejected;
    case ir::VerdictKind::kQueue: return Disposition::kQueued;
    case ir::VerdictKind::kDrop:
    case ir::VerdictKind::kContinue:
    case ir::VerdictKind::kReturn:
    case ir::VerdictKind::kJump:
    case ir::VerdictKind::kGoto: return Disposition::kDropped;
  }
  return Disposition::kDropped;
}

/// A pretended state other than NEW is that of a connection nobody saw: there is none to translate by.
void pretend_track(const ir::Packet& pretended, Track& track, ir::Packet& fields) {
  if (pretended.get(FieldId::kCtState)) {
    track.state = pretended.ct_state();
    if (track.state != ir::CtState::kNew) track.connection.reset();
  }
  for (std::size_t i = 0; i < ir::kFieldCount; ++i) {
    const auto field = static_cast<FieldId>(i);
    if (const auto value = pretended.get(field); value && ir::is_tracking_field(field)) fields.set(field, *value);
  }
}

ConnectionFate fate_of(const Connection* connection) {
  if (connection == nullptr) return ConnectionFate::kGone;
  const TcpTrack::State state = connection->tcp.state();
  const bool closed = connection->tuples[0].protocol == ir::kProtoTcp &&
                      (state == TcpTrack::State::kTimeWait || state == TcpTrack::State::kClose);
  return closed ? ConnectionFate::kClosed : ConnectionFate::kAlive;
}

}  // namespace

Path::Path(const ir::Ruleset& ruleset, const ir::Host& host, const SimOptions& options)
    : ruleset_(ruleset),
      host_(host),
      options_(options),
      mtu_(mtu_bounds(host, options.mtu)),
      oracle_(ruleset, options),
      conntrack_(options.conntrack),
      nat_(conntrack_, host),
      engine_(ruleset, host, oracle_, &nat_, options.mtu, options.linear) {
  const bool alone = !options.details && !options.trace && !options.linear && options.observer == nullptr;
  if (alone) engine_.set_ways(&ways_.emplace(ruleset, options.sets));
  oracle_.state()->look = [this](const Tuple& original, std::uint16_t /*zone*/) {
    return fate_of(conntrack_.look(original, oracle_.state()->now()));
  };
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const std::size_t index = family_index(family);
    switch (options.tracking) {
      case TrackingMode::kWhenNeeded: tracking_[index] = needs_tracking(ruleset, family); break;
      case TrackingMode::kAlways: tracking_[index] = true; break;
      case TrackingMode::kNever: break;
    }
    nat_on_[index] = std::any_of(ruleset.chains.begin(), ruleset.chains.end(), [&](const ir::Chain& chain) {
      const Family own = ruleset.table(chain.table).family;
      return chain.base && chain.base->type == ir::ChainType::kNat && (own == family || own == Family::kInet);
    });
    for (unsigned hook = 0; hook < ir::kHookCount; ++hook)
      steps_[index][hook] = make_steps(family, static_cast<Hook>(hook));
  }
}

void Path::take_connections(Path& other) {
  if (ways_ && other.ways_) ways_->succeed(*other.ways_);
  conntrack_ = std::move(other.conntrack_);
  nat_.take_mappings(other.nat_);
}

Path::Steps Path::make_steps(Family family, Hook hook) const {
  Steps steps;
  const bool entry = hook == Hook::kPrerouting || hook == Hook::kOutput;
  if (entry && tracking_[family_index(family)]) {
    steps.push_back({ir::kPriorityDefrag, Step::Kind::kDefragment, {}});
    steps.push_back({ir::kPriorityConntrack, Step::Kind::kTrack, {}});
  }
  if (hook != Hook::kForward && nat_on_[family_index(family)])
    steps.push_back({entry ? -100 : 100, Step::Kind::kNat, {}});
  for (const ir::ChainId chain : ruleset_.base_chains(family, hook))
    if (!ruleset_.translates(chain)) steps.push_back({ruleset_.chain(chain).base->priority, Step::Kind::kChain, chain});
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.priority < b.priority; });
  return steps;
}

const Path::Steps& Path::steps(Family family, Hook hook) const {
  return steps_[family_index(family)][static_cast<std::size_t>(hook)];
}

bool Path::run_chain(ir::ChainId chain, Hook hook, Traveller& traveller, Result& result,
                     std::optional<ir::RuleRef>* translated_by) {
  const Journal journal{.visits = options_.trace ? &result.trace : nullptr,
                        .logs = &result.logs,
                        .log_lines = options_.log_lines,
                        .target_assumptions = &result.assumptions,
                        .observer = options_.observer};
  if (options_.observer != nullptr) options_.observer->enter_chain(chain, traveller.packet.fields);
  Walk walk = engine_.walk(chain, traveller, journal);
  if (options_.observer != nullptr) options_.observer->leave_chain(chain, walk.fate, traveller.packet.fields);
  if (options_.details) result.decisions.push_back({chain, walk.fate});
  if (!walk.copies.empty() && !copying_) send_copies(std::move(walk.copies), hook, traveller, result);
  if (translated_by != nullptr && walk.nat_decided) *translated_by = walk.fate.decided_by;
  if (walk.fate.verdict != ir::VerdictKind::kAccept) {
    result.disposition = disposition_of(walk.fate.verdict);
    result.verdict = walk.fate.verdict;
    result.hook = hook;
    result.decided_by = walk.fate.decided_by;
    result.reason = std::move(walk.reason);
    const ir::Rule* rule = ruleset_.rule(walk.fate.decided_by);
    if (options_.replies && walk.fate.verdict == ir::VerdictKind::kReject && rule != nullptr)
      send_answer(rule->verdict.reject, traveller, result);
    return false;
  }
  // The filter table of INPUT, FORWARD and OUTPUT decides; other tables only as long as it has not been met.
  const bool filter = ruleset_.filters(chain);
  if (filter || !result.filtered) result.decided_by = walk.fate.decided_by;
  result.filtered = result.filtered || filter;
  return true;
}

bool Path::run_nat(Hook hook, Traveller& traveller, Result& result) {
  Track& track = traveller.track;
  if (!track.connection) return true;
  Connection& connection = *track.connection;
  const Manip manip = manip_at(hook);
  ir::Packet& fields = traveller.packet.fields;
  std::optional<ir::RuleRef> translated_by;
  const bool begins = track.state == ir::CtState::kNew || (track.state == ir::CtState::kRelated && !track.error);
  if (begins && !Nat::initialized(connection, manip)) {
    if (ways_) ways_->spoil();
    for (const ir::ChainId chain : ruleset_.base_chains(fields.family, hook)) {
      if (!ruleset_.translates(chain)) continue;
      if (!run_chain(chain, hook, traveller, result, &translated_by)) return false;
      if (Nat::initialized(connection, manip)) break;
    }
    if (!Nat::initialized(connection, manip)) nat_.bind_unchanged(track, manip);
  } else if (hook == Hook::kPostrouting && !track.reply && !track.error && !connection.masquerade_interface.empty() &&
             connection.masquerade_interface != fields.out) {
    conntrack_.remove(track.connection);
    end(result, Disposition::kDiscarded, hook, "the connection was masqueraded on another interface");
    return false;
  }
  if (nat_.take_port_choice())
    result.assumptions.push_back({.rule = translated_by,
                                  .module = std::string(kPortChoice),
                                  .arguments = "another connection has this source port",
                                  .answer = true});
  if (!Nat::translate(traveller.packet, track, manip)) {
    end(result, Disposition::kDiscarded, hook, "its headers are too short or too wrong to be translated");
    return false;
  }
  show_track(track, traveller.now, fields);
  tell(KernelStep::kNat, traveller);
  return true;
}

bool Path::reassemble(Defragmenter& defragmenter, Hook hook, Traveller& traveller, Result& result) {
  if (!Defragmenter::gathers(traveller.packet)) return true;
  auto whole = defragmenter.add(traveller.packet, traveller.now);
  if (!whole) {
    tell(KernelStep::kDefragment, traveller);
    end(result, Disposition::kHeld, hook, "a fragment waits for the rest of its datagram");
    return false;
  }
  traveller.packet = std::move(*whole);
  tell(KernelStep::kDefragment, traveller);
  return true;
}

bool Path::take_step(const Step& step, Hook hook, Traveller& traveller, Result& result) {
  switch (step.kind) {
    case Step::Kind::kDefragment:
      return traveller.track.connection != nullptr || traveller.track.state == ir::CtState::kUntracked ||
             reassemble(tracking_defragmenter_, hook, traveller, result);
    case Step::Kind::kTrack: {
      if (traveller.track.connection || traveller.track.state == ir::CtState::kUntracked) return true;
      for (const FieldId field : {FieldId::kCtStatus, FieldId::kCtMark}) traveller.packet.fields.clear(field);
      traveller.track = traveller.known ? *std::exchange(traveller.known, std::nullopt)
                                        : conntrack_.track(traveller.packet, traveller.track.treatment,
                                                           hook == Hook::kPrerouting, traveller.now);
      if (ways_) ways_->note_track(traveller.track);
      if (traveller.track.expected && traveller.track.expected->translated) nat_.follow_master(traveller.track);
      show_track(traveller.track, traveller.now, traveller.packet.fields);
      if (options_.details) show_track(traveller.track, traveller.now, result.before);
      if (traveller.pretend != nullptr) {
        pretend_track(*traveller.pretend, traveller.track, traveller.packet.fields);
        pretend_track(*traveller.pretend, traveller.track, result.before);
      }
      tell(KernelStep::kTrack, traveller);
      return true;
    }
    case Step::Kind::kNat: return run_nat(hook, traveller, result);
    case Step::Kind::kChain: return run_chain(step.chain, hook, traveller, result);
  }
  return true;
}

bool Path::pass_hook(Hook hook, Traveller& traveller, Result& result) {
  traveller.packet.fields.hook = hook;
  result.hook = hook;
  if (options_.observer != nullptr) options_.observer->enter_hook(traveller.packet.fields);
  for (const Step& step : steps(traveller.packet.family(), hook))
    if (!take_step(step, hook, traveller, result)) return false;
  return true;
}

/// False: the packet is dropped.
bool Path::help(Hook hook, Traveller& traveller, Result& result) {
  const Track& track = traveller.track;
  const bool answers = track.state == ir::CtState::kRelated && track.reply;
  if (!track.connection || !track.connection->helping || track.error || answers) return true;
  const SequenceShift shift = track.connection->helping->shift;  // what this packet changes holds for those after it
  switch (run_helper(conntrack_, traveller.packet, track, traveller.now)) {
    case HelpVerdict::kAccept: break;
    case HelpVerdict::kDrop:
      end(result, Disposition::kDiscarded, hook, "the helper cannot make sense of the data");
      return false;
    case HelpVerdict::kUnseen:
      result.assumptions.push_back({.rule = std::nullopt,
                                    .module = std::string(kHelperBlind),
                                    .arguments = track.connection->helping->name,
                                    .is_target = true});
      break;
  }
  const ir::Interface* in = host_.find_interface(traveller.packet.fields.in);
  const bool looped = in != nullptr && in->loopback;
  if (!shift.active() || looped || shift.adjust(traveller.packet, track.reply)) return true;
  end(result, Disposition::kDiscarded, hook, "its sequence numbers cannot be adjusted");
  return false;
}

bool Path::confirm(Hook hook, Traveller& traveller, Result& result) {
  if (!help(hook, traveller, result)) return false;
  const bool entered = conntrack_.confirm(traveller.track, traveller.now);
  tell(KernelStep::kConfirm, traveller);
  if (entered) return true;
  end(result, Disposition::kDiscarded, hook, "another connection has the same addresses and ports");
  return false;
}

void Path::tell(KernelStep step, const Traveller& traveller) const {
  if (options_.observer != nullptr) options_.observer->take_step(step, traveller.packet.fields);
}

void Path::deliver(Traveller& traveller, Result& result) {
  const bool v4 = traveller.packet.family() == Family::kIpv4;
  if (v4 && !reassemble(delivery_defragmenter_, Hook::kPrerouting, traveller, result)) return;
  if (!pass_hook(Hook::kInput, traveller, result)) return;
  if (confirm(Hook::kInput, traveller, result)) result.disposition = Disposition::kAccepted;
}

void Path::forward(Traveller& traveller, Result& result) {
  DecodedPacket& packet = traveller.packet;
  if (std::string reason = refuse_to_forward(packet, host_, mtu_); !reason.empty())
    return end(result, Disposition::kDiscarded, Hook::kPrerouting, std::move(reason));
  const bool v4 = packet.family() == Family::kIpv4;
  const auto ttl = packet.fields.get_or(v4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit, 1);
  set_ttl(packet, static_cast<std::uint8_t>(ttl - 1));
  tell(KernelStep::kForward, traveller);
  if (ways_ && ways_->writing())
    ways_->note_forward(mtu_.smallest == mtu_.usual
                            ? mtu_.usual
                            : std::min(mtu_of_path(packet, host_, mtu_.usual), mtu_of_link(packet, host_, mtu_.usual)));
  if (!pass_hook(Hook::kForward, traveller, result)) return;
  leave(traveller, result);
}

/// The hook that decided stays FORWARD or OUTPUT when POSTROUTING lets the packet go.
void Path::leave(Traveller& traveller, Result& result) {
  const Hook before = result.hook;
  if (!pass_hook(Hook::kPostrouting, traveller, result)) return;
  if (!confirm(Hook::kPostrouting, traveller, result)) return;
  const ir::Interface* out = host_.find_interface(traveller.packet.fields.out);
  if (options_.loopback && out != nullptr && out->loopback) return come_back(traveller, result);
  if (traveller.arrived && too_big_to_leave(traveller.packet, host_, mtu_))
    return end(result, Disposition::kDiscarded, Hook::kPostrouting, "the packet is too big for the path");
  if (!traveller.packet.blocks.empty()) {
    const unsigned mtu = mtu_of_path(traveller.packet, host_, mtu_.usual);
    if (fragments_too_large(traveller.packet, mtu))
      return end(result, Disposition::kDiscarded, Hook::kPostrouting, "its fragments are too big for the link");
    if (options_.details) result.pieces = fragments_again(traveller.packet, mtu);
  }
  result.hook = before;
  result.disposition = Disposition::kAccepted;
}

/// What leaves by the loopback interface arrives there, with its connection and its route.
void Path::come_back(Traveller& traveller, Result& result) {
  if (ways_) ways_->spoil();
  ir::Packet& fields = traveller.packet.fields;
  fields.in = std::exchange(fields.out, {});
  traveller.packet.link = {};  // what the loopback device puts before it
  store16(traveller.packet.link, 12, fields.family == Family::kIpv4 ? 0x0800 : 0x86dd);
  traveller.packet.has_link = true;
  result.decided_by.reset();
  result.filtered = false;
  show_track(traveller.track, traveller.now, fields);  // it is confirmed now
  tell(KernelStep::kLoopback, traveller);
  if (pass_hook(Hook::kPrerouting, traveller, result)) deliver(traveller, result);
}

void Path::arrive(Traveller& traveller, Result& result) {
  if (ways_) ways_->note_arrival();
  if (std::string reason = refuse_at_entry(traveller.packet, host_); !reason.empty())
    return end(result, Disposition::kDiscarded, Hook::kPrerouting, std::move(reason));
  if (!pass_hook(Hook::kPrerouting, traveller, result)) return;
  read_for_socket(traveller.packet);
  Decision decision = route_arrived(traveller.packet, host_, options_.forwarding);
  switch (decision.kind) {
    case Decision::Kind::kDiscard:
      end(result, Disposition::kDiscarded, Hook::kPrerouting, std::move(decision.reason));
      return;
    case Decision::Kind::kDeliver:
      tell(KernelStep::kRoute, traveller);
      deliver(traveller, result);
      return;
    case Decision::Kind::kForward:
      traveller.packet.fields.out = std::move(decision.out);
      tell(KernelStep::kRoute, traveller);
      forward(traveller, result);
      return;
  }
}

void Path::send(Traveller& traveller, Result& result) {
  ir::Packet& fields = traveller.packet.fields;
  fields.out = output_interface(traveller.packet, host_);
  if (fields.out.empty())
    return end(result, Disposition::kDiscarded, Hook::kOutput, "there is no route to the destination");
  tell(KernelStep::kRoute, traveller);
  const ir::u128 destination = fields.destination();
  if (!pass_hook(Hook::kOutput, traveller, result)) return;
  if (fields.destination() != destination) {
    fields.out = output_interface(traveller.packet, host_);
    tell(KernelStep::kRoute, traveller);
  }
  if (fields.out.empty())
    return end(result, Disposition::kDiscarded, Hook::kOutput, "there is no route to the translated destination");
  leave(traveller, result);
}

}  // namespace nfproof::sim
