// SPDX-License-Identifier: Apache-2.0
// Where a captured packet was met: by which interface it came, or that the host sent it itself. A capture taken on a
// host holds what arrives and what leaves, so a forwarded packet may stand in it twice; its second sight must not be
// replayed. What tells, in this order: the capture (interface and direction of pcapng, kind of packet and interface
// number of cooked captures), MAC addresses, the IP addresses.
//
// Entry: `Placing`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/ir/host.h"
#include "sim/capture.h"
#include "sim/link.h"

namespace nfproof::sim {

/// Frames to or from the MAC address belong to the interface.
struct MacInterface {
  ir::u128 mac = 0;
  std::string interface;
};

struct PlacingOptions {
  std::string in;  ///< interface of packets for which nothing else names one
  std::vector<MacInterface> macs;
  std::map<std::uint32_t, std::string> numbers;  ///< names of interfaces that a capture knows by number
};

struct PlacedPacket {
  Arrival arrival;
  bool seen_before = false;   ///< forwarded, and replayed when it arrived
  bool for_another = false;   ///< addressed to another station of the link: no hook sees it
  bool only_leaving = false;  ///< forwarded, but its arrival is not in the capture: arrives as routes say
};

class Placing {
 public:
  /// The host must outlive it.
  Placing(const ir::Host& host, PlacingOptions options);

  [[nodiscard]] PlacedPacket place(const CapturedPacket& packet);
  /// The same for who has taken off the link header already; null: there is no IP behind it.
  void place(const CapturedPacket& packet, const LinkInfo* link, PlacedPacket& placed);

 private:
  /// What stays the same when a packet is forwarded, translated or not.
  struct Signature {
    std::uint64_t hash = 0;
    std::uint8_t ttl = 0;
    ir::u128 source = 0, destination = 0;
    std::uint16_t source_port = 0, destination_port = 0;
  };
  struct Sight {
    Signature signature;
    Nanoseconds time = 0;
    std::size_t interface = 0;  ///< hash of its name
  };
  enum class Way : std::uint8_t { kUnknown, kIn, kOut };

  [[nodiscard]] static bool read_signature(std::span<const std::uint8_t> ip, ir::Family& family, Signature& signature);
  [[nodiscard]] std::string interface_of(const CapturedPacket& packet, const LinkInfo& link) const;
  [[nodiscard]] Way way_of(const CapturedPacket& packet, const LinkInfo& link) const;
  [[nodiscard]] bool is_own(ir::u128 mac) const;
  [[nodiscard]] bool arrived_before(const Signature& signature, Nanoseconds now, const std::string& interface,
                                    Way way) const;
  void remember(const Signature& signature, Nanoseconds now, const std::string& interface);

  const ir::Host& host_;
  PlacingOptions options_;
  std::vector<ir::u128> own_macs_;
  std::vector<Sight> sights_;  ///< recent arrivals, each at a place that its hash gives; a later one may take it
};

}  // namespace nfproof::sim
