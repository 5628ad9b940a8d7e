// SPDX-License-Identifier: Apache-2.0
// Writes down what the simulator does to a packet, as the report of a trace wants it.
#pragma once

#include <vector>

#include "report/trace.h"
#include "sim/observer.h"

namespace nfproof::cli {

class TraceObserver final : public sim::Observer {
 public:
  void enter_hook(const ir::Packet& packet) override;
  void take_step(sim::KernelStep step, const ir::Packet& packet) override;
  void enter_chain(ir::ChainId base, const ir::Packet& packet) override;
  void meet_rule(const sim::RuleVisit& visit, const ir::Packet& packet) override;
  void leave_chain(ir::ChainId base, const ir::Fate& fate, const ir::Packet& packet) override;

  /// Events are only wanted of one packet of many.
  bool wanted = true;
  std::vector<report::TraceEvent> events;

 private:
  report::TraceEvent* add(report::TraceEvent::Kind kind, const ir::Packet& packet);
};

}  // namespace nfproof::cli
