// SPDX-License-Identifier: Apache-2.0
// Listens to one NFLOG group of the namespace it was opened in. Internal to the harness: `Lab` turns entries into
// fates.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/kernel/harness/netns.h"

namespace nfproof::testing {

struct LogEntry {
  std::string prefix;
  std::uint32_t in_index = 0;   // 0: none
  std::uint32_t out_index = 0;  // 0: none
  std::uint32_t mark = 0;
  std::vector<std::uint8_t> payload;
};

class LogListener {
 public:
  // Opens the group in the calling thread's namespace.
  [[nodiscard]] bool open(std::uint16_t group, std::string* error);

  // Appends what has arrived. Waits up to `wait_ms` for the first entry; 0 does not wait. False on loss of entries.
  [[nodiscard]] bool receive(int wait_ms, std::vector<LogEntry>* entries, std::string* error);

 private:
  [[nodiscard]] bool configure(std::uint16_t group, bool bind, std::string* error);

  Descriptor socket_;
  std::vector<char> buffer_;
};

}  // namespace nfproof::testing
