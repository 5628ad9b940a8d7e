// SPDX-License-Identifier: Apache-2.0
// Shell patterns: see pattern.h.
#include "compiler/script/pattern.h"

#include <array>
#include <cctype>

namespace nfproof::script {
namespace {

struct ClassRow {
  std::string_view name;
  int (*test)(int);
};
constexpr std::array<ClassRow, 12> kClasses = {{{"alnum", std::isalnum},
                                                {"alpha", std::isalpha},
                                                {"blank", std::isblank},
                                                {"cntrl", std::iscntrl},
                                                {"digit", std::isdigit},
                                                {"graph", std::isgraph},
                                                {"lower", std::islower},
                                                {"print", std::isprint},
                                                {"punct", std::ispunct},
                                                {"space", std::isspace},
                                                {"upper", std::isupper},
                                                {"xdigit", std::isxdigit}}};

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

/// What a bracket says about one character.
struct Bracket {
  bool closed = false;
  bool matches = false;
  std::size_t length = 0;
};

bool in_class(std::string_view name, char c) {
  for (const ClassRow& row : kClasses)
    if (row.name == name) return row.test(byte(c)) != 0;
  return false;
}

/// `pattern` begins after the `[`.
Bracket bracket(std::string_view pattern, char c) {
  Bracket result;
  std::size_t i = 0;
  const bool negated = !pattern.empty() && (pattern[0] == '!' || pattern[0] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) {
      result.closed = true;
      result.length = i + 1;
      result.matches = found != negated;
      return result;
    }
    if (pattern.substr(i).starts_with("[:")) {
      const std::size_t end = pattern.find(":]", i + 2);
      if (end != std::string_view::npos) {
        found = found || in_class(pattern.substr(i + 2, end - i - 2), c);
        i = end + 2;
        continue;
      }
    }
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const char low = pattern[i++];
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      const char high = pattern[i++];
      found = found || (byte(low) <= byte(c) && byte(c) <= byte(high));
    } else {
      found = found || low == c;
    }
  }
  return result;
}

char fold(char c, bool ignore_case) { return ignore_case ? static_cast<char>(std::tolower(byte(c))) : c; }

}  // namespace

bool pattern_matches(std::string_view pattern, std::string_view text, bool ignore_case) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, star_text = 0;
  for (;;) {
    bool matched = false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    if (p == pattern.size() && t == text.size()) return true;
    if (p < pattern.size() && t < text.size()) {
      const char c = pattern[p];
      std::size_t length = 1;
      if (c == '?') {
        matched = true;
      } else if (const Bracket set = c == '[' ? bracket(pattern.substr(p + 1), text[t]) : Bracket(); set.closed) {
        matched = set.matches;
        length = set.length + 1;
      } else {
        const bool escaped = c == '\\' && p + 1 < pattern.size();
        matched = fold(pattern[escaped ? p + 1 : p], ignore_case) == fold(text[t], ignore_case);
        length = escaped ? 2 : 1;
      }
      if (matched) {
        p += length;
        ++t;
        continue;
      }
    }
    // Back to the last star, which takes one character more.
    if (star == std::string_view::npos || star_text >= text.size()) return false;
    p = star + 1;
    t = ++star_text;
  }
}

bool has_pattern(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '?') {
      return true;
    } else if (pattern[i] == '[' && bracket(pattern.substr(i + 1), 'x').closed) {
      return true;
    }
  }
  return false;
}

std::string escape_pattern(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("*?[]\\-!^").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string unescape_pattern(std::string_view pattern) {
  std::string result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    result += pattern[i];
  }
  return result;
}

}  // namespace nfproof::script
