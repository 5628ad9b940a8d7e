// SPDX-License-Identifier: Apache-2.0
// What connection tracking makes of packets, as formulas, by what the ruleset does about tracking: when there are
// fragments and marks, what is untracked or related, which connections consult nat. Source: nf_nat_core.c
// (nf_nat_inet_fn). What holds in all rulesets is in the encoder's world.
#pragma once

#include "analyzer/paths/encoder.h"

namespace nfproof::analyzer {

/// What the rules of a family do about tracking.
struct Tracking {
  bool on = true;         ///< connections are tracked at all
  bool notrack = false;   ///< some rule takes packets out
  bool helpers = false;   ///< some rule assigns a helper
  bool marks = false;     ///< some rule sets packet marks
  bool ct_marks = false;  ///< some rule sets connection marks

  static Tracking of(const ir::Ruleset& ruleset, ir::Family family, bool on);
};

/// What holds for packets that enter the base chain.
[[nodiscard]] FormulaId tracking_facts(Encoder& encoder, const Tracking& tracking, const ir::Ruleset& ruleset,
                                       ir::ChainId base);

}  // namespace nfproof::analyzer
