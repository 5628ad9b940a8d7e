// SPDX-License-Identifier: Apache-2.0
// Packets, rules and verdicts as a person reads them, each on one line.
#pragma once

#include <string>

#include "compiler/ir/packet.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::report {

/// `tcp 198.51.100.1:1024 > 203.0.113.60:22 SYN in eth0, NEW`
[[nodiscard]] std::string packet_text(const ir::Packet& packet);

/// `INPUT rule 3`, `INPUT policy`; with the table in front when it is not filter, with the family in front when the
/// ruleset has both.
[[nodiscard]] std::string rule_name(const ir::Ruleset& ruleset, ir::RuleRef rule);

/// `ACCEPT by INPUT rule 3`
[[nodiscard]] std::string fate_text(const ir::Ruleset& ruleset, const ir::Fate& fate);

/// `IPv4`, `IPv6`, `inet`
[[nodiscard]] std::string_view family_name(ir::Family family);
/// 4 or 6; 0 for inet
[[nodiscard]] int family_number(ir::Family family);

}  // namespace nfproof::report
