// SPDX-License-Identifier: Apache-2.0
// Regions against brute force. Random rulesets of all tables (marks, connection marks, NOTRACK, DNAT, user chains) test
// few values; every packet of a small world is walked through each way by the concrete walk, and the simulator agrees
// with that on some. A packet lies in the region of its fate, and in none of another; it lies in a region of a
// difference exactly when its fates differ; the matrix says who may open connections to whom as trying does. Regions
// are read from their own text; every other ruleset runs on a host that is known. NFPROOF_REGION_SEEDS=FIRST:COUNT
// replaces the seeds.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "analyzer/regions/matrix.h"
#include "analyzer/regions/path_walk.h"
#include "analyzer/regions/regions.h"
#include "cli/oracle.h"
#include "compiler/frontend/expression.h"
#include "tests/property/region_world.h"
#include "tests/property/scene.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

using analyzer::HostWay;
using ir::FieldId;
using ir::u128;

std::pair<std::uint64_t, std::uint64_t> seeds(std::uint64_t count) {
  std::uint64_t first = 1;
  if (const char* set = std::getenv("NFPROOF_REGION_SEEDS")) {
    first = std::strtoull(set, nullptr, 10);
    const char* colon = std::strchr(set, ':');
    count = colon == nullptr ? 1 : std::strtoull(colon + 1, nullptr, 10);
  }
  return {first, count};
}

/// Reads a region's text and asks whether packets lie in it.
class RegionText {
 public:
  RegionText(const Scene& scene, const std::string& text) : ruleset_(std::make_unique<ir::Ruleset>(scene.ruleset())) {
    source::SourceManager sources;
    source::Diagnostics diagnostics;
    const auto read = compiler::parse_expression(sources, "region", text, ruleset_->predicates, diagnostics);
    if (!read) {
      ADD_FAILURE() << "a region does not read back: " << text;
      return;
    }
    when_ = read->when;
    walk_ = std::make_unique<analyzer::ConcreteWalk>(*ruleset_, nullptr);
  }
  [[nodiscard]] bool contains(const ir::Packet& packet) const {
    return std::all_of(when_.begin(), when_.end(),
                       [&](ir::PredicateId id) { return walk_->holds(id, {}, packet, {}); });
  }

 private:
  std::unique_ptr<ir::Ruleset> ruleset_;  // the walk refers to it
  std::unique_ptr<analyzer::ConcreteWalk> walk_;
  std::vector<ir::PredicateId> when_;
};

/// Every packet of a few values, and some of all.
std::vector<ir::Packet> packets(HostWay way, std::mt19937_64& random) {
  std::vector<ir::Packet> all = every_region_packet(way);
  for (ir::Packet& packet : region_packets(way, random, 150)) all.push_back(std::move(packet));
  return all;
}

std::string place(const std::optional<ir::RuleRef>& rule) {
  if (!rule) return "nobody";
  return std::to_string(static_cast<unsigned>(rule->chain)) + '/' + std::to_string(rule->index);
}

const ir::Host* host_of(const Scene& scene, std::uint64_t seed) { return seed % 2 == 0 ? nullptr : &scene.host; }

analyzer::RegionOptions options_for(const Scene& scene, const ir::Host* host) {
  analyzer::RegionOptions options;
  options.families = {ir::Family::kIpv4};
  options.host = host;
  options.oracle = cli::make_oracle(scene.ruleset(), scene.host);
  return options;
}

