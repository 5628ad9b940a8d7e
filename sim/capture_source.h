// SPDX-License-Identifier: Apache-2.0
// What the readers of the two capture formats share: they take packets one by one from an open file and fill in
// `packet_`. Internal to captures.
#pragma once

#include <cstdio>
#include <memory>

#include "sim/capture.h"

namespace nfproof::sim {

class CaptureReader::Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// False at the end, or with an error.
  [[nodiscard]] virtual bool read_next() = 0;

  CapturedPacket packet_;
  std::string error_;
  std::uint64_t count_ = 0;
  std::vector<std::string> unknown_links_;
  LinkType first_link_ = LinkType::kUnknown;
  bool nanoseconds_ = false;
  std::FILE* file_ = nullptr;  ///< for its position; owned by whoever reads
  std::int64_t file_size_ = 0;
  std::vector<char> buffer_;  ///< of the file, which is closed before it goes

 protected:
  void note_link(int number);
};

/// Known numbers of link types, as both formats store them and as libpcap calls them (they differ for none of these but
/// raw IP, which has several).
[[nodiscard]] LinkType link_type_of(int number);

/// `file` begins with the section header block's type. Takes the file.
[[nodiscard]] std::unique_ptr<CaptureReader::Source> open_pcapng(std::FILE* file);

}  // namespace nfproof::sim
