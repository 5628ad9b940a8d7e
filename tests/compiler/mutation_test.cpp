// SPDX-License-Identifier: Apache-2.0
// Damaged input never crashes the frontend, and what it still understands is printed as text that it reads back. The
// damage is random, from a fixed seed.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"
#include "compiler/passes/assume_host.h"
#include "tests/compiler/golden.h"

namespace nfproof::testing {
namespace {

constexpr std::array<std::string_view, 40> kPieces = {
    " -A ", " INPUT ", "!",      " -m ", "tcp",     "\"",     "\\",       "\xff",        "*",        ":",
    "[",    "]",       "--",     "=",    ",",       "/",      "-",        "0x",          "\r",       "\t",
    " -s ", " -p ",    " -j ",   " -g ", "COMMIT",  "*nat\n", " -X ",     " -E ",        " -I ",     " -D ",
    "\n",   "99999",   " -R 1 ", " -f ", " --syn ", " LOG ",  " -c 1,2 ", " conntrack ", " --dport", " limit "};

class Damage {
 public:
  explicit Damage(unsigned seed) : random_(seed) {}

  std::string operator()(std::string text) {
    const std::size_t times = 1 + below(30);
    for (std::size_t i = 0; i < times; ++i) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0: text.erase(at, 1 + below(8)); break;
        case 1: text.insert(at, kPieces[below(kPieces.size())]); break;
        case 2: text.insert(at, text.substr(below(text.size() + 1), 1 + below(60))); break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(below(256));
      }
    }
    return text;
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  std::mt19937 random_;
};

void read_damaged(const std::string& text, ir::Family family) {
  compiler::CompileOptions options;
  options.family = family;
  compiler::Compilation first;
  compiler::add_text(first, "damaged", text, options);
  compiler::finish(first);
  (void)compiler::assume_host(first.ruleset);
  const std::string canonical = backends::save_text(first.ruleset, family);
  if (canonical.find('\n') == std::string::npos || first.diagnostics.has_errors()) return;
  compiler::Compilation second;
  compiler::add_text(second, "canonical", canonical, options);
  compiler::finish(second);
  EXPECT_FALSE(second.diagnostics.has_errors()) << text;
}

TEST(Mutation, DamagedFilesDoNotCrash) {
  const std::filesystem::path root(NFPROOF_SOURCE_DIR);
  Damage damage(20240229);
  for (const auto& folder : {root / "examples", root / "tests/compiler/golden"}) {
    for (const auto& file : files_in(folder, {".v4", ".v6"})) {
      const std::string text = read_text(file);
      const auto family = file.extension() == ".v6" ? ir::Family::kIpv6 : ir::Family::kIpv4;
      for (int i = 0; i < 30; ++i) read_damaged(damage(text), family);
    }
  }
}

}  // namespace
}  // namespace nfproof::testing
