// SPDX-License-Identifier: Apache-2.0
// Rules that use one match or target module with options made up at random: from the module's option rows, and from a
// list of telling texts where a row only says "text". Many are refused (options exclude each other, a protocol is
// missing); whoever asks tries again.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "compiler/extensions/extension.h"

namespace nfproof::testing {

struct RandomRule {
  std::string table;
  std::string chain;
  std::string text;  ///< `-A CHAIN ...`

  /// The whole ruleset: the table with its chains, and this rule.
  [[nodiscard]] std::string ruleset() const;
};

class RandomUse {
 public:
  explicit RandomUse(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] RandomRule rule(const compiler::Extension& extension, ir::Family family);

 private:
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] std::string pick(std::string_view words);
  [[nodiscard]] std::uint64_t in_range(std::uint64_t min, std::uint64_t max);
  [[nodiscard]] std::string number(std::uint64_t value);
  [[nodiscard]] std::string address(ir::Family family);
  [[nodiscard]] std::string network(ir::Family family);
  [[nodiscard]] std::string port();
  [[nodiscard]] std::string range(std::uint64_t min, std::uint64_t max);
  [[nodiscard]] std::string value(const compiler::Extension& extension, const compiler::OptionRow& row,
                                  ir::Family family);
  [[nodiscard]] std::string text(const compiler::Extension& extension, std::string_view option, ir::Family family);
  [[nodiscard]] std::string options(const compiler::Extension& extension, ir::Family family);
  [[nodiscard]] std::string protocol(const compiler::Extension& extension);

  std::mt19937_64 random_;
};

}  // namespace nfproof::testing
