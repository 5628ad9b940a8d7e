// SPDX-License-Identifier: Apache-2.0
// Files that are changed line by line: which lines hold one rule and nothing else, what a file is with its changes, and
// the unified diff of both.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::cli {

/// What a file of rules is made of.
enum class LineKind {
  kSave,      ///< `-A INPUT ...`, of iptables-save or `iptables -S`
  kCommands,  ///< `iptables -A INPUT ...`
  kScript,    ///< of a shell
  kNft,
  kJson,  ///< of nftables: lines mean nothing there
};

struct LineChange {
  bool gone = false;
  std::string before;  ///< lines that are written in front of it
};
using LineChanges = std::map<std::size_t, LineChange>;  ///< by number, from 1

/// Why the line cannot be deleted or moved by itself; empty: it can. `lines` are those of the file, in order.
class FileLines {
 public:
  FileLines(std::string_view text, LineKind kind);

  [[nodiscard]] std::string_view why_not(std::size_t number) const;
  /// The first of the remarks right above the line, or itself: what is said about it.
  [[nodiscard]] std::size_t first_remark(std::size_t number) const;
  /// With its end; a last line without one gets it.
  [[nodiscard]] std::string whole(std::size_t number) const;

 private:
  [[nodiscard]] std::string_view line(std::size_t number) const;  ///< without its end
  [[nodiscard]] std::string_view why_not_shell(std::size_t number) const;
  [[nodiscard]] std::string_view why_not_nft(std::size_t number) const;

  std::vector<std::string_view> lines_;
  LineKind kind_;
};

[[nodiscard]] std::string with_changes(std::string_view text, const LineChanges& changes);

/// What `diff -u` prints for the text before and after the changes.
[[nodiscard]] std::string unified_diff(const std::string& path, std::string_view before, const LineChanges& changes);

}  // namespace nfproof::cli
