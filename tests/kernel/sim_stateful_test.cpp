// SPDX-License-Identifier: Apache-2.0
// Each match that remembers or looks at a clock, against the kernel, with packets spaced in real time. All rules see
// one stretch of traffic of some seconds, in both families at once. A rule whose counters would change if packets were
// handled up to 40 ms later than they were sent is not judged: the machine may have been busy just then.
#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "tests/kernel/twins.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

using std::chrono::milliseconds;

std::string clock_text(std::time_t time, const char* format) {
  std::tm broken{};
  gmtime_r(&time, &broken);
  char text[40];
  std::strftime(text, sizeof text, format, &broken);
  return text;
}

/// Rules that only count; each line is one, its match comes first. `@` stands for the prefix length of a host.
std::vector<std::string> udp_rules(std::time_t now) {
  // Idle buckets live for up to a collection longer than they should, and when the kernel collects cannot be known.
  const std::string hash = "-m hashlimit --hashlimit-name ";
  // A time that lasts over midnight and has now in it: its end is earlier in the day than its beginning.
  constexpr std::time_t kHour = 3600;
  const bool morning = now % (24 * kHour) < 12 * kHour;
  const std::pair<std::time_t, std::time_t> over_midnight =
      morning ? std::pair{now + 2 * kHour, now + kHour} : std::pair{now - kHour, now - 2 * kHour};
  std::vector<std::string> rules = {
      "-m limit --limit 2/sec --limit-burst 3",
      "-m limit --limit 30/min --limit-burst 1",
      "-m limit --limit 1/day --limit-burst 3",
      "-m statistic --mode nth --every 3 --packet 1",
      "-m statistic --mode nth ! --every 4 --packet 0",
      hash + "a1 --hashlimit-upto 2/sec --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-htable-expire 60000",
      hash +
          "a2 --hashlimit-above 1/sec --hashlimit-burst 2 --hashlimit-mode srcip,dstport "
          "--hashlimit-htable-expire 60000",
      hash +
          "a3 --hashlimit-upto 1/sec --hashlimit-burst 4 --hashlimit-mode srcip --hashlimit-srcmask 24 "
          "--hashlimit-htable-expire 60000",
      hash + "a4 --hashlimit-upto 30/min --hashlimit-burst 2 --hashlimit-mode srcip,srcport",
      hash +
          "a5 --hashlimit-upto 3/sec --hashlimit-burst 1 --hashlimit-mode dstip --hashlimit-htable-expire 700 "
          "--hashlimit-htable-gcinterval 100",
      hash + "a6 --hashlimit-upto 1kb/s --hashlimit-mode srcip --hashlimit-htable-expire 60000",
      hash + "a7 --hashlimit-above 512b/s --hashlimit-burst 1kb --hashlimit-mode srcip --hashlimit-htable-expire 60000",
      hash + "a8 --hashlimit-upto 3/sec --hashlimit-burst 1 --hashlimit-rate-match --hashlimit-rate-interval 1",
      hash + "a9 --hashlimit-above 2kb/s --hashlimit-rate-match --hashlimit-rate-interval 2 --hashlimit-mode srcip",
      hash + "a1 --hashlimit-above 9/sec --hashlimit-burst 9 --hashlimit-mode srcip --hashlimit-htable-expire 60000",
      "-m recent --rcheck --name r1",
      "-m recent --set --name r1",
      "-m recent --rcheck --seconds 2 --hitcount 3 --name r1",
      "-m recent --update --seconds 1 --name r2",
      "-m recent ! --update --seconds 2 --hitcount 2 --name r2 --rdest",
      "-m recent --set --name r2 --rsource",
      "-m recent --rcheck --seconds 1 --reap --name r3",
      "-m recent --set --name r3",
      "-m recent ! --rcheck --name r3",
      "-m recent --rcheck --rttl --name r4",
      "-m recent --set --name r4",
      "-m recent --remove --name r5",
      "-m statistic --mode nth --every 2 --packet 0 -m recent --set --name r5",
      "-m quota --quota 700",
      "-m quota ! --quota 700",
      "-m time --timestart " + clock_text(now - 3600, "%H:%M:%S") + " --timestop " + clock_text(now + 4, "%H:%M:%S"),
      "-m time --timestart " + clock_text(now + 3, "%H:%M:%S") + " --timestop " + clock_text(now - 7200, "%H:%M:%S"),
      "-m time --timestart " + clock_text(now + 5, "%H:%M:%S") + " --timestop " + clock_text(now + 9, "%H:%M:%S") +
          " --kerneltz",
      "-m time --datestart " + clock_text(now + 4, "%Y-%m-%dT%H:%M:%S"),
      "-m time --datestop " + clock_text(now + 4, "%Y-%m-%dT%H:%M:%S"),
      "-m time --monthdays " + clock_text(now, "%d"),
      "-m time --monthdays " + clock_text(now + 86400, "%d") + "," + clock_text(now - 86400, "%d"),
      "-m time --weekdays " + clock_text(now, "%u"),
      "-m time ! --weekdays " + clock_text(now, "%u"),
      "-m time --timestart " + clock_text(over_midnight.first, "%H:%M:%S") + " --timestop " +
          clock_text(over_midnight.second, "%H:%M:%S") + " --contiguous --weekdays " + clock_text(now - 86400, "%u"),
      "-m connbytes --connbytes 3:5 --connbytes-dir original --connbytes-mode packets",
      "-m connbytes ! --connbytes 3:5 --connbytes-dir both --connbytes-mode packets",
      "-m connbytes --connbytes 300: --connbytes-dir original --connbytes-mode bytes",
      "-m connbytes --connbytes 90:120 --connbytes-dir both --connbytes-mode avgpkt",
      "-m connlimit --connlimit-above 2",
      "-m connlimit --connlimit-upto 3 --connlimit-mask 0",
      "-m cluster --cluster-total-nodes 2 --cluster-local-node 2 --cluster-hash-seed 0xdeadbeef",
      "-m cluster --cluster-total-nodes 2 ! --cluster-local-nodemask 0x1 --cluster-hash-seed 7",
  };
  return rules;
}

