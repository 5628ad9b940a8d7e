// SPDX-License-Identifier: Apache-2.0
// From words to strings: braces, tildes, parameters, substitutions, splitting, file names, in the shell's order.
#pragma once

#include <string>
#include <vector>

#include "compiler/script/shell.h"

namespace nfproof::script {

/// A piece of an expanded word. `expanded` text is split; `breaks` begins a new field (`"$@"`).
struct Segment {
  std::string text;
  bool quoted = false;
  bool expanded = false;
  bool breaks = false;
  bool nothing = false;     ///< a `"$@"` without arguments
  std::string joint = " ";  ///< what stands in place of the break where there are no fields
};

class Expander {
 public:
  explicit Expander(Shell& shell) : shell_(shell) {}

  /// All fields of a word, as arguments of a command.
  void fields(const Word& word, std::vector<std::string>& result);
  /// One string: nothing is split.
  [[nodiscard]] std::string single(const Word& word);
  /// A pattern, with backslashes before what was quoted.
  [[nodiscard]] std::string pattern(const Word& word);
  /// A regular expression, likewise.
  [[nodiscard]] std::string regex(const Word& word);
  [[nodiscard]] long long number(const Word& word);

 private:
  struct Field {
    std::string text;
    std::string pattern;  ///< the same with backslashes
    bool started = false;
  };

  [[nodiscard]] std::vector<Segment> evaluate(const Word& word);
  void evaluate_part(const Part& part, std::vector<Segment>& segments);
  void parameter(const Part& part, std::vector<Segment>& segments);
  void many(const Part& part, std::vector<std::string> values, bool joined, std::vector<Segment>& segments);
  [[nodiscard]] std::vector<std::string> many_values(const Parameter& parameter, bool& is_set);
  [[nodiscard]] std::optional<std::string> one_value(const Parameter& parameter, const std::string& name,
                                                     source::Span span);
  [[nodiscard]] std::string changed(const Parameter& parameter, const std::string& value);
  [[nodiscard]] std::string replaced(const Parameter& parameter, const std::string& value);
  [[nodiscard]] std::string substring(const Parameter& parameter, const std::string& value, source::Span span);
  void slice(const Parameter& parameter, std::vector<std::string>& values);
  [[nodiscard]] bool use_argument(const Part& part, const std::optional<std::string>& value,
                                  std::vector<Segment>& segments);
  void expand_one(const Word& word, std::vector<std::string>& result);
  void split(const std::string& text, std::vector<Field>& fields);
  void file_names(const Field& field, source::Span span, std::vector<std::string>& result);

  Shell& shell_;
};

}  // namespace nfproof::script
