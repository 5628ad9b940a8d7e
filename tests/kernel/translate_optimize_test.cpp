// SPDX-License-Identifier: Apache-2.0
// The optimiser in the kernel: random rulesets of rules that differ in few fields, with few values that overlap, so
// that much can be merged and much must not be. Called chains flip bits of the mark, so a call that comes twice, never
// or in another order is seen. NFPROOF_REPLAY_ROUNDS sets how many rulesets are tried.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/kernel/translate_compare.h"
#include "tests/kernel/translate_random.h"

namespace nfproof::testing {
namespace {

class SimilarRules {
 public:
  /// `alike`: with the other family's ruleset of the same seed, as far as the addresses go.
  SimilarRules(unsigned seed, Family family, bool alike = false)
      : engine_(seed), v4_(family == Family::kIpv4), alike_(alike) {
    policy_drop_ = alike_ && !v4_ && seed % 4 == 0;
  }

  /// Base chains of so many rules, which are divided.
  SimilarRules& of_length(std::size_t least, std::size_t most) {
    least_ = least;
    more_ = most - least + 1;
    return *this;
  }

  std::string ruleset() {
    const std::vector<std::string> bases = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};
    std::string out = "*mangle\n";
    for (const std::string& chain : bases)
      out += ":" + chain + (one_in(8) != policy_drop_ ? " DROP" : " ACCEPT") + " [0:0]\n";
    for (unsigned i = 0; i < kChains; ++i) out += ":M" + std::to_string(i) + " - [0:0]\n";
    out += ":SUB - [0:0]\n";
    for (unsigned i = 0; i < kChains; ++i) {
      const std::string chain = "M" + std::to_string(i);
      if (one_in(3)) out += "-A " + chain + rule(chain, false) + " -j RETURN\n";
      out += "-A " + chain + " -j MARK --set-xmark " + std::to_string(16U << i) + "/0\n";
      if (one_in(3)) out += "-A " + chain + rule(chain, false) + " -j " + one_of({"ACCEPT", "DROP"}) + "\n";
    }
    for (unsigned i = 0; i < 8; ++i) out += "-A SUB" + rule("SUB", false) + target(false) + "\n";
    for (const std::string& chain : bases) {
      shape_ = static_cast<unsigned>(below(64)) + 1;
      const std::size_t count = least_ + below(more_);
      for (std::size_t i = 0; i < count; ++i) {
        if (one_in(6)) shape_ = static_cast<unsigned>(below(64)) + 1;
        out += "-A " + chain + rule(chain, true) + target(true) + "\n";
      }
    }
    return out + "COMMIT\n";
  }

 private:
  static constexpr unsigned kChains = 5;

  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  std::string one_of(const std::vector<std::string>& choices) { return choices[below(choices.size())]; }

  std::string address() {
    return v4_ ? one_of({"198.51.100.7", "198.51.100.0/24", "192.0.2.9", "192.0.2.77", "192.0.2.0/25", "203.0.113.9",
                         "203.0.113.130", "203.0.113.128/25", "203.0.113.0/24", "198.51.100.200/31", "192.0.2.1",
                         "0.0.0.0/1"})
               : one_of({"2001:db8:1::7", "2001:db8:1::/64", "2001:db8::9", "2001:db8::77", "2001:db8::/64",
                         "2001:db8:7::9", "fc00::1", "2001:db8::/32", "2001:db8::1", "2001:db8:1::200/127"});
  }

  std::string port() { return one_of({"22", "80", "53", "1:79", "80:443", "20:30", "1024:65535", "443", "0:65535"}); }

  /// The tests that the shape asks for.
  std::string rule(const std::string& chain, bool shaped) {
    const unsigned shape = shaped ? shape_ : static_cast<unsigned>(below(64));
    std::string out;
    if ((shape & 1) != 0) out += (one_in(8) ? " ! -s " : " -s ") + address();
    if ((shape & 2) != 0) out += " -d " + address();
    if ((shape & 4) != 0) {
      const bool has_in = chain == "PREROUTING" || chain == "INPUT" || chain == "FORWARD";
      const bool has_out = chain == "FORWARD" || chain == "OUTPUT" || chain == "POSTROUTING";
      if (has_in) out += (one_in(6) ? " ! -i " : " -i ") + one_of({"eth0", "eth1", "lo", "eth9"});
      if (has_out && (!has_in || one_in(2))) out += " -o " + one_of({"eth0", "eth1", "lo"});
    }
    if ((shape & 8) != 0) {
      const std::string protocol = one_of({"tcp", "udp"});
      out += " -p " + protocol + " -m " + protocol;
      if ((shape & 16) != 0) out += " --sport " + port();
      if ((shape & 16) == 0 || one_in(2)) out += " --dport " + port();
    }
    if ((shape & 32) != 0)
      out += one_in(2) ? " -m mark --mark " + one_of({"0", "16", "32", "48", "64"})
                       : " -m conntrack --ctstate " + one_of({"NEW", "ESTABLISHED", "NEW,RELATED"});
    return out;
  }

  std::string target(bool base) {
    if (one_in(12)) return " -j MARK --set-xmark 1/1";
    if (one_in(14)) return " -j MARK --set-xmark 0x100/0xffffffff";
    if (one_in(30)) return " -m statistic --mode nth --every 2 --packet 0 -j MARK --set-xmark 2/2";
    if (one_in(20)) return "";
    if (base && one_in(12)) return " -j SUB";
    if (one_in(10)) return " -j " + one_of({"RETURN", "DROP"});
    if (one_in(14)) return " -g M" + std::to_string(below(kChains));
    if (one_in(3)) return " -j ACCEPT";
    return " -j M" + std::to_string(below(one_in(2) ? 2 : kChains));
  }

