// SPDX-License-Identifier: Apache-2.0
// Assertions of `verify` against brute force: on random rulesets of a small world, random assertions hold only when no
// packet that is tried breaks them, and a packet that is shown breaks them. NFPROOF_ASSERTION_SEEDS=FIRST:COUNT
// replaces the seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "analyzer/regions/path_walk.h"
#include "analyzer/regions/verify.h"
#include "cli/oracle.h"
#include "compiler/frontend/expression.h"
#include "tests/property/region_world.h"
#include "tests/property/scene.h"

namespace nfproof::testing {
namespace {

using analyzer::Assertion;
using analyzer::HostWay;
using ir::FieldId;
using ir::u128;

constexpr std::size_t kPacketsTried = 4000;
constexpr std::array kExpressions = {
    "",
    "tcp dport 22",
    "tcp dport { 22, 80 } ct state new",
    "udp dport 80",
    "ip saddr 198.51.100.7",
    "ip saddr 203.0.113.0/24 tcp dport 22 ct state new",
    "not ip daddr 192.0.2.0/24",
    "icmp type echo-request",
    "ct state established",
    "meta mark 1",
    "ip daddr 198.51.100.7 ct state new",
    "meta l4proto tcp tcp flags & (syn | ack) == syn",
};
constexpr std::array kInterfaceExpressions = {"iifname eth0", "iifname wan tcp dport 80", "iifname != lo ct state new"};

class Questions {
 public:
  Questions(ir::Ruleset& ruleset, std::uint64_t seed) : ruleset_(ruleset), random_(seed) {}

  template <typename List>
  auto pick(const List& list) {
    return list[random_() % list.size()];
  }

  Assertion next() {
    Assertion made;
    made.way = pick(std::array{HostWay::kInput, HostWay::kForward, HostWay::kOutput});
    made.families = {ir::Family::kIpv4};
    made.packets = expression(made.way);
    made.kind = pick(std::array{Assertion::Kind::kVerdict, Assertion::Kind::kVerdict, Assertion::Kind::kNothingElseOpen,
                                Assertion::Kind::kArrives});
    made.verdict = pick(std::array{Assertion::Verdict::kAccept, Assertion::Verdict::kDrop});
    made.some = made.kind == Assertion::Kind::kVerdict && random_() % 4 == 0;
    if (made.kind == Assertion::Kind::kNothingElseOpen)
      for (std::size_t i = random_() % 5; i > 0; --i) made.open.push_back(expression(made.way));
    if (made.kind == Assertion::Kind::kArrives) {
      made.way = HostWay::kForward;
      made.arrives.push_back({FieldId::kIpDaddr, 0, false, ir::ValueSet::of_range(0xC6336400, 0xC63364ff)});
      if (random_() % 2 == 0) made.arrives.push_back({FieldId::kThDport, 0, false, ir::ValueSet::of_value(22)});
    }
    return made;
  }

 private:
  std::vector<ir::PredicateId> expression(HostWay way) {
    const bool interface = way != HostWay::kOutput && random_() % 4 == 0;
    const std::string text = interface ? pick(kInterfaceExpressions) : pick(kExpressions);
    if (text.empty()) return {};
    source::SourceManager sources;
    source::Diagnostics diagnostics;
    const auto read = compiler::parse_expression(sources, "packets", text, ruleset_.predicates, diagnostics);
    EXPECT_TRUE(read) << text;
    return read ? read->when : std::vector<ir::PredicateId>{};
  }

  ir::Ruleset& ruleset_;
  std::mt19937_64 random_;
};

/// The meaning of assertions, packet by packet.
class Judge {
 public:
  Judge(const ir::Ruleset& ruleset, const ir::Host* host) : walk_(ruleset, host), tests_(ruleset, nullptr) {}

