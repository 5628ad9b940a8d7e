// SPDX-License-Identifier: Apache-2.0
// The element of `ipset add|del|test SET ELEMENT` as it was written: ranges are not expanded, nothing is masked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/ipset/values.h"

namespace nfproof::compiler::ipset {

/// `ADDRESS`, `ADDRESS/PREFIX` or `FROM-TO`.
struct AddressSpec {
  ir::u128 from = 0;
  std::optional<ir::u128> to;
  std::optional<std::uint8_t> prefix;
};

struct ElementSpec {
  AddressSpec first;
  AddressSpec second;
  std::uint8_t protocol = 0;
  std::uint16_t port = 0;
  std::optional<std::uint16_t> port_to;
  std::optional<std::uint64_t> mac;
  std::uint32_t mark = 0;
  std::string interface;
  bool physdev = false;
  std::string member;  ///< of a list:set
  /// Of a list:set: its place is before or after this member.
  std::optional<std::string> reference;
  bool before = false;
};

/// What the text of an address may be.
enum class AddressForm : std::uint8_t { kAny, kPlain, kNoRange };

/// Nothing after a failure.
std::optional<AddressSpec> read_address(ValueReader& reader, std::string_view text, ir::Family family,
                                        AddressForm form);
std::optional<ElementSpec> read_element(ValueReader& reader, std::string_view text, const ir::SetHeader& header);

/// `[PROTOCOL:]PORT[-PORT]` of a bitmap:port, where the protocol only chooses the table of names.
bool read_bitmap_port(ValueReader& reader, std::string_view text, std::uint16_t& port,
                      std::optional<std::uint16_t>& port_to);

/// Names of sets are at most so long.
inline constexpr std::size_t kMaxSetName = 31;
bool check_set_name(ValueReader& reader, std::string_view name);

}  // namespace nfproof::compiler::ipset
