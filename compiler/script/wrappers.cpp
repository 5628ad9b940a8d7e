// SPDX-License-Identifier: Apache-2.0
// Programs that run other programs: `sudo`, `env`, `timeout`, `xargs`, `sh`.
#include <algorithm>
#include <cctype>
#include <charconv>

#include "compiler/script/restore.h"
#include "compiler/script/text_input.h"

namespace nfproof::script {
namespace {

/// The command that begins at word `from`.
Call call_from(const Call& call, std::size_t from) {
  const auto n = static_cast<std::ptrdiff_t>(from);
  Call rest;
  rest.span = call.span;
  rest.words.assign(call.words.begin() + n, call.words.end());
  rest.spans.assign(call.spans.begin() + n, call.spans.end());
  rest.assignments.assign(rest.words.size(), nullptr);
  return rest;
}

/// Options of the wrappers that take a value as the next word.
bool takes_value(std::string_view wrapper, const std::string& option) {
  if (wrapper == "sudo") return option == "-u" || option == "-g" || option == "-h" || option == "-p";
  if (wrapper == "nice") return option == "-n";
  if (wrapper == "env") return option == "-u" || option == "-C";
  if (wrapper == "timeout") return option == "-s" || option == "-k";
  return false;
}

}  // namespace

Status do_wrapper(Shell& shell, Call& call) {
  const std::string_view wrapper = std::string_view(call.words[0]).substr(call.words[0].rfind('/') + 1);
  std::size_t i = 1;
  for (; i < call.words.size() && call.words[i].starts_with('-'); ++i) {
    if (call.words[i] == "--") {
      ++i;
      break;
    }
    if (takes_value(wrapper, call.words[i])) ++i;
  }
  if (wrapper == "timeout") ++i;
  while ((wrapper == "env" || wrapper == "sudo") && i < call.words.size() &&
         call.words[i].find('=') != std::string::npos)
    ++i;
  if (i >= call.words.size()) return wrapper == "env" ? unknown_output(shell, call) : Status{};
  Call rest = call_from(call, i);
  return shell.call(rest, false);
}

Status do_xargs(Shell& shell, Call& call) {
  std::size_t per_call = 0, i = 1;
  std::string placeholder;
  bool skip_empty = false;
  for (; i < call.words.size() && call.words[i].starts_with('-'); ++i) {
    const std::string& word = call.words[i];
    if (word == "-r" || word == "--no-run-if-empty") {
      skip_empty = true;
    } else if (word.starts_with("-n") || word.starts_with("-L") || word.starts_with("-P")) {
      const std::string value = word.size() > 2 ? word.substr(2) : i + 1 < call.words.size() ? call.words[++i] : "";
      std::size_t number = 0;
      std::from_chars(value.data(), value.data() + value.size(), number);
      if (word[1] != 'P') per_call = number;
      if (word[1] == 'P' && number > 1)
        shell.refuse(call.spans[i], "bad-option", "`xargs -P` runs commands in any order: not followed");
    } else if (word.starts_with("-I")) {
      placeholder = word.size() > 2 ? word.substr(2) : i + 1 < call.words.size() ? call.words[++i] : "{}";
    } else {
      shell.refuse(call.spans[i], "bad-option", "`xargs " + word + "` is not followed");
    }
  }
  const std::string text = shell.read_all(call.span);
  shell.need_known(text, call.span);
  if (text.find_first_of("'\"\\") != std::string::npos)
    shell.refuse(call.span, "bad-input", "quotes in the input of `xargs` are not followed");
  std::vector<std::string> items;
  if (!placeholder.empty()) {
    items = lines_of(text);
    per_call = 1;
  } else {
    for (std::size_t from = text.find_first_not_of(" \t\n"); from != std::string::npos;) {
      const std::size_t end = std::min(text.find_first_of(" \t\n", from), text.size());
      items.push_back(text.substr(from, end - from));
      from = text.find_first_not_of(" \t\n", end);
    }
  }
  if (items.empty() && (skip_empty || !placeholder.empty())) return {};
  Status status;
  for (std::size_t from = 0; from < std::max<std::size_t>(items.size(), 1);) {
    Call each = call_from(call, i);
    if (each.words.empty()) each.words.emplace_back("echo");
    const std::size_t to = per_call == 0 ? items.size() : std::min(items.size(), from + per_call);
    if (placeholder.empty()) {
      each.words.insert(each.words.end(), items.begin() + static_cast<std::ptrdiff_t>(from),
                        items.begin() + static_cast<std::ptrdiff_t>(to));
    } else {
      for (std::string& word : each.words)
        for (std::size_t at = word.find(placeholder); at != std::string::npos;
             at = word.find(placeholder, at + items[from].size()))
          word.replace(at, placeholder.size(), items[from]);
    }
    each.spans.resize(each.words.size(), call.span);
    each.assignments.assign(each.words.size(), nullptr);
    const Status one = shell.call(each, false);
    if (one.unknown || one.code != 0) status = one.unknown ? one : Status{123, std::nullopt};
    from = std::max(to, from + 1);
  }
  return status;
}

Status do_shell(Shell& shell, Call& call) {
  std::size_t i = 1;
  bool text = false, errexit = false;
  for (; i < call.words.size() && call.words[i].size() > 1 && call.words[i][0] == '-'; ++i) {
    if (call.words[i].find('c') != std::string::npos && call.words[i][1] != '-') text = true;
    if (call.words[i].find('e') != std::string::npos && call.words[i][1] != '-') errexit = true;
    if (call.words[i] == "-s") shell.refuse(call.spans[i], "bad-option", "`sh -s` is not followed");
  }
  if (i >= call.words.size()) {
    const std::string input = shell.read_all(call.span);
    shell.need_known(input, call.span);
    return shell.subshell([&] { return shell.run_text(input, call.span); });
  }
  return shell.subshell([&] {
    State& state = shell.state();
    // Another shell sees what is exported, and no functions.
    std::erase_if(state.variables, [](const auto& entry) {
      return !entry.second.exported && entry.first != "IFS" && entry.first != "HOME" && entry.first != "PATH" &&
             entry.first != "PWD" && entry.first != "USER" && entry.first != "UID" && entry.first != "EUID";
    });
    state.variables["IFS"].value = " \t\n";
    state.functions.clear();
    state.options = {};
    state.options.errexit = errexit;
    const std::string what = call.words[i];
    const auto rest = static_cast<std::ptrdiff_t>(i) + 1;
    state.name = text ? (i + 1 < call.words.size() ? call.words[i + 1] : call.words[0]) : what;
    state.arguments.assign(
        call.words.begin() +
            std::min<std::ptrdiff_t>(rest + (text ? 1 : 0), static_cast<std::ptrdiff_t>(call.words.size())),
        call.words.end());
    return text ? shell.run_text(what, call.span) : shell.run_file(what, call.spans[i]);
  });
}

}  // namespace nfproof::script
