// SPDX-License-Identifier: Apache-2.0
// What the text programs have in common: reading their input, lines, options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/script/builtins.h"

namespace nfproof::script {

/// The input of a program: its files one after another, or standard input.
struct TextInput {
  std::string text;
  bool failed = false;  ///< a file is not there; told on standard error
};
[[nodiscard]] TextInput text_input(Shell& shell, const Call& call, const std::vector<std::string>& files);

/// Without their newlines.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

/// Output and status of a program that works on something unknown.
Status unknown_output(Shell& shell, const Call& call);

/// The command as one line, for messages.
[[nodiscard]] std::string command_text(const Shell& shell, const Call& call);

/// Deals words out to options and operands. `with_value` lists the letters whose option takes a value.
struct TextOptions {
  std::string letters;
  std::vector<std::pair<char, std::string>> values;
  std::vector<std::string> operands;
  [[nodiscard]] bool has(char c) const { return letters.find(c) != std::string::npos; }
  [[nodiscard]] std::string value(char c) const;
};
/// An option that is not in `known` is refused.
[[nodiscard]] TextOptions text_options(Shell& shell, const Call& call, std::string_view known,
                                       std::string_view with_value);

}  // namespace nfproof::script
