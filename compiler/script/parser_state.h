// SPDX-License-Identifier: Apache-2.0
// The shell parser's inside: one object for one text, used by the files `parser_*.cpp` only. It stands at one character
// and reads forward; errors are thrown as `SyntaxError` and leave the room by `parse_script`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/script/parser.h"

namespace nfproof::script {

inline constexpr int kMaxSyntaxDepth = 300;

[[nodiscard]] inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
[[nodiscard]] inline bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
[[nodiscard]] inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] inline bool is_name_char(char c) { return is_name_start(c) || is_digit(c); }
[[nodiscard]] inline bool is_special_parameter(char c) { return c != '\0' && std::string_view("@*#?-$!").find(c) < 7; }

class Parser {
 public:
  Parser(std::string_view text, const Origin& origin);

  [[nodiscard]] List program();
  /// The text as between double quotes, without these being special: the body of a here-document.
  [[nodiscard]] Word here_document();

 private:
  /// Where a word stands decides what ends it and what is special in it.
  enum class Place : std::uint8_t { kPlain, kQuoted, kHere, kBrace, kBraceQuoted, kArithmetic, kRegex, kSubscript };

  struct Nesting {
    explicit Nesting(Parser& parser);
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  struct PendingHere {
    std::shared_ptr<Word> body;
    std::string delimiter;
    bool quoted;
    bool strip_tabs;
  };

  // parser_state.cpp: characters and places
  [[nodiscard]] bool at_end() const { return pos_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0';
  }
  [[nodiscard]] bool at(std::string_view text) const { return text_.substr(pos_).starts_with(text); }
  [[nodiscard]] bool take(std::string_view text);
  [[nodiscard]] source::Span span(std::size_t from, std::size_t to) const;
  [[nodiscard]] source::Span span_from(std::size_t from) const { return span(from, pos_); }
  [[noreturn]] void fail(std::size_t at, std::string message) const;
  void skip_continuations();
  void skip_blanks();
  void newline();
  void skip_newlines();
  void read_here_documents();
  void read_here_document(const PendingHere& here);
  [[nodiscard]] bool at_metacharacter() const;
  [[nodiscard]] bool at_keyword(std::string_view keyword) const;
  void expect_keyword(std::string_view keyword, std::string_view of, std::size_t opened);

  // parser_words.cpp, parser_parameter.cpp: words
  [[nodiscard]] Word word(Place place = Place::kPlain);
  [[nodiscard]] bool ends_word(Place place, std::size_t from) const;
  void word_part(Word& word, Place place, bool quoted);
  void add_text(Word& word, std::string_view text, bool quoted, std::size_t from);
  void single_quotes(Word& word, Place place);
  void dollar_quotes(Word& word);
  void double_quotes(Word& word);
  void backslash(Word& word, Place place, bool quoted);
  void dollar(Word& word, bool quoted);
  void backticks(Word& word, bool quoted);
  void command_substitution(Word& word, bool quoted);
  void process_substitution(Word& word);
  [[nodiscard]] bool arithmetic_substitution(Word& word, bool quoted);
  [[nodiscard]] bool scan_arithmetic(std::size_t& end) const;
  [[nodiscard]] Word arithmetic_text(std::size_t end);
  void braced_parameter(Word& word, bool quoted);
  void parameter_operator(Parameter& parameter, bool quoted);
  [[nodiscard]] std::string parameter_name();
  void subscript(Parameter& parameter);
  void simple_parameter(Word& word, bool quoted);

  // parser_commands.cpp, parser_compound.cpp: commands
  [[nodiscard]] List list();
  [[nodiscard]] List filled_list();
  [[nodiscard]] bool at_list_end() const;
  [[nodiscard]] AndOr and_or();
  [[nodiscard]] Pipeline pipeline();
  [[nodiscard]] CommandPtr command();
  void simple(Command& command);
  [[nodiscard]] bool assignment_ahead() const;
  [[nodiscard]] Assignment assignment();
  void array_elements(Assignment& assignment);
  [[nodiscard]] bool redirect_ahead() const;
  void redirect(std::vector<Redirect>& redirects);
  void redirects(std::vector<Redirect>& redirects);
  [[nodiscard]] bool compound(Command& command);
  void function_body(Command& command, std::string name);
  void group(Command& command);
  void subshell(Command& command);
  [[nodiscard]] bool arithmetic_command(Command& command);
  void if_command(Command& command);
  void loop_command(Command& command, bool until);
  void for_command(Command& command);
  void arithmetic_for(Command& command, std::size_t opened);
  [[nodiscard]] List do_group();
  void case_command(Command& command);
  [[nodiscard]] CaseCommand::Branch case_branch();
  void condition_command(Command& command);
  [[nodiscard]] Condition condition_or();
  [[nodiscard]] Condition condition_and();
  [[nodiscard]] Condition condition_primary();
  void condition_space();

  std::string_view text_;
  Origin origin_;
  std::vector<std::size_t> line_starts_;
  std::size_t pos_ = 0;
  int depth_ = 0;
  std::vector<PendingHere> pending_;
};

}  // namespace nfproof::script
