// SPDX-License-Identifier: Apache-2.0
// A progress bar on standard error: only on a terminal, and only for work that takes more than a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace nfproof::cli {

class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Is it time to show something? Cheap enough for every packet.
  [[nodiscard]] bool due() { return terminal_ && (++asked_ & 0xfffU) == 0 && past_due(); }
  /// `fraction`: how much is done; nothing when nobody knows.
  void show(std::optional<double> fraction, std::uint64_t packets);
  /// No bar at all: standard output goes to the terminal line by line.
  void disable() { terminal_ = false; }
  /// Takes the bar away.
  void clear();

 private:
  [[nodiscard]] bool past_due();

  bool terminal_;
  bool shown_ = false;
  std::uint64_t asked_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace nfproof::cli