/// These may drop packets, so nothing comes after them.
const std::vector<std::string>& full_table_rules() {
  static const std::vector<std::string> rules = {
      "-m hashlimit --hashlimit-name full --hashlimit-upto 5/sec --hashlimit-mode srcip --hashlimit-htable-size 2 "
      "--hashlimit-htable-max 2 --hashlimit-htable-expire 1000 --hashlimit-htable-gcinterval 500"};
  return rules;
}

std::string ruleset(std::time_t now) {
  std::string text = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";
  for (const std::string& rule : udp_rules(now)) text += "-A INPUT -p udp --dport 5000 " + rule + "\n";
  for (const std::string& rule : full_table_rules()) text += "-A INPUT -p udp --dport 5001 " + rule + "\n";
  text +=
      "-A FORWARD -p udp -m recent --rcheck --rttl --name f\n-A FORWARD -p udp -m recent --set --name f\n"
      "-A INPUT -p tcp --syn -m connlimit --connlimit-above 3 -j DROP\n"
      "-A INPUT -p tcp -m connlimit --connlimit-above 2 --connlimit-mask 0\n"
      "-A INPUT -p tcp -m connlimit --connlimit-upto 1 --connlimit-daddr\n"
      "-A INPUT -p tcp -m connbytes --connbytes 3:6 --connbytes-dir both --connbytes-mode packets\n"
      "-A OUTPUT -p tcp -m connbytes --connbytes 1:2 --connbytes-dir reply --connbytes-mode packets\n"
      "-A OUTPUT -p tcp -m connlimit --connlimit-above 1\n";
  return text + "COMMIT\n";
}

struct Addresses {
  std::vector<std::string> clients;
  std::string host, inside;
};

Addresses addresses(bool v6) {
  if (v6)
    return {{"2001:db8::101", "2001:db8::102", "2001:db8:0:0:77::3", "2a00:9::4"}, "2001:db8::1", "2001:db8:1::7"};
  return {{"192.0.2.101", "192.0.2.102", "203.0.113.3", "203.0.113.4"}, "192.0.2.1", "198.51.100.7"};
}

