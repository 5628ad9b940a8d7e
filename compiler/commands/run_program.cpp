// SPDX-License-Identifier: Apache-2.0
// Which program, and iptables itself: see run_program.h. Saving and restoring have files of their own.
#include "compiler/commands/run_program.h"

#include "compiler/commands/execute_command.h"
#include "compiler/commands/restore.h"
#include "compiler/commands/save.h"
#include "compiler/commands/speaker.h"
#include "compiler/frontend/rule_reader.h"

namespace nfproof::compiler {
namespace {

constexpr std::string_view kUsage =
    "Usage: iptables -[ACD] CHAIN RULE [OPTIONS]\n"
    "       iptables -I CHAIN [NUMBER] RULE [OPTIONS]\n"
    "       iptables -R CHAIN NUMBER RULE [OPTIONS]\n"
    "       iptables -D CHAIN NUMBER [OPTIONS]\n"
    "       iptables -[LS] [CHAIN [NUMBER]] [OPTIONS]\n"
    "       iptables -[FZX] [CHAIN] [OPTIONS]\n"
    "       iptables -N CHAIN\n"
    "       iptables -E OLD-CHAIN NEW-CHAIN\n"
    "       iptables -P CHAIN POLICY [OPTIONS]\n"
    "\n"
    "This is nfproof in the place of iptables: it works on a file, not on the kernel. Rules are written as\n"
    "iptables(8) and iptables-extensions(8) say.\n";

std::string usage(const Program& program) {
  std::string text(kUsage);
  if (program.family == ir::Family::kIpv6)
    for (std::size_t at = 0; (at = text.find("iptables -", at)) != std::string::npos; at += 2)
      text.replace(at, 2, "ip6");
  return program.name() + " v" + std::string(kToolVersion) + "\n\n" + text;
}

/// Warnings up to the first error, and the error.
int tell(const source::Diagnostics& diagnostics, const Speaker& speaker, std::string& err) {
  for (const source::Diagnostic& each : diagnostics.all())
    if (const int code = speaker.tell(each, err); code != kToolOk) return code;
  return kToolOk;
}

void run_iptables(VirtualHost& host, const Program& program, std::span<const Word> arguments, ProgramResult& result) {
  const Speaker speaker{program.name()};
  auto command = read_command(arguments, "filter", program.family, host.predicates(), result.diagnostics,
                              CommandSyntax::kCommandLine);
  if (command && command->flags.help) {
    result.out = usage(program);
    return;
  }
  if (command && command->flags.version) {
    result.out = command->flags.no_version ? "Not " + std::string(kToolVersion) + " ;-)\n"
                                           : speaker.program + " v" + std::string(kToolVersion) + '\n';
    return;
  }
  if (command) {
    const std::string name(command->table.text.data() == nullptr ? "filter" : command->table.text);
    const std::size_t tables = host.tables(program.family).size();
    if (StagedTable* table = host.table(program.family, name)) {
      result.changed = host.tables(program.family).size() != tables;
      const source::Span line = arguments.empty() ? source::Span{} : arguments.front().span;
      if (execute_command(*table, std::move(*command), {}, line, result.diagnostics, result.out) &&
          table->settle(line, result.diagnostics))
        result.changed = true;
    } else {
      result.diagnostics.error("unknown-table", command->table.span, "there is no table `" + name + '`').tool = {
          source::ToolMessage::Form::kVersion,
          "can't initialize iptables table `" + name + "': Table does not exist (do you need to insmod?)"};
    }
  }
  result.exit_code = tell(result.diagnostics, speaker, result.err);
}

/// As if they stood in one line, a blank between them.
std::vector<Word> words_of(const std::vector<std::string>& arguments) {
  std::vector<Word> words;
  words.reserve(arguments.size());
  std::uint32_t column = 1;
  for (const std::string& argument : arguments) {
    const auto end = column + static_cast<std::uint32_t>(argument.size());
    words.push_back({argument, {{}, 1, column, end}, true});
    column = end + 1;
  }
  return words;
}

}  // namespace

std::string Program::name() const {
  std::string name = family == ir::Family::kIpv6 ? "ip6tables" : "iptables";
  switch (kind) {
    case Kind::kIptables: break;
    case Kind::kSave: name += "-save"; break;
    case Kind::kRestore: name += "-restore"; break;
  }
  return name;
}

std::optional<Program> find_program(std::string_view path) {
  if (const std::size_t slash = path.rfind('/'); slash != std::string_view::npos) path.remove_prefix(slash + 1);
  Program program;
  if (path.starts_with("iptables")) {
    path.remove_prefix(8);
    program.family = ir::Family::kIpv4;
  } else if (path.starts_with("ip6tables")) {
    path.remove_prefix(9);
    program.family = ir::Family::kIpv6;
  } else {
    return std::nullopt;
  }
  for (const std::string_view variant : {"-legacy", "-nft"})
    if (path.starts_with(variant)) path.remove_prefix(variant.size());
  if (path == "-save")
    program.kind = Program::Kind::kSave;
  else if (path == "-restore")
    program.kind = Program::Kind::kRestore;
  else if (!path.empty())
    return std::nullopt;
  return program;
}

ProgramResult run_program(VirtualHost& host, const Program& program, std::span<const Word> arguments,
                          const ProgramInput& input) {
  ProgramResult result;
  switch (program.kind) {
    case Program::Kind::kIptables: run_iptables(host, program, arguments, result); break;
    case Program::Kind::kSave: run_save(host, program, arguments, result); break;
    case Program::Kind::kRestore: run_restore(host, program, arguments, input, result); break;
  }
  return result;
}

ProgramResult run_program(VirtualHost& host, const Program& program, const std::vector<std::string>& arguments,
                          const ProgramInput& input) {
  return run_program(host, program, words_of(arguments), input);
}

bool reads_input(const Program& program, const std::vector<std::string>& arguments) {
  return program.kind == Program::Kind::kRestore && restore_reads_input(program, words_of(arguments));
}

}  // namespace nfproof::compiler
