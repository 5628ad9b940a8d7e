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
#include <random>
#include <string>
#include <vector>

#include "analyzer/regions/matrix.h"
#include "analyzer/regions/path_walk.h"
#include "analyzer/regions/regions.h"
#include "cli/oracle.h"
#include "compiler/frontend/expression.h"
#include "tests/property/scene.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

using analyzer::HostWay;
using ir::FieldId;
using ir::u128;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::string text() {
    std::string text;
    if (chance(40)) {
      text += "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";
      for (const char* chain : {"PREROUTING", "OUTPUT"})
        if (chance(60))
          text += std::string("-A ") + chain + tests(chain) + (chance(60) ? " -j CT --notrack" : " -j DROP") + "\n";
      text += "COMMIT\n";
    }
    if (chance(50)) {
      text +=
          "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
          ":POSTROUTING ACCEPT [0:0]\n:M - [0:0]\n";
      for (const char* chain : {"PREROUTING", "FORWARD", "OUTPUT", "M", "POSTROUTING"})
        for (std::size_t i = below(3); i > 0; --i)
          text += std::string("-A ") + chain + tests(chain) + mark(chain) + "\n";
      text += "COMMIT\n";
    }
    if (chance(40)) {
      text += "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n";
      for (std::size_t i = 1 + below(2); i > 0; --i)
        text += "-A PREROUTING" + tests("PREROUTING") +
                " -p tcp -j DNAT --to-destination 198.51.100.7:" + (chance(50) ? "22" : "80") + "\n";
      if (chance(50)) text += "-A POSTROUTING -o eth1 -j MASQUERADE\n";
      text += "COMMIT\n";
    }
    text += std::string("*filter\n:INPUT ") + policy() + "\n:FORWARD " + policy() + "\n:OUTPUT " + policy() +
            "\n:A - [0:0]\n:B - [0:0]\n";
    for (const char* chain : {"INPUT", "FORWARD", "OUTPUT"})
      for (std::size_t i = 1 + below(4); i > 0; --i)
        text += std::string("-A ") + chain + tests(chain) + target(0) + "\n";
    for (std::size_t i = below(4); i > 0; --i) text += "-A A" + tests("A") + target(1) + "\n";
    for (std::size_t i = below(3); i > 0; --i) text += "-A B" + tests("B") + target(2) + "\n";
    return text + "COMMIT\n";
  }

  /// The text with one line of rules left out, doubled, changed, or before the one that it followed.
  std::string changed(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    for (std::size_t tries = 0; tries < 100; ++tries) {
      const std::size_t line = below(lines.size());
      if (!lines[line].starts_with("-A ")) continue;
      const std::size_t kind = below(6);
      const auto replace = [&](std::string_view from, std::string_view to) {
        if (const std::size_t at = lines[line].find(from); at != std::string::npos)
          lines[line].replace(at, from.size(), to);
      };
      if (kind == 0) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line));
      if (kind == 1) lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(line), std::string(lines[line]));
      if (kind == 2 && lines[line].ends_with("-j DROP")) lines[line].replace(lines[line].size() - 4, 4, "ACCEPT");
      if (kind == 3 && lines[line - 1].starts_with("-A ")) std::swap(lines[line - 1], lines[line]);
      if (kind == 4 && (lines[line].ends_with(" -j A") || lines[line].ends_with(" -j B"))) replace(" -j ", " -g ");
      if (kind == 5) replace("0x1", "0x2"), replace("22", "80");
      break;
    }
    std::string result;
    for (const std::string& each : lines) result += each + '\n';
    return result;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string maybe_not() { return chance(30) ? " !" : ""; }
  std::string policy() { return chance(50) ? "DROP [0:0]" : "ACCEPT [0:0]"; }

  std::string tests(const std::string& chain) {
    const bool in = chain != "OUTPUT" && chain != "POSTROUTING";
    const bool out = chain == "FORWARD" || chain == "OUTPUT" || chain == "POSTROUTING";
    std::string text;
    if (chance(30)) text += maybe_not() + " -s " + (chance(50) ? "198.51.100.7/32" : "203.0.113.0/24");
    if (chance(25)) text += maybe_not() + " -d " + (chance(50) ? "198.51.100.7/32" : "192.0.2.0/24");
    if (in && chance(25)) text += maybe_not() + " -i " + (chance(50) ? "eth0" : "eth+");
    if (out && chance(25)) text += maybe_not() + " -o eth1";
    if (chance(40) && chain != "PREROUTING") text += protocol();
    if (chance(20))
      text += " -m conntrack" + maybe_not() + " --ctstate " +
              (chance(50)   ? "NEW"
               : chance(50) ? "UNTRACKED"
                            : "NEW,ESTABLISHED");
    if (chance(20)) text += " -m mark" + maybe_not() + (chance(50) ? " --mark 0x1" : " --mark 0x2/0x3");
    if (chance(10)) text += " -m connmark" + maybe_not() + " --mark 0x1";
    return text;
  }

  std::string protocol() {
    if (chance(20)) return maybe_not() + " -p " + (chance(50) ? "tcp" : "udp");
    if (chance(15)) return " -p icmp -m icmp" + maybe_not() + " --icmp-type " + (chance(50) ? "8" : "3/1");
    if (chance(15)) return " -p tcp -m tcp" + maybe_not() + " --tcp-flags SYN,ACK SYN";
    const std::string name = chance(70) ? "tcp" : "udp";
    return " -p " + name + " -m " + name + maybe_not() + " --dport " +
           (chance(50)   ? "22"
            : chance(50) ? "80"
                         : "22:80");
  }

  std::string mark(const std::string& chain) {
    switch (below(7)) {
      case 0: return " -j MARK --set-xmark 0x1/0xffffffff";
      case 1: return " -j MARK --set-xmark 0x2/0x3";
      case 2: return " -j CONNMARK --save-mark";
      case 3: return " -j CONNMARK --restore-mark";
      case 4: return " -j DROP";
      case 5: return chain == "M" ? " -j RETURN" : " -j M";
      default: return " -j MARK --set-xmark 0x4/0x6";
    }
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

struct Kind {
  u128 protocol, port, flags, icmp, fragment;
};
constexpr std::array<Kind, 10> kKinds = {{{6, 22, 2, 0, 0},
                                          {6, 80, 18, 0, 0},
                                          {6, 40, 16, 0, 0},
                                          {6, 443, 2, 0, 0},
                                          {17, 22, 0, 0, 0},
                                          {17, 80, 0, 0, 0},
                                          {1, 0, 0, 0x800, 0},
                                          {1, 0, 0, 0x301, 0},
                                          {47, 0, 0, 0, 0},
                                          {6, 0, 0, 0, 100}}};

/// Packets of a way, drawn from all that the small world has.
std::vector<ir::Packet> packets(HostWay way, std::mt19937_64& random, std::size_t count) {
  constexpr std::array<u128, 3> kSources = {0xC6336407, 0xCB007105, 0x08080808};
  // Two of them are the known host's own.
  constexpr std::array<u128, 5> kDestinations = {0xC6336407, 0xC0000205, 0x08080404, 0xC0000201, 0xC6336401};
  constexpr std::array<const char*, 4> kNames = {"eth0", "eth1", "eth7", "wan"};
  const auto pick = [&](const auto& list) { return list[random() % list.size()]; };
  std::vector<ir::Packet> all;
  while (all.size() < count) {
    ir::Packet packet;
    const Kind kind = pick(kKinds);
    if (kind.fragment != 0 && way == HostWay::kInput) continue;
    if (way != HostWay::kOutput) packet.in = pick(kNames);
    if (way != HostWay::kInput) packet.out = pick(kNames);
    packet.hook = way == HostWay::kOutput ? ir::Hook::kOutput : ir::Hook::kPrerouting;
    packet.set(FieldId::kIpSaddr, pick(kSources));
    packet.set(FieldId::kIpDaddr, pick(kDestinations));
    packet.set(FieldId::kL4Proto, kind.protocol);
    packet.set(FieldId::kIpFragOffset, kind.fragment);
    if (kind.port != 0) {
      packet.set(FieldId::kThSport, 40007);
      packet.set(FieldId::kThDport, kind.port);
    }
    if (kind.protocol == 6 && kind.fragment == 0) packet.set(FieldId::kTcpFlags, kind.flags);
    if (kind.protocol == 1) packet.set(FieldId::kIcmpTypeCode, kind.icmp);
    packet.set(FieldId::kCtState, random() % 5);
    packet.set(FieldId::kMark, random() % 4);
    packet.set(FieldId::kIpTtl, 64);
    packet.set(FieldId::kLength, 100);
    packet.set(FieldId::kIpTos, 0);
    packet.set(FieldId::kPktType, 0);
    if (static_cast<unsigned>(packet.ct_state()) < 3) {
      packet.set(FieldId::kCtMark, random() % 2);
      packet.set(FieldId::kCtDirection, 0);
      packet.set(FieldId::kCtStatus, packet.ct_state() == ir::CtState::kNew ? 0 : 14);
    }
    all.push_back(packet);
  }
  return all;
}

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
  RegionText(const Scene& scene, const std::string& text) : ruleset_(scene.ruleset()) {
    source::SourceManager sources;
    source::Diagnostics diagnostics;
    const auto read = compiler::parse_expression(sources, "region", text, ruleset_.predicates, diagnostics);
    if (!read) {
      ADD_FAILURE() << "a region does not read back: " << text;
      return;
    }
    when_ = read->when;
  }
  [[nodiscard]] bool contains(const ir::Packet& packet) const {
    const analyzer::ConcreteWalk walk(ruleset_, nullptr);
    return std::all_of(when_.begin(), when_.end(), [&](ir::PredicateId id) { return walk.holds(id, {}, packet, {}); });
  }

 private:
  ir::Ruleset ruleset_;
  std::vector<ir::PredicateId> when_;
};

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
    for (const ir::Packet& packet : packets(way, random, 150)) {
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
    for (const ir::Packet& packet : packets(way, random, 150)) {
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
    const std::string text = Maker(seed).text();
    const auto scene = make_scene(text, ir::Family::kIpv4);
    ASSERT_EQ(scene->problems(), "") << text;
    const std::string wrong = judge_query(*scene, seed);
    ASSERT_EQ(wrong, "") << "seed " << seed << "\n" << text;
  }
}

