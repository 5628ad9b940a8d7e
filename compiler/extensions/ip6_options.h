// SPDX-License-Identifier: Apache-2.0
// What `hbh` and `dst` share: the length of an IPv6 options header and the list of its options, `TYPE[:LENGTH],...`.
#pragma once

#include <string>
#include <string_view>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// `list` is the option with the list; a list that cannot be read is an error.
void check_ip6_options(const ModuleInput& module, std::string_view list);
/// Appends the options `length` and `list`.
void print_ip6_options(const ModuleInput& module, std::string_view length, std::string_view list, std::string& out);

/// The rule needs the listed options to begin the destination (or hop-by-hop) options header.
void lower_ip6_options(const ModuleInput& module, std::string_view list, bool destination, Lowering& out);

}  // namespace nfproof::compiler
