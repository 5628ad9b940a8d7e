// SPDX-License-Identifier: Apache-2.0
// Fields of rules as nftables names them. Most are rows of the field table, under the names that packet expressions use
// for them too; the others stand in a table here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/frontend/expression_field.h"
#include "compiler/frontend/nft/context.h"

namespace nfproof::compiler::nft {

/// The words of a field joined by blanks, in one spelling: `iifname` for `meta iifname`, `ct original ip saddr` for `ct
/// original saddr` in a table of IPv4.
[[nodiscard]] std::string field_path(const Expr& field, ir::Family family);

/// What nothing in the core is: the module of iptables that looks at the same thing, for messages and choices. Empty
/// when the path is no such field.
[[nodiscard]] std::string_view opaque_module(std::string_view path);
/// Some numbers have names in the listing of the kernel: the number that the word stands for, else the word itself.
[[nodiscard]] std::string number_of_name(std::string_view path, std::string_view word);
/// Of a part of a header that the core does not look into: what says that the packet has the header.
[[nodiscard]] std::optional<Conjunction> opaque_header(std::string_view path);

struct NamedField {
  ExpressionField field;
  Conjunction before;  ///< what nftables makes sure of by itself before it looks
};
/// A field that is compared with its values as they are written.
[[nodiscard]] std::optional<NamedField> find_nft_field(std::string_view path);

}  // namespace nfproof::compiler::nft
