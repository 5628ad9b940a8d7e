// SPDX-License-Identifier: Apache-2.0
// Well-formed lines to words: see line_scanner.h.
#include "compiler/frontend/line_scanner.h"

#include <algorithm>
#include <array>

#include "compiler/frontend/counters_text.h"

namespace nfproof::compiler {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// What ends a word, by byte: a blank or a double quote.
constexpr auto kEndsWord = [] {
  std::array<bool, 256> ends{};
  for (const char c : {' ', '\t', '\r', '\n', '"'}) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}();

class Scanner {
 public:
  Scanner(source::FileId file, std::uint32_t line, std::string_view text, ParsedLine& out)
      : file_(file), line_(line), text_(text), out_(out) {}

  bool scan() {
    skip_blanks();
    if (at_end()) return true;
    switch (text_[place_]) {
      case '#': out_.kind = LineKind::kRemark; return true;
      case '*': return fields(LineKind::kTable);
      case ':': return fields(LineKind::kChain);
      case 'C': return commit();
      case '[': return counters() && command();
      case '-':
      case '!': return command();
      default: return false;
    }
  }

 private:
  [[nodiscard]] bool at_end() const { return place_ == text_.size(); }
  void skip_blanks() {
    while (!at_end() && is_blank(text_[place_])) ++place_;
  }
  [[nodiscard]] source::Span span(std::size_t begin, std::size_t end) const {
    return {file_, line_, static_cast<std::uint32_t>(begin + 1), static_cast<std::uint32_t>(end + 1)};
  }
  [[nodiscard]] std::size_t end_of_field() const {
    std::size_t end = place_;
    while (end < text_.size() && !is_blank(text_[end])) ++end;
    return end;
  }
  void take(std::size_t end) {
    out_.words.push_back({text_.substr(place_, end - place_), span(place_, end), false});
    place_ = end;
  }

  bool fields(LineKind kind) {
    ++place_;
    for (skip_blanks(); !at_end(); skip_blanks()) take(end_of_field());
    out_.kind = kind;
    return true;
  }

  bool commit() {
    if (text_.substr(place_, end_of_field() - place_) != "COMMIT") return false;
    place_ = end_of_field();
    skip_blanks();
    if (!at_end()) return false;
    out_.kind = LineKind::kCommit;
    return true;
  }

  bool counters() {
    const std::size_t end = end_of_field();
    out_.counters = read_counters(text_.substr(place_, end - place_));
    if (!out_.counters) return false;
    place_ = end;
    skip_blanks();
    return !at_end();
  }

  /// Clauses `[!] OPTION value...`.
  bool command() {
    bool negation = false;
    for (; !at_end(); skip_blanks()) {
      const std::size_t begin = place_;
      if (!take_word()) return false;
      const std::string_view raw = text_.substr(begin, place_ - begin);
      const bool is_negation = raw == "!" || raw == "\"!\"";
      const bool is_option = raw.front() == '-';
      const bool is_value = !is_negation && !is_option;
      if (is_value && (negation || out_.words.size() == 1)) return false;
      negation = is_negation;
    }
    if (negation) return false;
    out_.kind = LineKind::kCommand;
    return true;
  }

  bool take_word() {
    std::size_t end = place_;
    while (end < text_.size() && !kEndsWord[static_cast<unsigned char>(text_[end])]) ++end;
    if (end == text_.size() || text_[end] != '"') return take(end), true;
    const std::size_t begin = place_;
    for (++end; end < text_.size() && text_[end] != '"'; ++end)
      if (text_[end] == '\\') ++end;
    if (end >= text_.size()) return false;
    place_ = end + 1;
    out_.words.push_back({unquoted(text_.substr(begin, place_ - begin)), span(begin, place_), true});
    return true;
  }

  /// Points into the line where it can.
  std::string_view unquoted(std::string_view word) {
    const bool as_it_is = word.front() == '"' && word.find('\\') == std::string_view::npos;
    if (as_it_is) return word.substr(1, word.size() - 2);
    return out_.unquoted.emplace_back(unquote(word));
  }

  source::FileId file_;
  std::uint32_t line_;
  std::string_view text_;
  ParsedLine& out_;
  std::size_t place_ = 0;
};

}  // namespace

void start_line(source::FileId file, std::uint32_t line_number, std::string_view text, ParsedLine& out) {
  out.kind = LineKind::kEmpty;
  out.words.clear();
  out.unquoted.clear();
  out.counters.reset();
  out.unclosed_quote = false;
  const std::size_t first = std::min(text.find_first_not_of(" \t\r"), text.size());
  const std::size_t last = text.find_last_not_of(" \t\r");
  const std::size_t end = last == std::string_view::npos ? first : last + 1;
  out.span = {file, line_number, static_cast<std::uint32_t>(first + 1), static_cast<std::uint32_t>(end + 1)};
}

bool scan_line(source::FileId file, std::uint32_t line_number, std::string_view text, ParsedLine& out) {
  return Scanner(file, line_number, text, out).scan();
}

std::string unquote(std::string_view text) {
  const std::size_t quote = text.find('"');
  std::string out(text.substr(0, quote));
  for (std::size_t i = quote + 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && ++i == text.size()) break;
    out += text[i];
  }
  return out;
}

}  // namespace nfproof::compiler
