// SPDX-License-Identifier: Apache-2.0
// Every real ruleset goes through the frontend without a crash; what comes out is counted and printed: rules, how many
// are understood fully, how many hold something opaque, how many lines are refused and why.
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"
#include "compiler/passes/assume_host.h"
#include "compiler/passes/opaque.h"
#include "tests/compiler/golden.h"

namespace nfproof::testing {
namespace {

struct Tally {
  std::size_t files = 0;
  std::size_t clean_files = 0;
  std::size_t rules = 0;
  std::size_t opaque_rules = 0;
  std::map<std::string, std::size_t> opaque_modules;
  std::map<std::string, std::size_t> refused;  ///< lines, by the id of their error
};

void count(const compiler::Compilation& compilation, Tally& tally) {
  ++tally.files;
  tally.clean_files += compilation.diagnostics.has_errors() ? 0 : 1;
  tally.rules += compilation.ruleset.rule_count();
  std::map<ir::RuleRef, bool> opaque;
  for (const compiler::OpaqueUse& use : compiler::opaque_uses(compilation.ruleset)) {
    opaque[use.rule] = true;
    ++tally.opaque_modules[use.module + (use.is_target ? " (target)" : "")];
  }
  tally.opaque_rules += opaque.size();
  for (const source::Diagnostic& diagnostic : compilation.diagnostics.all())
    if (diagnostic.severity == source::Severity::kError) ++tally.refused[diagnostic.id];
}

void print(const Tally& tally) {
  std::cout << "files                     " << tally.files << ", without errors " << tally.clean_files << '\n'
            << "rules                     " << tally.rules << '\n'
            << "rules understood fully    " << tally.rules - tally.opaque_rules << '\n'
            << "rules with opaque modules " << tally.opaque_rules << '\n';
  for (const auto& [module, uses] : tally.opaque_modules) std::cout << "    " << module << ' ' << uses << '\n';
  std::cout << "errors\n";
  for (const auto& [id, lines] : tally.refused) std::cout << "    " << id << ' ' << lines << '\n';
}

TEST(Corpus, EveryRulesetIsRead) {
  const auto root = corpus();
  if (root.empty()) GTEST_SKIP() << "*** the corpus is not there: set NFPROOF_CORPUS ***";
  Tally tally;
  for (const auto& file : files_in(root / "rulesets", {".v4", ".v6"})) {
    SCOPED_TRACE(file.string());
    compiler::Compilation compilation;
    compiler::add_file(compilation, file.string(), {});
    compiler::finish(compilation);
    EXPECT_FALSE(compiler::assume_host(compilation.ruleset).interfaces.empty());
    count(compilation, tally);
  }
  print(tally);
}

/// The messages of all errors, each with how often it was said.
std::map<std::string, std::size_t> errors_of(const compiler::Compilation& compilation) {
  std::map<std::string, std::size_t> errors;
  for (const source::Diagnostic& diagnostic : compilation.diagnostics.all())
    if (diagnostic.severity == source::Severity::kError) ++errors[diagnostic.id + ": " + diagnostic.message];
  return errors;
}

// What is printed is a fixed point: reading it back prints the same. Rules with values that nobody can read stay in the
// text as they are, so that their errors come again, but no other.
TEST(Corpus, CanonicalTextStaysTheSame) {
  const auto root = corpus();
  if (root.empty()) GTEST_SKIP() << "*** the corpus is not there: set NFPROOF_CORPUS ***";
  for (const auto& file : files_in(root / "rulesets", {".v4", ".v6"})) {
    SCOPED_TRACE(file.string());
    compiler::Compilation first;
    compiler::add_file(first, file.string(), {});
    compiler::finish(first);
    const ir::Family family = first.files.front().family;
    const std::string text = backends::save_text(first.ruleset, family);
    compiler::Compilation second;
    compiler::CompileOptions options;
    options.family = family;
    compiler::add_text(second, "again", text, options);
    compiler::finish(second);
    const auto before = errors_of(first);
    for (const auto& [message, times] : errors_of(second)) {
      const auto found = before.find(message);
      EXPECT_LE(times, found == before.end() ? 0 : found->second) << message;
    }
    EXPECT_EQ(backends::save_text(second.ruleset, family), text);
  }
}

// Files of every other kind are refused or read, but never crash.
TEST(Corpus, OtherFilesDoNotCrash) {
  const auto root = corpus();
  if (root.empty()) GTEST_SKIP() << "*** the corpus is not there: set NFPROOF_CORPUS ***";
  for (const auto& file : files_in(root, {".S", ".L", ".Ln", ".Lnv", ".Lv", ".addr", ".route", ".rule", ".ipset",
                                          ".xml", ".pcap", ".pcapng", ".tsv"})) {
    compiler::Compilation compilation;
    compiler::add_file(compilation, file.string(), {});
    compiler::finish(compilation);
    EXPECT_TRUE(compilation.diagnostics.has_errors() || compilation.ruleset.rule_count() == 0) << file;
  }
}

}  // namespace
}  // namespace nfproof::testing
