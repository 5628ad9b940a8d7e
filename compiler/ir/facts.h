// SPDX-License-Identifier: Apache-2.0
// Questions about predicates, effects and headers that several rooms ask: what a test consists of, what an effect
// writes and needs, which protocol or family a header belongs to.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/ir/core.h"
#include "compiler/ir/effect.h"
#include "compiler/ir/field.h"
#include "compiler/ir/packet.h"

namespace nfproof::ir {

/// The predicate's tests: alternatives (`AnyOf`) are followed, however deep, and stand in the list themselves, too.
[[nodiscard]] std::vector<PredicateId> parts_of(const PredicatePool& pool, PredicateId whole);
/// Is one of the parts such that `is(predicate)`?
template <typename Is>
[[nodiscard]] bool any_part(const PredicatePool& pool, PredicateId whole, Is&& is) {
  for (const PredicateId part : parts_of(pool, whole))
    if (is(pool[part])) return true;
  return false;
}

/// The field that the effect gives a value, if it is one field's only.
[[nodiscard]] std::optional<FieldId> written_field(const Effect& effect);
/// Does nothing for packets without a connection.
[[nodiscard]] bool needs_connection(const Effect& effect);

/// A field of the packet's connection: not there when the packet is not tracked. (The state is there for all.)
[[nodiscard]] bool of_connection(FieldId field);
[[nodiscard]] bool of_connection(Presence presence);
/// A field that connection tracking fills in: those of the connection, and the state.
[[nodiscard]] bool is_tracking_field(FieldId field);
/// The packet belongs to no connection any more; the state stays.
void clear_connection(Packet& packet);

/// The protocol (IANA) of packets with the header, if it is one only and the same in both families (AH is an extension
/// header in IPv6).
[[nodiscard]] std::optional<std::uint8_t> protocol_of(Presence presence);
/// The family of packets with the header, if it is one only.
[[nodiscard]] std::optional<Family> family_of(Presence presence);

}  // namespace nfproof::ir
