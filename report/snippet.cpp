// SPDX-License-Identifier: Apache-2.0
// Source lines with marks. A line that is wider than the terminal is shown from where the marks are.
#include "report/snippet.h"

#include <algorithm>

namespace nfproof::report {
namespace {

constexpr std::size_t kGutter = 6;
constexpr std::string_view kDots = "...";
/// Files that a program wrote may be one line of many megabytes.
constexpr std::size_t kLongLine = 1000;
constexpr std::size_t kRoomOfLong = 160;
constexpr std::size_t kContext = 12;  ///< columns shown before the marks when the line is cut at its start

/// `count` characters of printed text (single columns, perhaps several bytes each) from column `first`.
std::string columns(std::string_view text, std::size_t first, std::size_t count) {
  std::string cut;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts && i != 0) ++column;
    if (column >= first && column < first + count) cut += text[i];
  }
  return cut;
}

}  // namespace

std::string snippet(const Style& style, const source::SourceManager& sources, const Mark& mark) {
  if (!mark.span.is_known()) return {};
  std::string_view line = sources.file(mark.span.file).line(mark.span.line);
  const bool is_long = line.size() > kLongLine;
  const std::size_t room = style.width > kGutter + 24 ? style.width - kGutter - 4 : is_long ? kRoomOfLong : 0;
  std::size_t cut = 0;  // what is far before the marks is not looked at, nor is what is far behind
  if (is_long) {
    const std::size_t around = 4 * (room + kContext);
    cut = mark.span.column - 1 > around ? mark.span.column - 1 - around : 0;
    line = line.substr(std::min(cut, line.size()), 2 * around);
  }
  std::size_t first = column_of(line, mark.span.column - 1 - cut);
  std::size_t last = std::max(column_of(line, mark.span.end_column - 1 - cut), first + 1);
  std::string text = printable(line);

  const std::size_t total = column_of(line, line.size());
  if (room != 0 && total > room) {
    const std::size_t start = last + kDots.size() <= room ? 0 : first - std::min(first, kContext);
    const bool more = start + room < total;
    text = (start == 0 ? "" : std::string(kDots)) +
           columns(text, start == 0 ? 0 : start + kDots.size(),
                   room - (start == 0 ? 0 : kDots.size()) - (more ? kDots.size() : 0)) +
           (more ? std::string(kDots) : "");
    first -= start;
    last = std::max(std::min(last - start, room), first + 1);
  }

  std::string number = std::to_string(mark.span.line);
  number.insert(0, number.size() < kGutter ? kGutter - number.size() : 0, ' ');
  std::string marks(last - first, mark.stroke);
  if (!mark.label.empty()) marks += ' ' + mark.label;
  return paint(style, Tone::kDim, number + " | ") + text + '\n' +
         paint(style, Tone::kDim, std::string(kGutter, ' ') + " | ") + std::string(first, ' ') +
         paint(style, mark.tone, marks) + '\n';
}

std::string place(const source::SourceManager& sources, const source::Span& span) {
  const bool has_file = static_cast<std::size_t>(span.file) < sources.size();
  std::string text = has_file ? printable(sources.file(span.file).path()) : std::string("nfproof");
  if (span.is_known()) text += ':' + std::to_string(span.line) + ':' + std::to_string(span.column);
  return text;
}

}  // namespace nfproof::report
