// SPDX-License-Identifier: Apache-2.0
// Names of DSCP classes (RFC 2474, 2597, 3246) and of TOS values, for the modules dscp, tos, DSCP and TOS.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// The code point of a number (`--dscp`, `--set-dscp`) or of a class (`--dscp-class`, `--set-dscp-class`).
[[nodiscard]] std::optional<std::uint8_t> dscp_of(const OptionUse& use);
/// Exactly one of the two options, and a class that exists.
void check_dscp(const ModuleInput& module, std::string_view number_option, std::string_view class_option);

struct TosMask {
  std::uint8_t value = 0;
  std::uint8_t mask = 0xff;
};
/// `V`, `V/M` or a name, which leaves the two upper bits out.
[[nodiscard]] std::optional<TosMask> parse_tos(std::string_view text);
void check_tos(const ModuleInput& module, const OptionUse& use);

}  // namespace nfproof::compiler
