// SPDX-License-Identifier: Apache-2.0
// Damaged scripts never crash the shell, never run without end, and every error has a place. Scripts and snippets are
// damaged at random, the same way in every run.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "compiler/script/run.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

class NoTools : public script::Tools {
 public:
  script::ToolResult run(const script::ToolCall& call) override {
    // A status and an output that depend on the words, so that all branches are taken.
    script::ToolResult result;
    result.code = call.words.size() % 3 == 0 ? 1 : 0;
    result.out = call.words.back() + '\n';
    return result;
  }
};

class NoOutput : public script::Output {
 public:
  void write(std::string_view, bool) override {}
};

std::vector<std::string> all_scripts() {
  std::vector<fs::path> paths;
  for (const char* directory : {"/tests/scripts", "/tests/script/snippets"})
    for (const auto& entry : fs::directory_iterator(std::string(NFPROOF_SOURCE_DIR) + directory))
      if (entry.path().extension() == ".sh") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const fs::path& path : paths) {
    std::ifstream file(path);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

std::string damaged(const std::vector<std::string>& texts, std::mt19937& random) {
  static constexpr std::string_view kBytes = "'\"`$(){}[]<>|&;#\\\n \t*?!=:%/-+@~^,.0129abxif\xc3\x01\x7f";
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::string& whole = texts[below(texts.size())];
  const std::size_t from = below(whole.size());
  std::string text = whole.substr(from, 1 + below(600));
  for (std::size_t i = 1 + below(6); i > 0; --i) {
    const std::size_t at = below(text.size());
    switch (below(4)) {
      case 0: text[at] = kBytes[below(kBytes.size())]; break;
      case 1: text.insert(at, 1, kBytes[below(kBytes.size())]); break;
      case 2: text.erase(at, 1 + below(5)); break;
      default: text.insert(at, text.substr(below(text.size()), below(40))); break;
    }
    if (text.empty()) text = "x";
  }
  return text;
}

void follow(const std::string& text) {
  source::SourceManager sources;
  source::Diagnostics diagnostics;
  NoTools tools;
  NoOutput output;
  script::ScriptOptions options;
  options.files.script = "/nowhere/script";
  options.max_steps = 300;
  options.max_bytes = 1U << 20U;
  const source::FileId file = sources.add("script", text);
  const script::ScriptResult result = script::run_script(sources, file, options, tools, output, diagnostics);
  EXPECT_EQ(result.status.has_value(), !diagnostics.has_errors()) << text;
  for (const source::Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity != source::Severity::kError || diagnostic.id == "limit") continue;
    EXPECT_TRUE(diagnostic.span.is_known()) << diagnostic.message << '\n' << text;
  }
}

TEST(ScriptDamage, DamagedScriptsAreToldApart) {
  const std::vector<std::string> texts = all_scripts();
  ASSERT_GT(texts.size(), 30U);
  std::mt19937 random(20);
  for (int i = 0; i < 6000; ++i) follow(damaged(texts, random));
}

TEST(ScriptDamage, DepthIsBounded) {
  const auto repeated = [](std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  constexpr int kDeep = 20000;
  for (const std::string_view open : {"(",      "{ ",
                                      "$(",     "`",
                                      "\"$(",   "${x:-",
                                      "$((",    "if ",
                                      "while ", "case x in x) ",
                                      "! ",     "f() { ",
                                      "[[ ( ",  "((",
                                      "a=(",    "x=${y[",
                                      "<(",     "for x in a; do ",
                                      "[[ ! ",  "eval ",
                                      "$((1+(", "\\",
                                      "<<a ",   "&&",
                                      "sh -c "})
    follow(repeated(open, kDeep));
  follow("f() { f; }; f");
  follow("f() { eval f; }; f");
  follow("f() { $(f); }; f");
  follow("x='eval \"$x\"'; eval \"$x\"");
  follow("x=x; echo $((x))");
  follow("while :; do :; done");
  follow("x=a; while :; do x=$x$x; done");
  follow("echo {1..1000000000}");
  follow("echo {1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9}");
  follow("printf '%1000000000s' x; printf '%.999999999d' 1; printf '%*d' 999999999 1");
  follow("seq 1 1000000000");
  follow("trap 'exit' EXIT; trap 'f' ERR; f() { false; f; }; f");
  follow("[[ x =~ " + repeated("(", 5000) + " ]]; [[ x =~ ((a{1,255}){1,255}){1,255} ]]");
}

}  // namespace
}  // namespace nfproof::testing