class Script {
 public:
  explicit Script(bool v6) : to_(addresses(v6)) {}

  void udp(int at, std::size_t client, std::uint16_t port, std::size_t size, std::uint8_t ttl = 64,
           std::uint16_t from = 4000) {
    IpHeader ip = from_to(to_.clients[client], to_.host, 17);
    ip.ttl = ttl;
    add(at, "eth0", ip, wire_udp(from, port, size));
  }
  void forwarded(int at, std::uint8_t ttl) {
    IpHeader ip = from_to(to_.clients[0], to_.inside, 17);
    ip.ttl = ttl;
    add(at, "eth0", ip, wire_udp(4000, 6000, 10));
  }
  void tcp(int at, std::size_t client, std::uint16_t port, bool reply, std::uint8_t flags, std::uint32_t sequence,
           std::uint32_t acknowledgement) {
    const std::string& there = to_.clients[client];
    const IpHeader ip = reply ? from_to(to_.host, there, 6) : from_to(there, to_.host, 6);
    const WireBytes bytes = reply ? segment(80, port, flags, sequence, acknowledgement)
                                  : segment(port, 80, flags, sequence, acknowledgement);
    add(at, reply ? "" : "eth0", ip, bytes);
  }
  void handshake(int at, std::size_t client, std::uint16_t port) {
    tcp(at, client, port, false, kSynFlag, 1000, 0);
    tcp(at + 10, client, port, true, kSynFlag | kAckFlag, 5000, 1001);
    tcp(at + 20, client, port, false, kAckFlag, 1001, 5001);
  }

  [[nodiscard]] std::vector<TwinPacket> packets() const {
    std::vector<TwinPacket> all;
    for (const auto& [at, packet] : packets_) all.push_back(packet);
    return all;
  }

 private:
  void add(int at, std::string interface, const IpHeader& ip, WireBytes payload) {
    wire_checksum(ip, payload);
    packets_.emplace(at, TwinPacket{std::move(interface), wire_packet(ip, payload), milliseconds(at)});
  }

  Addresses to_;
  std::multimap<int, TwinPacket> packets_;
};

std::vector<TwinPacket> script(bool v6) {
  Script script(v6);
  // Bursts, pauses, four clients, small and large packets, three ttls.
  const std::vector<int> times = {0,    0,    0,    1,    2,    150,  300,  450,  700,  1250, 1250, 1250,
                                  1600, 1900, 2250, 2600, 2600, 3150, 3700, 4400, 4400, 4400, 4400, 5350,
                                  5850, 6300, 6850, 7300, 7300, 7750, 8200, 8750, 9150, 9600, 9600, 9600};
  for (std::size_t i = 0; i < times.size(); ++i) {
    const int at = times[i];
    script.udp(at, i % 4, 5000, i % 5 == 0 ? 400 : 20 + i, i % 7 == 0 ? 60 : 64,
               static_cast<std::uint16_t>(4000 + i % 3));
    script.udp(at + 50, 0, 5000, 30);
    if (i % 3 == 0) script.udp(at + 100, 1, 5000, 100);
  }
  for (const int at : {0, 1, 2, 400, 2300, 2301, 2900, 5100, 5101})
    script.udp(at + 20, static_cast<std::size_t>(at % 4), 5001, 10);
  for (const int at : {100, 500, 900}) script.forwarded(at, at == 500 ? 61 : 62);
  // Connections that come and go: handshakes, a reset, a proper close, one above the limit.
  for (int i = 0; i < 5; ++i) script.handshake(400 + 300 * i, 0, static_cast<std::uint16_t>(3000 + i));
  script.tcp(2200, 0, 3000, false, kRstFlag | kAckFlag, 1001, 5001);
  script.handshake(2500, 0, 3010);
  script.tcp(3000, 0, 3001, false, kFinFlag | kAckFlag, 1001, 5001);
  script.tcp(3100, 0, 3001, true, kFinFlag | kAckFlag, 5001, 1002);
  script.tcp(3200, 0, 3001, false, kAckFlag, 1002, 5002);
  script.handshake(3500, 0, 3011);
  script.handshake(3900, 0, 3012);
  script.handshake(4100, 1, 3020);
  for (int i = 0; i < 6; ++i)
    script.tcp(4500 + 200 * i, 1, 3020, i % 3 == 2, kAckFlag, i % 3 == 2 ? 5001 : 1001, i % 3 == 2 ? 1001 : 5001);
  return script.packets();
}

