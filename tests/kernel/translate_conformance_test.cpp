// SPDX-License-Identifier: Apache-2.0
// The conformance table of translations (NFPROOF_CORPUS/conformance/translate.tsv): for each case the kernel's listing
// of our translation is that of the expected one, or the rule and our translation treat packets alike, some that match
// and some that do not, or translate-known.txt lists the case with a reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

#include "backends/nft.h"
#include "compiler/frontend/compile.h"
#include "tests/kernel/harness/tools.h"
#include "tests/kernel/translate_compare.h"
#include "tests/kernel/translate_random.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string command;
  std::string expected;  ///< lines for `nft -f`
  Family family = Family::kIpv4;
  std::string table = "filter";
  std::string chain;
  std::string rule;  ///< `-A CHAIN ...`
};

std::vector<std::string> split(const std::string& line, char at) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  return out;
}

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    ++i;
    out += text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : text[i];
  }
  return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

/// `nft 'add rule ip filter INPUT ...'` as a line of a script, in the tables that a translation has.
std::string script_of(const std::string& cell) {
  std::string out;
  for (std::string line : split(unescaped(cell), '\n')) {
    if (line.starts_with("nft ")) line = line.substr(4);
    if (line.size() > 1 && line.front() == '\'') line = line.substr(1, line.size() - 2);
    for (const char* family : {" ip ", " ip6 "})
      for (const char* table : {"filter", "nat", "mangle", "raw"})
        line = replaced(line, std::string(family) + table + " ", std::string(family) + "nfproof_" + table + " ");
    out += line + "\n";
  }
  return out;
}

/// Takes the command line apart; false when it adds no rule.
bool read_command(Case& one) {
  std::istringstream words(one.command);
  std::string word;
  words >> word;
  while (words >> word) {
    if (word == "-t") {
      words >> one.table;
    } else if (word == "-A" || word == "-I") {
      words >> one.chain;
    } else {
      one.rule += " " + word;
    }
  }
  return !one.chain.empty();
}

/// The table holds rules that a kernel refuses: without the protocol that a match needs, in a table that a target does
/// not stand in. They are made complete, ours and the expected alike.
void complete(Case& one) {
  static const std::vector<std::pair<std::string, std::string>> kProtocols = {
      {"-m icmp ", "-p icmp"}, {"-m icmp6 ", "-p icmpv6"}, {"-m ipcomp ", "-p 108"}, {"-m tcpmss ", "-p tcp"}};
  for (const auto& [match, protocol] : kProtocols)
    if (one.rule.find(match) != std::string::npos && one.rule.find(" -p ") == std::string::npos)
      one.rule = " " + protocol + one.rule;
  for (const char* target : {"-j DSCP", "-j TOS"}) {
    if (one.rule.find(target) == std::string::npos) continue;
    one.table = "mangle";
    one.expected = replaced(one.expected, "nfproof_filter", "nfproof_mangle");
  }
}

std::vector<Case> cases(const fs::path& path) {
  std::vector<Case> out;
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::vector<std::string> cells = split(line, '\t');
    if (cells.size() < 4) continue;
    Case one;
    one.family = cells[0] == "6" ? Family::kIpv6 : Family::kIpv4;
    one.command = unescaped(cells[2]);
    one.expected = script_of(cells[3]);
    if (read_command(one)) complete(one);
    out.push_back(std::move(one));
  }
  return out;
}

bool is_built_in(const std::string& chain) {
  return chain == "PREROUTING" || chain == "INPUT" || chain == "FORWARD" || chain == "OUTPUT" || chain == "POSTROUTING";
}

std::string save_text(const Case& one, bool with_rule, const std::string& target = "", bool drops = false) {
  std::string text = "*" + one.table + "\n";
  text += ":" + one.chain + (!is_built_in(one.chain) ? " -" : drops ? " DROP" : " ACCEPT") + " [0:0]\n";
  if (one.rule.find("LONGNACCEPT") != std::string::npos) text += ":LONGNACCEPT - [0:0]\n";
  if (with_rule) text += "-A " + one.chain + one.rule + target + "\n";
  return text + "COMMIT\n";
}

