// SPDX-License-Identifier: Apache-2.0
// Addresses and ports of the NAT targets: `ADDRESS[-ADDRESS][:PORT[-PORT[/BASE]]]`, IPv6 addresses in brackets when
// ports follow. Shared by DNAT, SNAT, MASQUERADE and REDIRECT.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

struct NatRange {
  std::optional<ir::Interval> addresses;  ///< as written: `lo` may be the larger one, then nothing is in it
  std::optional<ir::Interval> ports;
  std::uint16_t base_port = 0;
};

/// The range, or what is wrong with the text.
using NatRangeOrError = std::variant<NatRange, std::string>;

/// `PORT`, `PORT-PORT` or (when `shifted`) `PORT-PORT/BASE`.
[[nodiscard]] NatRangeOrError parse_nat_ports(std::string_view text, bool shifted);
[[nodiscard]] NatRangeOrError parse_nat_target(std::string_view text, ir::Family family, bool shifted);

[[nodiscard]] std::string nat_ports_text(const NatRange& range);
[[nodiscard]] std::string nat_target_text(const NatRange& range, ir::Family family);

/// Reports a range that cannot be read, and ports for a rule whose `-p` has none.
void check_nat_range(const ModuleInput& module, const OptionUse& use, const NatRangeOrError& parsed);
/// The range of a use that was checked.
[[nodiscard]] NatRange checked_range(const NatRangeOrError& parsed);

/// The flags that all NAT targets share; the verdict is accept.
void lower_nat(const ModuleInput& module, ir::Nat::Kind kind, const NatRange& range, Lowering& out);

}  // namespace nfproof::compiler
