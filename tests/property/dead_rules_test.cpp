// SPDX-License-Identifier: Apache-2.0
// The findings about rules that do nothing against traffic: a rule that is called dead never counts a packet, rules
// that are called useless or redundant can be deleted without any packet noticing. NFPROOF_DEAD_SEEDS=FIRST:COUNT
// replaces the seeds, NFPROOF_DEAD_SHOW=1 prints the rulesets that fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "tests/property/scene.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

constexpr int kPackets = 400;
constexpr sim::Nanoseconds kGap = 1000;  // too short for a bucket to refill

struct Totals {
  std::size_t rules = 0, dead = 0, useless = 0, redundant = 0, witnesses = 0, undecided = 0, hit = 0;
};

sim::SimOptions options() {
  sim::SimOptions made;
  made.tracking = sim::TrackingMode::kAlways;  // deleting the last rule that asks for states would switch it off
  return made;
}

/// What happened to one packet. Counters may move, this may not.
std::string outcome(const sim::Result& result) {
  std::string text = std::to_string(static_cast<int>(result.disposition)) + " hook " +
                     std::string(ir::hook_chain_name(result.hook)) + " verdict " +
                     std::to_string(static_cast<int>(result.verdict)) + " mark " +
                     std::to_string(static_cast<unsigned>(result.after.get_or(ir::FieldId::kMark, 0))) + " logs " +
                     std::to_string(result.logs.size()) + " bytes";
  for (const std::uint8_t byte : result.bytes) text += " " + std::to_string(byte);
  return text;
}

/// Did a test drop it because it could not read it?
bool unreadable(const sim::Result& result) { return result.reason.find("cut short") != std::string::npos; }

/// One ruleset, its traffic and what became of it.
class Play {
 public:
  Play(const Scene& scene, std::uint64_t seed, bool v6)
      : scene_(scene), simulator_(scene.ruleset(), scene.host, options()) {
    Traffic traffic(seed, {.v6 = v6});
    for (int i = 0; i < kPackets; ++i) {
      packets_.push_back(traffic.next());
      results_.push_back(inject(simulator_, packets_.back(), i * kGap));
      if (results_.back().disposition == sim::Disposition::kAccepted) traffic.left(results_.back().bytes);
    }
  }

  std::uint64_t count(ir::RuleRef rule) const { return simulator_.counters(rule).packets; }

  /// The first packet that meets something else under the other ruleset; empty when there is none. Packets that a test
  /// drops because it cannot read them stay away: whoever has fewer tests drops fewer of them.
  std::string difference(const Scene& other) const {
    std::vector<bool> away(packets_.size());
    for (std::size_t i = 0; i < packets_.size(); ++i) away[i] = unreadable(results_[i]);
    std::string found;
    while (!compare(other, away, found)) found.clear();
    return found;
  }

 private:
  /// False when one more packet has to stay away; counting tests make the others depend on it.
  bool compare(const Scene& other, std::vector<bool>& away, std::string& found) const {
    sim::Simulator before(scene_.ruleset(), scene_.host, options()), after(other.ruleset(), other.host, options());
    for (std::size_t i = 0; i < packets_.size(); ++i) {
      if (away[i]) continue;
      const auto time = static_cast<sim::Nanoseconds>(i) * kGap;
      const sim::Result was = inject(before, packets_[i], time), is = inject(after, packets_[i], time);
      away[i] = unreadable(was) || unreadable(is);
      if (away[i]) return false;
      if (outcome(was) == outcome(is)) continue;
      found = "packet " + std::to_string(i) + " " + ir::packet_expression(was.before) + "\n  before: " + outcome(was) +
              " (" + was.reason + ")\n  after:  " + outcome(is) + " (" + is.reason + ")\n";
      return true;
    }
    return true;
  }

  const Scene& scene_;
  sim::Simulator simulator_;
  std::vector<TrafficPacket> packets_;
  std::vector<sim::Result> results_;
};

