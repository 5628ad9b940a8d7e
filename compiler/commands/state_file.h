// SPDX-License-Identifier: Apache-2.0
// A virtual host in a file: locked while it is in use, replaced at once when it changes. The file is text: a header
// line, the sets as `ipset save` prints them, then the IPv4 and the IPv6 tables as iptables-save -c prints them, so
// that every reader of rulesets reads it too.
//
// How to use it: make a `StateFile` (this waits for the lock), look at `error`, work on `host`, call `save` when
// something changed. The lock is given back when the object goes. Whoever dies in between leaves the old state.
#pragma once

#include <string>

#include "compiler/commands/virtual_host.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {

/// The first line of a state file; a file with a later version is refused.
inline constexpr std::string_view kStateHeader = "# nfproof state 1";

class StateFile {
 public:
  /// Locks the file, by a file beside it called `PATH.lock`, and reads it; a file that does not exist is an empty host.
  explicit StateFile(std::string path);
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  /// Empty when all is well; `diagnostics` has the places when lines of the file cannot be read.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] const source::Diagnostics& diagnostics() const { return diagnostics_; }
  [[nodiscard]] const source::SourceManager& sources() const { return sources_; }

  [[nodiscard]] VirtualHost& host() { return host_; }
  /// Writes the host; false when that failed, and the file is as it was.
  [[nodiscard]] bool save();

 private:
  [[nodiscard]] bool lock();
  void load();

  std::string path_;
  std::string error_;
  int lock_ = -1;
  source::SourceManager sources_;
  source::Diagnostics diagnostics_;
  VirtualHost host_;
};

/// The text of a state file, and reading it. Nothing is written to the host after an error.
[[nodiscard]] std::string state_text(const VirtualHost& host);
[[nodiscard]] bool read_state(const source::SourceFile& file, source::FileId id, VirtualHost& host,
                              source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
