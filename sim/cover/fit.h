// SPDX-License-Identifier: Apache-2.0
// Fits a packet, known as it enters a base chain, to a host: how it must come to the host so that it gets to the hook
// with these fields, and with which addresses and ports when the wanted ones do not lead there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/host.h"
#include "compiler/ir/packet.h"

namespace nfproof::sim {

/// How a packet gets into the host.
enum class Course : std::uint8_t { kArrives, kForwarded, kSent };

struct Fitted {
  Course course{};
  ir::Packet packet;  ///< at the beginning of its way; `in` names where it arrives
};

/// The likeliest ways first. `fresh_port` is one that no other connection uses.
[[nodiscard]] std::vector<Fitted> fit(const ir::Host& host, const ir::Packet& at_hook, std::uint16_t fresh_port);

/// Some address that is reached by the interface; nothing without a route there.
[[nodiscard]] std::optional<ir::u128> address_behind(const ir::Host& host, const std::string& interface,
                                                     ir::Family family, unsigned nth = 0);
/// An own address, one of the interface's first.
[[nodiscard]] std::optional<ir::u128> own_address(const ir::Host& host, const std::string& interface,
                                                  ir::Family family);
/// Where a packet from there would arrive; empty: nowhere.
[[nodiscard]] std::string side_of(const ir::Host& host, ir::u128 address, ir::Family family);

}  // namespace nfproof::sim
