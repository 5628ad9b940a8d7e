// SPDX-License-Identifier: Apache-2.0
// The lines of LOG rules, against those that the kernel writes into its log. It does so for network namespaces only
// while net.netfilter.nf_log_all_netns is set, which this test does; where it may not, or may not read the log, it
// skips.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iostream>

#include "tests/kernel/twins.h"
#include "tests/sim/scene.h"
#include "tests/support/random_packet.h"

namespace nfproof::testing {
namespace {

constexpr const char* kSwitch = "/proc/sys/net/netfilter/nf_log_all_netns";

/// Sets the switch for its lifetime.
class LogEverywhere {
 public:
  LogEverywhere() {
    std::ifstream(kSwitch) >> before_;
    std::ofstream(kSwitch) << 1;
    int now = 0;
    std::ifstream(kSwitch) >> now;
    on_ = now == 1;
  }
  ~LogEverywhere() { std::ofstream(kSwitch) << before_; }
  LogEverywhere(const LogEverywhere&) = delete;
  LogEverywhere& operator=(const LogEverywhere&) = delete;
  [[nodiscard]] bool on() const { return on_; }

 private:
  int before_ = 0;
  bool on_ = false;
};

/// The kernel's log from now on, the lines that begin with a mark.
class KernelLog {
 public:
  explicit KernelLog(std::string mark) : mark_(std::move(mark)), file_(open("/dev/kmsg", O_RDONLY | O_NONBLOCK)) {
    if (file_.valid()) lseek(file_.get(), 0, SEEK_END);
  }
  [[nodiscard]] bool valid() const { return file_.valid(); }
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

  void read_all() {
    std::array<char, 8192> record{};
    for (;;) {
      const ssize_t size = read(file_.get(), record.data(), record.size());
      if (size < 0 && errno == EPIPE) lost_ = true;
      if (size < 0 && errno != EPIPE) return;
      if (size > 0) take({record.data(), static_cast<std::size_t>(size)});
    }
  }

 private:
  /// `LEVEL,NUMBER,TIME,FLAGS;TEXT\n`
  void take(const std::string& record) {
    const auto begin = record.find(';');
    if (begin == std::string::npos) return;
    std::string text = record.substr(begin + 1, record.find('\n', begin) - begin - 1);
    if (text.starts_with(mark_)) lines_.push_back(std::move(text));
  }

  std::string mark_;
  Descriptor file_;
  std::vector<std::string> lines_;
  bool lost_ = false;
};

/// Every option in some hook; the conntrack match makes the kernel put fragments together in one half of the rulesets.
std::string ruleset(const std::string& mark, bool track) {
  const std::string log = "-j LOG --log-level 7 --log-prefix \"" + mark;
  const std::string all = " --log-tcp-sequence --log-tcp-options --log-ip-options";
  return "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
         ":POSTROUTING ACCEPT [0:0]\n-A PREROUTING " +
         log + "pre: \"" + all + "\n-A INPUT " + log + "in \"\n-A FORWARD -j MARK --set-mark 0x2a\n-A FORWARD " + log +
         "fwd \" --log-macdecode" + all + "\n-A POSTROUTING " + log + "post \" --log-tcp-options\n-A OUTPUT " + log +
         "out \" --log-ip-options\n" + (track ? "-A OUTPUT -m conntrack --ctstate INVALID\n" : "") + "COMMIT\n";
}

std::vector<TwinPacket> packets(std::uint64_t seed, bool v6, std::size_t count) {
  Traffic traffic(seed, {.v6 = v6});
  std::vector<TwinPacket> all;
  while (all.size() < count) {
    const TrafficPacket packet = traffic.next();
    all.push_back({packet.local ? std::string() : packet.interface, packet.bytes, {}});
  }
  return all;
}

class Lines : public ::testing::TestWithParam<int> {};

TEST_P(Lines, AreTheKernels) {
  NFPROOF_NEEDS_KERNEL();
  const LogEverywhere everywhere;
  const std::string mark = "t" + std::to_string(getpid() % 100000) + "n" + std::to_string(GetParam()) + " ";
  KernelLog log(mark);
  if (!everywhere.on() || !log.valid()) GTEST_SKIP() << "*** NOT TESTED: the kernel's log cannot be read here ***";
  const bool v6 = GetParam() % 2 == 1;
  Twins twins(ruleset(mark, GetParam() >= 2), v6, false);
  ASSERT_EQ(twins.problem(), "");
  const auto all = packets(static_cast<std::uint64_t>(GetParam()) + 11, v6, 600);
  constexpr std::size_t kAtOnce = 40;  // the kernel keeps only so many lines
  for (std::size_t i = 0; i < all.size(); i += kAtOnce) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(i);
    ASSERT_EQ(twins.send({first, first + static_cast<std::ptrdiff_t>(std::min(kAtOnce, all.size() - i))}).error, "");
    log.read_all();
  }
  ASSERT_FALSE(log.lost()) << "lines were lost";
  sim::SimOptions options;
  options.log_lines = true;
  std::vector<std::string> ours;
  for (const sim::Result& result : twins.simulate(options))
    for (const sim::LogEvent& event : result.logs) ours.push_back(event.line);
  ASSERT_GT(ours.size(), 300U);
  const auto [a, b] = std::mismatch(log.lines().begin(), log.lines().end(), ours.begin(), ours.end());
  EXPECT_TRUE(a == log.lines().end() && b == ours.end())
      << "line " << b - ours.begin() << " of " << ours.size() << "\n  kernel " << (a == log.lines().end() ? "-" : *a)
      << "\n  sim    " << (b == ours.end() ? "-" : *b);
  std::cout << ours.size() << " lines\n";
}

INSTANTIATE_TEST_SUITE_P(FamiliesAndTracking, Lines, ::testing::Range(0, 4));

}  // namespace
}  // namespace nfproof::testing
