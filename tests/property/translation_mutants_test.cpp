// SPDX-License-Identifier: Apache-2.0
// The proof of a translation with divided chains, inlined chains and a memory holds; and it fails for each translation
// in which one thing is wrong: a rule is missing or stands twice, a verdict is another, an element of a map or set is
// missing or has another value, what is asked has another rate.
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "backends/nft.h"
#include "cli/proof.h"

namespace nfproof::testing {
namespace {

std::string table(const std::string& name, const std::vector<std::string>& chains, const std::string& rules) {
  std::string text = "*" + name + "\n";
  for (const std::string& chain : chains) text += ":" + chain + "\n";
  return text + rules + "COMMIT\n";
}

/// Long chains over addresses and ports that limit, log, remember and leave untracked.
std::string divided() {
  std::string rules;
  for (int i = 1; i <= 30; ++i) {
    const std::string from = "-A FORWARD -s 192.0.2." + std::to_string(i);
    const std::string port = " -p tcp -m tcp --dport " + std::to_string(1000 + i);
    if (i % 3 == 0) rules += from + port + " -m limit --limit " + std::to_string(i) + "/min -j ACCEPT\n";
    if (i % 4 == 0) rules += from + " -d 198.51.100.0/24 -j LOG --log-prefix \"from " + std::to_string(i) + "\"\n";
    if (i % 5 == 0) rules += from + " -m recent --set --name seen --rsource\n";
    rules += from + port + " -j DROP\n";
  }
  std::string raw;
  for (int i = 1; i <= 12; ++i) {
    raw += "-A PREROUTING -s 192.0.2." + std::to_string(i) + " -i eth1 -p udp -m udp --sport 53 -j NOTRACK\n";
    raw += "-A PREROUTING -d 192.0.2." + std::to_string(i) + " -p udp -m udp --dport 53 -j NOTRACK\n";
  }
  return table("raw", {"PREROUTING ACCEPT [0:0]", "OUTPUT ACCEPT [0:0]"}, raw) +
         table("filter", {"INPUT ACCEPT [0:0]", "FORWARD ACCEPT [0:0]", "OUTPUT ACCEPT [0:0]"}, rules);
}

/// Services that are spread over their endpoints by chance, some of them for a client always the same.
std::string services() {
  std::vector<std::string> chains = {"PREROUTING ACCEPT [0:0]",  "INPUT ACCEPT [0:0]", "OUTPUT ACCEPT [0:0]",
                                     "POSTROUTING ACCEPT [0:0]", "SERVICES - [0:0]",   "MARK-MASQ - [0:0]"};
  std::string rules = "-A PREROUTING -j SERVICES\n-A MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n";
  std::string rest;
  for (int i = 1; i <= 14; ++i) {
    const std::string name = "SVC-" + std::to_string(i);
    chains.push_back(name + " - [0:0]");
    const std::string to =
        "-d 10.96.0." + std::to_string(i) + "/32 -p tcp -m tcp --dport " + std::to_string(80 + i % 3);
    rules += "-A SERVICES " + to + " -j " + name + "\n";
    rest += "-A " + name + " ! -s 10.244.0.0/16 " + to + " -j MARK-MASQ\n";
    const int endpoints = 1 + i % 3;
    const auto end = [&](int e) { return "SEP-" + std::to_string(i) + "-" + std::to_string(e); };
    for (int e = 1; e <= endpoints; ++e) {
      chains.push_back(end(e) + " - [0:0]");
      if (i % 4 == 0)
        rest += "-A " + name + " -m recent --rcheck --seconds 600 --name " + end(e) + " --rsource -j " + end(e) + "\n";
    }
    for (int e = 1; e <= endpoints; ++e) {
      const std::string chance =
          e == endpoints ? ""
                         : " -m statistic --mode random --probability 0." + std::to_string(100 / (endpoints - e + 1));
      rest += "-A " + name + chance + " -j " + end(e) + "\n";
      const std::string address = "10.244." + std::to_string(i) + "." + std::to_string(e);
      rest += "-A " + end(e) + " -s " + address + "/32 -j MARK-MASQ\n";
      const std::string keep = i % 4 == 0 ? " -m recent --set --name " + end(e) + " --rsource" : "";
      rest += "-A " + end(e) + " -p tcp" + keep + " -m tcp -j DNAT --to-destination " + address + ":8080\n";
    }
  }
  return table("nat", chains, rules + rest);
}

std::string replaced(const std::string& line, const std::string& from, const std::string& to) {
  const std::size_t at = line.find(from);
  return at == std::string::npos ? line : line.substr(0, at) + to + line.substr(at + from.size());
}

/// The line with one element of its braces left out, or with another value or verdict.
std::vector<std::string> with_other_elements(const std::string& line) {
  std::vector<std::string> all;
  const std::size_t open = line.find("{ ");
  const std::size_t close = line.find(" }");
  if (open == std::string::npos || close == std::string::npos) return all;
  std::vector<std::string> elements;
  std::istringstream in(line.substr(open + 2, close - open - 2));
  for (std::string element; std::getline(in, element, ',');)
    elements.push_back(element.substr(element.find_first_not_of(' ')));
  const auto with = [&](std::size_t place, const std::string& element) {
    std::string text;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const std::string& each = i == place ? element : elements[i];
      if (!each.empty()) text += (text.empty() ? "" : ", ") + each;
    }
    return line.substr(0, open + 2) + text + line.substr(close);
  };
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements.size() > 1) all.push_back(with(i, ""));
    const std::size_t colon = elements[i].rfind(" : ");
    if (colon == std::string::npos) continue;
    const std::string other = elements[(i + 1) % elements.size()];
    const std::string verdict = other.substr(other.rfind(" : "));
    if (verdict != elements[i].substr(colon)) all.push_back(with(i, elements[i].substr(0, colon) + verdict));
    all.push_back(with(i, elements[i].substr(0, colon) + (verdict == " : drop" ? " : accept" : " : drop")));
  }
  return all;
}