/// One stretch of traffic for all tests of this file.
struct Stretch {
  std::string problem;
  std::vector<TwinCounter> counters;
  std::set<std::size_t> unsure;  ///< indices into `counters`
};

Stretch play(bool v6) {
  Stretch run;
  const std::time_t now = std::time(nullptr);
  Twins twins(ruleset(now), v6, false);
  if (run.problem = twins.problem(); !run.problem.empty()) return run;
  const Outcome outcome = twins.send(script(v6));
  if (run.problem = outcome.error; !run.problem.empty()) return run;
  sim::SimOptions options;
  options.hz = kernel_hz();
  constexpr std::uint64_t kOthers = 12;
  for (std::uint64_t seed = 1; seed <= kOthers; ++seed) {
    twins.simulate(options, milliseconds(40), seed);
    const std::vector<TwinCounter> counters = twins.counters();
    if (run.counters.empty()) run.counters = counters;
    for (std::size_t i = 0; i < counters.size(); ++i)
      if (!(counters[i].simulated == run.counters[i].simulated)) run.unsure.insert(i);
  }
  twins.simulate(options);
  run.counters = twins.counters();
  return run;
}

bool agrees(const Stretch& run) {
  for (std::size_t i = 0; i < run.counters.size(); ++i)
    if (!run.unsure.contains(i) && !run.counters[i].agree()) return false;
  return run.problem.empty();
}

/// A machine under load may hold a packet back between our look at the clock and the kernel's. What disagrees by such a
/// chance does not do so three times.
Stretch play_in_peace(bool v6) {
  Stretch run = play(v6);
  for (int again = 0; again < 2 && !agrees(run); ++again) run = play(v6);
  return run;
}

class RealTime : public ::testing::TestWithParam<bool> {
 protected:
  static void SetUpTestSuite() {
    if (!permitted()) return;
    std::thread other([] { runs()[1] = play_in_peace(true); });
    runs()[0] = play_in_peace(false);
    other.join();
  }
  static std::array<Stretch, 2>& runs() {
    static std::array<Stretch, 2> both;
    return both;
  }

  /// All rules whose text has the word.
  static void compare(const std::string& word) {
    NFPROOF_NEEDS_KERNEL();
    const Stretch& run = runs()[GetParam() ? 1 : 0];
    ASSERT_EQ(run.problem, "");
    std::size_t judged = 0, matched = 0;
    for (std::size_t i = 0; i < run.counters.size(); ++i) {
      const TwinCounter& counter = run.counters[i];
      if (counter.kernel.text.find("-m " + word + " ") == std::string::npos || run.unsure.contains(i)) continue;
      ++judged;
      matched += counter.kernel.packets != 0 ? 1 : 0;
      EXPECT_EQ(disagreements({counter}), "");
    }
    std::cout << word << ": " << judged << " rules judged, " << matched << " of them matched\n";
    EXPECT_GT(matched, 0U);
  }
};

TEST_P(RealTime, Limit) { compare("limit"); }
TEST_P(RealTime, HashLimit) { compare("hashlimit"); }
TEST_P(RealTime, Recent) { compare("recent"); }
TEST_P(RealTime, Quota) { compare("quota"); }
TEST_P(RealTime, Statistic) { compare("statistic"); }
TEST_P(RealTime, Time) { compare("time"); }
TEST_P(RealTime, ConnBytes) { compare("connbytes"); }
TEST_P(RealTime, ConnLimit) { compare("connlimit"); }
TEST_P(RealTime, Cluster) { compare("cluster"); }

INSTANTIATE_TEST_SUITE_P(Families, RealTime, ::testing::Bool(),
                         [](const auto& given) { return given.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace nfproof::testing
