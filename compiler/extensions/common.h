// SPDX-License-Identifier: Apache-2.0
// What many modules share: refusing combinations of options, small readers for lists of names, hexadecimal text, and
// short forms for predicates. No module has its rules here.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// Two options of which only one may be given; reports the second one.
bool at_most_one(const ModuleInput& module, std::initializer_list<std::string_view> options);
/// As above, and none is an error too.
bool exactly_one(const ModuleInput& module, std::initializer_list<std::string_view> options);
/// At least one of the options.
bool at_least_one(const ModuleInput& module, std::initializer_list<std::string_view> options);
/// `option` makes sense only beside `other`.
bool needs_also(const ModuleInput& module, std::string_view option, std::string_view other);
/// The rule must say `-p` with one of the protocols and without `!`; `text` is for the message: "`-p tcp`".
bool needs_protocol(const ModuleInput& module, std::initializer_list<std::uint8_t> protocols, std::string_view text);
/// The built-in chain must not be one of these.
bool refuse_chains(const ModuleInput& module, std::string_view option, std::initializer_list<std::string_view> chains);

/// The parts between separators; one empty part for an empty text.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
/// The first of `names` that begins with the (not empty) text, upper and lower case alike.
[[nodiscard]] std::optional<std::uint64_t> find_by_prefix(std::span<const NameValue> names, std::string_view text);
/// The name of a value, empty when it has none.
[[nodiscard]] std::string_view name_of(std::span<const NameValue> names, std::uint64_t value);
/// `` `a`, `b`, `c` ``
[[nodiscard]] std::string names_text(std::span<const NameValue> names);

/// `0x1f`, with at least `digits` digits.
[[nodiscard]] std::string hex(std::uint64_t number, unsigned digits = 1);
/// Appends ` --name` or ` ! --name`.
void append_option(std::string& out, const OptionUse& use);
void append_option(std::string& out, const OptionUse& use, std::string_view value);

/// The address of a network option as it was written, also the bits that its mask covers up; the mask behind it, or
/// only when it is not the whole address.
[[nodiscard]] std::string host_text(const OptionUse& use, ir::Family family, bool always_mask);
/// A range that holds everything its row allows and is not negated: iptables-save leaves it out.
[[nodiscard]] bool is_whole_range(const OptionUse& use);

[[nodiscard]] inline std::uint64_t number_of(const OptionUse& use) { return std::get<std::uint64_t>(use.value); }
[[nodiscard]] inline const std::string& text_of(const OptionUse& use) { return std::get<std::string>(use.value); }
[[nodiscard]] inline const NumberRange& range_of(const OptionUse& use) { return std::get<NumberRange>(use.value); }
[[nodiscard]] inline const MarkMask& mark_of(const OptionUse& use) { return std::get<MarkMask>(use.value); }

[[nodiscard]] inline ir::FieldTest field_test(ir::FieldId field, ir::ValueSet values, bool negated = false) {
  return ir::FieldTest{field, 0, negated, std::move(values)};
}
/// The rule needs the field to be there with a value in the range of the option (any when it was not given).
void lower_range(const ModuleInput& module, std::string_view option, ir::FieldId field, Lowering& out);

/// The IPv4 or the IPv6 field, as the family of the rule wants.
[[nodiscard]] inline ir::FieldId by_family(const ModuleInput& module, ir::FieldId ipv4, ir::FieldId ipv6) {
  return module.family == ir::Family::kIpv6 ? ipv6 : ipv4;
}

/// In network order; an IPv4 address fills the first four bytes.
[[nodiscard]] std::array<std::uint8_t, 16> address_bytes(ir::u128 address, ir::Family family);

}  // namespace nfproof::compiler
