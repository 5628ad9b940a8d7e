// SPDX-License-Identifier: Apache-2.0
// The types of sets that ipset(8) knows, one row each: what an element consists of and what the kernel module of the
// type allows (net/netfilter/ipset/ip_set_*.c). A row is added here and nowhere else.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nfproof::ir {

enum class SetType : std::uint8_t {
  kHashIp,
  kHashMac,
  kHashIpMac,
  kHashIpMark,
  kHashIpPort,
  kHashIpPortIp,
  kHashIpPortNet,
  kHashNet,
  kHashNetNet,
  kHashNetPort,
  kHashNetPortNet,
  kHashNetIface,
  kBitmapIp,
  kBitmapIpMac,
  kBitmapPort,
  kListSet,
};

/// One part of an element; each takes one `src` or `dst` of a rule.
enum class SetPart : std::uint8_t { kNone, kAddress, kNetwork, kPort, kMac, kMark, kInterface, kSet };

/// Which families a set of the type may have.
enum class SetFamily : std::uint8_t { kNone, kIpv4, kBoth };

struct SetTypeRow {
  SetType type{};
  std::string_view name;
  std::array<SetPart, 3> parts{};  ///< kNone behind the last
  SetFamily family{};
  std::uint8_t revision = 0;  ///< that `ipset list` shows, of the newest kernel
  bool netmask = false;       ///< takes `netmask`
  bool bitmask = false;       ///< takes `bitmask`
  bool zero_prefix = false;   ///< networks may be /0
  bool last_part_optional = false;

  [[nodiscard]] bool is_hash() const { return name.starts_with("hash:"); }
  [[nodiscard]] bool is_bitmap() const { return name.starts_with("bitmap:"); }
  [[nodiscard]] unsigned dimension() const;
  [[nodiscard]] bool has(SetPart part) const;
};

[[nodiscard]] const SetTypeRow& set_type_row(SetType type);
[[nodiscard]] std::span<const SetTypeRow> all_set_types();
/// By its name or one of the old ones (`iphash`, `setlist`...); null when there is none.
[[nodiscard]] const SetTypeRow* find_set_type(std::string_view name);

}  // namespace nfproof::ir
