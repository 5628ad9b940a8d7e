// SPDX-License-Identifier: Apache-2.0
// The commands that the shell has itself, and the programs whose work is computed: one row each in `builtins.cpp`.
#pragma once

#include <string_view>

#include "compiler/script/shell.h"

namespace nfproof::script {

using BuiltinFunction = Status (*)(Shell&, Call&);

/// By name, or by the path of a program. Null when there is none.
[[nodiscard]] BuiltinFunction find_builtin(std::string_view name);
/// Whether the shell has it itself (`command -v` prints it without a path).
[[nodiscard]] bool is_shell_builtin(std::string_view name);

/// A command that is neither function nor builtin.
Status run_program(Shell& shell, Call& call);
/// A program of the firewall, by its plain name.
Status run_firewall_program(Shell& shell, Call& call, const std::string& name);

// builtin_control.cpp
Status do_alias(Shell& shell, Call& call);
Status do_break(Shell& shell, Call& call);
Status do_builtin(Shell& shell, Call& call);
Status do_cd(Shell& shell, Call& call);
Status do_command(Shell& shell, Call& call);
Status do_eval(Shell& shell, Call& call);
Status do_exec(Shell& shell, Call& call);
Status do_exit(Shell& shell, Call& call);
Status do_false(Shell& shell, Call& call);
Status do_nothing(Shell& shell, Call& call);
Status do_pwd(Shell& shell, Call& call);
Status do_return(Shell& shell, Call& call);
Status do_set(Shell& shell, Call& call);
Status do_shift(Shell& shell, Call& call);
Status do_shopt(Shell& shell, Call& call);
Status do_source(Shell& shell, Call& call);
Status do_trap(Shell& shell, Call& call);
Status do_type(Shell& shell, Call& call);
Status do_which(Shell& shell, Call& call);

// builtin_variables.cpp, builtin_read.cpp
Status do_declare(Shell& shell, Call& call);
Status do_export(Shell& shell, Call& call);
Status do_getopts(Shell& shell, Call& call);
Status do_let(Shell& shell, Call& call);
Status do_local(Shell& shell, Call& call);
Status do_mapfile(Shell& shell, Call& call);
Status do_read(Shell& shell, Call& call);
Status do_readonly(Shell& shell, Call& call);
Status do_unset(Shell& shell, Call& call);

// builtin_print.cpp, tests.cpp
Status do_echo(Shell& shell, Call& call);
Status do_printf(Shell& shell, Call& call);
Status do_test(Shell& shell, Call& call);

// text_tools.cpp, text_filters.cpp, text_sed.cpp, file_tools.cpp, wrappers.cpp: programs
Status do_awk(Shell& shell, Call& call);
Status do_basename(Shell& shell, Call& call);
Status do_cat(Shell& shell, Call& call);
Status do_copy(Shell& shell, Call& call);
Status do_cut(Shell& shell, Call& call);
Status do_dirname(Shell& shell, Call& call);
Status do_expr(Shell& shell, Call& call);
Status do_grep(Shell& shell, Call& call);
Status do_head(Shell& shell, Call& call);
Status do_id(Shell& shell, Call& call);
Status do_make_directory(Shell& shell, Call& call);
Status do_remove(Shell& shell, Call& call);
Status do_sed(Shell& shell, Call& call);
Status do_seq(Shell& shell, Call& call);
Status do_shell(Shell& shell, Call& call);
Status do_sort(Shell& shell, Call& call);
Status do_tee(Shell& shell, Call& call);
Status do_touch(Shell& shell, Call& call);
Status do_tr(Shell& shell, Call& call);
Status do_uname(Shell& shell, Call& call);
Status do_uniq(Shell& shell, Call& call);
Status do_wc(Shell& shell, Call& call);
Status do_whoami(Shell& shell, Call& call);
Status do_wrapper(Shell& shell, Call& call);
Status do_xargs(Shell& shell, Call& call);

}  // namespace nfproof::script
