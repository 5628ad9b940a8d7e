// SPDX-License-Identifier: Apache-2.0
// iptables-restore and ip6tables-restore on a virtual host. A table is replaced as a whole when its COMMIT is reached;
// after the first line that fails nothing more is read, and tables committed before stay.
#pragma once

#include <span>

#include "compiler/commands/run_program.h"

namespace nfproof::compiler {

void run_restore(VirtualHost& host, const Program& program, std::span<const Word> arguments, const ProgramInput& input,
                 ProgramResult& result);

/// Does it take its input from nowhere else?
[[nodiscard]] bool restore_reads_input(const Program& program, std::span<const Word> arguments);

}  // namespace nfproof::compiler
