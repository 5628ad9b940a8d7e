// SPDX-License-Identifier: Apache-2.0
// Somebody who looks over a packet's shoulder: is told each thing that happens to it, in order, with the packet as it
// is just after. For traces; a simulator without an observer pays nothing but a null test for each rule that is met.
#pragma once

#include <string>

#include "compiler/ir/packet.h"
#include "sim/result.h"

namespace nfproof::sim {

/// What the kernel itself does at a hook or between two of them.
enum class KernelStep : std::uint8_t {
  kDefragment,  ///< fragments were put together, or this one waits
  kTrack,       ///< connection tracking gave the packet its state
  kNat,         ///< addresses and ports were translated as the connection says
  kRoute,       ///< routing chose: `out` of the packet, or that the host itself is meant
  kForward,     ///< the time to live was decremented
  kConfirm,     ///< the connection was entered into the table, or could not be
  kLoopback,    ///< what left by the loopback interface arrives there
};

class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// `packet.hook` says which. Every call comes with the packet as it is now.
  virtual void enter_hook(const ir::Packet& packet) = 0;
  virtual void take_step(KernelStep step, const ir::Packet& packet) = 0;
  virtual void enter_chain(ir::ChainId base, const ir::Packet& packet) = 0;
  /// A rule that was looked at; when it matched its effects are done. A policy is a place past the last rule.
  virtual void meet_rule(const RuleVisit& visit, const ir::Packet& packet) = 0;
  virtual void leave_chain(ir::ChainId base, const ir::Fate& fate, const ir::Packet& packet) = 0;
};

}  // namespace nfproof::sim
