// SPDX-License-Identifier: Apache-2.0
// Chains of one ruleset as diagrams: where does a packet that enters the chain leave it, decided by which rule, with
// which effects? Each chain is composed once: a rule is a function that either decides or lets the packet go on, rules
// are joined two by two, and a call is the callee's function with "returns" replaced by "goes on".
//
// What a packet meets behind a rule that rewrote it is a function of the rewritten packet; `Effects` turns it into one
// of the packet as it was.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "analyzer/regions/effects.h"
#include "analyzer/regions/predicates.h"

namespace nfproof::analyzer::regions {

/// What a terminal says.
struct Leaf {
  enum class Kind : std::uint8_t {
    kGoesOn,     ///< to the next rule or base chain
    kReturns,    ///< to the chain that called
    kEnds,       ///< with `verdict`
    kElsewhere,  ///< no such packet comes this way
    kPending,    ///< on its way to kGoesOn
  };
  Kind kind = Kind::kGoesOn;
  ir::VerdictKind verdict = ir::VerdictKind::kAccept;
  std::optional<ir::RuleRef> decider = {};
  std::string detail = {};  ///< what a reject answers, the queue
  ir::Hook hook{};          ///< where it ends
  EffectsId effects = 0;
  friend auto operator<=>(const Leaf&, const Leaf&) = default;
};

class Leaves {
 public:
  Leaves() { leaves_.resize(2); }  // no and yes are no leaves
  Ref of(const Leaf& leaf);
  [[nodiscard]] const Leaf& operator[](Ref ref) const { return leaves_[terminal_value(ref)]; }
  [[nodiscard]] std::size_t size() const { return leaves_.size(); }

 private:
  std::vector<Leaf> leaves_;
  std::map<Leaf, Ref> known_;
};

/// What a reject answers, the queue; empty for other verdicts.
[[nodiscard]] std::string verdict_detail(const ir::Verdict& verdict);

struct Detail {
  bool deciders = true;  ///< terminals say which rule decided
  bool effects = false;  ///< and everything that was done, not only what later rules can see
  Ref within = kYes;     ///< packets that matter, as they enter the host; of others nothing true need be said
  /// Packets that match it end there, dropped by it: for who asks whether there are any.
  std::optional<ir::RuleRef> target = std::nullopt;
  /// Packets of connections may have been given any other destination, whatever rules say of new ones. With a target
  /// and a known host.
  bool any_connection = false;
};

class Chains {
 public:
  Chains(Predicates& predicates, Effects& effects, Leaves& leaves, Detail detail);

  /// A base chain (or a chain of the nat table, at a hook): ends with kGoesOn (accepted there) or kEnds.
  /// `within`: the packets that matter, as the chain gets them.
  Ref base(ir::ChainId chain, bool before_tracking, Ref within);
  /// First the one, then, where the packet goes on, the other.
  Ref join(Ref first, Ref second, bool before_tracking);
  [[nodiscard]] Detail detail() const { return detail_; }

 private:
  struct Frame;
  void compute(ir::ChainId chain);
  Ref compose(ir::ChainId chain);
  Ref rule(ir::RuleRef ref);
  Ref verdict_of(ir::RuleRef ref, const ir::Rule& rule, EffectsId effects);
  EffectsId effects_of(ir::RuleRef ref, const ir::Rule& rule);
  Ref without_return(Ref chain);
  Ref prefix(EffectsId effects, Ref function, bool before_tracking);

  Predicates& predicates_;
  Effects& effects_;
  Leaves& leaves_;
  Detail detail_;
  const ir::Ruleset& ruleset_;
  ir::Hook hook_{};  ///< of the base chain that is being composed: what NAT means depends on it
  bool before_tracking_ = false;
  Ref within_ = kYes;
  /// When chains are run: user chains of nftables may be called from several hooks, before and after tracking.
  [[nodiscard]] int moment() const { return static_cast<int>(hook_) * 2 + (before_tracking_ ? 1 : 0); }

  std::map<std::tuple<ir::ChainId, int, Ref>, Ref> done_;
};

}  // namespace nfproof::analyzer::regions