  /// Nothing: the packet is not meant.
  std::optional<bool> breaks(const Assertion& assertion, const ir::Packet& packet) const {
    if (!fits(assertion.packets, packet)) return std::nullopt;
    const bool fresh = packet.get_or(FieldId::kCtState, 9) == 0;
    if (assertion.kind != Assertion::Kind::kVerdict && !fresh) return std::nullopt;
    const analyzer::PathEnd end = walk_.walk(packet, assertion.way, {}, {});
    if (end.elsewhere || end.exhausted) return std::nullopt;
    const bool accepted = end.verdict == ir::VerdictKind::kAccept;
    switch (assertion.kind) {
      case Assertion::Kind::kVerdict: return accepted != (assertion.verdict == Assertion::Verdict::kAccept);
      case Assertion::Kind::kNothingElseOpen:
        return accepted && std::none_of(assertion.open.begin(), assertion.open.end(),
                                        [&](const auto& open) { return fits(open, packet); });
      case Assertion::Kind::kArrives:
        return !accepted || !std::all_of(assertion.arrives.begin(), assertion.arrives.end(), [&](const auto& test) {
          const auto value = end.packet.get(test.field);
          return value && test.values.contains(*value);
        });
      case Assertion::Kind::kFamiliesAgree: break;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool fits(const std::vector<ir::PredicateId>& when, const ir::Packet& packet) const {
    return std::all_of(when.begin(), when.end(), [&](ir::PredicateId id) { return tests_.holds(id, {}, packet, {}); });
  }

  analyzer::PathWalk walk_;
  analyzer::ConcreteWalk tests_;
};

struct Tally {
  std::size_t held = 0, broken = 0, shown = 0, tried = 0;
};

/// Empty: the answer is right.
std::string judge(const Judge& judge, const Assertion& assertion, const analyzer::AssertionResult& answer,
                  std::mt19937_64& random, Tally& tally) {
  if (!answer.holds) return "undecided: " + answer.reason;
  (*answer.holds ? tally.held : tally.broken) += 1;
  if (answer.counterexample) {
    ++tally.shown;
    if (judge.breaks(assertion, *answer.counterexample) != true)
      return "the packet that is shown breaks nothing: " + ir::packet_expression(*answer.counterexample);
  } else if (!*answer.holds && !assertion.some) {
    return "broken, without a packet";
  }
  for (const ir::Packet& packet : region_packets(assertion.way, random, kPacketsTried)) {
    const auto breaks = judge.breaks(assertion, packet);
    if (!breaks) continue;
    ++tally.tried;
    if (assertion.some ? !*answer.holds && !*breaks : *answer.holds && *breaks)
      return (assertion.some ? "there is a packet: " : "a packet breaks it: ") + ir::packet_expression(packet);
  }
  return {};
}

TEST(Assertions, HoldExactlyWhenNoPacketBreaksThem) {
  std::uint64_t first = 1, count = 200;
  if (const char* set = std::getenv("NFPROOF_ASSERTION_SEEDS")) {
    first = std::strtoull(set, nullptr, 10);
    const char* colon = std::strchr(set, ':');
    count = colon == nullptr ? 1 : std::strtoull(colon + 1, nullptr, 10);
  }
  Tally tally;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string text = RegionRuleset(seed).text();
    const auto scene = make_scene(text, ir::Family::kIpv4);
    ASSERT_EQ(scene->problems(), "") << text;
    ir::Ruleset ruleset = scene->ruleset();
    Questions questions(ruleset, seed);
    std::vector<Assertion> assertions;
    for (int i = 0; i < 5; ++i) assertions.push_back(questions.next());
    const ir::Host* host = seed % 2 == 0 ? nullptr : &scene->host;
    analyzer::RegionOptions options;
    options.host = host;
    options.oracle = cli::make_oracle(ruleset, scene->host);
    const analyzer::VerifyResult result = analyzer::verify(ruleset, assertions, options);
    for (const std::string& error : result.internal_errors) FAIL() << error << "\nseed " << seed << "\n" << text;
    const Judge right(ruleset, host);
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < assertions.size(); ++i)
      ASSERT_EQ(judge(right, assertions[i], result.assertions[i], random, tally), "")
          << "assertion " << i + 1 << " of seed " << seed << "\n"
          << text;
  }
  std::cout << tally.held << " assertions hold, " << tally.broken << " do not (" << tally.shown << " with a packet); "
            << tally.tried << " packets tried\n";
  EXPECT_GT(tally.held, 50U);
  EXPECT_GT(tally.shown, 50U);
}

}  // namespace
}  // namespace nfproof::testing
