// SPDX-License-Identifier: Apache-2.0
// Following scripts for `check`.
#include "cli/check_script.h"

#include <algorithm>
#include <array>

#include "cli/exec_host.h"
#include "cli/exec_steps.h"
#include "compiler/commands/command_file.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

/// What a script prints is of no interest here.
class Silence : public script::Output {
 public:
  void write(std::string_view, bool) override {}
};

bool is_shell_script(std::string_view text, std::string_view path) {
  const std::string_view first = text.substr(0, text.find('\n'));
  if (!first.starts_with("#!")) return path.ends_with(".sh");
  static constexpr std::array<std::string_view, 4> kShells = {"/sh", "bash", "dash", " sh"};
  return std::any_of(kShells.begin(), kShells.end(),
                     [first](std::string_view shell) { return first.find(shell) != std::string_view::npos; });
}

source::FileId file_of(const compiler::Compilation& compilation, const std::string& path) {
  for (std::size_t i = 0; i < compilation.sources.size(); ++i)
    if (const auto id = static_cast<source::FileId>(i); compilation.sources.file(id).path() == path) return id;
  return {};
}

script::ScriptOptions options_for(const ScriptInput& script) {
  script::ScriptOptions options;
  options.files.script = script.path == "-" ? "" : script.path;
  return options;
}

/// A place of the final ruleset for a finding about another one: the same chain, or any base chain.
std::optional<ir::ChainId> chain_for(const ir::Ruleset& ruleset, ir::Family family, const report::StepLoss& loss) {
  if (const auto table = ruleset.find_table(family, loss.table))
    if (const auto chain = ruleset.find_chain(*table, loss.chain)) return chain;
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c)
    if (ruleset.table_of(static_cast<ir::ChainId>(c)).family == family && ruleset.chains[c].base)
      return static_cast<ir::ChainId>(c);
  return std::nullopt;
}

}  // namespace

std::optional<ScriptInput> find_script(const InputOptions& inputs) {
  if (inputs.files.size() != 1 || inputs.files[0] == "-") return std::nullopt;
  source::FileText read = source::read_file(inputs.files[0]);
  if (!read.error.empty()) return std::nullopt;
  const bool list = compiler::is_command_file(read.text);
  if (!list && !is_shell_script(read.text, inputs.files[0])) return std::nullopt;
  return ScriptInput{inputs.files[0], std::move(read.text), list};
}

bool load_script(Terminal& terminal, const ScriptInput& script, compiler::Compilation& compilation) {
  compiler::VirtualHost host;
  const source::FileId file = compilation.sources.add(script.path, script.text);
  source::Diagnostics diagnostics;
  script::ScriptResult result;
  {
    HostTools tools(host, compilation.sources, {});
    Silence output;
    result = script::run_script(compilation.sources, file, options_for(script), tools, output, diagnostics);
  }
  terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, diagnostics));
  if (!result.status) {
    terminal.note("the script could not be followed to its end: nothing is checked");
    return false;
  }
  if (*result.status != 0) terminal.note("the script ends with exit status " + std::to_string(*result.status));
  compilation.ruleset = host.ruleset();
  if (!host.sets().empty()) {
    compiler::CompileOptions how;
    how.format = compiler::Format::kIpsetSave;
    compiler::add_text(compilation, "(sets of the script)", host.sets(), how);
  }
  compiler::finish(compilation);
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6}) {
    compiler::Compilation::File about{script.path, family};
    for (const ir::Table& table : compilation.ruleset.tables) {
      if (table.family != family) continue;
      ++about.tables;
      about.chains += table.chains.size();
      for (const ir::ChainId chain : table.chains) about.rules += compilation.ruleset.chain(chain).rules.size();
    }
    if (about.tables != 0) compilation.files.push_back(std::move(about));
  }
  return true;
}

std::optional<std::vector<analyzer::Finding>> lost_on_the_way(Terminal& terminal, const ScriptInput& script,
                                                              const std::vector<std::string>& admin,
                                                              const ir::Host& machine,
                                                              const compiler::Compilation& compilation,
                                                              std::size_t& undecided) {
  StepsFound found = find_losses(terminal, admin, machine, script.path, script.text, options_for(script));
  if (found.failed) return std::nullopt;
  undecided = found.undecided;
  const source::FileId file = file_of(compilation, script.path);
  std::vector<analyzer::Finding> findings;
  for (report::StepLoss& loss : found.losses) {
    analyzer::Finding finding = std::move(loss.finding);
    const auto chain = chain_for(compilation.ruleset, finding.family, loss);
    if (!chain) continue;
    finding.chain = *chain;
    finding.rule.reset();
    finding.because.clear();
    finding.fix.reset();
    finding.span.file = file;
    finding.message = "after this command " + finding.message;
    if (loss.command.find("(swaps table") != std::string::npos) finding.message += ": `" + loss.command + '`';
    const bool regained = loss.regained_at.is_known();
    finding.message += regained ? "; it is regained in line " + std::to_string(loss.regained_at.line) + " by `" +
                                      loss.regained_by + '`'
                                : "; it is not regained";
    finding.level = regained ? analyzer::Level::kWarning : finding.level;
    if (finding.witness) finding.witness->fate = loss.fate;
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace nfproof::cli
