// SPDX-License-Identifier: Apache-2.0
// Expectations: connections that a helper has read about in the data of another one, their master
// (net/netfilter/nf_conntrack_expect.c). The first packet that fits one is RELATED and uses it up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "sim/result.h"
#include "sim/tuple.h"

namespace nfproof::sim {

struct Connection;

struct Expectation {
  Tuple tuple;  ///< of the expected packet; its source port may be any and is 0 here
  std::shared_ptr<Connection> master;
  /// The master is translated, and so will be the expected connection: by the addresses of this direction of the
  /// master, and to this port.
  bool translated = false;
  bool master_reply = false;
  std::uint16_t inner_port = 0;
  Nanoseconds expires = 0;
};

class Expectations {
 public:
  /// Enters an expectation; the master's earlier one is forgotten. False when another master expects the same.
  [[nodiscard]] bool enter(const Expectation& expectation, Nanoseconds now);
  /// The expectation that this packet fulfils. It is used up, unless its master has not left the host yet.
  [[nodiscard]] std::optional<Expectation> take(const Tuple& packet, Nanoseconds now);
  void forget(const Connection& master);

 private:
  static Tuple key_of(const Tuple& tuple);

  std::unordered_map<Tuple, Expectation, TupleHash> expected_;
  std::unordered_map<const Connection*, Tuple> by_master_;
};

}  // namespace nfproof::sim
