// SPDX-License-Identifier: Apache-2.0
// The options of a small program as getopt_long(3) reads them: bundled letters, abbreviated long names, values in the
// same word or the next, other words anywhere between.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/extensions/options.h"

namespace nfproof::compiler {

struct LongOption {
  char letter;
  std::string_view name;
  bool takes_value;
  bool optional_value = false;  ///< in the same word only
};

class LongOptions {
 public:
  LongOptions(std::span<const LongOption> options, std::span<const Word> words) : options_(options), words_(words) {}

  struct Found {
    char letter;  ///< `?` after an error
    std::string_view value;
  };
  /// Nothing at the end.
  [[nodiscard]] std::optional<Found> next();
  /// In getopt's words, without the name of the program.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// The words that are no options.
  [[nodiscard]] const std::vector<std::string_view>& rest() const { return rest_; }
  /// Takes the next word, when it is no option, as the value of the last option.
  [[nodiscard]] std::string_view take_argument();

 private:
  Found long_option(std::string_view word);
  Found short_option();
  Found fail(std::string message);

  std::span<const LongOption> options_;
  std::span<const Word> words_;
  std::size_t at_ = 0;
  std::string_view bundle_;  ///< letters of the current word still to be read
  std::string error_;
  std::vector<std::string_view> rest_;
};

}  // namespace nfproof::compiler
