// SPDX-License-Identifier: Apache-2.0
// A TCP conversation for tests: both ends with their sequence numbers, windows and options. Mostly it behaves; on
// request it repeats itself, leaves the window, resets, opens from both sides, begins anew in the middle. Knows no
// addresses and no ports.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/support/wire.h"

namespace nfproof::testing {

class TcpTalk {
 public:
  struct Segment {
    bool reply = false;  ///< sent by the server
    TcpFields fields;    ///< ports are not set
  };

  explicit TcpTalk(std::mt19937_64& random);
  [[nodiscard]] Segment next(std::mt19937_64& random, bool odd);

 private:
  enum class Phase : std::uint8_t { kSyn, kSynAck, kAck, kTalk, kFirstFin, kSecondFin, kLastAck, kOver };
  struct End {
    std::uint32_t first = 0;   // of the first byte
    std::uint32_t next = 0;    // of the next byte to be sent
    std::uint16_t window = 0;  // as it stands in the header
    WireBytes syn_options;
    bool timestamps = false;
  };

  void begin(std::mt19937_64& random);
  [[nodiscard]] Segment segment(bool reply, std::uint8_t flags, std::size_t payload = 0) const;
  [[nodiscard]] Segment expected(std::mt19937_64& random);
  [[nodiscard]] Segment unexpected(std::mt19937_64& random);
  [[nodiscard]] Segment reset(std::mt19937_64& random);
  [[nodiscard]] Segment fresh_syn(std::mt19937_64& random);
  void add_sack(std::mt19937_64& random, Segment& segment) const;

  std::array<End, 2> ends_;
  Phase phase_ = Phase::kSyn;
  bool closer_ = false;  // which end closes first
  std::vector<Segment> sent_;
};

}  // namespace nfproof::testing
