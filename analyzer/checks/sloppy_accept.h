// SPDX-License-Identifier: Apache-2.0
// What the checks about INVALID packets and about TCP that begins without a SYN share: rules that accept such packets
// although a rule that is to refuse them stands in the same chain, only later.
#pragma once

#include <string_view>

#include "analyzer/checks/public_side.h"

namespace nfproof::analyzer {

struct SloppyKind {
  /// Makes the unwanted packet from the first packet of a proper TCP connection.
  void (*spoil)(ir::Packet& packet);
  /// Is this the rule that refuses such packets, and only such?
  bool (*refuses)(const ir::Ruleset& ruleset, const ir::Rule& rule);
  std::string_view packets;  ///< "INVALID packets"
};

/// Reports, for INPUT and FORWARD of each family, the first rule that accepts unwanted packets: a warning when the rule
/// that refuses them comes later, and information, only when the check was asked for, when there is none.
void report_sloppy(Analysis& analysis, const CheckInfo& info, const SloppyKind& kind);

}  // namespace nfproof::analyzer