std::string normal(std::string text) {
  text = std::regex_replace(text, std::regex("counter packets \\d+ bytes \\d+"), "counter");
  // The same in a table of IPv4, where there are no extension headers between.
  text = replaced(text, "ip protocol ", "meta l4proto ");
  text = replaced(text, " oif != 0", " oif exists");
  text = std::regex_replace(text, std::regex(" oif 0(?= |\n)"), " oif missing");
  text = std::regex_replace(text, std::regex("connlimit[_.A-Za-z0-9]*"), "connlimit");
  text = replaced(text, "size 65535\n", "");
  return std::regex_replace(text, std::regex("\n\\s*\n"), "\n");
}

/// The words of each line in order: tests without side effects may stand in any.
std::string sorted_words(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> words = split(replaced(line, "\t", ""), ' ');
    const bool counts = std::any_of(words.begin(), words.end(), [](const std::string& word) {
      return word == "limit" || word == "numgen" || word == "quota" || word == "add" || word == "update";
    });
    if (!counts) std::sort(words.begin(), words.end());
    for (const std::string& word : words) out += word + " ";
    out += "\n";
  }
  return out;
}

bool same_listing(const Case& one, const std::string& ours) {
  const RoundTrip wanted = Scratch::nft(translate(save_text(one, false), one.family).text + one.expected);
  const RoundTrip got = Scratch::nft(ours);
  return wanted.ok() && got.ok() && sorted_words(normal(wanted.save.out)) == sorted_words(normal(got.save.out));
}

/// Random packets through the rule and through our translation of it; a rule that only counts drops instead. True when
/// some packets met another fate than without the rule, so that it was seen to match.
bool alike(Case one) {
  if (one.rule.find("-m time") != std::string::npos) return false;  // the clock is not the test's
  if (!is_built_in(one.chain) && one.table == "nat")
    std::transform(one.chain.begin(), one.chain.end(), one.chain.begin(),
                   [](unsigned char c) { return std::toupper(c); });
  const bool accepts = one.rule.find("-j ACCEPT") != std::string::npos && one.table != "nat";
  const std::string target = one.rule.find(" -j ") != std::string::npos ? ""
                             : one.table == "nat"                       ? " -j ACCEPT"
                                                                        : " -j DROP";
  const std::string with = save_text(one, true, target, accepts);
  if (!translate(with, one.family).error.empty()) return false;
  TranslateRandom random(7, one.family, true);
  const std::vector<Packet> packets = random.traffic(600);
  Replay replay;
  Replay without;
  return same_fates(with, one.family, TranslateRandom::lab(), packets, replay) &&
         same_fates(save_text(one, false, "", accepts), one.family, TranslateRandom::lab(), packets, without) &&
         replay.ends != without.ends;
}

/// Cases below their reasons.
std::map<std::string, bool> known() {
  std::map<std::string, bool> out;
  std::ifstream in(fs::path(NFPROOF_SOURCE_DIR) / "tests/kernel/translate-known.txt");
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') out.emplace(line, false);
  return out;
}

fs::path corpus() {
  const char* told = std::getenv("NFPROOF_CORPUS");
  return told != nullptr ? fs::path(told) : fs::path(NFPROOF_SOURCE_DIR) / "../shared/corpus";
}

TEST(TranslateConformance, ListsOrActsAsExpected) {
  NFPROOF_NEEDS_KERNEL();
  const std::vector<Case> all = cases(corpus() / "conformance/translate.tsv");
  if (all.empty()) GTEST_SKIP() << "*** NO CORPUS at " << corpus() << ": set NFPROOF_CORPUS ***";
  std::map<std::string, bool> listed = known();
  std::size_t same = 0;
  std::size_t replayed = 0;
  for (const Case& one : all) {
    const Translated ours = translate(save_text(one, true), one.family);
    const bool translated = !one.chain.empty() && ours.error.empty();
    if (translated && same_listing(one, ours.text)) {
      ++same;
    } else if (translated && alike(one)) {
      ++replayed;
    } else {
      const auto found = listed.find(one.command);
      EXPECT_NE(found, listed.end()) << one.command << "\n" << ours.error << "\n" << one.expected << ours.text;
      if (found != listed.end()) found->second = true;
      continue;
    }
    EXPECT_EQ(listed.count(one.command), 0U) << "agrees, but is listed: " << one.command;
  }
  for (const auto& [command, seen] : listed) EXPECT_TRUE(seen || same + replayed == 0) << "no such case: " << command;
  std::cout << all.size() << " cases: " << same << " have the expected listing, " << replayed
            << " treat packets as the rule does, " << listed.size() << " are listed with a reason\n";
}

}  // namespace
}  // namespace nfproof::testing
