// SPDX-License-Identifier: Apache-2.0
// The ways to write a change of mark bits, shared by MARK and CONNMARK: all of them are
// mark = (mark & ~mask) ^ value.
#pragma once

#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {

struct MarkChange {
  std::uint32_t value = 0;
  std::uint32_t mask = 0xffffffff;
};

/// From `--set-xmark`, `--set-mark`, `--and-mark`, `--or-mark` or `--xor-mark`; nothing when none is given.
[[nodiscard]] std::optional<MarkChange> mark_change(const ModuleInput& module);

}  // namespace nfproof::compiler
