// SPDX-License-Identifier: Apache-2.0
// Assertions about a ruleset, each proved for every packet or refuted by one. Four kinds:
//
// - verdict: packets meet a verdict (all of them, or at least one);
// - nothing else is open: new connections that are let in are among those listed;
// - both families agree: a port is open over IPv6 exactly when it is over IPv4;
// - arrival: packets are let through, and their destination after translation is the one that is named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/regions/regions.h"
#include "compiler/source/span.h"

namespace nfproof::analyzer {

struct Assertion {
  enum class Kind : std::uint8_t { kVerdict, kNothingElseOpen, kFamiliesAgree, kArrives };
  enum class Verdict : std::uint8_t { kAccept, kDrop, kReject };  ///< kDrop: not let through, however that is told
  Kind kind = Kind::kVerdict;
  std::string name;
  source::Span span;
  HostWay way = HostWay::kInput;
  std::vector<ir::Family> families;                ///< empty: those that have tables
  std::vector<ir::PredicateId> packets;            ///< all must hold
  Verdict verdict = Verdict::kAccept;              ///< kVerdict
  bool some = false;                               ///< kVerdict: one such packet is enough
  std::vector<std::vector<ir::PredicateId>> open;  ///< kNothingElseOpen: what may be open
  std::vector<ir::FieldTest> arrives;              ///< kArrives: destination addresses, and ports when they are named
};

struct AssertionResult {
  std::string name;
  source::Span span;
  std::optional<bool> holds;  ///< nothing: undecided, `reason` says why
  std::string reason;         ///< also: "no packet is meant"
  std::optional<ir::Packet> counterexample;
  std::optional<RegionFate> deciding;  ///< of the counterexample
  std::string region;                  ///< all packets that break it
  std::vector<RegionChoice> supposed;  ///< answers that the counterexample needs
};

struct VerifyResult {
  std::vector<AssertionResult> assertions;
  std::vector<std::string> assumptions;
  std::vector<std::string> internal_errors;
};

[[nodiscard]] VerifyResult verify(const ir::Ruleset& ruleset, const std::vector<Assertion>& assertions,
                                  const RegionOptions& options);

}  // namespace nfproof::analyzer
