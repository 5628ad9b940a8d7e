// SPDX-License-Identifier: Apache-2.0
// First half of reading a command: deals out its words to options of iptables itself, of matches, of the target. Values
// of basic options are read at once; values of modules wait until the whole rule is known.
#pragma once

#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/extensions/options.h"
#include "compiler/frontend/basic_options.h"
#include "compiler/frontend/command.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// An option of a module whose value is not read yet.
struct PendingOption {
  const OptionRow* row = nullptr;
  bool negated = false;
  source::Span span;
  std::span<const Word> values;
};

/// A match or target with its options. For jumps `extension` is null, and for a match that does not exist.
struct PendingModule {
  const Extension* extension = nullptr;
  std::string_view name;
  source::Span span;
  std::vector<PendingOption> options;
  std::string unknown{};  ///< options that do not exist, as text
};

/// All words of one command, each with its owner. The words themselves belong to the caller and must live as long.
struct CommandWords {
  Command command;  ///< without rules
  BasicOptions basic;
  source::Span basic_span;
  source::Span in_span;
  source::Span out_span;
  std::string given;  ///< short names of the options that not every command takes; `0` is --line-numbers
  std::vector<PendingModule> matches;
  std::optional<PendingModule> target;
  std::size_t matches_before_target = 0;  ///< when there is one: how many were loaded before it
  bool is_goto = false;
  std::forward_list<Word> glued;  ///< values written as `--option=value`; `matches` and `target` point into it
};

/// False after an error that leaves no rule. Stops early, without an error, at a `-4` or `-6` of the other family.
[[nodiscard]] bool deal_out(std::span<const Word> words, ir::Family family, CommandSyntax syntax, Unreadable unreadable,
                            source::Diagnostics& diagnostics, CommandWords& out);

}  // namespace nfproof::compiler
