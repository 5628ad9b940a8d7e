// SPDX-License-Identifier: Apache-2.0
// What a replay has to be told about the machine it models, because no ruleset and no capture says it: answers of tests
// that depend on things outside, the clock, chance. One group of options for every subcommand that replays packets.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/terminal.h"
#include "compiler/frontend/compile.h"
#include "sim/replay.h"

namespace nfproof::cli {

struct ModelFlags {
  std::vector<std::string> assume;
  std::string seed;
  std::string timezone;
  std::vector<std::string> kernel;
};

/// Declares --assume, --seed, --timezone, --kernel.
void declare_model(Arguments& arguments, ModelFlags& flags);

/// False after an error, which is told: a number that is none, a time zone that does not exist, an answer to a question
/// that no rule asks.
[[nodiscard]] bool apply_model(Terminal& terminal, const ModelFlags& flags, const compiler::Compilation& compilation,
                               sim::SimOptions& options);

}  // namespace nfproof::cli
