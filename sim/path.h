// SPDX-License-Identifier: Apache-2.0
// The way of a packet through one host: hooks in order, and between the chains what the kernel does itself: putting
// fragments together, tracking, translating, routing, confirming.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"
#include "sim/answer.h"
#include "sim/conntrack.h"
#include "sim/defrag.h"
#include "sim/engine.h"
#include "sim/known_ways.h"
#include "sim/nat.h"
#include "sim/replay.h"
#include "sim/routing.h"
#include "sim/stateful.h"

namespace nfproof::sim {

class Path {
 public:
  Path(const ir::Ruleset& ruleset, const ir::Host& host, const SimOptions& options);

  /// A packet that arrives on `traveller.packet.fields.in`.
  void arrive(Traveller& traveller, Result& result);
  /// A packet that the host itself sends.
  void send(Traveller& traveller, Result& result);

  /// Is the packet like an earlier one of its connection? Then all is done. False: it has to go its way; when tracking
  /// was asked already, `traveller.known` has the answer.
  [[nodiscard]] bool go_known_way(const Preview& packet, const Arrival& arrival, Traveller& traveller, Result& result);
  /// The way of that packet is over.
  void remember_way(const Traveller& traveller, const Result& result);
  /// May ways be known at all?
  [[nodiscard]] bool knows_ways() const { return ways_.has_value(); }
  [[nodiscard]] std::uint64_t short_cuts() const { return ways_ ? ways_->gone() : 0; }
  [[nodiscard]] ir::Counters counters(ir::RuleRef rule);

  /// The connections of another path, with their translations: what stays when a ruleset is replaced.
  void take_connections(Path& other);

  [[nodiscard]] Conntrack& conntrack() { return conntrack_; }
  [[nodiscard]] const Conntrack& conntrack() const { return conntrack_; }
  /// Are connections of the family tracked at all?
  [[nodiscard]] bool tracks(ir::Family family) const { return tracking_[family == ir::Family::kIpv6 ? 1 : 0]; }
  [[nodiscard]] const AnswerCount& answers() const { return answers_; }
  [[nodiscard]] StatefulOracle& oracle() { return oracle_; }
  [[nodiscard]] const StatefulOracle& oracle() const { return oracle_; }

 private:
  /// What happens at a hook, in order of priority.
  struct Step {
    enum class Kind { kDefragment, kTrack, kChain, kNat };
    int priority = 0;
    Kind kind = Kind::kChain;
    ir::ChainId chain{};
  };
  using Steps = std::vector<Step>;

  [[nodiscard]] Steps make_steps(ir::Family family, ir::Hook hook) const;
  [[nodiscard]] const Steps& steps(ir::Family family, ir::Hook hook) const;
  /// False: the way ends here, `result` says how.
  [[nodiscard]] bool pass_hook(ir::Hook hook, Traveller& traveller, Result& result);
  [[nodiscard]] bool take_step(const Step& step, ir::Hook hook, Traveller& traveller, Result& result);
  [[nodiscard]] bool run_chain(ir::ChainId chain, ir::Hook hook, Traveller& traveller, Result& result,
                               std::optional<ir::RuleRef>* translated_by = nullptr);
  [[nodiscard]] bool run_nat(ir::Hook hook, Traveller& traveller, Result& result);
  [[nodiscard]] bool help(ir::Hook hook, Traveller& traveller, Result& result);
  [[nodiscard]] bool confirm(ir::Hook hook, Traveller& traveller, Result& result);
  [[nodiscard]] bool reassemble(Defragmenter& defragmenter, ir::Hook hook, Traveller& traveller, Result& result);
  /// What TEE copied leaves before the packet itself goes on; `result` gets the log lines and assumptions.
  void send_copies(std::vector<Copy> copies, ir::Hook hook, const Traveller& original, Result& result);
  /// What REJECT answers with leaves before the packet is dropped; `result` as for copies.
  void send_answer(ir::RejectWith with, const Traveller& original, Result& result);
  [[nodiscard]] ir::u128 next_hop(const ir::Packet& answered) const;
  void deliver(Traveller& traveller, Result& result);
  void forward(Traveller& traveller, Result& result);
  void leave(Traveller& traveller, Result& result);
  void come_back(Traveller& traveller, Result& result);
  void tell(KernelStep step, const Traveller& traveller) const;

  const ir::Ruleset& ruleset_;
  const ir::Host& host_;
  SimOptions options_;
  MtuBounds mtu_;
  StatefulOracle oracle_;
  Conntrack conntrack_;
  Nat nat_;
  Engine engine_;
  std::optional<KnownWays> ways_;  // not when each packet is wanted in detail
  Defragmenter tracking_defragmenter_;
  Defragmenter delivery_defragmenter_;
  std::array<bool, 2> tracking_{};  // by family
  std::array<bool, 2> nat_on_{};
  ErrorLimit error_limit_;
  AnswerCount answers_;
  bool copying_ = false;  // copies are not copied again
  std::array<std::array<Steps, ir::kHookCount>, 2> steps_;
};

}  // namespace nfproof::sim