/// Empty: the answers are right.
std::string judge_query(const Scene& scene, std::uint64_t seed) {
  const ir::Host* host = host_of(scene, seed);
  const analyzer::QueryResult result = analyzer::query(scene.ruleset(), {}, options_for(scene, host));
  for (const std::string& error : result.internal_errors) return "internal error: " + error;
  if (!result.undecided.empty()) return "undecided: " + result.undecided.front().reason;
  std::vector<RegionText> texts;
  for (const analyzer::QueryRegion& row : result.regions) {
    if (!row.region.witness) return "no witness for " + row.region.expression;
    texts.emplace_back(scene, row.region.expression);
  }
  const analyzer::PathWalk walk(scene.ruleset(), host);
  std::mt19937_64 random(seed);
  for (const HostWay way : analyzer::kHostWays)
    for (const ir::Packet& packet : packets(way, random)) {
      const analyzer::PathEnd end = walk.walk(packet, way, {}, {});
      if (end.elsewhere) continue;
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const analyzer::QueryRegion& row = result.regions[i];
        if (row.region.way != way) continue;
        const bool its_own =
            row.fate.verdict == end.verdict && row.fate.rule == end.decider && row.fate.hook == end.hook;
        if (texts[i].contains(packet) != its_own)
          return std::string(analyzer::way_name(way)) + " packet " + ir::packet_expression(packet) + " ends by " +
                 place(end.decider) + ", and is " + (its_own ? "not " : "") + "in the region of " +
                 place(row.fate.rule) + ": " + row.region.expression;
      }
    }
  return {};
}

std::string judge_diff(const Scene& before, const Scene& after, std::uint64_t seed, bool effects) {
  const ir::Host* host = host_of(before, seed / 2);
  analyzer::RegionOptions options = options_for(before, host);
  options.new_oracle = cli::make_oracle(after.ruleset(), after.host);
  options.effects = effects;
  const analyzer::DiffResult result = analyzer::diff(before.ruleset(), after.ruleset(), options);
  for (const std::string& error : result.internal_errors) return "internal error: " + error;
  if (!result.undecided.empty()) return "undecided: " + result.undecided.front().reason;
  if (result.equivalent != result.differences.empty()) return "equivalent, with differences";
  std::vector<RegionText> texts;
  for (const analyzer::Difference& row : result.differences) texts.emplace_back(before, row.region.expression);
  const analyzer::PathWalk old_walk(before.ruleset(), host);
  const analyzer::PathWalk new_walk(after.ruleset(), host);
  std::mt19937_64 random(seed);
  for (const HostWay way : analyzer::kHostWays)
    for (const ir::Packet& packet : packets(way, random)) {
      const analyzer::PathEnd a = old_walk.walk(packet, way, {}, {});
      const analyzer::PathEnd b = new_walk.walk(packet, way, {}, {});
      if (a.elsewhere || b.elsewhere) continue;
      bool differs = a.verdict != b.verdict;
      const bool verdicts_differ = differs;
      if (effects && !differs && a.verdict == ir::VerdictKind::kAccept) differs = !(a.packet == b.packet);
      bool in_some = false;
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const analyzer::Difference& row = result.differences[i];
        if (row.region.way != way || !texts[i].contains(packet)) continue;
        in_some = true;
        const bool right = row.before.verdict == a.verdict && row.after.verdict == b.verdict &&
                           row.before.rule == a.decider && row.after.rule == b.decider;
        if (!right)
          return "another pair of rules decides on " + ir::packet_expression(packet) + " than for " +
                 row.region.expression;
      }
      if ((differs && !in_some) || (!effects && in_some && !verdicts_differ))
        return std::string(analyzer::way_name(way)) + " packet " + ir::packet_expression(packet) +
               (differs ? " differs" : " is the same") + " and is " + (in_some ? "" : "not ") + "in a region";
    }
  return {};
}

TEST(Regions, EveryPacketMeetsTheFateOfItsRegion) {
  const auto [first, count] = seeds(200);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string text = RegionRuleset(seed).text();
    const auto scene = make_scene(text, ir::Family::kIpv4);
    ASSERT_EQ(scene->problems(), "") << text;
    const std::string wrong = judge_query(*scene, seed);
    ASSERT_EQ(wrong, "") << "seed " << seed << "\n" << text;
  }
}

