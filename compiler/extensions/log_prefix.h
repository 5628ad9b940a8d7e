// SPDX-License-Identifier: Apache-2.0
// The prefix option of LOG and NFLOG. A prefix that is longer than the kernel's field is cut, as the tool does.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// Reports an empty prefix and one with a line end.
void check_log_prefix(const ModuleInput& module, std::string_view option);
/// The first `size` bytes; empty when the option was not given.
[[nodiscard]] std::string log_prefix(const ModuleInput& module, std::string_view option, std::size_t size);
/// Appends the option, or nothing for an empty prefix.
void print_log_prefix(std::string_view option, std::string_view prefix, std::string& out);

}  // namespace nfproof::compiler
