// SPDX-License-Identifier: Apache-2.0
// The option of a command that says what it does (`-A`, `-I`, `-P`...), with the chain, number or policy behind it.
#pragma once

#include "compiler/frontend/command.h"
#include "compiler/frontend/word_stream.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// `option` is the word that named the verb, `value` the chain behind it where the option must have one; what else
/// belongs to it is taken from `words`. False after an error was reported, also for a second verb in one command.
[[nodiscard]] bool read_verb(Verb verb, const Word& option, const Word& value, WordStream& words, Command& command,
                             source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
