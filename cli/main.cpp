// SPDX-License-Identifier: Apache-2.0
// nfproof: finds the subcommand, lets it parse its options and run. Nothing that goes wrong leaves by another way than
// an exit code.
#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/virtual_program.h"

namespace nfproof::cli {
namespace {

std::string overview() {
  std::string text =
      "usage: nfproof COMMAND [OPTION]... FILE...\n\n"
      "Checks, simulates and translates Linux firewalls.\n\n";
  for (const CommandRow& row : all_commands()) {
    std::string name(row.name);
    name.resize(12, ' ');
    text += "  " + name + std::string(row.summary) + '\n';
  }
  text += "\n  iptables    works as iptables on a state file; also ip6tables, and both with -save and -restore\n";
  return text + "\n`nfproof COMMAND --help` lists the options of a command.\n";
}

int usage_error(const std::string& message, const std::string& help) {
  std::cerr << "nfproof: error: " << message << "\ntry `nfproof" << help << " --help`\n";
  return kBadInput;
}

int run_command(const CommandRow& row, const std::vector<std::string>& words) {
  const auto command = row.make();
  Arguments arguments;
  command->declare(arguments);
  const ParsedArguments parsed = parse_arguments(arguments, row.name, words);
  if (parsed.help) {
    std::cout << help_text(arguments, row.name, row.summary);
    return kOk;
  }
  if (parsed.error) return usage_error(*parsed.error, ' ' + std::string(row.name));
  const std::string_view colour = command->colour();
  if (colour != "auto" && colour != "always" && colour != "never")
    return usage_error("--color takes auto, always or never", ' ' + std::string(row.name));
  Terminal terminal(std::cout, std::cerr, colour);
  const int code = command->run(terminal);
  if (!terminal.incomplete() || code == kInternal) return code;
  terminal.note("the input has errors: what was found is about the rest");
  return kBadInput;
}

int run(const std::vector<std::string>& words) {
  if (words.empty()) return usage_error("a command is missing", "");
  const std::string& name = words.front();
  if (name == "-h" || name == "--help" || name == "help") {
    std::cout << overview();
    return kOk;
  }
  if (name == "--version") {
    std::cout << "nfproof " NFPROOF_VERSION "\n";
    return kOk;
  }
  if (is_virtual_program(name)) return run_as_subcommand(name, {words.begin() + 1, words.end()});
  for (const CommandRow& row : all_commands())
    if (row.name == name) return run_command(row, {words.begin() + 1, words.end()});
  const std::string problem =
      is_unavailable_command(name) ? "` is not available in this version" : "` is not a command";
  return usage_error("`" + name + problem, "");
}

}  // namespace
}  // namespace nfproof::cli

int main(int argc, char** argv) {
  int code = nfproof::cli::kInternal;
  try {
    std::ios::sync_with_stdio(false);
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    const std::string_view name = argc > 0 ? argv[0] : "";
    code = nfproof::cli::is_virtual_program(name) ? nfproof::cli::run_by_name(name, words) : nfproof::cli::run(words);
  } catch (const std::exception& failure) {
    std::cerr << "nfproof: internal error: " << failure.what() << '\n';
  }
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "nfproof: error: cannot write the output\n";
    return nfproof::cli::kBadInput;
  }
  return code;
}
