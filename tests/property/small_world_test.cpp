// SPDX-License-Identifier: Apache-2.0
// A world so small that every packet of it can be tried: rules test few values, and the packets hold each of them and
// one more for "anything else", so what no packet of the world does, no packet does. A rule is reported dead exactly
// when no packet matches it; rules reported redundant can go. NFPROOF_SMALL_SEEDS=FIRST:COUNT replaces the seeds.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sim/witness.h"
#include "tests/property/scene.h"

namespace nfproof::testing {
namespace {

using ir::FieldId;
using ir::u128;

/// Rulesets of INPUT and two user chains.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::string text() {
    std::string text =
        std::string("*filter\n:INPUT ") + (chance(50) ? "DROP" : "ACCEPT") + " [0:0]\n:A - [0:0]\n:B - [0:0]\n";
    for (std::size_t i = 3 + below(3); i > 0; --i) text += "-A INPUT" + tests() + target(0) + "\n";
    for (std::size_t i = below(4); i > 0; --i) text += "-A A" + tests() + target(1) + "\n";
    for (std::size_t i = below(3); i > 0; --i) text += "-A B" + tests() + target(2) + "\n";
    return text + "COMMIT\n";
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string maybe_not() { return chance(30) ? " !" : ""; }

  std::string tests() {
    std::string text;
    if (chance(35)) text += maybe_not() + " -s " + (chance(50) ? "198.51.100.7/32" : "203.0.113.0/24");
    if (chance(25)) text += maybe_not() + " -i " + (chance(50) ? "eth0" : "eth1");
    if (chance(45)) text += protocol();
    if (chance(25))
      text += " -m conntrack" + maybe_not() + " --ctstate " +
              (chance(50)   ? "NEW"
               : chance(50) ? "ESTABLISHED"
                            : "NEW,ESTABLISHED");
    if (chance(20)) text += " -m mark" + maybe_not() + " --mark 0x1";
    return text;
  }

  std::string protocol() {
    if (chance(20)) return maybe_not() + " -p " + (chance(50) ? "tcp" : "udp");
    const std::string name = chance(70) ? "tcp" : "udp";
    return " -p " + name + " -m " + name + maybe_not() + " --dport " +
           (chance(50)   ? "22"
            : chance(50) ? "80"
                         : "22:80");
  }

  std::string target(int depth) {
    const std::size_t kind = below(10);
    if (kind < 3) return " -j ACCEPT";
    if (kind < 6) return " -j DROP";
    if (kind == 6 && depth > 0) return " -j RETURN";
    if (kind == 7 && depth == 0) return chance(30) ? " -g A" : " -j A";
    if (kind == 8 && depth < 2) return chance(30) ? " -g B" : " -j B";
    return kind == 9 ? "" : depth == 2 ? " -j ACCEPT" : " -j B";
  }

