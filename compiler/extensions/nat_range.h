// SPDX-License-Identifier: Apache-2.0
// What DNAT, SNAT, MASQUERADE and REDIRECT share: reading, printing and lowering the range of addresses and ports that
// one of their options gives, and their flags. DNAT and SNAT take `ADDRESS[-ADDRESS][:PORT[-PORT[/BASE]]]`, IPv6
// addresses in brackets when ports follow; MASQUERADE and REDIRECT take `PORT[-PORT]`. Only DNAT has a base port.
#pragma once

#include <string>
#include <string_view>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// One of the targets: what it translates, and the name of its option with the range.
struct NatTarget {
  ir::Nat::Kind kind{};
  std::string_view option;
};

/// Reports a range that cannot be read, and ports for a rule whose `-p` has none.
void check_nat(const ModuleInput& module, const NatTarget& target);
/// Appends the range and the flags.
void print_nat(const ModuleInput& module, const NatTarget& target, std::string& out);
/// The translation as an effect; the verdict is accept.
void lower_nat(const ModuleInput& module, const NatTarget& target, Lowering& out);

}  // namespace nfproof::compiler
