// SPDX-License-Identifier: Apache-2.0
// What a predicate says in nftables: tests that one rule can hold beside each other, or alternatives, which take a
// chain of their own. Made by `nft_formula`, put into rules by `nft_rule.h`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/nft_model.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

class NftObjects;

struct NftFormula {
  enum class Kind : std::uint8_t {
    kAll,   ///< the tests of `parts[0]`
    kAny,   ///< at least one of the parts; without parts: never
    kNone,  ///< none of the parts
  };
  Kind kind = Kind::kAll;
  std::vector<NftTests> parts;
  std::string problem;       ///< not empty: why it has no translation
  std::string warning = {};  ///< not empty: where it does not do the same
};

/// The problem of a test or target that could not be read, which the user was told.
inline constexpr std::string_view kNftUnreadable = "it could not be read";

/// What is known of the packet where the predicate stands.
struct NftContext {
  ir::Family family{};
  std::optional<std::uint8_t> l4proto;  ///< the one transport protocol that the rule asks for
  NftObjects* objects = nullptr;        ///< of the table
  std::string place;                    ///< of the rule, for names: `INPUT.3`
  std::uint8_t hooks = 0;               ///< 1 << Hook: where packets come from
  const ir::Rule* rule = nullptr;
  /// Of addresses in statements: that of the table, in a table of both that which the rule asks for, if it does.
  std::optional<ir::Family> address_family;
  bool has_ports = false;  ///< the rule asks for protocols that have ports
  bool native = true;      ///< `NftOptions::native`
  /// Was the rule written for nftables? Then nothing has to be done the way of xtables.
  [[nodiscard]] bool of_nftables() const { return rule != nullptr && rule->nft_number != 0; }
};

[[nodiscard]] NftFormula nft_formula(const ir::Ruleset& ruleset, ir::PredicateId predicate, const NftContext& context);

/// Any packet with a transport header passes, no later fragment does. (The kernel reads one to four aligned bytes
/// without looking for fragments.)
inline constexpr std::string_view kNftNoFragment = "@th,0,24 >= 0";
inline constexpr std::string_view kNftNoFragment4 = "ip frag-off & 0x1fff == 0";  ///< what it reads like in IPv4
/// A test that no packet passes.
[[nodiscard]] NftTest nft_never();
/// The packet has this transport protocol.
[[nodiscard]] NftTest nft_protocol_test(std::uint8_t protocol);
/// `tcp`, ..., or the number: only words that nft knows without a protocol database.
[[nodiscard]] std::string nft_protocol_name(std::uint8_t protocol);

// Parts of `nft_formula`, in `nft_field.cpp` and `nft_field_special.cpp`.
[[nodiscard]] NftFormula nft_field_formula(const ir::FieldTest& test, const NftContext& context);
/// Fields whose spelling is not `name value`. Nothing for the others.
[[nodiscard]] std::optional<NftFormula> nft_special_field(const ir::FieldTest& test, const NftContext& context);

[[nodiscard]] NftFormula nft_addr_type(const ir::FieldTest& test, const NftContext& context);
/// Fields that are looked up and whose spelling is not `name value`. Nothing for the others.
[[nodiscard]] std::optional<NftFormula> nft_lookup_field(const ir::FieldTest& test, const NftContext& context);

// Building blocks.
[[nodiscard]] NftFormula nft_all(NftTests tests);
[[nodiscard]] NftFormula nft_any(std::vector<NftTests> parts);
[[nodiscard]] NftFormula nft_problem(std::string why);
/// `name value`, `name { value, value }`, `name != value`: the intervals are not empty.
[[nodiscard]] NftTest nft_interval_test(std::string_view name, const ir::ValueSet::Intervals& intervals, bool negated,
                                        std::string (*format)(ir::u128), bool header);
/// Tests for the presence of the field, first in the rule; nothing when it is always there.
[[nodiscard]] NftTests nft_presence(ir::Presence presence, const NftContext& context);

[[nodiscard]] std::string nft_hex(ir::u128 value);
/// An address, a network or a range; `bits`: 32 or 128.
[[nodiscard]] std::string nft_address_interval(const ir::Interval& interval, unsigned bits);
/// A value, a network (addresses only) or a range, as `format` prints its ends.
[[nodiscard]] std::string nft_interval_text(const ir::Interval& interval, std::string (*format)(ir::u128));
[[nodiscard]] bool nft_has_ports(std::uint8_t protocol);

}  // namespace nfproof::backends