TEST(Regions, DifferencesAreThePacketsThatMeetAnotherFate) {
  const auto [first, count] = seeds(200);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    RegionRuleset maker(seed);
    const std::string old_text = maker.text();
    const std::string new_text = maker.changed(old_text);
    const auto before = make_scene(old_text, ir::Family::kIpv4);
    const auto after = make_scene(new_text, ir::Family::kIpv4);
    ASSERT_EQ(after->problems(), "") << new_text;
    const std::string wrong = judge_diff(*before, *after, seed, seed % 2 == 0);
    ASSERT_EQ(wrong, "") << "seed " << seed << "\n" << old_text << "\n" << new_text;
  }
}

struct Service {
  const char* text;
  u128 protocol, port, icmp;
};
constexpr std::array<Service, 4> kServices = {{{"tcp dport 22", 6, 22, 0},
                                               {"udp dport 80", 17, 80, 0},
                                               {"icmp type echo-request", 1, 0, 0x800},
                                               {"tcp dport 443", 6, 443, 0}}};

ir::Packet opening(const Service& service, u128 source, u128 destination) {
  ir::Packet packet;
  packet.hook = ir::Hook::kPrerouting;
  packet.set(FieldId::kIpSaddr, source);
  packet.set(FieldId::kIpDaddr, destination);
  packet.set(FieldId::kL4Proto, service.protocol);
  if (service.port != 0) {
    packet.set(FieldId::kThSport, 40007);
    packet.set(FieldId::kThDport, service.port);
  }
  if (service.protocol == 1) packet.set(FieldId::kIcmpTypeCode, service.icmp);
  if (service.protocol == 6) packet.set(FieldId::kTcpFlags, 2);
  packet.set(FieldId::kIpTtl, 64);
  packet.set(FieldId::kLength, 60);
  packet.set(FieldId::kCtState, 0);
  packet.set(FieldId::kCtDirection, 0);
  packet.set(FieldId::kCtStatus, 0);
  return packet;
}

/// What of all connections between two addresses is let through: nothing, some, all.
analyzer::MayOpen tried(const analyzer::PathWalk& walk, HostWay way, ir::Packet packet) {
  bool yes = false;
  bool no = false;
  for (const char* in : {"eth0", "eth1", "eth7", "wan"})
    for (const char* out : {"eth0", "eth1", "eth7", "wan"})
      for (unsigned marks = 0; marks < 64; ++marks) {
        packet.in = in;
        packet.out = way == HostWay::kForward ? out : "";
        packet.set(FieldId::kMark, marks % 8);
        packet.set(FieldId::kCtMark, marks / 8);
        const analyzer::PathEnd end = walk.walk(packet, way, {}, {});
        if (!end.elsewhere) (end.verdict == ir::VerdictKind::kAccept ? yes : no) = true;
      }
  return !yes ? analyzer::MayOpen::kNone : no ? analyzer::MayOpen::kSome : analyzer::MayOpen::kAll;
}

/// No two groups are the same to everybody.
bool is_smallest(const analyzer::FamilyMatrix& matrix) {
  std::set<std::vector<analyzer::MayOpen>> seen;
  for (std::size_t g = 0; g < matrix.groups.size(); ++g) {
    std::vector<analyzer::MayOpen> about = matrix.access[g];
    for (std::size_t from = 0; from < matrix.groups.size(); ++from) about.push_back(matrix.access[from][g]);
    if (!seen.insert(std::move(about)).second) return false;
  }
  return true;
}

