// SPDX-License-Identifier: Apache-2.0
// Why a command of ipset was refused: the text that ipset itself prints, what kind of failure it is, and which word is
// to blame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "compiler/ir/set_ops.h"
#include "compiler/ir/set_type.h"

namespace nfproof::compiler::ipset {

enum class Verb : std::uint8_t {
  kNone,
  kCreate,
  kAdd,
  kDel,
  kTest,
  kDestroy,
  kList,
  kSave,
  kRestore,
  kFlush,
  kRename,
  kSwap,
  kHelp,
  kVersion,
  kQuit,
};

struct Failure {
  enum class Kind : std::uint8_t {
    kUsage,   ///< a wrong command line: exit code 2, `Try 'ipset help' for more information.`
    kSyntax,  ///< a value that cannot be read
    kKernel,  ///< what the kernel refuses
  };
  Kind kind = Kind::kKernel;
  std::string message;
  std::size_t word = 0;  ///< index of the word to blame
  ir::SetError error = ir::SetError::kNone;
};

[[nodiscard]] inline Failure syntax_failure(std::string text, std::size_t word) {
  return {Failure::Kind::kSyntax, "Syntax error: " + std::move(text), word, {}};
}
[[nodiscard]] inline Failure usage_failure(std::string text, std::size_t word) {
  return {Failure::Kind::kUsage, std::move(text), word, {}};
}
/// With the message of ipset's table of error codes (lib/errcode.c) for the command.
[[nodiscard]] Failure kernel_failure(ir::SetError error, Verb verb, std::size_t word);

/// The message in the words of a diagnostic: without `Syntax error:`, lower case, names in backticks.
[[nodiscard]] std::string diagnostic_text(const Failure& failure);

}  // namespace nfproof::compiler::ipset