std::string judge_deletion(const Scene& scene, const std::string& text, ir::Family family, const Play& play,
                           const std::set<ir::RuleRef>& rules, const char* why) {
  if (rules.empty()) return {};
  const auto other = make_scene(without_rules(scene, text, rules), family);
  if (!other->problems().empty()) return "deleting: " + other->problems();
  std::string difference = play.difference(*other);
  if (difference.empty()) return {};
  std::string told = std::string("deleting ") + why + " rules changes a packet's fate: " + difference;
  for (const ir::RuleRef rule : rules) told += "  deleted " + describe(scene, text, rule) + "\n";
  return told;
}

std::string random_text(std::uint64_t seed, bool v6) {
  RulesetOptions made;
  made.v6 = v6;
  made.rules = seed % 3 == 0 ? 15 : 60;
  made.stateless = seed % 7 == 0;
  made.raw = seed % 5 != 1;
  made.mangle = seed % 5 < 3;
  made.nat = seed % 5 < 2;
  return random_ruleset(seed, made);
}

std::string judge(std::uint64_t seed, Totals& totals) {
  const bool v6 = seed % 2 == 1;
  const ir::Family family = v6 ? ir::Family::kIpv6 : ir::Family::kIpv4;
  const std::string text = random_text(seed, v6);
  const auto scene = make_scene(text, family);
  if (!scene->problems().empty()) return scene->problems();
  const analyzer::AnalyzeResult result = analyze_scene(*scene);
  const Claims claims = claims_of(*scene, result);
  const Play play(*scene, seed, v6);
  std::string wrong;
  for (const std::string& error : result.internal_errors) wrong += "internal error: " + error + "\n";
  for (const ir::RuleRef rule : claims.dead)
    if (play.count(rule) != 0)
      wrong += "dead, yet counts " + std::to_string(play.count(rule)) + ": " + describe(*scene, text, rule) + "\n";
  wrong += judge_deletion(*scene, text, family, play, claims.useless, "useless");
  for (const ir::RuleRef rule : claims.redundant)
    wrong += judge_deletion(*scene, text, family, play, {rule}, "redundant");
  totals.rules += scene->ruleset().rule_count();
  totals.dead += claims.dead.size();
  totals.useless += claims.useless.size();
  totals.redundant += claims.redundant.size();
  totals.undecided += result.undecided.size();
  for (const analyzer::Finding& finding : result.findings) totals.witnesses += finding.witness ? 1 : 0;
  for (std::uint32_t c = 0; c < scene->ruleset().chains.size(); ++c)
    for (std::uint32_t i = 0; i < scene->ruleset().chains[c].rules.size(); ++i)
      totals.hit += play.count({ir::ChainId{c}, i}) != 0 ? 1 : 0;
  return wrong;
}

TEST(DeadRules, TrafficAgrees) {
  std::uint64_t first = 1, count = 150;
  if (const char* set = std::getenv("NFPROOF_DEAD_SEEDS")) {
    first = std::strtoull(set, nullptr, 10);
    const char* colon = std::strchr(set, ':');
    count = colon == nullptr ? 1 : std::strtoull(colon + 1, nullptr, 10);
  }
  Totals totals;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string wrong = judge(seed, totals);
    if (!wrong.empty()) ADD_FAILURE() << "seed " << seed << (seed % 2 == 1 ? " IPv6\n" : " IPv4\n") << wrong;
    if (!wrong.empty() && std::getenv("NFPROOF_DEAD_SHOW") != nullptr) std::cout << random_text(seed, seed % 2 == 1);
  }
  EXPECT_GT(totals.dead, 0U);
  std::cout << count << " rulesets: " << totals.rules << " rules, " << totals.hit << " hit, " << totals.dead
            << " dead, " << totals.useless << " useless, " << totals.redundant << " redundant, " << totals.witnesses
            << " witnesses, " << totals.undecided << " undecided\n";
}

}  // namespace
}  // namespace nfproof::testing
