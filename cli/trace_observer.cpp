// SPDX-License-Identifier: Apache-2.0
// Events of the simulator as events of a trace.
#include "cli/trace_observer.h"

namespace nfproof::cli {
namespace {

using Kind = report::TraceEvent::Kind;

std::string step_text(sim::KernelStep step, const ir::Packet& packet) {
  switch (step) {
    case sim::KernelStep::kDefragment: return "defragmentation";
    case sim::KernelStep::kTrack:
      return "connection tracking says " + std::string(ir::ct_state_name(packet.ct_state()));
    case sim::KernelStep::kNat: return "address translation";
    case sim::KernelStep::kRoute:
      if (packet.out.empty()) return "routing: to the host itself";
      return "routing: by " + packet.out;
    case sim::KernelStep::kForward: return "forwarding";
    case sim::KernelStep::kConfirm: return "connection tracking enters the connection";
    case sim::KernelStep::kLoopback: return "it comes back by " + packet.in;
  }
  return {};
}

}  // namespace

report::TraceEvent* TraceObserver::add(Kind kind, const ir::Packet& packet) {
  if (!wanted) return nullptr;
  report::TraceEvent& event = events.emplace_back();
  event.kind = kind;
  event.packet = packet;
  return &event;
}

void TraceObserver::enter_hook(const ir::Packet& packet) { add(Kind::kHook, packet); }

/// Steps that change nothing say nothing: a connection without translation, a packet of a known connection.
void TraceObserver::take_step(sim::KernelStep step, const ir::Packet& packet) {
  bool same = false;
  if (!events.empty()) {
    ir::Packet before = events.back().packet;
    const auto status = packet.get(ir::FieldId::kCtStatus);  // says also that translation was thought about
    if (status) before.set(ir::FieldId::kCtStatus, *status);
    same = before == packet;
  }
  if (step == sim::KernelStep::kNat && same) return;
  if (step == sim::KernelStep::kConfirm && packet.ct_state() != ir::CtState::kNew) return;
  if (report::TraceEvent* event = add(Kind::kStep, packet)) event->step = step_text(step, packet);
}

void TraceObserver::enter_chain(ir::ChainId base, const ir::Packet& packet) {
  if (report::TraceEvent* event = add(Kind::kEnterChain, packet)) event->rule.chain = base;
}

void TraceObserver::meet_rule(const sim::RuleVisit& visit, const ir::Packet& packet) {
  report::TraceEvent* event = add(Kind::kRule, packet);
  if (event == nullptr) return;
  event->rule = visit.rule;
  event->matched = visit.matched;
  event->failed = visit.failed;
  event->dropped = visit.hotdrop;
}

void TraceObserver::leave_chain(ir::ChainId base, const ir::Fate& fate, const ir::Packet& packet) {
  report::TraceEvent* event = add(Kind::kLeaveChain, packet);
  if (event == nullptr) return;
  event->rule.chain = base;
  event->fate = fate;
}

}  // namespace nfproof::cli
