// SPDX-License-Identifier: Apache-2.0
// Changing files line by line.
#include "cli/fix_lines.h"

#include <algorithm>

#include "compiler/source/quotes.h"

namespace nfproof::cli {
namespace {

/// Lines with their ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// A rule of a save file: nothing else stands in its line.
bool is_rule_line(std::string_view line) {
  if (line.starts_with('[')) line.remove_prefix(std::min(line.find("] ") + 2, line.size()));
  return line.starts_with("-A ") || line.starts_with("-I ");
}

/// The first of these characters that stands in no quotes, before a remark; `\0`: none. `depth` counts braces.
char first_bare(std::string_view line, std::string_view wanted, int& depth) {
  source::BareScanner scanner(line);
  while (const auto at = scanner.next()) {
    const char c = line[*at];
    if (c == '{' || c == '}') {
      depth += c == '{' ? 1 : -1;
      if (depth < 0) return c;
    } else if (scanner.open_quote() != '\0' || (depth == 0 && wanted.find(c) != std::string_view::npos)) {
      return c;
    }
  }
  return scanner.remark() == std::string_view::npos ? scanner.open_quote() : '\0';
}

}  // namespace

FileLines::FileLines(std::string_view text, LineKind kind) : lines_(lines_of(text)), kind_(kind) {}

std::string_view FileLines::line(std::size_t number) const {
  return number == 0 || number > lines_.size() ? std::string_view() : trimmed(lines_[number - 1]);
}

std::string_view FileLines::why_not(std::size_t number) const {
  if (line(number).ends_with('\\') || line(number - 1).ends_with('\\')) return "the rule is written in several lines";
  switch (kind_) {
    case LineKind::kSave: return is_rule_line(line(number)) ? "" : "the line is no rule of a save file";
    case LineKind::kCommands: return "";
    case LineKind::kScript: return why_not_shell(number);
    case LineKind::kNft: return why_not_nft(number);
    case LineKind::kJson: return "JSON is not changed line by line";
  }
  return "";
}

std::string_view FileLines::why_not_shell(std::size_t number) const {
  int depth = 0;
  const char bare = first_bare(line(number), ";&|<>()`", depth);
  return bare == '\0' && depth == 0 ? "" : "the line holds more than one plain command";
}

std::string_view FileLines::why_not_nft(std::size_t number) const {
  int depth = 0;
  const char bare = first_bare(line(number), ";", depth);
  if (bare == '\0' && depth == 0) return "";
  return bare == ';' ? "the line holds more than one statement" : "the rule is written in several lines";
}

std::size_t FileLines::first_remark(std::size_t number) const {
  while (number > 1 && line(number - 1).starts_with('#') && !line(number - 1).starts_with("#!")) --number;
  return number;
}

std::string FileLines::whole(std::size_t number) const {
  std::string text(lines_[number - 1]);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

std::string with_changes(std::string_view text, const LineChanges& changes) {
  std::string out;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    const auto change = changes.find(++number);
    if (change != changes.end()) out += change->second.before;
    if (change == changes.end() || !change->second.gone) out += line;
  }
  return out;
}

namespace {

/// A line of the diff: ` ` kept, `-` gone, `+` new.
struct DiffLine {
  char kind;
  std::string_view text;
};

std::vector<DiffLine> diff_lines(std::string_view before, const LineChanges& changes) {
  std::vector<DiffLine> all;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(before)) {
    const auto change = changes.find(++number);
    if (change != changes.end())
      for (const std::string_view added : lines_of(change->second.before)) all.push_back({'+', added});
    all.push_back({change != changes.end() && change->second.gone ? '-' : ' ', line});
  }
  return all;
}

}  // namespace

std::string unified_diff(const std::string& path, std::string_view before, const LineChanges& changes) {
  constexpr std::size_t kContext = 3;
  const std::vector<DiffLine> lines = diff_lines(before, changes);
  std::string text = "--- " + path + "\n+++ " + path + '\n';
  std::size_t old_line = 1, new_line = 1;  // of lines[at]
  const auto pass = [&](const DiffLine& line) {
    old_line += line.kind == '+' ? 0 : 1;
    new_line += line.kind == '-' ? 0 : 1;
  };
  std::size_t at = 0;
  while (true) {
    std::size_t first = at;
    while (first < lines.size() && lines[first].kind == ' ') ++first;
    if (first == lines.size()) return text;
    std::size_t last = first;  // of the changes of the hunk
    for (std::size_t k = first; k < lines.size() && k <= last + 2 * kContext + 1; ++k)
      if (lines[k].kind != ' ') last = k;
    const std::size_t begin = std::max(at, first - std::min(first, kContext));
    const std::size_t end = std::min(lines.size(), last + kContext + 1);
    for (; at < begin; ++at) pass(lines[at]);
    const std::size_t old_first = old_line, new_first = new_line;
    std::string body;
    for (; at < end; ++at) {
      pass(lines[at]);
      body += lines[at].kind;
      body += lines[at].text;
      if (!lines[at].text.ends_with('\n')) body += "\n\\ No newline at end of file\n";
    }
    text += "@@ -" + std::to_string(old_first) + ',' + std::to_string(old_line - old_first) + " +" +
            std::to_string(new_first) + ',' + std::to_string(new_line - new_first) + " @@\n" + body;
  }
}

}  // namespace nfproof::cli
