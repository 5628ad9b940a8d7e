// SPDX-License-Identifier: Apache-2.0
// Every case of the corpus's conformance table whose module exists: accepted arguments print back the expected text,
// refused ones are refused with a place. `conformance-known.txt` lists the cases that do not agree, with the reason; a
// case that is listed and agrees, or is not listed and does not agree, fails the test.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "backends/iptables_save.h"
#include "compiler/extensions/extension.h"
#include "compiler/frontend/compile.h"

namespace nfproof::compiler {
namespace {

struct Case {
  std::string families, table, chains, extension, arguments, expected, result;
};

std::string corpus() {
  const char* set = std::getenv("NFPROOF_CORPUS");
  return set != nullptr ? set : NFPROOF_SOURCE_DIR "/../shared/corpus";
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return out;
}

std::vector<Case> read_cases(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  std::vector<Case> cases;
  while (std::getline(in, line)) {
    auto cell = split(line, '\t');
    if (cell.size() < 7) continue;
    for (std::string& text : cell) text = unescape(text);
    cases.push_back({cell[0], cell[1], cell[2], cell[3], cell[4], cell[5], cell[6]});
    if (cases.back().expected == "=") cases.back().expected = cell[4];
  }
  return cases;
}

bool module_exists(const Case& test, ir::Family family) {
  if (test.extension == "standard" || test.extension == "extension") return true;
  return find_extension(ExtensionKind::kMatch, test.extension, family) != nullptr ||
         find_extension(ExtensionKind::kTarget, test.extension, family) != nullptr;
}

std::string trim(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

/// The canonical text of the rule after `-A CHAIN`, nothing when it was refused.
struct Answer {
  std::optional<std::string> text;
  bool located = false;
  std::string message;
};
Answer ask(const Case& test, const std::string& chain, ir::Family family) {
  Compilation compilation;
  const std::string text = "*" + test.table + "\n-A " + chain + " " + test.arguments + "\nCOMMIT\n";
  CompileOptions options;
  options.family = family;
  add_text(compilation, "case", text, options);
  finish(compilation);
  Answer answer;
  for (const auto& diagnostic : compilation.diagnostics.all()) {
    if (diagnostic.severity != source::Severity::kError) continue;
    answer.message = diagnostic.message;
    answer.located = diagnostic.span.line == 2 && diagnostic.span.column > 0;
    return answer;
  }
  for (std::size_t i = 0; i < compilation.ruleset.chains.size(); ++i) {
    if (compilation.ruleset.chains[i].rules.empty()) continue;
    const std::string rule = backends::save_rule_text(compilation.ruleset, {static_cast<ir::ChainId>(i), 0});
    const std::string prefix = "-A " + chain;
    answer.text = trim(rule.size() > prefix.size() ? rule.substr(prefix.size() + 1) : "");
    return answer;
  }
  answer.message = "no rule and no message";
  return answer;
}

/// Empty when the case agrees.
std::string disagreement(const Case& test, const std::string& chain, ir::Family family) {
  const Answer answer = ask(test, chain, family);
  if (test.result != "OK") {
    if (answer.text) return "accepted as: " + *answer.text;
    return answer.located ? "" : "refused without a place: " + answer.message;
  }
  if (!answer.text) return "refused: " + answer.message;
  return *answer.text == trim(test.expected) ? "" : "printed: " + *answer.text;
}

/// `FAMILY EXTENSION ARGUMENTS` of the cases that are known not to agree, each after a line `# reason`.
std::set<std::string> read_known() {
  std::ifstream in(NFPROOF_SOURCE_DIR "/tests/compiler/conformance-known.txt");
  std::set<std::string> known;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#') known.insert(trim(line));
  return known;
}

TEST(Conformance, AgreesWithTheTable) {
  const std::string path = corpus() + "/conformance/conformance.tsv";
  if (!std::ifstream(path)) GTEST_SKIP() << "NO CORPUS at " << corpus() << ": conformance was NOT tested";
  const std::set<std::string> known = read_known();
  std::set<std::string> seen;
  std::map<std::string, int> missing;
  int agree = 0, total = 0, differ = 0;
  for (const Case& test : read_cases(path)) {
    for (const std::string& family : split(test.families, ',')) {
      const ir::Family id = family == "6" ? ir::Family::kIpv6 : ir::Family::kIpv4;
      if (!module_exists(test, id)) {
        ++missing[test.extension];
        continue;
      }
      for (const std::string& chain : split(test.chains, ',')) {
        const std::string why = disagreement(test, chain, id);
        const std::string key = trim(family + " " + test.extension + " " + test.arguments);
        ++total;
        if (why.empty()) {
          ++agree;
        } else if (known.contains(key)) {
          ++differ;
          seen.insert(key);
        } else {
          ADD_FAILURE() << key << "\n  in " << test.table << '/' << chain << "\n  expected: " << test.result << ' '
                        << test.expected << "\n  " << why;
        }
      }
    }
  }
  for (const std::string& key : known) EXPECT_TRUE(seen.contains(key)) << "agrees now, or is no case: " << key;
  std::cout << "conformance: " << agree << '/' << total << " agree, " << differ << " known differences\n";
  for (const auto& [extension, count] : missing) std::cout << "  no module " << extension << " (" << count << ")\n";
}

}  // namespace
}  // namespace nfproof::compiler
