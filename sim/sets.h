// SPDX-License-Identifier: Apache-2.0
// The ipsets of a simulated host: packets are looked up in them, the SET target changes them, elements expire
// (net/netfilter/xt_set.c, ip_set_test, ip_set_add and ip_set_del of net/netfilter/ipset/ip_set_core.c, and the `kadt`
// functions of the types). The sets of the ruleset stay as they are: a copy is made when a packet first changes one.
//
// Not modelled: which element a full set with `forceadd` loses, and that a set which grows under load refuses elements.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/ir/core.h"
#include "compiler/ir/set_ops.h"
#include "sim/decode.h"
#include "sim/result.h"

namespace nfproof::sim {

class Sets {
 public:
  /// The table must outlive this; null: there are no sets. Its elements are as old as the first packet. Without
  /// `counting` the counters of elements stay as they are.
  explicit Sets(const ir::SetTable* initial, bool counting = true) : initial_(initial), counting_(counting) {
    if (initial == nullptr) changed_.emplace();
  }

  /// Time only moves forward.
  void advance(Nanoseconds now);
  [[nodiscard]] ir::SetTime now() const { return now_; }

  /// As they are now.
  [[nodiscard]] const ir::SetTable& table() const { return changed_ ? *changed_ : *initial_; }

  /// Nothing when there is no such set.
  std::optional<bool> look_up(const ir::SetLookup& test, const DecodedPacket& packet);
  /// False when there is no such set. May change the mark and priority of the packet.
  bool update(const ir::UpdateSet& effect, DecodedPacket& packet);

 private:
  /// What the kernel hands down from the rule to the set, and to the members of a list (struct ip_set_adt_opt).
  struct Request {
    const ir::SetReference& reference;
    bool return_nomatch = false;
    bool count = false;
    bool count_members = true;
    ir::CounterTest packets;
    ir::CounterTest bytes;
  };

  [[nodiscard]] ir::SetTable& changing();
  bool test(ir::SetId id, const Request& request, const DecodedPacket& packet, ir::SkbInfo& skb);
  bool test_list(ir::SetId id, const Request& request, const DecodedPacket& packet, ir::SkbInfo& skb);
  void count(ir::SetId id, const std::vector<std::size_t>& elements, std::uint32_t length);
  /// False: the set refused it, and the next member of a list is tried.
  bool add(ir::SetId id, const ir::UpdateSet& effect, const DecodedPacket& packet);
  bool remove(ir::SetId id, const ir::SetReference& reference, const DecodedPacket& packet);
  bool map(ir::SetId id, const ir::UpdateSet& effect, DecodedPacket& packet);

  const ir::SetTable* initial_;
  bool counting_;
  std::optional<ir::SetTable> changed_;
  bool started_ = false;
  Nanoseconds start_ = 0;
  ir::SetTime now_ = 0;
};

}  // namespace nfproof::sim
