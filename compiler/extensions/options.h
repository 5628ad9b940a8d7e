// SPDX-License-Identifier: Apache-2.0
// The option machinery of modules: finds the row of an option, reads its value by type, checks the whole use of a
// module and prints it. Errors go to the diagnostics of the module's input, with the place of the word and what was
// expected. Which word belongs to which module is decided by the reader of the rule, not here.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// A word of a rule, unquoted, and where it stands (with its quotes).
struct Word {
  std::string_view text;
  source::Span span;
  bool quoted = false;
};

/// The row with that name, or the row that an alias of that name stands for; null when there is none.
[[nodiscard]] const OptionRow* find_option(const Extension& extension, std::string_view name);

/// How many words follow the option: 0, 1 or 2.
[[nodiscard]] std::size_t value_words(const OptionRow& row);

/// Reads the value of an option (`values` has value_words(row) words) into `use`, whose row, negation and spans the
/// caller has set. False after an error was reported.
[[nodiscard]] bool read_value(const ModuleInput& module, std::span<const Word> values, OptionUse& use);

/// Refuses missing required options and a rule without the `-p` that the module needs, then asks the module's own
/// `check`. False after an error was reported.
[[nodiscard]] bool check_module(const Extension& extension, const ModuleInput& module);

/// The canonical text after `-m NAME`, without a blank in front.
[[nodiscard]] std::string print_module(const Extension& extension, const ModuleInput& module);

/// Appends ` --name value` of one option, ` ! --name value` when negated.
void print_option(const OptionUse& use, ir::Family family, std::string& out);

}  // namespace nfproof::compiler