  std::mt19937_64 random_;
};

/// Every packet of the world.
std::vector<ir::Packet> packets() {
  std::vector<ir::Packet> all;
  constexpr std::array<u128, 4> kSources = {0xC6336407, 0xCB007105, 0xC6336408, 0xC0000209};
  constexpr std::array<std::array<u128, 2>, 9> kKinds = {
      {{6, 22}, {6, 80}, {6, 40}, {6, 443}, {17, 22}, {17, 80}, {17, 40}, {17, 443}, {1, 0}}};
  for (const u128 source : kSources)
    for (const char* in : {"eth0", "eth1", "eth2"})
      for (const auto& [protocol, port] : kKinds)
        for (const ir::CtState state : {ir::CtState::kNew, ir::CtState::kEstablished, ir::CtState::kInvalid})
          for (const u128 mark : {u128{0}, u128{1}}) {
            ir::Packet packet;
            packet.in = in;
            packet.set(FieldId::kIpSaddr, source);
            packet.set(FieldId::kIpDaddr, 0xC0000201);
            packet.set(FieldId::kL4Proto, protocol);
            packet.set(FieldId::kCtState, static_cast<u128>(state));
            packet.set(FieldId::kMark, mark);
            if (protocol == 1) packet.set(FieldId::kIcmpTypeCode, 0x0800);
            if (protocol != 1) packet.set(FieldId::kThSport, 40000);
            if (protocol != 1) packet.set(FieldId::kThDport, port);
            all.push_back(packet);
          }
  return all;
}

struct Truth {
  std::map<ir::RuleRef, std::size_t> hits;
  std::vector<ir::VerdictKind> verdicts;
};

Truth enumerate(const Scene& scene, const std::vector<ir::Packet>& world) {
  Truth truth;
  for (const ir::Packet& packet : world) {
    const sim::WitnessReplay replay = sim::replay_witness(scene.ruleset(), scene.host, packet);
    EXPECT_TRUE(replay.buildable && replay.fate) << replay.problem;
    truth.verdicts.push_back(replay.fate ? replay.fate->verdict : ir::VerdictKind::kAccept);
    for (const sim::RuleVisit& visit : replay.visits) truth.hits[visit.rule] += visit.matched ? 1U : 0U;
  }
  return truth;
}

struct Totals {
  std::size_t rules = 0, dead = 0, redundant = 0;
};

/// A rule is called dead exactly when nothing hits it.
std::string judge_dead(const Scene& scene, const std::string& text, const Claims& claims, const Truth& truth,
                       Totals& totals) {
  std::string wrong;
  for (std::uint32_t c = 0; c < scene.ruleset().chains.size(); ++c)
    for (std::uint32_t i = 0; i < scene.ruleset().chains[c].rules.size(); ++i) {
      const ir::RuleRef rule{ir::ChainId{c}, i};
      const auto hits = truth.hits.find(rule);
      const bool dead = hits == truth.hits.end() || hits->second == 0;
      totals.dead += dead ? 1 : 0;
      ++totals.rules;
      if (dead && !claims.dead.contains(rule)) wrong += "dead, but not said: " + describe(scene, text, rule) + "\n";
      if (!dead && claims.dead.contains(rule))
        wrong += "said to be dead, but hit: " + describe(scene, text, rule) + "\n";
    }
  return wrong;
}

std::string judge_deletion(const Scene& scene, const std::string& text, const std::set<ir::RuleRef>& rules,
                           const Truth& truth, const std::vector<ir::Packet>& world) {
  if (rules.empty()) return {};
  const auto other = make_scene(without_rules(scene, text, rules), ir::Family::kIpv4);
  other->host = scene.host;
  const Truth after = enumerate(*other, world);
  for (std::size_t i = 0; i < world.size(); ++i)
    if (after.verdicts[i] != truth.verdicts[i])
      return "deleting " + describe(scene, text, *rules.begin()) + " (" + std::to_string(rules.size()) +
             " rules) changes the fate of " + ir::packet_expression(world[i]) + "\n";
  return {};
}

/// Empty: the findings are right.
std::string judge(const std::string& text, const std::vector<ir::Packet>& world, Totals& totals) {
  const auto scene = make_scene(text, ir::Family::kIpv4);
  if (!scene->problems().empty()) return scene->problems() + text;
  scene->host.interfaces.push_back({"eth2", false, std::nullopt, {}});
  const analyzer::AnalyzeResult result = analyze_scene(*scene);
  const Claims claims = claims_of(*scene, result);
  const Truth truth = enumerate(*scene, world);
  std::string wrong;
  for (const std::string& error : result.internal_errors) wrong += "internal error: " + error + "\n";
  if (!result.undecided.empty()) wrong += "undecided: " + result.undecided.front().reason + "\n";
  wrong += judge_dead(*scene, text, claims, truth, totals);
  wrong += judge_deletion(*scene, text, claims.useless, truth, world);
  for (const ir::RuleRef rule : claims.redundant) wrong += judge_deletion(*scene, text, {rule}, truth, world);
  totals.redundant += claims.redundant.size();
  return wrong.empty() ? wrong : wrong + text;
}

/// Shapes that tempt into a wrong answer.
constexpr std::array<std::string_view, 4> kTraps = {
    // A goto never comes back behind itself, so a chain that only returns is not without effect.
    "*filter\n:INPUT DROP [0:0]\n:A - [0:0]\n"
    "-A INPUT ! -i eth0 -g A\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A A -s 198.51.100.7/32 -j RETURN\nCOMMIT\n",
    "*filter\n:INPUT DROP [0:0]\n:A - [0:0]\n:B - [0:0]\n"
    "-A INPUT -j A\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\n"
    "-A A -i eth1 -g B\n-A A -p tcp -m tcp --dport 22 -j ACCEPT\n-A B -s 198.51.100.7/32 -j RETURN\nCOMMIT\n",
    // A packet may meet the same rule twice; deleting it takes both.
    "*filter\n:INPUT ACCEPT [0:0]\n:B - [0:0]\n"
    "-A INPUT -s 203.0.113.0/24 -j B\n-A INPUT -s 203.0.113.0/24 -m mark --mark 0x1 -j B\n"
    "-A INPUT -m mark --mark 0x1 -j DROP\n-A INPUT -j ACCEPT\n-A B -p udp -j ACCEPT\nCOMMIT\n",
    "*filter\n:INPUT DROP [0:0]\n:B - [0:0]\n"
    "-A INPUT -j B\n-A INPUT -g B\n-A B -s 198.51.100.7/32 -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n",
};

TEST(SmallWorld, TrapsAreSeen) {
  const std::vector<ir::Packet> world = packets();
  Totals totals;
  for (const std::string_view trap : kTraps) EXPECT_EQ(judge(std::string(trap), world, totals), "");
}

TEST(SmallWorld, EveryPacketAgrees) {
  std::uint64_t first = 1, count = 400;
  if (const char* set = std::getenv("NFPROOF_SMALL_SEEDS")) {
    first = std::strtoull(set, nullptr, 10);
    const char* colon = std::strchr(set, ':');
    count = colon == nullptr ? 1 : std::strtoull(colon + 1, nullptr, 10);
  }
  const std::vector<ir::Packet> world = packets();
  Totals totals;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string wrong = judge(Maker(seed).text(), world, totals);
    if (!wrong.empty()) ADD_FAILURE() << "seed " << seed << "\n" << wrong;
  }
  std::cout << count << " rulesets, " << world.size() << " packets each: " << totals.rules << " rules, " << totals.dead
            << " dead, " << totals.redundant << " redundant\n";
}

}  // namespace
}  // namespace nfproof::testing
