// SPDX-License-Identifier: Apache-2.0
// Reading source files and the index of their lines.
#include "compiler/source/source_file.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace nfproof::source {

SourceFile::SourceFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  std::size_t start = 0;
  while (start < text_.size()) {
    line_starts_.push_back(start);
    const std::size_t newline = text_.find('\n', start);
    if (newline == std::string::npos) break;
    start = newline + 1;
  }
}

std::string_view SourceFile::line(std::size_t number) const {
  if (number == 0 || number > line_starts_.size()) return {};
  const std::size_t start = line_starts_[number - 1];
  std::size_t end = text_.find('\n', start);
  if (end == std::string::npos) end = text_.size();
  if (end > start && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(start, end - start);
}

FileId SourceManager::add(std::string path, std::string text) {
  files_.emplace_back(std::move(path), std::move(text));
  return FileId{static_cast<std::uint32_t>(files_.size() - 1)};
}

const SourceFile& SourceManager::file(FileId id) const { return files_.at(static_cast<std::size_t>(id)); }

FileText read_file(const std::string& path) {
  FileText result;
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    result.error = std::strerror(errno);
    return result;
  }
  // A string that grows would hold up to twice what it needs.
  if (struct stat about{}; fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
    result.text.reserve(static_cast<std::size_t>(about.st_size));
  std::array<char, 65536> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file))
    result.text.append(buffer.data(), size);
  if (std::ferror(file) != 0) {
    result.error = std::strerror(errno);
    result.text.clear();
  }
  if (file != stdin) std::fclose(file);
  return result;
}

}  // namespace nfproof::source
