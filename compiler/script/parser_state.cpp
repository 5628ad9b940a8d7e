// SPDX-License-Identifier: Apache-2.0
// The shell parser: characters, places, blanks, newlines and the here-documents that begin after them.
#include "compiler/script/parser_state.h"

#include <algorithm>

namespace nfproof::script {

std::shared_ptr<const List> parse_script(std::string_view text, const Origin& origin, SyntaxError& error) {
  try {
    return std::make_shared<const List>(Parser(text, origin).program());
  } catch (SyntaxError& problem) {
    error = std::move(problem);
    return nullptr;
  }
}

Parser::Nesting::Nesting(Parser& parser) : parser_(parser) {
  if (++parser_.depth_ > kMaxSyntaxDepth) {
    --parser_.depth_;
    parser_.fail(parser_.pos_, "commands are nested too deeply");
  }
}

Parser::Parser(std::string_view text, const Origin& origin) : text_(text), origin_(origin), depth_(origin.depth) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') line_starts_.push_back(i + 1);
}

bool Parser::take(std::string_view text) {
  if (!at(text)) return false;
  pos_ += text.size();
  return true;
}

source::Span Parser::span(std::size_t from, std::size_t to) const {
  if (origin_.fixed) return *origin_.fixed;
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), from);
  const auto index = static_cast<std::size_t>(next - line_starts_.begin()) - 1;
  const std::size_t start = line_starts_[index];
  std::size_t line_end = text_.find('\n', from);
  if (line_end == std::string_view::npos) line_end = text_.size();
  const std::size_t end = std::max(from + 1, std::min(to, line_end));
  return {origin_.file, static_cast<std::uint32_t>(index) + origin_.first_line,
          static_cast<std::uint32_t>(from - start + 1), static_cast<std::uint32_t>(end - start + 1)};
}

void Parser::fail(std::size_t at, std::string message) const {
  throw SyntaxError{span(at, at + 1), std::move(message)};
}

void Parser::skip_continuations() {
  while (peek() == '\\' && peek(1) == '\n') pos_ += 2;
}

void Parser::skip_blanks() {
  for (;;) {
    skip_continuations();
    if (!is_blank(peek())) break;
    ++pos_;
  }
  // A comment begins where a word could begin; all callers stand there.
  if (peek() == '#')
    while (!at_end() && peek() != '\n') ++pos_;
}

void Parser::newline() {
  ++pos_;
  read_here_documents();
}

void Parser::skip_newlines() {
  for (skip_blanks(); peek() == '\n'; skip_blanks()) newline();
}

void Parser::read_here_documents() {
  std::vector<PendingHere> pending;
  pending.swap(pending_);
  for (const PendingHere& here : pending) read_here_document(here);
}

void Parser::read_here_document(const PendingHere& here) {
  std::string body;
  const auto first = std::upper_bound(line_starts_.begin(), line_starts_.end(), pos_) - line_starts_.begin();
  bool continued = false;  // the line before ended in a backslash: this one cannot be the delimiter
  while (!at_end()) {
    const std::size_t end = std::min(text_.find('\n', pos_), text_.size());
    std::string_view line = text_.substr(pos_, end - pos_);
    if (here.strip_tabs && !continued) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
    pos_ = std::min(end + 1, text_.size());
    if (line == here.delimiter && !continued) break;
    body += line;
    body += '\n';
    const std::size_t text_end = line.find_last_not_of('\\');
    const std::size_t backslashes = line.size() - (text_end == std::string_view::npos ? 0 : text_end + 1);
    continued = !here.quoted && backslashes % 2 == 1;
  }
  const source::Span place = here.body->span;
  if (here.quoted) {
    Part& part = here.body->parts.emplace_back();
    part.text = std::move(body);
    part.quoted = true;
    part.span = place;
    return;
  }
  Origin origin = origin_;
  origin.first_line = origin_.first_line + static_cast<std::uint32_t>(first) - 1;
  origin.depth = depth_ + 1;
  *here.body = Parser(body, origin).here_document();
  here.body->span = place;
}

bool Parser::at_metacharacter() const {
  return at_end() || std::string_view(" \t\n;&|<>()").find(peek()) != std::string_view::npos;
}

bool Parser::at_keyword(std::string_view keyword) const {
  if (!at(keyword)) return false;
  const std::size_t after = pos_ + keyword.size();
  return after >= text_.size() || std::string_view(" \t\n;&|<>()").find(text_[after]) != std::string_view::npos ||
         text_.substr(after).starts_with("\\\n");
}

void Parser::expect_keyword(std::string_view keyword, std::string_view of, std::size_t opened) {
  skip_newlines();
  if (at_keyword(keyword)) {
    pos_ += keyword.size();
    return;
  }
  if (at_end()) fail(opened, "this `" + std::string(of) + "` has no `" + std::string(keyword) + '`');
  fail(pos_, "expected `" + std::string(keyword) + "` of the `" + std::string(of) + "` in line " +
                 std::to_string(span(opened, opened + 1).line));
}

}  // namespace nfproof::script
