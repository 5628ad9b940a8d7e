// SPDX-License-Identifier: Apache-2.0
// Lists of connection states, shared by `-m state` and `-m conntrack --ctstate`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// Bits of a state list: 1 << ir::CtState, and two more that are status bits of the entry.
inline constexpr unsigned kStateBitSnat = 1U << 5;
inline constexpr unsigned kStateBitDnat = 1U << 6;

/// Reads a comma list; names may be cut short and in any case, as iptables has it. Nothing when a part is unknown.
[[nodiscard]] std::optional<unsigned> parse_states(std::string_view text, bool with_nat);
/// In the order of iptables-save.
[[nodiscard]] std::string states_text(unsigned states);
/// Reports a list that cannot be read.
void check_states(const ModuleInput& module, const OptionUse& use, bool with_nat);

/// The rule needs the state of the packet to be in the list. A packet without an entry is INVALID or UNTRACKED.
void lower_states(unsigned states, bool negated, Lowering& out);
/// May the test be true for a packet without an entry?
[[nodiscard]] bool states_allow_no_entry(unsigned states, bool negated);

}  // namespace nfproof::compiler
