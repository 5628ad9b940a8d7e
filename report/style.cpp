// SPDX-License-Identifier: Apache-2.0
// Colours and columns.
#include "report/style.h"

namespace nfproof::report {
namespace {

constexpr std::size_t kTab = 8;

std::string_view code(Tone tone) {
  switch (tone) {
    case Tone::kPlain: return "";
    case Tone::kBold: return "1";
    case Tone::kDim: return "2";
    case Tone::kError: return "1;31";
    case Tone::kWarning: return "1;33";
    case Tone::kInfo: return "1;36";
    case Tone::kGood: return "1;32";
  }
  return "";
}

/// Bytes of the character that starts here; 0 when these bytes are no UTF-8.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t size = first < 0x80         ? 1
                           : first >> 5 == 0x6  ? 2
                           : first >> 4 == 0xE  ? 3
                           : first >> 3 == 0x1E ? 4
                                                : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if (byte(i) >> 6 != 0x2) return 0;
  const bool overlong = (size == 2 && first < 0xC2) || (size == 3 && first == 0xE0 && byte(1) < 0xA0) ||
                        (size == 4 && first == 0xF0 && byte(1) < 0x90);
  const bool control = (size == 1 && (first < 0x20 || first == 0x7F)) || (size == 2 && first == 0xC2 && byte(1) < 0xA0);
  return overlong || control ? 0 : size;
}

/// Calls `sink(text)` for each printed character; stops after `limit` bytes of the line.
template <typename Sink>
void each_character(std::string_view line, std::size_t limit, Sink sink) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size() && i < limit;) {
    if (line[i] == '\t') {
      const std::size_t blanks = kTab - column % kTab;
      sink(std::string_view("        ").substr(0, blanks), blanks);
      column += blanks;
      ++i;
      continue;
    }
    const std::size_t size = character_size(line.substr(i));
    sink(size == 0 ? std::string_view("?") : line.substr(i, size), 1);
    ++column;
    i += size == 0 ? 1 : size;
  }
}

}  // namespace

std::string paint(const Style& style, Tone tone, std::string_view text) {
  if (!style.colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  return "\033[" + std::string(code(tone)) + "m" + std::string(text) + "\033[0m";
}

std::string printable(std::string_view line) {
  std::string text;
  each_character(line, line.size(), [&](std::string_view part, std::size_t) { text += part; });
  return text;
}

std::size_t column_of(std::string_view line, std::size_t bytes) {
  std::size_t columns = 0;
  each_character(line, bytes, [&](std::string_view, std::size_t width) { columns += width; });
  return columns;
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace nfproof::report
