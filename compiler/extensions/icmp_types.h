// SPDX-License-Identifier: Apache-2.0
// Types and codes of ICMP and ICMPv6 as options name them: reading, printing and meaning, shared by `icmp` and `icmp6`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "compiler/ir/value_set.h"

namespace nfproof::compiler {

struct IcmpType {
  std::uint8_t type = 0;
  std::uint8_t code_lo = 0;
  std::uint8_t code_hi = 255;
};

struct IcmpName {
  std::string_view name;
  IcmpType type;
};

/// `NAME` (may be cut short when only one name begins so), `TYPE`, `TYPE/CODE` or `TYPE/CODE:CODE`. Otherwise what is
/// wrong with it.
[[nodiscard]] std::variant<IcmpType, std::string> parse_icmp_type(std::string_view text,
                                                                  std::span<const IcmpName> names);
/// `TYPE` or `TYPE/CODE`.
[[nodiscard]] std::string icmp_type_text(const IcmpType& type);
/// Values of the fields `icmp.type_code` and `icmp6.type_code`.
[[nodiscard]] ir::ValueSet icmp_type_values(const IcmpType& type);

}  // namespace nfproof::compiler
