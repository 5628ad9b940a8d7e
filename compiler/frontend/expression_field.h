// SPDX-License-Identifier: Apache-2.0
// Fields as packet expressions name them: the rows of the field table under their nftables spelling, and the parts of
// fields that nftables names by themselves (`icmp type`, `ip dscp`).
//
// Entries: `find_expression_field`, `parse_value`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/field.h"
#include "compiler/ir/value_set.h"

namespace nfproof::compiler {

/// `bits` bits of a field, from bit `shift` on.
struct ExpressionField {
  ir::FieldId field{};
  ir::FieldKind kind{};
  unsigned shift = 0;
  unsigned bits = 0;
  std::uint16_t argument = 0;
  /// The test also needs a packet of this family (`ip protocol`).
  std::optional<ir::Family> only;

  /// Is a plain value a set of bits of which one must be set (`tcp flags syn`)?
  [[nodiscard]] bool is_bit_set() const;
};

/// `path` is the field's words joined by single blanks: `tcp dport`, `ct original ip saddr`.
[[nodiscard]] std::optional<ExpressionField> find_expression_field(std::string_view path);
/// The names that may follow the first word of a path, for messages.
[[nodiscard]] std::vector<std::string> expression_fields_of(std::string_view header);

/// One value of the field, by number or name; nothing when it cannot have that value. Not for interfaces.
[[nodiscard]] std::optional<ir::u128> parse_value(const ExpressionField& field, std::string_view text);
/// What values of the field look like: "a port number or service name".
[[nodiscard]] std::string_view describe_values(const ExpressionField& field);

}  // namespace nfproof::compiler