TEST(Regions, DifferencesAreThePacketsThatMeetAnotherFate) {
  const auto [first, count] = seeds(200);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Maker maker(seed);
    const std::string old_text = maker.text();
    const std::string new_text = maker.changed(old_text);
    const auto before = make_scene(old_text, ir::Family::kIpv4);
    const auto after = make_scene(new_text, ir::Family::kIpv4);
    ASSERT_EQ(after->problems(), "") << new_text;
    const std::string wrong = judge_diff(*before, *after, seed, seed % 2 == 0);
    ASSERT_EQ(wrong, "") << "seed " << seed << "\n" << old_text << "\n" << new_text;
  }
}

/// What of all connections between two addresses is let through: nothing, some, all.
analyzer::MayOpen tried(const analyzer::PathWalk& walk, u128 source, u128 destination) {
  bool yes = false;
  bool no = false;
  for (const char* in : {"eth0", "eth1", "eth7", "wan"})
    for (const char* out : {"eth0", "eth1", "eth7", "wan"})
      for (unsigned marks = 0; marks < 8; ++marks) {
        ir::Packet packet;
        packet.hook = ir::Hook::kPrerouting;
        packet.in = in;
        packet.out = out;
        packet.set(FieldId::kIpSaddr, source);
        packet.set(FieldId::kIpDaddr, destination);
        packet.set(FieldId::kL4Proto, 6);
        packet.set(FieldId::kThSport, 40007);
        packet.set(FieldId::kThDport, 22);
        packet.set(FieldId::kTcpFlags, 2);
        packet.set(FieldId::kIpTtl, 64);
        packet.set(FieldId::kLength, 60);
        packet.set(FieldId::kMark, marks % 4);
        packet.set(FieldId::kCtState, 0);
        packet.set(FieldId::kCtMark, marks / 4);
        packet.set(FieldId::kCtDirection, 0);
        packet.set(FieldId::kCtStatus, 0);
        const analyzer::PathEnd end = walk.walk(packet, HostWay::kForward, {}, {});
        (end.verdict == ir::VerdictKind::kAccept ? yes : no) = true;
      }
  return !yes ? analyzer::MayOpen::kNone : no ? analyzer::MayOpen::kSome : analyzer::MayOpen::kAll;
}

