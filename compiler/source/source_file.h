// SPDX-License-Identifier: Apache-2.0
// The input files of one run: their names, their bytes, and lines by number.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/span.h"

namespace nfproof::source {

/// One input: its bytes never change and never move after construction.
class SourceFile {
 public:
  SourceFile(std::string path, std::string text);
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::size_t line_count() const { return line_starts_.size(); }

  /// The line (from 1) without its line end; a carriage return before the newline belongs to the line end.
  /// Empty for numbers out of range.
  [[nodiscard]] std::string_view line(std::size_t number) const;

 private:
  std::string path_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

/// Owns all files of a run; ids stay valid for its lifetime.
class SourceManager {
 public:
  FileId add(std::string path, std::string text);
  [[nodiscard]] const SourceFile& file(FileId id) const;
  [[nodiscard]] std::size_t size() const { return files_.size(); }

 private:
  std::deque<SourceFile> files_;
};

/// The bytes of a file, or of standard input for `-`. When it cannot be read, `error` says why and the text is empty.
struct FileText {
  std::string text;
  std::string error;
};
[[nodiscard]] FileText read_file(const std::string& path);

}  // namespace nfproof::source
