// SPDX-License-Identifier: Apache-2.0
// Writes packets into a capture: pcapng, with interface names and directions, when the file's name ends in `.pcapng`,
// else pcap. A
// pcap file has room for one link type only: packets of another one get a plain link header of that type.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "sim/capture.h"

namespace nfproof::sim {

struct WrittenPacket {
  std::span<const std::uint8_t> link_header;
  std::span<const std::uint8_t> ip;
  std::uint32_t length = 0;  ///< of the IP packet on the wire; less than there is: what there is
  LinkType link = LinkType::kRawIp;
  Nanoseconds time = 0;
  std::string interface;
  Direction direction = Direction::kDetect;  ///< kDetect: not told
  std::optional<ir::Sender> sender{};        ///< goes into a comment of the packet
};

class CaptureWriter {
 public:
  /// `link`: what a pcap file holds. `nanoseconds`: whether its times have that many digits.
  CaptureWriter(const std::string& path, LinkType link, bool nanoseconds);
  ~CaptureWriter();
  CaptureWriter(CaptureWriter&&) noexcept;
  CaptureWriter& operator=(CaptureWriter&&) noexcept;

  void write(const WrittenPacket& packet);
  /// Writes out what is left. False when anything could not be written: `error` says what.
  bool close();
  [[nodiscard]] const std::string& error() const;

  class Sink;

 private:
  std::unique_ptr<Sink> sink_;
};

}  // namespace nfproof::sim