TEST(Regions, TheMatrixIsWhatTryingSays) {
  const auto [first, count] = seeds(100);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string text = Maker(seed).text();
    const auto scene = make_scene(text, ir::Family::kIpv4);
    ir::Ruleset ruleset = scene->ruleset();
    source::SourceManager sources;
    source::Diagnostics diagnostics;
    const auto service = compiler::parse_expression(sources, "s", "tcp dport 22", ruleset.predicates, diagnostics);
    analyzer::RegionOptions options = options_for(*scene, nullptr);
    options.ways = {HostWay::kForward};
    const analyzer::MatrixResult result = analyzer::matrix(ruleset, service->when, options);
    ASSERT_EQ(result.families.size(), 1U);
    const analyzer::FamilyMatrix& matrix = result.families[0];
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
                  static_cast<int>(tried(walk, source, destination)))
            << "from " << ir::format_address(source, ir::Family::kIpv4) << " to "
            << ir::format_address(destination, ir::Family::kIpv4) << "\nseed " << seed << "\n"
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
    const std::string text = Maker(seed).text();
    const auto scene = make_scene(text, ir::Family::kIpv4);
    const analyzer::WitnessOracle oracle = cli::make_oracle(scene->ruleset(), scene->host);
    const analyzer::PathWalk walk(scene->ruleset(), nullptr);
    std::mt19937_64 random(seed);
    for (const HostWay way : analyzer::kHostWays)
      for (const ir::Packet& packet : packets(way, random, 20))
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
