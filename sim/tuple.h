// SPDX-License-Identifier: Apache-2.0
// The five values that name one direction of a connection, taken from a packet, and turned around.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "compiler/ir/address.h"
#include "sim/bytes.h"

namespace nfproof::sim {

inline constexpr std::uint8_t kProtoGre = 47;

/// For ICMP `source_port` is the identifier and `destination_port` type and code (type in the high byte); for protocols
/// without ports both are 0.
struct Tuple {
  ir::u128 source = 0;
  ir::u128 destination = 0;
  ir::Family family{};
  std::uint8_t protocol = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint16_t zone = 0;
  friend bool operator==(const Tuple&, const Tuple&) = default;
};

struct TupleHash {
  [[nodiscard]] std::size_t operator()(const Tuple& tuple) const;
};

/// The tuple of the packet whose IP header is at `start`; nothing for later fragments, broken headers, and transport
/// headers that are cut short.
[[nodiscard]] std::optional<Tuple> tuple_at(ByteView bytes, std::size_t start, ir::Family family);

/// The tuple of answers; nothing for ICMP types that have none.
[[nodiscard]] std::optional<Tuple> inverted(const Tuple& tuple);

[[nodiscard]] bool has_port_tuple(std::uint8_t protocol);

}  // namespace nfproof::sim
