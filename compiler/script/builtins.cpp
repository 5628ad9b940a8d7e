// SPDX-License-Identifier: Apache-2.0
// The table of commands that are computed: see builtins.h.
#include "compiler/script/builtins.h"

#include <algorithm>
#include <array>

#include "compiler/script/programs.h"

namespace nfproof::script {
namespace {

struct Row {
  std::string_view name;
  BuiltinFunction run;
  bool of_the_shell;
};

constexpr auto kRows = std::to_array<Row>({
    {".", do_source, true},
    {":", do_nothing, true},
    {"[", do_test, true},
    {"alias", do_alias, true},
    {"awk", do_awk, false},
    {"basename", do_basename, false},
    {"break", do_break, true},
    {"builtin", do_builtin, true},
    {"cat", do_cat, false},
    {"cd", do_cd, true},
    {"command", do_command, true},
    {"continue", do_break, true},
    {"cp", do_copy, false},
    {"cut", do_cut, false},
    {"declare", do_declare, true},
    {"dirname", do_dirname, false},
    {"disown", do_nothing, true},
    {"echo", do_echo, true},
    {"egrep", do_grep, false},
    {"env", do_wrapper, false},
    {"eval", do_eval, true},
    {"exec", do_exec, true},
    {"exit", do_exit, true},
    {"export", do_export, true},
    {"expr", do_expr, false},
    {"false", do_false, true},
    {"fgrep", do_grep, false},
    {"gawk", do_awk, false},
    {"getopts", do_getopts, true},
    {"grep", do_grep, false},
    {"hash", do_type, true},
    {"head", do_head, false},
    {"id", do_id, false},
    {"let", do_let, true},
    {"local", do_local, true},
    {"logout", do_exit, true},
    {"mapfile", do_mapfile, true},
    {"mawk", do_awk, false},
    {"mkdir", do_make_directory, false},
    {"mv", do_copy, false},
    {"nice", do_wrapper, false},
    {"nohup", do_wrapper, false},
    {"popd", do_cd, true},
    {"printf", do_printf, true},
    {"pushd", do_cd, true},
    {"pwd", do_pwd, true},
    {"read", do_read, true},
    {"readarray", do_mapfile, true},
    {"readonly", do_readonly, true},
    {"return", do_return, true},
    {"rm", do_remove, false},
    {"rmdir", do_remove, false},
    {"sed", do_sed, false},
    {"seq", do_seq, false},
    {"set", do_set, true},
    {"shift", do_shift, true},
    {"shopt", do_shopt, true},
    {"sort", do_sort, false},
    {"source", do_source, true},
    {"sudo", do_wrapper, false},
    {"tac", do_sort, false},
    {"tail", do_head, false},
    {"tee", do_tee, false},
    {"test", do_test, true},
    {"timeout", do_wrapper, false},
    {"touch", do_touch, false},
    {"tr", do_tr, false},
    {"trap", do_trap, true},
    {"true", do_nothing, true},
    {"type", do_type, true},
    {"typeset", do_declare, true},
    {"ulimit", do_nothing, true},
    {"umask", do_nothing, true},
    {"unalias", do_nothing, true},
    {"uname", do_uname, false},
    {"uniq", do_uniq, false},
    {"unset", do_unset, true},
    {"wait", do_nothing, true},
    {"wc", do_wc, false},
    {"which", do_which, false},
    {"whoami", do_whoami, false},
    {"xargs", do_xargs, false},
    {"sh", do_shell, false},
    {"bash", do_shell, false},
    {"dash", do_shell, false},
    {"ash", do_shell, false},
});

}  // namespace

BuiltinFunction find_builtin(std::string_view name) {
  if (is_program_path(name)) name = name.substr(name.rfind('/') + 1);
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return each.name == name; });
  return row == kRows.end() ? nullptr : row->run;
}

bool is_shell_builtin(std::string_view name) {
  return std::any_of(kRows.begin(), kRows.end(), [&](const Row& row) { return row.of_the_shell && row.name == name; });
}

}  // namespace nfproof::script
