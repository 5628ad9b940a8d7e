// SPDX-License-Identifier: Apache-2.0
// Builtins that direct the shell: `exit`, `set`, `eval`, `trap`, `cd` and their like.
#include <algorithm>
#include <array>
#include <charconv>

#include "compiler/script/builtins.h"
#include "compiler/script/programs.h"
#include "compiler/script/restore.h"

namespace nfproof::script {
namespace {

std::optional<int> small_number(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// The argument of `exit` and `return`: the status so far when there is none.
Status given_status(Shell& shell, const Call& call) {
  if (call.words.size() < 2) return shell.last_status();
  shell.need_known(call.words[1], call.spans[1]);
  const auto number = small_number(call.words[1]);
  if (!number) {
    shell.err(shell.place_text(call.span) + ": " + call.words[0] + ": " + call.words[1] +
              ": numeric argument required\n");
    return {2, std::nullopt};
  }
  return {*number & 0xff, std::nullopt};
}

Call without_first(const Call& call, std::size_t count) {
  Call rest = call;
  const auto n = static_cast<std::ptrdiff_t>(std::min(count, call.words.size()));
  rest.words.erase(rest.words.begin(), rest.words.begin() + n);
  rest.spans.erase(rest.spans.begin(), rest.spans.begin() + n);
  rest.assignments.erase(rest.assignments.begin(), rest.assignments.begin() + n);
  return rest;
}

bool set_option(ShellOptions& options, std::string_view name, bool on) {
  const std::pair<std::string_view, bool*> rows[] = {{"errexit", &options.errexit},
                                                     {"e", &options.errexit},
                                                     {"nounset", &options.nounset},
                                                     {"u", &options.nounset},
                                                     {"noglob", &options.noglob},
                                                     {"f", &options.noglob},
                                                     {"pipefail", &options.pipefail},
                                                     {"allexport", &options.allexport},
                                                     {"a", &options.allexport},
                                                     {"noexec", &options.noexec},
                                                     {"n", &options.noexec},
                                                     {"nullglob", &options.nullglob},
                                                     {"nocasematch", &options.nocasematch},
                                                     {"extglob", &options.extglob},
                                                     {"inherit_errexit", &options.inherit_errexit}};
  for (const auto& [row, value] : rows)
    if (row == name) {
      *value = on;
      return true;
    }
  static constexpr auto kWithoutEffect = std::to_array<std::string_view>({"x",
                                                                          "v",
                                                                          "b",
                                                                          "h",
                                                                          "m",
                                                                          "B",
                                                                          "H",
                                                                          "P",
                                                                          "p",
                                                                          "k",
                                                                          "t",
                                                                          "C",
                                                                          "E",
                                                                          "T",
                                                                          "xtrace",
                                                                          "verbose",
                                                                          "notify",
                                                                          "hashall",
                                                                          "monitor",
                                                                          "noclobber",
                                                                          "errtrace",
                                                                          "functrace",
                                                                          "posix",
                                                                          "braceexpand",
                                                                          "history",
                                                                          "histexpand",
                                                                          "physical",
                                                                          "checkwinsize",
                                                                          "expand_aliases",
                                                                          "cmdhist",
                                                                          "sourcepath",
                                                                          "execfail",
                                                                          "huponexit",
                                                                          "interactive_comments"});
  return std::find(kWithoutEffect.begin(), kWithoutEffect.end(), name) != kWithoutEffect.end();
}

}  // namespace

Status do_nothing(Shell&, Call&) { return {}; }
Status do_false(Shell&, Call&) { return {1, std::nullopt}; }

Status do_alias(Shell& shell, Call& call) {
  if (call.words.size() < 2) return {};
  shell.refuse(call.span, "alias", "aliases change how the rest of the script is read: not followed; use a function");
}

Status do_break(Shell& shell, Call& call) {
  int levels = 1;
  if (call.words.size() > 1) levels = small_number(call.words[1]).value_or(1);
  if (shell.loop_depth() == 0) return {};
  throw LoopExit{std::max(levels, 1), call.words[0] == "continue"};
}

Status do_builtin(Shell& shell, Call& call) {
  if (call.words.size() < 2) return {};
  Call rest = without_first(call, 1);
  return shell.call(rest, false);
}

Status do_command(Shell& shell, Call& call) {
  std::size_t skip = 1;
  for (; skip < call.words.size() && call.words[skip].starts_with('-'); ++skip) {
    if (call.words[skip].find_first_of("vV") != std::string::npos) {
      Call which = without_first(call, skip);
      return do_which(shell, which);
    }
  }
  if (skip >= call.words.size()) return {};
  Call rest = without_first(call, skip);
  return shell.call(rest, false);
}

Status do_which(Shell& shell, Call& call) {
  // `command -v` knows functions and builtins, `which` does not; both are asked for a path.
  bool found = true, any = false;
  const bool programs_only = call.words[0] == "which" || call.words[0].ends_with("/which");
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    std::string name = call.words[i];
    if (name.starts_with('-')) continue;
    shell.need_known(name, call.spans[i]);
    any = true;
    if (!programs_only && (shell.state().functions.contains(name) || is_shell_builtin(name))) {
      shell.out(name + '\n');
    } else if (name.starts_with('/') && is_program_path(name)) {
      shell.out(name + '\n');
    } else if (const std::string path = program_path(name); !path.empty()) {
      shell.out(path + '\n');
    } else {
      found = false;
      shell.out(shell.unknown_value(call.spans[i], call.words[0] + ' ' + name) + '\n');
      return shell.unknown_status(call.spans[i], "whether there is a program `" + name + '`');
    }
  }
  return {found && any ? 0 : 1, std::nullopt};
}

Status do_type(Shell& shell, Call& call) {
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& name = call.words[i];
    if (name.starts_with('-')) continue;
    shell.need_known(name, call.spans[i]);
    if (shell.state().functions.contains(name) || is_shell_builtin(name) || !program_path(name).empty()) {
      if (call.words[0] == "type") shell.out(name + " is known\n");
      continue;
    }
    return shell.unknown_status(call.spans[i], "whether there is a program `" + name + '`');
  }
  return {};
}

