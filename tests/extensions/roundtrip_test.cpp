// SPDX-License-Identifier: Apache-2.0
// For every module, with options made up at random: what is printed reads back as the same rule (same text, same core),
// and printing is stable. Modules of which too few random uses are accepted fail: the test would not test them.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"
#include "compiler/ir/dump.h"
#include "tests/extensions/random_use.h"

namespace nfproof::testing {
namespace {

struct Reading {
  std::string text;  ///< canonical
  std::string core;
};

std::optional<Reading> read(const std::string& ruleset, ir::Family family, std::string* problem = nullptr) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = family;
  options.format = compiler::Format::kIptablesSave;
  compiler::add_text(compilation, "random", ruleset, options);
  compiler::finish(compilation);
  if (compilation.diagnostics.has_errors()) {
    for (const source::Diagnostic& diagnostic : compilation.diagnostics.all())
      if (problem != nullptr && diagnostic.severity == source::Severity::kError) *problem += diagnostic.message + "; ";
    return std::nullopt;
  }
  Reading reading{backends::save_text(compilation.ruleset, family), {}};
  for (const ir::Chain& chain : compilation.ruleset.chains)
    for (const ir::Rule& rule : chain.rules) reading.core += ir::dump_rule(compilation.ruleset, rule) + '\n';
  return reading;
}

bool is_for(const compiler::Extension& extension, ir::Family family) {
  const auto bit = family == ir::Family::kIpv6 ? compiler::Families::kIpv6 : compiler::Families::kIpv4;
  return (static_cast<unsigned>(extension.families) & static_cast<unsigned>(bit)) != 0;
}

class Roundtrip : public ::testing::TestWithParam<ir::Family> {};

TEST_P(Roundtrip, EveryModule) {
  constexpr int kTries = 400;
  constexpr int kEnough = 5;
  constexpr int kMost = 60;
  std::size_t accepted = 0;
  for (const compiler::Extension* extension : compiler::all_extensions()) {
    if (!is_for(*extension, GetParam())) continue;
    SCOPED_TRACE(std::string(extension->name));
    RandomUse random(std::hash<std::string_view>{}(extension->name));
    int good = 0;
    std::string last;
    for (int i = 0; i < kTries; ++i) {
      const RandomRule rule = random.rule(*extension, GetParam());
      std::string problem;
      const auto first = read(rule.ruleset(), GetParam(), &problem);
      if (!first) {
        last = rule.text + ": " + problem;
        continue;
      }
      ++good;
      const auto second = read(first->text, GetParam(), &problem);
      EXPECT_TRUE(second) << rule.text << "\nis printed as\n" << first->text << "which is refused: " << problem;
      if (!second) break;
      EXPECT_EQ(second->text, first->text) << rule.text;
      EXPECT_EQ(second->core, first->core) << rule.text << "\nis printed as\n" << first->text;
      if (second->text != first->text || second->core != first->core || good == kMost) break;
    }
    EXPECT_GE(good, kEnough) << "the last refusal: " << last;
    accepted += static_cast<std::size_t>(good);
  }
  std::cout << accepted << " random uses of modules read back as they were\n";
}

INSTANTIATE_TEST_SUITE_P(Families, Roundtrip, ::testing::Values(ir::Family::kIpv4, ir::Family::kIpv6),
                         [](const auto& family) { return family.param == ir::Family::kIpv4 ? "Ipv4" : "Ipv6"; });

}  // namespace
}  // namespace nfproof::testing
