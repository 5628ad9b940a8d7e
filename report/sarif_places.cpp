// SPDX-License-Identifier: Apache-2.0
// Files and columns for SARIF.
#include "report/sarif_places.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

namespace nfproof::report {
namespace {

std::string uri_of(std::string_view path) {
  static constexpr std::string_view kPlain = "-._~/";
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  while (path.starts_with("./")) path.remove_prefix(2);
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (letter || kPlain.find(c) != std::string_view::npos)
      uri += c;
    else
      uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return uri;
}

/// The column in characters, from 1, of one in bytes. A byte that is no UTF-8 counts as a character.
std::size_t character_column(std::string_view line, std::uint32_t byte_column) {
  const std::string_view before = line.substr(0, std::min<std::size_t>(byte_column - 1, line.size()));
  return 1 + static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [](char c) {
           return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
         }));
}

Json region_json(const source::SourceManager& sources, const source::Span& span) {
  const std::string_view line = sources.file(span.file).line(span.line);
  Json json;
  json["startLine"] = span.line;
  json["startColumn"] = character_column(line, span.column);
  json["endColumn"] = character_column(line, std::max(span.end_column, span.column));
  return json;
}

}  // namespace

Json artifact_json(const source::SourceManager& sources, source::FileId file) {
  const std::string& path = sources.file(file).path();
  Json json;
  json["uri"] = uri_of(path);
  if (!path.starts_with('/')) json["uriBaseId"] = "%SRCROOT%";
  return json;
}

Json physical_json(const source::SourceManager& sources, const source::Span& span) {
  Json json;
  json["artifactLocation"] = artifact_json(sources, span.file);
  json["region"] = region_json(sources, span);
  return json;
}

Json replacement_json(const source::SourceManager& sources, const analyzer::Edit& edit) {
  Json json;
  if (edit.text_of.is_known()) {
    json["deletedRegion"] = {
        {"startLine", edit.span.line}, {"startColumn", 1}, {"endLine", edit.span.line}, {"endColumn", 1}};
    json["insertedContent"]["text"] = edit_text(sources, edit);
    return json;
  }
  if (edit.replacement.empty()) {
    json["deletedRegion"] = {
        {"startLine", edit.span.line}, {"startColumn", 1}, {"endLine", edit.span.line + 1}, {"endColumn", 1}};
    return json;
  }
  json["deletedRegion"] = region_json(sources, edit.span);
  json["insertedContent"]["text"] = edit.replacement;
  return json;
}

}  // namespace nfproof::report
