// SPDX-License-Identifier: Apache-2.0
// One line that is written over again and again.
#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <string>

namespace nfproof::cli {
namespace {

constexpr std::chrono::milliseconds kInterval{100};
constexpr std::size_t kBarWidth = 30;

std::string bar(double fraction) {
  const auto full = static_cast<std::size_t>(fraction * static_cast<double>(kBarWidth));
  return '[' + std::string(full, '#') + std::string(kBarWidth - std::min(full, kBarWidth), '.') + ']';
}

}  // namespace

Progress::Progress()
    : terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      next_(start_ + std::chrono::seconds(1)) {}

Progress::~Progress() { clear(); }

bool Progress::past_due() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return false;
  next_ = now + kInterval;
  return true;
}

void Progress::show(std::optional<double> fraction, std::uint64_t packets) {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  std::array<char, 96> numbers{};
  const double rate = static_cast<double>(packets) / std::max(elapsed.count(), 1e-3);
  std::snprintf(numbers.data(), numbers.size(), "%llu packets, %.0f/s", static_cast<unsigned long long>(packets), rate);
  std::string line = "\r";
  if (fraction) {
    std::array<char, 32> percent{};
    std::snprintf(percent.data(), percent.size(), " %3.0f %%  ", *fraction * 100);
    line += bar(*fraction) + percent.data();
  }
  std::cerr << line << numbers.data() << "\x1b[K" << std::flush;
  shown_ = true;
}

void Progress::clear() {
  if (shown_) std::cerr << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace nfproof::cli