  std::mt19937 engine_;
  bool v4_;
  bool alike_ = false;
  bool policy_drop_ = false;
  std::size_t least_ = 6;
  std::size_t more_ = 17;
  unsigned shape_ = 0;
};

unsigned rounds() {
  const char* told = std::getenv("NFPROOF_REPLAY_ROUNDS");
  return told != nullptr ? static_cast<unsigned>(std::stoul(told)) : 12;
}

class TranslateOptimize : public ::testing::TestWithParam<Family> {};

TEST_P(TranslateOptimize, PacketsMeetTheSameFate) {
  NFPROOF_NEEDS_KERNEL();
  const unsigned last = rounds();
  Replay replay;
  std::size_t plain = 0;
  std::size_t optimized = 0;
  const auto lines = [](const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  };
  for (unsigned seed = 1; seed <= last; ++seed) {
    const std::string ruleset = SimilarRules(seed, GetParam()).ruleset();
    TranslateRandom random(seed, GetParam(), true);
    plain += lines(translate(ruleset, GetParam()).text);
    optimized += lines(translate(ruleset, GetParam(), true).text);
    expect_same_fates(ruleset, GetParam(), TranslateRandom::lab(), random.traffic(300), replay, true);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_LT(optimized * 10, plain * 9);
  std::cout << replay.summary() << "; " << plain << " lines plain, " << optimized << " optimised\n";
}

/// Long chains: runs of rules for one field, rules without it between them, overlaps, negations, counts.
TEST_P(TranslateOptimize, PacketsMeetTheSameFateInLongChains) {
  NFPROOF_NEEDS_KERNEL();
  Replay replay;
  std::size_t divided = 0;
  for (unsigned seed = 1; seed <= rounds() / 2; ++seed) {
    const std::string ruleset = SimilarRules(seed, GetParam()).of_length(40, 120).ruleset();
    TranslateRandom random(seed, GetParam(), true);
    divided += translate(ruleset, GetParam(), true).text.find(": goto ") != std::string::npos ? 1 : 0;
    expect_same_fates(ruleset, GetParam(), TranslateRandom::lab(), random.traffic(600), replay, true);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(divided * 4, rounds());
  std::cout << replay.summary() << "; " << divided << " divided\n";
}

/// With ipsets, lists of ports and trees of chains, under iptables itself.
TEST_P(TranslateOptimize, PacketsMeetTheSameFateUnderIptables) {
  NFPROOF_NEEDS_KERNEL();
  Replay replay;
  std::size_t sets = 0;
  for (unsigned seed = 1; seed <= rounds(); ++seed) {
    const std::string ruleset = SimilarRules(seed, GetParam()).of_length(20, 120).ruleset();
    const FewerRules fewer = fewer_rules(ruleset, GetParam());
    sets += fewer.sets.empty() ? 0 : 1;
    LabOptions options = TranslateRandom::lab();
    options.ipset = fewer.sets;
    TranslateRandom random(seed, GetParam(), true);
    expect_same_fates_of(ruleset, fewer.text, GetParam(), options, random.traffic(400), replay);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GE(sets * 5, rounds());
  std::cout << replay.summary() << "; " << sets << " with sets\n";
}

/// Rules of both families from one seed, so that many are the same and some policies differ.
TEST(TranslateInet, PacketsOfBothFamiliesMeetTheSameFate) {
  NFPROOF_NEEDS_KERNEL();
  Replay replay;
  for (unsigned seed = 1; seed <= rounds() * 2; ++seed) {
    const std::string ruleset4 = SimilarRules(seed, Family::kIpv4, true).ruleset();
    const std::string ruleset6 = SimilarRules(seed + (seed % 3 == 0 ? 1000 : 0), Family::kIpv6, true).ruleset();
    std::vector<Packet> packets = TranslateRandom(seed, Family::kIpv4, true).traffic(150);
    for (Packet& packet : TranslateRandom(seed, Family::kIpv6, true).traffic(150)) packets.push_back(std::move(packet));
    expect_same_fates_inet(ruleset4, ruleset6, TranslateRandom::lab(), packets, replay, seed % 2 == 0);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  std::cout << replay.summary() << "\n";
}

/// To nftables, plain and optimised, read again, and back to iptables.
TEST_P(TranslateOptimize, ComesBackToIptables) {
  NFPROOF_NEEDS_KERNEL();
  Replay replay;
  std::size_t back = 0;
  for (unsigned seed = 1; seed <= rounds(); ++seed) {
    for (const bool similar : {true, false}) {
      TranslateRandom random(seed, GetParam(), true);
      const std::string ruleset = similar ? SimilarRules(seed, GetParam()).ruleset() : random.ruleset();
      const RoundTripText again = there_and_back(ruleset, GetParam(), similar && seed % 2 == 0);
      if (again.untranslated != 0) continue;
      ++back;
      expect_same_fates_of(ruleset, again.text, GetParam(), TranslateRandom::lab(), random.traffic(200), replay);
      ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
  }
  EXPECT_GE(back, rounds() / 2);
  std::cout << back << " rulesets, " << replay.summary() << "\n";
}

std::string family_name(const ::testing::TestParamInfo<Family>& of) {
  return of.param == Family::kIpv4 ? "Ipv4" : "Ipv6";
}

INSTANTIATE_TEST_SUITE_P(All, TranslateOptimize, ::testing::Values(Family::kIpv4, Family::kIpv6), family_name);

}  // namespace
}  // namespace nfproof::testing
