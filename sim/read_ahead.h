// SPDX-License-Identifier: Apache-2.0
// Packets of a capture, read and placed by a thread of its own while those before are being decided. Their order, and
// so the result, is that of the capture, whatever the number of threads.
#pragma once

#include <memory>

#include "sim/capture.h"
#include "sim/placing.h"
#include "sim/preview.h"

namespace nfproof::sim {

struct ReadPacket {
  PlacedPacket placed;
  CapturedPacket captured;
  const Preview* preview = nullptr;  ///< only when the packet was read by a thread of its own, and previews are wanted
};

struct ReadAheadOptions {
  unsigned threads = 1;   ///< with fewer than two, packets are read when they are asked for
  bool previews = false;  ///< find out what a simulator without details wants to know
};

class ReadAhead {
 public:
  /// Reader and placing must outlive this and must not be asked for packets by anybody else; what more the reader knows
  /// may be asked after `next` gave null.
  ReadAhead(CaptureReader& reader, Placing& placing, const ReadAheadOptions& options);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// Valid until the next call; null at the end or when the rest cannot be read.
  [[nodiscard]] const ReadPacket* next();
  /// The preview of the packet so many places behind that which `next` gave, if it is there by now.
  [[nodiscard]] const Preview* later(std::size_t places) const;

 private:
  class Impl;
  CaptureReader& reader_;
  Placing& placing_;
  ReadPacket packet_;           // without a thread
  std::unique_ptr<Impl> impl_;  // null without a thread
};

/// As many threads as help here: 2, or 1 on a machine with one processor.
[[nodiscard]] unsigned default_threads();

}  // namespace nfproof::sim
