// SPDX-License-Identifier: Apache-2.0
// Whatever bytes come, the simulator answers. Captures of the corpus go through a ruleset with every kind of predicate.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "sim/capture.h"
#include "tests/sim/scene.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

std::string corpus() {
  const char* set = std::getenv("NFPROOF_CORPUS");
  return set != nullptr ? set : NFPROOF_SOURCE_DIR "/../shared/corpus";
}

/// Both families in one host.
struct BothFamilies {
  compiler::Compilation compilation;
  ir::Host host = scene_host();
  explicit BothFamilies(std::uint64_t seed) {
    RulesetOptions options;
    options.rules = 120;
    compiler::add_text(compilation, "v4", random_ruleset(seed, options), {.family = ir::Family::kIpv4});
    options.v6 = true;
    compiler::add_text(compilation, "v6", random_ruleset(seed, options), {.family = ir::Family::kIpv6});
    compiler::finish(compilation);
  }
};

TEST(Robustness, CapturesOfTheCorpus) {
  const fs::path folder = fs::path(corpus()) / "pcap";
  if (!fs::exists(folder)) GTEST_SKIP() << "*** NOT TESTED: no corpus at " << folder;
  const BothFamilies rules(1);
  std::size_t files = 0, packets = 0, ip = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    sim::CaptureReader reader(entry.path().string());
    sim::Simulator simulator(rules.compilation.ruleset, rules.host);
    ++files;
    while (const sim::CapturedPacket* packet = reader.next()) {
      const sim::Result result =
          simulator.inject({.data = packet->data, .link = packet->link, .original_length = packet->original_length},
                           {.in = "eth0", .time = packet->time});
      ++packets;
      ip += result.disposition == sim::Disposition::kNotIp ? 0 : 1;
    }
  }
  std::cout << files << " captures, " << packets << " packets, " << ip << " of them IP\n";
  EXPECT_GT(ip, 100U);
}

/// Random traffic with bytes changed and ends cut off, before and after the IP header.
TEST(Robustness, DamagedPackets) {
  std::mt19937_64 random(7);
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const BothFamilies rules(seed);
    sim::Simulator simulator(rules.compilation.ruleset, rules.host);
    Traffic traffic(seed, {.v6 = seed % 2 == 0});
    for (int i = 0; i < 2000; ++i) {
      WireBytes bytes = traffic.next().bytes;
      for (std::size_t changes = random() % 4; changes > 0 && !bytes.empty(); --changes)
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
      const bool v4 = !bytes.empty() && bytes[0] >> 4 == 4;
      if (random() % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
      if (v4 && bytes.size() >= 20 && random() % 2 == 0) {  // so that it gets past the header check
        bytes[10] = bytes[11] = 0;
        std::uint32_t sum = 0;
        for (std::size_t at = 0; at < (bytes[0] & 15U) * 4U && at + 1 < bytes.size(); at += 2)
          sum += static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1]);
        sum = (sum & 0xffff) + (sum >> 16), sum = (sum & 0xffff) + (sum >> 16);
        bytes[10] = static_cast<std::uint8_t>(~sum >> 8), bytes[11] = static_cast<std::uint8_t>(~sum);
      }
      const std::uint32_t original = random() % 2 == 0 ? 1500 : 0;
      (void)simulator.inject({.data = bytes, .original_length = original},
                             {.in = "eth0", .time = i, .direction = sim::Direction::kIncoming});
    }
  }
}

TEST(Robustness, ChainsThatNeverEnd) {
  ir::Ruleset ruleset;
  const ir::TableId table =
      ruleset.add_table({.name = "filter", .family = ir::Family::kIpv4, .span = {}, .chains = {}});
  ir::Chain input;
  input.name = "INPUT";
  input.table = table;
  const ir::ChainId base = ruleset.add_chain(input);
  ir::Chain user;
  user.name = "u";
  user.table = table;
  const ir::ChainId loop = ruleset.add_chain(user);
  for (const ir::ChainId chain : {base, loop}) {
    ir::Rule rule;
    rule.verdict.kind = ir::VerdictKind::kGoto;
    rule.verdict.chain = loop;
    ruleset.chain(chain).rules.push_back(rule);
  }
  const ir::Host host = scene_host();
  sim::Simulator simulator(ruleset, host);
  const WireBytes bytes = wire_packet(from_to("203.0.113.9", "192.0.2.1", 17), wire_udp(1, 2, 3));
  EXPECT_EQ(simulator.inject({.data = bytes}, {.in = "eth0"}).disposition, sim::Disposition::kDropped);
}

}  // namespace
}  // namespace nfproof::testing
