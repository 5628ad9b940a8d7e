// SPDX-License-Identifier: Apache-2.0
// Reads packet captures, pcap and pcapng, from a file or standard input, one packet at a time: nothing of a packet is
// kept, so a capture may be larger than memory. One that ends in the middle of a packet or holds nonsense gives what
// was read and an error text at the end.
//
// Entries: `CaptureReader`; `capture_writer.h` writes. Which interface and direction a packet has for the host is
// decided by `placing.h`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/replay.h"

namespace nfproof::sim {

struct CapturedPacket {
  std::span<const std::uint8_t> data;  ///< with the link header
  LinkType link = LinkType::kUnknown;
  std::uint32_t original_length = 0;
  Nanoseconds time = 0;
  std::string interface;                     ///< where it was captured, when the capture names it (pcapng)
  Direction direction = Direction::kDetect;  ///< whether it came in or went out, when the capture says so (pcapng)
  std::optional<ir::Sender> sender{};        ///< when a comment of the packet names it (pcapng)
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
  /// The link types that were met and cannot be decoded, by name.
  [[nodiscard]] const std::vector<std::string>& unknown_links() const;
  /// The link type of the first interface: what a file with packets of this one may be said to hold.
  [[nodiscard]] LinkType first_link() const;
  /// Do its time stamps have nanoseconds?
  [[nodiscard]] bool has_nanoseconds() const;
  /// How much of the file was read, from 0 to 1; nothing when nobody knows how long it is.
  [[nodiscard]] std::optional<double> progress() const;

  class Source;

 private:
  std::unique_ptr<Source> source_;
};

}  // namespace nfproof::sim
