// SPDX-License-Identifier: Apache-2.0
// Reading and printing the small values of options as iptables does: numbers, ports, protocols, networks, quoted text.
// Pure functions: what cannot be read is an empty optional, and the caller says where and what was expected. Names are
// looked up in the local services and protocols tables only, never in the network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/extensions/extension.h"
#include "compiler/source/near.h"

namespace nfproof::compiler {

/// Decimal, octal (`017`) or hexadecimal (`0x1f`), nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

/// A number up to 65535, or a service name of the protocol (any protocol when empty).
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text, std::string_view protocol = {});

/// A number up to 255 or a protocol name; `all` is 0. Upper and lower case are the same.
[[nodiscard]] std::optional<std::uint8_t> parse_protocol(std::string_view text);
/// As iptables-save prints it: the name where there is one, else the number.
[[nodiscard]] std::string protocol_text(std::uint8_t protocol);

/// `ADDRESS`, `ADDRESS/PREFIX` or `ADDRESS/MASK`; IPv4 parts may be octal or hexadecimal, and missing parts are
/// 0 (`10/8`). The value is masked. Host names are not looked up.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text, ir::Family family);
/// `ADDRESS/PREFIX`, or `ADDRESS/MASK` when the mask has holes.
[[nodiscard]] std::string network_text(const Network& network, ir::Family family);

/// Six bytes in hexadecimal, separated by colons.
[[nodiscard]] std::optional<std::uint64_t> parse_mac(std::string_view text);

/// Does the text stand for a value that somebody took out or that a template is to fill in? `XX:XX:XX:XX:XX:XX`,
/// `10.x.x.x`, `<private_ip>`, `@ADDR@`, `${WAN}`, `{{ ip }}`, `VPS_EXT_IP`...
[[nodiscard]] bool is_placeholder(std::string_view text);
/// Could it be the name of a host?
[[nodiscard]] bool is_host_name(std::string_view text);
/// For the end of a message about a value that cannot be read: what is it instead? Empty when nobody can tell.
[[nodiscard]] std::string value_hint(std::string_view text);

/// Appends a blank and the text, in double quotes when it holds anything but letters, digits, `_` and `-`.
void append_quoted(std::string& out, std::string_view text);
/// Appends a blank and `LO` or `LO:HI` (with the separator given).
void append_range(std::string& out, const NumberRange& range, char separator = ':');
/// Appends a blank and `0xVALUE`, or `0xVALUE/0xMASK` when the mask is not all ones.
void append_mark(std::string& out, std::uint32_t value, std::uint32_t mask);

using source::nearest;

}  // namespace nfproof::compiler