Status do_eval(Shell& shell, Call& call) {
  std::string text;
  for (std::size_t i = 1; i < call.words.size(); ++i) text += (i > 1 ? " " : "") + call.words[i];
  return shell.run_text(text, call.span);
}

Status do_source(Shell& shell, Call& call) {
  if (call.words.size() < 2) shell.refuse(call.span, "bad-usage", "`" + call.words[0] + "` needs the name of a file");
  const std::vector<std::string> old = shell.state().arguments;
  const bool own = call.words.size() > 2 && !shell.is_dash();
  if (own) shell.state().arguments.assign(call.words.begin() + 2, call.words.end());
  Status status;
  try {
    status = shell.run_file(call.words[1], call.spans[1]);
  } catch (const RedirectFailure& failure) {
    if (shell.is_dash()) shell.fatal(2, ".: " + failure.message);
    throw;
  }
  if (own) shell.state().arguments = old;
  return status;
}

Status do_exec(Shell& shell, Call& call) {
  std::size_t skip = 1;
  while (skip < call.words.size() && call.words[skip].starts_with('-')) skip += call.words[skip] == "-a" ? 2 : 1;
  if (skip >= call.words.size()) {
    shell.keep_channels();
    return {};
  }
  Call rest = without_first(call, skip);
  throw ShellExit{shell.call(rest, false)};
}

Status do_exit(Shell& shell, Call& call) { throw ShellExit{given_status(shell, call)}; }

Status do_return(Shell& shell, Call& call) {
  const Status status = given_status(shell, call);
  if (shell.function_depth() == 0 && shell.source_depth() == 0) {
    if (shell.is_dash()) throw ShellExit{status};
    shell.err(shell.place_text(call.span) + ": return: can only `return' from a function or sourced script\n");
    return {2, std::nullopt};
  }
  throw FunctionReturn{status};
}

Status do_set(Shell& shell, Call& call) {
  std::size_t i = 1;
  for (; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word == "--" || word == "-") break;
    if (word.size() < 2 || (word[0] != '-' && word[0] != '+')) break;
    const bool on = word[0] == '-';
    if (word.substr(1) == "o" || word.substr(1) == "eo" || word.substr(1) == "euo" || word.ends_with('o')) {
      for (const char c : word.substr(1, word.size() - 2))
        if (!set_option(shell.state().options, std::string(1, c), on))
          shell.refuse(call.spans[i], "bad-option", "`set " + word + "` is not followed");
      if (i + 1 >= call.words.size()) return {};
      if (!set_option(shell.state().options, call.words[++i], on))
        shell.refuse(call.spans[i], "bad-option", "`set -o " + call.words[i] + "` is not followed");
      continue;
    }
    for (const char c : word.substr(1))
      if (!set_option(shell.state().options, std::string(1, c), on))
        shell.refuse(call.spans[i], "bad-option", "`set " + word + "` is not followed");
  }
  if (i < call.words.size()) {
    if (call.words[i] == "--" || call.words[i] == "-") {
      if (call.words[i] == "-" && i + 1 == call.words.size()) return {};
      ++i;
    }
    shell.state().arguments.assign(call.words.begin() + static_cast<std::ptrdiff_t>(i), call.words.end());
  }
  return {};
}

