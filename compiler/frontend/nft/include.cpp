// SPDX-License-Identifier: Apache-2.0
// Finds included files: see include.h.
#include "compiler/frontend/nft/include.h"

#include <glob.h>

#include <filesystem>
#include <string>

namespace nfproof::compiler::nft {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 1000;

std::vector<std::string> matching(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t result{};
  if (glob(pattern.c_str(), 0, nullptr, &result) == 0)
    for (std::size_t i = 0; i < result.gl_pathc && i < kMostFiles; ++i) found.emplace_back(result.gl_pathv[i]);
  globfree(&result);
  return found;
}

}  // namespace

std::vector<source::FileId> open_included(ReadContext& context, source::FileId from, const Token& name) {
  std::vector<source::FileId> files;
  if (!context.includes) {
    context.diagnostics.error("unreadable-file", name.span, "files cannot be included here");
    return files;
  }
  const std::string wanted(name.text);
  std::vector<std::string> found;
  const bool absolute = fs::path(wanted).is_absolute();
  if (absolute) {
    found = matching(wanted);
  } else {
    const fs::path beside = fs::path(context.sources.file(from).path()).parent_path();
    for (const fs::path& directory : {beside, fs::path("."), fs::path("/etc")})
      if (found.empty()) found = matching((directory / wanted).string());
  }
  for (const std::string& path : found) {
    source::FileText read = source::read_file(path);
    if (!read.error.empty()) {
      context.diagnostics.error("unreadable-file", name.span, "`" + path + "` cannot be read: " + read.error);
      continue;
    }
    files.push_back(context.sources.add(path, std::move(read.text)));
  }
  if (found.empty() && wanted.find_first_of("*?[") == std::string::npos)
    context.diagnostics.error("unreadable-file", name.span, "there is no file `" + wanted + '`');
  return files;
}

}  // namespace nfproof::compiler::nft
