// SPDX-License-Identifier: Apache-2.0
// Backslash escapes: see escapes.h.
#include "compiler/script/escapes.h"

#include <cstdint>

namespace nfproof::script {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

/// Reads up to `most` digits at `at` and moves it past them.
std::uint32_t read_number(std::string_view raw, std::size_t& at, int base, int most) {
  std::uint32_t value = 0;
  for (int i = 0; i < most && at < raw.size() && digit_value(raw[at]) < base; ++i)
    value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit_value(raw[at++]));
  return value;
}

/// A string of the shell holds no NUL.
void append_byte(std::string& text, std::uint32_t byte) {
  if ((byte & 0xff) != 0) text += static_cast<char>(byte);
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    append_byte(text, code);
  } else if (code < 0x800) {
    add(0xc0 | code >> 6);
    add(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3f));
    add(0x80 | (code & 0x3f));
  } else {
    add(0xf0 | (code >> 18 & 7));
    add(0x80 | (code >> 12 & 0x3f));
    add(0x80 | (code >> 6 & 0x3f));
    add(0x80 | (code & 0x3f));
  }
}

/// The escapes of one letter that all styles have.
char simple_escape(char c) {
  switch (c) {
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case '\\': return '\\';
    case 'e':
    case 'E': return '\x1b';
    default: return '\0';
  }
}

}  // namespace

Unescaped unescape(std::string_view raw, EscapeStyle style) {
  Unescaped result;
  for (std::size_t at = 0; at < raw.size();) {
    if (raw[at] != '\\' || at + 1 == raw.size()) {
      result.text += raw[at++];
      continue;
    }
    const char c = raw[at + 1];
    if (const char simple = simple_escape(c); simple != '\0') {
      result.text += simple;
      at += 2;
    } else if (c == 'c' && style == EscapeStyle::kEcho) {
      result.stop = true;
      return result;
    } else if (c == 'x' && at + 2 < raw.size() && digit_value(raw[at + 2]) < 16) {
      at += 2;
      append_byte(result.text, read_number(raw, at, 16, 2));
    } else if ((c == 'u' || c == 'U') && at + 2 < raw.size() && digit_value(raw[at + 2]) < 16) {
      at += 2;
      append_utf8(result.text, read_number(raw, at, 16, c == 'u' ? 4 : 8));
    } else if (digit_value(c) < 8 && (style != EscapeStyle::kEcho || c == '0')) {
      at += style == EscapeStyle::kEcho ? 2 : 1;
      append_byte(result.text, read_number(raw, at, 8, 3));
    } else if ((c == '"' || c == '\'' || c == '?') && style != EscapeStyle::kEcho) {
      result.text += c;
      at += 2;
    } else {
      result.text += '\\';
      result.text += c;
      at += 2;
    }
  }
  return result;
}

}  // namespace nfproof::script