bool is_rule(const std::string& line) {
  if (!line.starts_with("    ") || line.starts_with("     ")) return false;
  for (const char* word : {"type ", "flags ", "size ", "timeout ", "elements "})
    if (line.starts_with("    " + std::string(word))) return false;
  return true;
}

/// What else may stand in the place of the line.
std::vector<std::string> mutants(const std::string& line) {
  std::vector<std::string> all = {""};
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{" accept", " drop"},
                                                                                 {" drop", " accept"},
                                                                                 {" notrack", " accept"},
                                                                                 {" return", " accept"},
                                                                                 {"/minute", "/hour"},
                                                                                 {"10.244.", "10.245."},
                                                                                 {"10m", "11m"}})
    if (line.find("vmap") == std::string::npos || from == "10.244.")
      if (const std::string other = replaced(line, from, to); other != line) all.push_back(other);
  for (std::string& other : with_other_elements(line)) all.push_back(std::move(other));
  if (line.find("limit rate") != std::string::npos || line.find("log ") != std::string::npos)
    all.push_back(line + "\n" + line);
  return all;
}

class Proof {
 public:
  explicit Proof(const std::string& rules) {
    compiler::add_text(origin_, "rules", rules, {.family = ir::Family::kIpv4});
    compiler::finish(origin_);
    EXPECT_FALSE(origin_.diagnostics.has_errors());
    backends::NftOptions options;
    options.optimize = true;
    options.counters = backends::NftOptions::Counters::kNone;
    options.sets = &origin_.sets;
    text = backends::to_nft(origin_.ruleset, options).text;
  }
  int of(const std::string& translation) {
    std::ostringstream out, err;
    cli::Terminal terminal(out, err, "never");
    const int code = cli::prove_translation(terminal, origin_, translation,
                                            {.families = {ir::Family::kIpv4}, .table_prefix = "nfproof_"});
    told = err.str();
    return code;
  }
  std::string text, told;

 private:
  compiler::Compilation origin_;
};

void expect_no_mutant_proved(const std::string& rules) {
  Proof proof(rules);
  ASSERT_EQ(proof.of(proof.text), 0) << proof.told << proof.text;
  std::vector<std::string> lines;
  std::istringstream in(proof.text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::size_t tried = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_rule(lines[i])) continue;
    for (const std::string& other : mutants(lines[i])) {
      std::string text;
      for (std::size_t j = 0; j < lines.size(); ++j) text += (j == i ? other : lines[j]) + "\n";
      ++tried;
      EXPECT_NE(proof.of(text), 0) << "instead of\n" << lines[i] << "\n" << other;
      if (::testing::Test::HasFailure()) return;
    }
  }
  std::cout << tried << " mutants\n";
  EXPECT_GT(tried, 100U);
}

TEST(TranslationMutants, OfDividedChainsAreNotProved) {
  EXPECT_NE(Proof(divided()).text.find("vmap"), std::string::npos);
  expect_no_mutant_proved(divided());
}

TEST(TranslationMutants, OfInlinedServicesAreNotProved) { expect_no_mutant_proved(services()); }

/// Chains are divided where packets may come to what they had done already, and then do not.
TEST(TranslationMutants, WhatIsDoneTwiceIsDoneOnce) {
  std::string rules;
  for (int i = 1; i <= 30; ++i) {
    const std::string address = "192.0.2." + std::to_string(i);
    rules +=
        "-A PREROUTING -s " + address + " -i eth1 -j NOTRACK\n-A PREROUTING -s " + address + " -i eth1 -j NOTRACK\n";
    rules += "-A PREROUTING -s " + address + " -p udp -m udp --dport 53 -j NOTRACK\n";
    rules += "-A PREROUTING -d " + address + " -p udp -m udp --dport 53 -j NOTRACK\n";
  }
  Proof proof(table("raw", {"PREROUTING ACCEPT [0:0]"}, rules) +
              table("filter", {"INPUT DROP [0:0]"}, "-A INPUT -m limit --limit 5/sec -j ACCEPT\n"));
  EXPECT_EQ(proof.of(proof.text), 0) << proof.told;
}

}  // namespace
}  // namespace nfproof::testing
