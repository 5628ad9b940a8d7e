// SPDX-License-Identifier: Apache-2.0
// Programs that work on a state file: see virtual_program.h.
#include "cli/virtual_program.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/virtual_ipset.h"
#include "compiler/commands/run_program.h"
#include "compiler/commands/state_file.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

/// The exit code of iptables when it cannot get at the rules.
constexpr int kNoRules = 4;

constexpr std::array<std::string_view, 7> kNames = {
    "iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore", "ipset"};

constexpr std::string_view kHelp =
    "usage: nfproof iptables [--state FILE] ARGUMENT...\n\n"
    "works as iptables, on a state file instead of the kernel; the same for ip6tables, for both with -save and "
    "-restore\n"
    "behind, and for ipset. The arguments are those of the real program.\n\n"
    "  --state FILE         where the rules are; before all other arguments. Without it: what NFPROOF_STATE names, "
    "else\n"
    "                       nfproof/state in XDG_STATE_HOME (~/.local/state)\n"
    "  --install-links DIR  makes links in DIR by which this program is called instead of iptables and its sisters\n"
    "  --help               this text; `-h` is the help of iptables\n";

void complain(const std::string& message) { std::cerr << "nfproof: error: " << message << '\n'; }

/// What the environment says, else the user's own.
std::string default_state() {
  if (const char* state = std::getenv("NFPROOF_STATE"); state != nullptr && *state != '\0') return state;
  std::filesystem::path directory;
  if (const char* xdg = std::getenv("XDG_STATE_HOME"); xdg != nullptr && *xdg != '\0')
    directory = xdg;
  else if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    directory = std::filesystem::path(home) / ".local/state";
  else
    return "nfproof.state";
  const std::filesystem::path path = directory / "nfproof" / "state";
  std::error_code unheard;  // opening the file tells
  if (!std::filesystem::exists(path, unheard)) {
    std::filesystem::create_directories(path.parent_path(), unheard);
    std::cerr << "nfproof: note: NFPROOF_STATE is not set; the rules are kept in " << path.string() << '\n';
  }
  return path;
}

int run(std::string_view name, const std::vector<std::string>& arguments, const std::string& path) {
  if (is_virtual_ipset(name)) return run_virtual_ipset(arguments, path);
  const auto program = compiler::find_program(name);
  if (!program) return kBadInput;
  // Before the file is locked: what comes in may come from a program that waits for the lock.
  source::FileText input;
  if (compiler::reads_input(*program, arguments)) input = source::read_file("-");
  compiler::ProgramResult result;
  {
    compiler::StateFile state(path);
    if (!state.error().empty()) {
      std::cerr << report::diagnostics_text(report::Style(false), state.sources(), state.diagnostics());
      complain(state.error());
      return kNoRules;
    }
    result = compiler::run_program(state.host(), *program, arguments, {input.text});
    if (result.changed && !state.save()) {
      complain(state.error());
      return kNoRules;
    }
  }
  std::cout << result.out << std::flush;
  std::cerr << result.err;
  return result.exit_code;
}

int install_links(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code problem;
  const fs::path self = fs::read_symlink("/proc/self/exe", problem);
  if (problem) return complain("cannot find out where this program is: " + problem.message()), kBadInput;
  fs::create_directories(directory, problem);
  for (const std::string_view name : kNames) {
    for (const std::string_view variant : {"", "-legacy", "-nft"}) {
      if (is_virtual_ipset(name) && !variant.empty()) continue;
      std::string link(name);
      const std::size_t dash = link.find('-');
      link.insert(dash == std::string::npos ? link.size() : dash, variant);
      const fs::path path = fs::path(directory) / link;
      if (fs::is_symlink(path, problem)) fs::remove(path, problem);
      fs::create_symlink(self, path, problem);
      if (problem) return complain("cannot make " + path.string() + ": " + problem.message()), kBadInput;
    }
  }
  return kOk;
}

}  // namespace

bool is_virtual_program(std::string_view name) {
  return is_virtual_ipset(name) || compiler::find_program(name).has_value();
}

int run_by_name(std::string_view name, const std::vector<std::string>& arguments) {
  return run(name, arguments, default_state());
}

int run_as_subcommand(std::string_view name, const std::vector<std::string>& words) {
  if (words.empty()) return run(name, words, default_state());
  const std::string& first = words.front();
  if (first == "--help") {
    std::cout << kHelp;
    return kOk;
  }
  const bool links = first == "--install-links";
  if (links || first == "--state") {
    if (words.size() < 2) return complain('`' + first + "` needs a value"), kBadInput;
    if (links) return install_links(words[1]);
    return run(name, {words.begin() + 2, words.end()}, words[1]);
  }
  constexpr std::string_view kStateOption = "--state=";
  if (first.starts_with(kStateOption))
    return run(name, {words.begin() + 1, words.end()}, first.substr(kStateOption.size()));
  return run(name, words, default_state());
}

}  // namespace nfproof::cli
