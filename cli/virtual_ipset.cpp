// SPDX-License-Identifier: Apache-2.0
// See virtual_ipset.h.
#include "cli/virtual_ipset.h"

#include <fstream>
#include <iostream>
#include <optional>
#include <set>
#include <variant>

#include "compiler/commands/state_file.h"
#include "compiler/ipset/print.h"
#include "compiler/ipset/session.h"
#include "compiler/source/source_file.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

using compiler::ipset::SessionFiles;
using Names = std::multiset<std::string, std::less<>>;

SessionFiles files_with(std::string input) {
  SessionFiles files;
  files.standard_input = [input = std::move(input)] { return input; };
  files.read = [](const std::string& path, std::string& content) {
    source::FileText file = source::read_file(path);
    content = std::move(file.text);
    return file.error.empty();
  };
  files.write = [](const std::string& path, const std::string& content) {
    std::ofstream out(path, std::ios::binary);
    out << content << std::flush;
    return static_cast<bool>(out);
  };
  return files;
}

}  // namespace

Names sets_in_rules(const compiler::VirtualHost& host) {
  Names names;
  const ir::Ruleset ruleset = host.ruleset();
  for (const ir::Chain& chain : ruleset.chains)
    for (const ir::Rule& rule : chain.rules) {
      for (const ir::Condition& condition : rule.when)
        if (const auto* test = std::get_if<ir::SetLookup>(&ruleset.predicates[condition.predicate]))
          names.insert(test->set.name);
      for (const ir::Effect& effect : rule.effects)
        if (const auto* update = std::get_if<ir::UpdateSet>(&effect)) names.insert(update->set.name);
    }
  return names;
}

bool is_virtual_ipset(std::string_view name) { return name.substr(name.rfind('/') + 1) == "ipset"; }

int run_virtual_ipset(const std::vector<std::string>& arguments, const std::string& path) {
  constexpr int kFailed = 1;
  // Before the file is locked: what comes in may come from a program that waits for the lock.
  std::string input;
  if (compiler::ipset::reads_input(arguments)) input = source::read_file("-").text;
  compiler::ipset::SessionResult result;
  {
    compiler::StateFile state(path);
    if (!state.error().empty()) {
      std::cerr << report::diagnostics_text(report::Style(false), state.sources(), state.diagnostics())
                << "nfproof: error: " << state.error() << '\n';
      return kFailed;
    }
    ir::SetTable sets;
    const std::vector<std::string> restore = {"restore"};
    const auto loaded = compiler::ipset::run(sets, restore, files_with(state.host().sets()));
    if (loaded.exit_code != 0) {
      std::cerr << "nfproof: error: the sets of " << path << " cannot be read: " << loaded.err;
      return kFailed;
    }
    const Names in_rules = sets_in_rules(state.host());
    result = compiler::ipset::run(sets, arguments, files_with(std::move(input)), &in_rules);
    if (result.changed) {
      state.host().set_sets(compiler::ipset::save_text(sets, std::nullopt));
      if (!state.save()) {
        std::cerr << "nfproof: error: " << state.error() << '\n';
        return kFailed;
      }
    }
  }
  std::cout << result.out << std::flush;
  std::cerr << result.err;
  return result.exit_code;
}

}  // namespace nfproof::cli
