// SPDX-License-Identifier: Apache-2.0
// Programs that are not computed: those of the firewall go to the virtual host, the harmless are passed over, the rest
// is an error.
#include <algorithm>

#include "compiler/script/programs.h"
#include "compiler/script/restore.h"
#include "compiler/script/text_input.h"

namespace nfproof::script {
namespace {

/// `service NAME ACTION`, `systemctl ACTION NAME`: whether it changes the ruleset.
bool changes_firewall(const Call& call, std::string_view program) {
  if (program != "service" && program != "systemctl" && program != "invoke-rc.d" && program != "rc-service" &&
      program != "initctl")
    return false;
  static constexpr std::string_view kHarmless[] = {"save",   "status",    "enable",     "disable",       "mask",
                                                   "unmask", "is-active", "is-enabled", "daemon-reload", "show"};
  bool firewall = false;
  for (const std::string& word : call.words) {
    firewall = firewall || is_firewall_service(word);
    if (std::find(std::begin(kHarmless), std::end(kHarmless), word) != std::end(kHarmless)) return false;
  }
  return firewall;
}

/// Whether `ip`, `sysctl` and their like are asked for something that the script may use.
bool asks(const Call& call, std::string_view program) {
  const auto has = [&](std::string_view wanted) {
    return std::find(call.words.begin() + 1, call.words.end(), wanted) != call.words.end();
  };
  if (program == "ip" || program == "bridge" || program == "tc")
    return !has("add") && !has("del") && !has("delete") && !has("set") && !has("change") && !has("replace") &&
           !has("flush") && !has("append") && !has("save") && !has("a") && !has("d");
  if (program == "sysctl")
    return !has("-w") && !has("-p") && !has("--system") && !has("-e") && !has("--load") &&
           std::none_of(call.words.begin(), call.words.end(), [](const std::string& word) {
             return word.find('=') != std::string::npos || word.starts_with("-p");
           });
  if (program == "ifconfig" || program == "route" || program == "mount" || program == "brctl" || program == "ethtool")
    return call.words.size() <= 2 || has("-n");
  if (program == "systemctl") return has("is-active") || has("is-enabled") || has("show") || has("status");
  if (program == "service") return has("status");
  if (program == "conntrack") return has("-L") || has("-C") || has("-S");
  if (program == "tput" || program == "stty" || program == "pkill" || program == "killall") return true;
  return program == "kill" || program == "ipvsadm" || program == "ebtables" || program == "arptables"
             ? has("-L") || has("-0")
             : false;
}

/// The scripts of /etc/init.d.
bool is_init_script(std::string_view word) {
  return word.starts_with("/etc/init.d/") || word.starts_with("/etc/rc.d/init.d/");
}

Status pass_over(Shell& shell, const Call& call, std::string_view program) {
  shell.not_done('`' + std::string(program) + "` is not run: it has no effect on the ruleset", call.span);
  if (asks(call, program)) return unknown_output(shell, call);
  return {};
}

}  // namespace

Status run_program(Shell& shell, Call& call) {
  const std::string& word = call.words[0];
  if (const auto firewall = firewall_program(word)) return run_firewall_program(shell, call, *firewall);
  const std::string name = is_program_path(word) ? word.substr(word.rfind('/') + 1) : word;
  if (is_init_script(word)) {
    Call service = call;
    service.words = {"service", word.substr(word.rfind('/') + 1)};
    service.words.insert(service.words.end(), call.words.begin() + 1, call.words.end());
    service.spans.resize(service.words.size(), call.span);
    return run_program(shell, service);
  }
  if (changes_firewall(call, name))
    shell.refuse(call.span, "changes-ruleset",
                 '`' + command_text(shell, call) + "` changes the ruleset in a way that is not followed");
  switch (program_kind(name)) {
    case ProgramKind::kQuiet: return pass_over(shell, call, name);
    case ProgramKind::kReader: return unknown_output(shell, call);
    case ProgramKind::kChanger:
      if ((name == "xtables-multi") && call.words.size() > 1) {
        call.words.erase(call.words.begin());
        call.spans.erase(call.spans.begin());
        return run_program(shell, call);
      }
      shell.refuse(
          call.span, "changes-ruleset",
          '`' + name +
              "` may change the ruleset and is not followed; its calls of iptables can be run through links on PATH");
    default: break;
  }
  if (word.find('/') != std::string::npos) {
    const FileState found = shell.files().find(word, shell.state().directory);
    if (found.kind == FileState::Kind::kFile) {
      Call other = call;
      other.words.insert(other.words.begin(), "sh");
      other.spans.insert(other.spans.begin(), call.spans[0]);
      return do_shell(shell, other);
    }
    if (found.kind == FileState::Kind::kAbsent) {
      shell.err(shell.place_text(call.span) + ": " + word + ": No such file or directory\n");
      return {127, std::nullopt};
    }
  }
  std::string message = '`' + word + "` is not known: what it does to the ruleset cannot be followed";
  if (const std::string_view similar = similar_program(name); !similar.empty())
    message += "; did you mean `" + std::string(similar) + "`?";
  shell.refuse(call.spans[0], "unknown-command", message);
}

namespace {

/// What the file arguments of restore and save are: `iptables-restore FILE`, `ipset restore -f FILE`,
/// `iptables-save -f FILE`. They are taken out of the words.
struct FileArguments {
  std::string input, output;
};

FileArguments take_files(ToolCall& call) {
  FileArguments files;
  const std::vector<std::string>& words = call.words;
  const bool restore = words[0].ends_with("-restore"), save = words[0].ends_with("-save"), set = words[0] == "ipset";
  if (!restore && !save && !set) return files;
  const bool set_saves = set && std::find(words.begin(), words.end(), "save") != words.end();
  ToolCall rest;
  const auto keep = [&](std::size_t i) {
    rest.words.push_back(words[i]);
    rest.spans.push_back(call.spans[i]);
  };
  keep(0);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool names_file =
        (set && (word == "-f" || word == "-file" || word == "--file")) || (save && (word == "-f" || word == "--file"));
    if (names_file && i + 1 < words.size()) {
      (save || set_saves ? files.output : files.input) = words[++i];
    } else if (restore && !word.starts_with('-')) {
      files.input = word;
    } else {
      keep(i);
      const bool waits = word == "-w" || word == "--wait" || word == "-W" || word == "--wait-interval";
      const bool number = i + 1 < words.size() && words[i + 1].find_first_not_of("0123456789") == std::string::npos;
      if (restore && i + 1 < words.size() &&
          (word == "-T" || word == "--table" || word == "-M" || word == "--modprobe" || (waits && number)))
        keep(++i);
    }
  }
  call.words = std::move(rest.words);
  call.spans = std::move(rest.spans);
  return files;
}

bool reads_input(const std::vector<std::string>& words) {
  if (words[0].ends_with("-restore")) return true;
  if (words[0] != "ipset") return false;
  return std::any_of(words.begin() + 1, words.end(), [](const std::string& word) {
    return word == "restore" || word == "-R" || word == "--restore" || word == "-";
  });
}

}  // namespace

Status run_firewall_program(Shell& shell, Call& call, const std::string& name) {
  for (std::size_t i = 1; i < call.words.size(); ++i) shell.need_known(call.words[i], call.spans[i]);
  ToolCall tool{call.words, call.spans, {}, call.span};
  tool.words[0] = name;
  const FileArguments files = take_files(tool);
  if (reads_input(tool.words)) {
    if (files.input.empty()) {
      tool.input = shell.read_all(call.span);
    } else {
      try {
        tool.input = shell.open_for_reading(files.input, call.span)->take_rest();
      } catch (const RedirectFailure& failure) {
        shell.err(name + ": " + failure.message + '\n');
        return {1, std::nullopt};
      }
    }
    shell.need_known(tool.input, call.span);
  }
  const ToolResult result = shell.tools().run(tool);
  if (files.output.empty()) {
    shell.out(result.out);
  } else {
    *shell.files().open(files.output, shell.state().directory, true, {}) = result.out;
  }
  shell.err(result.err);
  if (result.code != 0) shell.tell_failure(call, result);
  return {result.code, std::nullopt};
}

}  // namespace nfproof::script
