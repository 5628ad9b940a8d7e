// SPDX-License-Identifier: Apache-2.0
// Options of ipset itself. They may stand anywhere in a command, and in `ipset restore` they stay for the lines that
// follow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ipset/failure.h"
#include "compiler/ipset/words.h"

namespace nfproof::compiler::ipset {

enum class Output : std::uint8_t { kDefault, kPlain, kSave, kXml };

struct Settings {
  bool exist = false;
  bool quiet = false;
  bool sorted = false;
  bool names_only = false;
  bool terse = false;
  Output output = Output::kDefault;
  std::string file;
};

/// Takes the options out of the words.
std::optional<Failure> take_settings(std::vector<Word>& words, Settings& settings);

}  // namespace nfproof::compiler::ipset
