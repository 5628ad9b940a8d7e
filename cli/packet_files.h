// SPDX-License-Identifier: Apache-2.0
// The captures that a replay writes: what got through, as it leaves, and what did not, as it came. Fragments that wait
// for others, packets for user space and what is no IP stand in neither.
#pragma once

#include <optional>
#include <string>

#include "cli/terminal.h"
#include "sim/capture.h"
#include "sim/capture_writer.h"

namespace nfproof::cli {

class PacketFiles {
 public:
  /// Empty names: not wanted.
  PacketFiles(const std::string& accepted, const std::string& dropped, const sim::CaptureReader& capture);

  /// Could the files be opened? An error is told.
  [[nodiscard]] bool good(Terminal& terminal) const;
  void write(const sim::CapturedPacket& captured, const sim::Result& result);
  /// False when something could not be written; it is told.
  [[nodiscard]] bool close(Terminal& terminal);

 private:
  struct File {
    std::string path;
    std::optional<sim::CaptureWriter> writer;
  };
  static bool tell(Terminal& terminal, const File& file);

  File accepted_;
  File dropped_;
};

}  // namespace nfproof::cli