TEST(Regions, TheMatrixIsWhatTryingSays) {
  const auto [first, count] = seeds(200);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string text = RegionRuleset(seed).text();
    const auto scene = make_scene(text, ir::Family::kIpv4);
    ir::Ruleset ruleset = scene->ruleset();
    const Service& service = kServices[seed % kServices.size()];
    source::SourceManager sources;
    source::Diagnostics diagnostics;
    const auto asked = compiler::parse_expression(sources, "s", service.text, ruleset.predicates, diagnostics);
    const HostWay way = seed % 3 == 0 ? HostWay::kInput : HostWay::kForward;
    analyzer::RegionOptions options = options_for(*scene, nullptr);
    options.ways = {way};
    const analyzer::MatrixResult result = analyzer::matrix(ruleset, asked->when, options);
    ASSERT_EQ(result.families.size(), 1U);
    const analyzer::FamilyMatrix& matrix = result.families[0];
    EXPECT_TRUE(is_smallest(matrix)) << "seed " << seed << "\n" << text;
    const auto group_of = [&](u128 address) {
      for (std::size_t g = 0; g < matrix.groups.size(); ++g)
        for (const ir::Interval& range : matrix.groups[g].addresses)
          if (range.lo <= address && address <= range.hi) return g;
      return matrix.groups.size();
    };
    const analyzer::PathWalk walk(scene->ruleset(), nullptr);
    for (const u128 source : {u128{0xC6336407}, u128{0xCB007105}, u128{0x08080808}})
      for (const u128 destination : {u128{0xC6336407}, u128{0xC0000205}, u128{0x08080404}})
        ASSERT_EQ(static_cast<int>(matrix.access[group_of(source)][group_of(destination)]),
                  static_cast<int>(tried(walk, way, opening(service, source, destination))))
            << "from " << ir::format_address(source, ir::Family::kIpv4) << " to "
            << ir::format_address(destination, ir::Family::kIpv4) << "\nseed " << seed << ", " << service.text << "\n"
            << text;
  }
}

/// Rulesets that use every module: each packet shown replays, and each ruleset is equivalent to itself.
TEST(Regions, RandomRulesetsOfAllModules) {
  std::size_t shown = 0;
  std::size_t hidden = 0;
  for (const bool v6 : {false, true})
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      RulesetOptions how;
      how.v6 = v6;
      const auto scene = make_scene(random_ruleset(seed, how), v6 ? ir::Family::kIpv6 : ir::Family::kIpv4);
      ASSERT_EQ(scene->problems(), "");
      analyzer::RegionOptions options = options_for(*scene, host_of(*scene, seed));
      options.families = {v6 ? ir::Family::kIpv6 : ir::Family::kIpv4};
      options.new_oracle = options.oracle;
      const analyzer::QueryResult result = analyzer::query(scene->ruleset(), {}, options);
      for (const std::string& error : result.internal_errors) ADD_FAILURE() << "seed " << seed << ": " << error;
      for (const analyzer::RegionTrouble& open : result.undecided)
        ADD_FAILURE() << "seed " << seed << ": " << open.reason;
      for (const analyzer::QueryRegion& row : result.regions) (row.region.witness ? shown : hidden) += 1;
      EXPECT_TRUE(analyzer::diff(scene->ruleset(), scene->ruleset(), options).equivalent) << "seed " << seed;
    }
  std::cout << shown << " regions with a packet, " << hidden << " without\n";
  EXPECT_LT(hidden * 20, shown);
}

/// The simulator agrees with the walk that the regions are compared with.
TEST(Regions, TheSimulatorAgreesWithTheWalk) {
  const auto [first, count] = seeds(60);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string text = RegionRuleset(seed).text();
    const auto scene = make_scene(text, ir::Family::kIpv4);
    const analyzer::WitnessOracle oracle = cli::make_oracle(scene->ruleset(), scene->host);
    const analyzer::PathWalk walk(scene->ruleset(), nullptr);
    std::mt19937_64 random(seed);
    for (const HostWay way : analyzer::kHostWays)
      for (const ir::Packet& packet : region_packets(way, random, 20))
        for (const analyzer::PathStage& stage : walk.walk(packet, way, {}, {}).stages) {
          analyzer::WitnessClaim claim;
          claim.base = stage.base;
          claim.fate = stage.fate;
          ASSERT_TRUE(oracle(stage.packet, claim)) << ir::packet_expression(stage.packet) << "\nseed " << seed << "\n"
                                                   << text;
        }
  }
}

}  // namespace
}  // namespace nfproof::testing
