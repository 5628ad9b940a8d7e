// SPDX-License-Identifier: Apache-2.0
// What a check is. Each check stands in one file: its leading comment is its manual page (the build makes the text of
// `explain` from it), then its row and its code. `registry.cpp` lists the rows.
#pragma once

#include <span>

#include "analyzer/analyze.h"

namespace nfproof::analyzer {

class Analysis;

struct Check {
  CheckInfo info;
  void (*run)(Analysis& analysis, const CheckInfo& info);
};

/// The explicit table of all checks, by id.
[[nodiscard]] std::span<const Check> all_checks();

extern const Check kShadowedRule;
extern const Check kRedundantRule;
extern const Check kContradictoryRule;
extern const Check kUnreachableChain;
extern const Check kUselessJump;
extern const Check kExcludedRule;
extern const Check kDuplicateRule;
extern const Check kLateBan;
extern const Check kUselessLimit;
extern const Check kLockoutNew;
extern const Check kLockoutReplies;
extern const Check kLockoutEstablished;
extern const Check kLockoutStep;
extern const Check kLoopbackBlocked;
extern const Check kNeighbourDiscoveryBlocked;
extern const Check kPathMtuBlocked;
extern const Check kNameResolutionBlocked;
extern const Check kDhcpBlocked;
extern const Check kFlushedChain;
extern const Check kOpenInput;
extern const Check kSensitivePortOpen;
extern const Check kAcceptAllRule;
extern const Check kOpenForward;
extern const Check kFamilyParity;
extern const Check kPublishedPortBypass;
extern const Check kSpoofedSource;
extern const Check kPrivateSourceOutside;
extern const Check kUnknownInterface;
extern const Check kRelatedTooWide;
extern const Check kAcceptOnlyChain;
extern const Check kMissingEstablished;
extern const Check kLateEstablished;
extern const Check kStateAfterNotrack;
extern const Check kInvalidAccepted;
extern const Check kDnatRefused;
extern const Check kMasqueradeWide;
extern const Check kSnatNotLocal;
extern const Check kNatFilters;
extern const Check kNewWithoutSyn;
extern const Check kOneWayRule;
extern const Check kMarkNeverSet;
extern const Check kMarkNeverTested;
extern const Check kDeprecatedModule;
extern const Check kNoNftEquivalent;
extern const Check kUnusedSet;
extern const Check kMissingComment;
extern const Check kOrderDependent;
extern const Check kBothBackends;

}  // namespace nfproof::analyzer
