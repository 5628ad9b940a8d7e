// SPDX-License-Identifier: Apache-2.0
// What REJECT answers with: a TCP reset or an ICMP error, as the host itself would send it
// (net/ipv4/netfilter/nf_reject_ipv4.c, net/ipv6/netfilter/nf_reject_ipv6.c, net/ipv4/icmp.c, net/ipv6/icmp.c). The
// limit that the kernel sets to errors for all destinations together spends its credits at random and is not modelled.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "compiler/ir/core.h"
#include "compiler/ir/host.h"
#include "sim/decode.h"
#include "sim/result.h"

namespace nfproof::sim {

/// Would a reset be the answer to this packet? Only whole segments with a right checksum get one, and never a reset.
[[nodiscard]] bool gets_reset(const DecodedPacket& packet);

/// The IP packet that answers, from the address `own` when it is an error about a packet to somebody else. Nothing when
/// the kernel stays silent. `with` has to be of the packet's family.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> answer_to(const DecodedPacket& packet, ir::RejectWith with,
                                                                 const ir::Host& host, std::optional<ir::u128> own);

/// Errors go to each destination at a limited rate: a second apart, after six at once (inet_peer_xrlim_allow).
class ErrorLimit {
 public:
  [[nodiscard]] bool allows(ir::u128 destination, ir::Family family, const ir::Host& host, std::int64_t now);

 private:
  struct Bucket {
    std::int64_t tokens = 0;
    std::int64_t last = 0;
  };
  struct Hash {
    std::size_t operator()(ir::u128 address) const {
      return static_cast<std::size_t>(address) ^ static_cast<std::size_t>(address >> 64) * 0x9E3779B97F4A7C15ULL;
    }
  };
  std::unordered_map<ir::u128, Bucket, Hash> buckets_;
};

}  // namespace nfproof::sim
