// SPDX-License-Identifier: Apache-2.0
// iptables-save and ip6tables-save on a virtual host.
#pragma once

#include <span>
#include <string>

#include "compiler/commands/run_program.h"

namespace nfproof::compiler {

void run_save(VirtualHost& host, const Program& program, std::span<const Word> arguments, ProgramResult& result);

/// `*filter` ... `COMMIT`; the rules with their counters when asked for, the chains always.
void append_save_text(std::string& out, const StagedTable& table, bool counters);

}  // namespace nfproof::compiler
