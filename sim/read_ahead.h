// SPDX-License-Identifier: Apache-2.0
// Packets of a capture, read and placed by a thread of its own while those before are being decided. Their order, and
// so the result, is that of the capture, whatever the number of threads.
#pragma once

#include <memory>

#include "sim/capture.h"
#include "sim/placing.h"

namespace nfproof::sim {

struct ReadPacket {
  CapturedPacket captured;
  PlacedPacket placed;
};

class ReadAhead {
 public:
  /// With fewer than two threads packets are read when they are asked for. Reader and placing must outlive this and
  /// must not be asked for packets by anybody else; what more the reader knows may be asked after `next` gave null.
  ReadAhead(CaptureReader& reader, Placing& placing, unsigned threads);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// Valid until the next call; null at the end or when the rest cannot be read.
  [[nodiscard]] const ReadPacket* next();

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
