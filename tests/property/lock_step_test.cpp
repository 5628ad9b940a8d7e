// SPDX-License-Identifier: Apache-2.0
// Rulesets with a memory (lists of `recent`, limits, counters), and the same with one line changed: where `diff` says
// that no packet meets another fate, none does in any sequence that the simulator is given. Some changes keep the
// meaning (a rule that is moved past one that it does not meet, a called chain written where it is called), and many of
// those must be seen to be the same. NFPROOF_REGION_SEEDS=FIRST:COUNT replaces the seeds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "analyzer/regions/regions.h"
#include "tests/property/scene.h"

namespace nfproof::testing {
namespace {

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (const char* chain : {"INPUT", "FORWARD", "OUTPUT", "A", "B"})
      for (std::size_t i = 1 + below(4); i > 0; --i) all.push_back("-A " + std::string(chain) + rule(chain));
    return all;
  }

  /// One line left out, doubled, changed, or before the one that it followed; a called chain in the place of its call.
  std::vector<std::string> changed(std::vector<std::string> all) {
    const std::size_t line = below(all.size());
    const auto at = all.begin() + static_cast<std::ptrdiff_t>(line);
    const auto replace = [&](std::string_view from, std::string_view to) {
      if (const std::size_t place = at->find(from); place != std::string::npos) at->replace(place, from.size(), to);
    };
    switch (below(7)) {
      case 0: all.erase(at); break;
      case 1: all.insert(at, std::string(*at)); break;
      case 2: replace("DROP", "ACCEPT"); break;
      case 3:
        if (line > 0 && all[line - 1].substr(0, 5) == at->substr(0, 5)) std::swap(all[line - 1], *at);
        break;
      case 4: replace("--seconds 1 ", "--seconds 9 "), replace("every 2", "every 3"), replace("10/sec", "5/sec"); break;
      case 5: replace("--name X", "--name Y"); break;
      default: inline_call(all, line); break;
    }
    return all;
  }

  static std::string text(const std::vector<std::string>& lines) {
    std::string all =
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n";
    for (const std::string& line : lines) all += line + "\n";
    return all + "COMMIT\n";
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }

  /// `-A INPUT -p tcp -j A` becomes the rules of A for TCP, when none of them returns.
  static void inline_call(std::vector<std::string>& all, std::size_t line) {
    const std::string call = all[line];
    if (!call.ends_with(" -j A") && !call.ends_with(" -j B")) return;
    if (call.find("-m ") != std::string::npos) return;  // would be asked again
    std::vector<std::string> rules;
    for (const std::string& each : all)
      if (each.starts_with(std::string("-A ") + call.back() + " ")) {
        if (each.find(" -p ") != std::string::npos && call.find(" -p ") != std::string::npos) return;
        if (each.find(" -s ") != std::string::npos && call.find(" -s ") != std::string::npos) return;
        rules.push_back(call.substr(0, call.size() - 5) + each.substr(4));
      }
    const auto at = all.erase(all.begin() + static_cast<std::ptrdiff_t>(line));
    all.insert(at, rules.begin(), rules.end());
  }

  std::string rule(const std::string& chain) {
    std::string text;
    if (chance(40)) text += chance(50) ? " -s 198.51.100.0/24" : " -s 203.0.113.0/24";
    if (chance(50)) text += chance(60) ? " -p tcp" : " -p udp";
    if (chance(60)) text += memory();
    if (chance(10)) text += memory();
    const bool calls = chain != "A" && chain != "B";
    if (calls && chance(35)) return text + (chance(50) ? " -j A" : " -j B");
    if (chance(25)) return text;
    return text + (chance(50) ? " -j DROP" : " -j ACCEPT");
  }

  std::string memory() {
    const std::string list = chance(70) ? " --name X --rsource" : " --name Y --rsource";
    const std::string seconds = chance(50) ? " --seconds 1 " : "";
    switch (below(8)) {
      case 0: return " -m recent --set" + list;
      case 1: return " -m recent --rcheck" + seconds + list;
      case 2: return " -m recent --update" + seconds + list;
      case 3: return " -m recent --remove" + list;
      case 4: return " -m recent ! --rcheck" + seconds + list;
      case 5: return " -m limit --limit 10/sec --limit-burst 3";
      case 6: return " -m statistic --mode nth --every 2 --packet 0";
      default: return " -m quota --quota 3000";
    }
  }

  std::mt19937_64 random_;
};

std::pair<std::uint64_t, std::uint64_t> seeds(std::uint64_t count) {
  const char* told = std::getenv("NFPROOF_REGION_SEEDS");
  if (told == nullptr || std::strchr(told, ':') == nullptr) return {1, count};
  return {std::stoull(told), std::stoull(std::strchr(told, ':') + 1)};
}

/// Which of a sequence of packets are let through.
std::string fates(const Scene& scene, std::uint64_t seed) {
  sim::Simulator simulator(scene.ruleset(), scene.host, {});
  Traffic traffic(seed, {.fragments = false, .broken = false, .cut = false});
  std::string all;
  for (int i = 0; i < 150; ++i) {
    const TrafficPacket packet = traffic.next();
    all += inject(simulator, packet, i * sim::Nanoseconds{50'000'000}).disposition == sim::Disposition::kAccepted ? '+'
                                                                                                                  : '-';
  }
  return all;
}

TEST(LockStep, WhatIsCalledEquivalentTreatsEverySequenceAlike) {
  const auto [first, count] = seeds(150);
  std::size_t same = 0;
  std::size_t open = 0;
  std::size_t missed = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Maker maker(seed);
    const std::vector<std::string> lines = maker.lines();
    const std::string old_text = Maker::text(lines);
    const std::string new_text = Maker::text(maker.changed(lines));
    const auto before = make_scene(old_text, ir::Family::kIpv4);
    const auto after = make_scene(new_text, ir::Family::kIpv4);
    ASSERT_EQ(after->problems(), "") << new_text;
    for (const bool by_order : {false, true}) {
      analyzer::RegionOptions options;
      options.read_out = false;
      options.pair_by_order = by_order;
      const analyzer::DiffResult result = analyzer::diff(before->ruleset(), after->ruleset(), options);
      bool alike = true;
      for (std::uint64_t each = 1; each <= 4 && alike; ++each) alike = fates(*before, each) == fates(*after, each);
      if (result.equivalent) {
        ASSERT_TRUE(alike) << "seed " << seed << " by order " << by_order << "\n" << old_text << "\n" << new_text;
        ++same;
      } else {
        (alike ? missed : open) += 1;
      }
    }
  }
  std::cout << same << " shown to be the same, " << open << " that differ, " << missed << " not shown\n";
  EXPECT_GT(same * 4, count);
  EXPECT_GT(open * 8, count);
}

}  // namespace
}  // namespace nfproof::testing
