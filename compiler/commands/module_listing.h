// SPDX-License-Identifier: Apache-2.0
// What `iptables -L` shows of the modules of a rule. A rule keeps the canonical text of its modules only, so the text
// is read back and each row of `list_row.h` is asked.
#pragma once

#include <cstdint>
#include <string>

#include "compiler/commands/listing.h"

namespace nfproof::compiler {

/// All matches, then the target.
void append_modules(std::string& out, const ir::Rule& rule, const RulePlace& place, bool numeric);

/// The column `prot`: with `numeric` only names that iptables has in its own table.
[[nodiscard]] std::string list_protocol(std::uint8_t protocol, bool numeric);

}  // namespace nfproof::compiler