Status do_shopt(Shell& shell, Call& call) {
  bool on = false, query = false;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word == "-s") on = true;
    if (word == "-q") query = true;
    if (word.starts_with('-')) continue;
    if (query || (word == "expand_aliases" && on) || word == "lastpipe" || (word == "extglob" && on) ||
        word == "dotglob" || word == "globstar" || word == "failglob" || !set_option(shell.state().options, word, on))
      shell.refuse(call.spans[i], "bad-option", "`shopt " + word + "` is not followed");
  }
  return {};
}

Status do_shift(Shell& shell, Call& call) {
  std::size_t count = 1;
  if (call.words.size() > 1) {
    shell.need_known(call.words[1], call.spans[1]);
    count = static_cast<std::size_t>(std::max(small_number(call.words[1]).value_or(1), 0));
  }
  std::vector<std::string>& arguments = shell.state().arguments;
  if (count > arguments.size()) {
    if (shell.is_dash()) shell.fatal(2, "shift: can't shift that many");
    return {1, std::nullopt};
  }
  arguments.erase(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(count));
  return {};
}

Status do_trap(Shell& shell, Call& call) {
  std::size_t i = 1;
  if (i < call.words.size() && call.words[i] == "--") ++i;
  if (i >= call.words.size() || call.words[i] == "-p" || call.words[i] == "-l") return {};
  const bool resets = call.words[i] == "-" || (i + 1 == call.words.size());
  const std::string action = resets ? std::string() : call.words[i];
  if (call.words[i] == "-" || i + 1 < call.words.size()) ++i;
  for (; i < call.words.size(); ++i) {
    std::string signal = call.words[i];
    if (signal.starts_with("SIG")) signal.erase(0, 3);
    if (signal == "EXIT" || signal == "0") {
      shell.state().exit_trap = action;
      shell.state().exit_trap_span = call.span;
    } else if (signal == "ERR") {
      shell.state().error_trap = action;
    } else if ((signal == "DEBUG" || signal == "RETURN") && !action.empty()) {
      shell.refuse(call.spans[i], "trap", "`trap ... " + signal + "` is not followed");
    } else if (!action.empty()) {
      shell.not_done("no signal is taken to arrive: what `trap` has for signals is not run", call.span);
    }
  }
  return {};
}

Status do_cd(Shell& shell, Call& call) {
  State& state = shell.state();
  std::string to;
  if (call.words[0] == "popd") {
    if (state.directories.empty()) return {1, std::nullopt};
    to = state.directories.back();
    state.directories.pop_back();
  } else {
    std::size_t i = 1;
    while (i < call.words.size() && call.words[i].size() > 1 && call.words[i][0] == '-') ++i;
    to = i < call.words.size() ? call.words[i] : shell.get("HOME", call.span).value_or("/root");
    if (to == "-") to = shell.get("OLDPWD", call.span).value_or(state.directory);
    shell.need_known(to, call.span);
    if (call.words[0] == "pushd") state.directories.push_back(state.directory);
  }
  const FileState found = shell.files().find(to, state.directory);
  if (found.kind == FileState::Kind::kAbsent || found.kind == FileState::Kind::kFile) {
    shell.err(shell.place_text(call.span) + ": cd: " + to + ": No such file or directory\n");
    return {shell.is_dash() ? 2 : 1, std::nullopt};
  }
  if (found.kind == FileState::Kind::kUnknown)
    shell.not_done("directories of the host are taken to be there for `cd`", call.span);
  shell.set("OLDPWD", state.directory, call.span);
  state.directory = Files::absolute(to, state.directory);
  shell.set("PWD", state.directory, call.span);
  return {};
}

Status do_pwd(Shell& shell, Call&) {
  shell.out(shell.state().directory + '\n');
  return {};
}

}  // namespace nfproof::script
