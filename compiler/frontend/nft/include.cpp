// SPDX-License-Identifier: Apache-2.0
// Finds included files: see include.h.
#include "compiler/frontend/nft/include.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace nfproof::compiler::nft {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 1000;
/// In all: files that include each other twice would double at each level.
constexpr std::size_t kMostIncluded = 4096;
constexpr std::size_t kDeepestInclude = 16;  ///< nft's limit

std::vector<std::string> matching(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t result{};
  if (glob(pattern.c_str(), 0, nullptr, &result) == 0)
    for (std::size_t i = 0; i < result.gl_pathc && i < kMostFiles; ++i) found.emplace_back(result.gl_pathv[i]);
  globfree(&result);
  return found;
}

/// Opens the files that the name stands for.
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
      if (found.empty()) found = matching((directory / wanted).lexically_normal().string());
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

class Includer {
 public:
  explicit Includer(ReadContext& context) : context_(context) {}

  void read(source::FileId file, Tokens& out) {
    open_.push_back(context_.sources.file(file).path());
    const Tokens tokens = read_tokens(context_.sources.file(file), file);
    bool begins = true;  // a statement
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      if (begins && token.kind == TokenKind::kWord && token.text == "include") {
        i = include(tokens, i, file, out);
        continue;
      }
      begins = ends_statement(token);
      out.push_back(token);
    }
    open_.pop_back();
  }

 private:
  static bool ends_statement(const Token& token) {
    return token.kind == TokenKind::kNewline ||
           (token.kind == TokenKind::kMark && (token.text == ";" || token.text == "{" || token.text == "}"));
  }

  /// Gives the place of the last token that belongs to it.
  std::size_t include(const Tokens& tokens, std::size_t at, source::FileId file, Tokens& out) {
    if (at + 1 == tokens.size() || tokens[at + 1].kind != TokenKind::kString) {
      context_.diagnostics.error("bad-nft", tokens[at].span, "expected the name of a file in quotes behind `include`");
      while (at + 1 < tokens.size() && !ends_statement(tokens[at + 1])) ++at;
      return at;
    }
    const Token& name = tokens[at + 1];
    if (open_.size() > kDeepestInclude) {
      context_.diagnostics.error("bad-nft", name.span, "files include each other too deeply");
      return at + 1;
    }
    for (const source::FileId each : open_included(context_, file, name)) {
      const std::string_view path = context_.sources.file(each).path();
      if (++included_ > kMostIncluded) {
        if (included_ == kMostIncluded + 1)
          context_.diagnostics.error("bad-nft", name.span,
                                     "more than " + std::to_string(kMostIncluded) + " files are included");
      } else if (std::find(open_.begin(), open_.end(), path) != open_.end()) {
        context_.diagnostics.error("bad-nft", name.span, "`" + std::string(path) + "` includes itself");
      } else {
        read(each, out);
        if (!out.empty() && out.back().kind != TokenKind::kNewline) {
          Token end = name;
          end.kind = TokenKind::kNewline;
          end.text = "\n";
          out.push_back(end);
        }
      }
    }
    return at + 1;
  }

  ReadContext& context_;
  std::vector<std::string> open_;  ///< paths of the files that are being read
  std::size_t included_ = 0;
};

}  // namespace

Tokens read_with_includes(ReadContext& context, source::FileId file) {
  Tokens tokens;
  Includer(context).read(file, tokens);
  return tokens;
}

}  // namespace nfproof::compiler::nft
