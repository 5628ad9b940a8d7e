// SPDX-License-Identifier: Apache-2.0
// Marks of packets and connections: the test that `mark` and `connmark` make, and the ways to write a change of mark
// bits, shared by MARK and CONNMARK. All of these are mark = (mark & ~mask) ^ value.
#pragma once

#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {

/// The rule needs `field` to have the value of `--mark` under its mask. A value with bits outside the mask never
/// matches.
void lower_mark_test(const ModuleInput& module, ir::FieldId field, Lowering& out);

struct MarkChange {
  std::uint32_t value = 0;
  std::uint32_t mask = 0xffffffff;
};

/// From `--set-xmark`, `--set-mark`, `--and-mark`, `--or-mark` or `--xor-mark`; nothing when none is given.
[[nodiscard]] std::optional<MarkChange> mark_change(const ModuleInput& module);

}  // namespace nfproof::compiler
