// SPDX-License-Identifier: Apache-2.0
// Reads packet captures, pcap and pcapng, from a file or standard input, one packet at a time. A capture that ends in
// the middle of a packet or holds nonsense gives what was read and an error text at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/replay.h"

namespace nfproof::sim {

struct CapturedPacket {
  std::vector<std::uint8_t> data;
  LinkType link = LinkType::kUnknown;
  std::uint32_t original_length = 0;
  Nanoseconds time = 0;
  std::string interface;                     ///< where it was captured, when the capture names it (pcapng)
  Direction direction = Direction::kDetect;  ///< whether it came in or went out, when the capture says so (pcapng)
};

class CaptureReader {
 public:
  /// Opens a file; `-` is standard input. When that fails `error` says why and `next` gives nothing.
  explicit CaptureReader(const std::string& path);
  ~CaptureReader();
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;

  /// The next packet, valid until the next call; null at the end or when the rest cannot be read.
  [[nodiscard]] const CapturedPacket* next();

  /// Empty as long as all is well; `truncated dump file; ...` and the like otherwise.
  [[nodiscard]] const std::string& error() const;
  [[nodiscard]] std::uint64_t packets_read() const;
  /// The link type's name when it is one that cannot be decoded, else empty.
  [[nodiscard]] const std::string& unknown_link() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes IP packets into a pcap file (link type raw, nanoseconds).
class CaptureWriter {
 public:
  explicit CaptureWriter(const std::string& path);
  ~CaptureWriter();
  CaptureWriter(CaptureWriter&&) noexcept;
  CaptureWriter& operator=(CaptureWriter&&) noexcept;

  void write(std::span<const std::uint8_t> ip_packet, Nanoseconds time);
  [[nodiscard]] const std::string& error() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nfproof::sim
