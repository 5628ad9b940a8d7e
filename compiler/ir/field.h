// SPDX-License-Identifier: Apache-2.0
// The field table (`field.def`) as an enumeration with one row of facts for each field.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "compiler/ir/address.h"

namespace nfproof::ir {

enum class FieldId : std::uint8_t {
#define NFPROOF_FIELD(id, name, bits, kind, presence, storage, nft) id,
#include "compiler/ir/field.def"
#undef NFPROOF_FIELD
};

inline constexpr std::size_t kFieldCount = 0
#define NFPROOF_FIELD(id, name, bits, kind, presence, storage, nft) +1
#include "compiler/ir/field.def"
#undef NFPROOF_FIELD
    ;

/// Is the field among those that no `Packet` holds?
[[nodiscard]] constexpr bool is_looked_up(FieldId field) { return field >= FieldId::kDccpType; }
/// How many fields a `Packet` can hold.
inline constexpr std::size_t kHeldFieldCount = static_cast<std::size_t>(FieldId::kDccpType);

/// What the bits of a value mean to a reader.
enum class FieldKind : std::uint8_t {
  kInterface,
  kNumber,
  kHex,
  kMarkBits,
  kPktType,
  kProtocol,
  kMac,
  kAddress4,
  kAddress6,
  kPort,
  kTcpFlags,
  kIcmp4,
  kIcmp6,
  kAddrType,
  kCtState,
  kCtStatus,
  kDirection,
};

/// What must be there for a field to exist. The transport headers exist only in unfragmented packets and first
/// fragments.
enum class Presence : std::uint8_t {
  kAlways,
  kIncoming,  ///< an interface that the packet came by
  kOutgoing,  ///< an interface that it leaves by
  kEther,     ///< an Ethernet header: the packet arrived on a link that has one
  kIpv4,
  kIpv6,
  kTcp,
  kUdp,
  kUdplite,
  kSctp,
  kDccp,
  kIcmp,
  kIcmp6,
  kPorts,   ///< any of tcp, udp, udplite, sctp, dccp
  kTcpMss,  ///< a tcp header with the maximum segment size option
  kEsp,
  kAh,  ///< in IPv4 as transport header, in IPv6 anywhere in the chain of headers
  kIpcomp,
  kMh,  ///< mobility, IPv6 only
  // Extension headers of IPv6, anywhere in the chain.
  kHopByHop,
  kDestinationOptions,
  kRouting,
  kFragmentHeader,
  kConntrack,  ///< a conntrack entry is attached (state is neither INVALID nor UNTRACKED)
  kConntrack4,
  kConntrack6,
};

/// One row of `field.def`, which explains the columns.
struct FieldInfo {
  FieldId id;
  std::string_view name;
  unsigned bits;
  FieldKind kind;
  Presence presence;
  FieldId storage;
  std::string_view nft;
};

[[nodiscard]] const FieldInfo& field_info(FieldId id);

/// `FieldInfo::storage` of each field, for those who look at packets by the million.
inline constexpr std::array<FieldId, kFieldCount> kFieldStorage = {
#define NFPROOF_FIELD(id, name, bits, kind, presence, storage, nft) FieldId::storage,
#include "compiler/ir/field.def"
#undef NFPROOF_FIELD
};

/// Values of `FieldId::kCtState`.
enum class CtState : std::uint8_t { kNew, kEstablished, kRelated, kInvalid, kUntracked };
inline constexpr unsigned kCtStateCount = 5;
[[nodiscard]] std::string_view ct_state_name(CtState state);  ///< upper case, as iptables spells it

/// Bits of `FieldId::kCtStatus` (include/uapi/linux/netfilter/nf_conntrack_common.h).
inline constexpr std::uint32_t kIpsExpected = 1U << 0;
inline constexpr std::uint32_t kIpsSeenReply = 1U << 1;
inline constexpr std::uint32_t kIpsAssured = 1U << 2;
inline constexpr std::uint32_t kIpsConfirmed = 1U << 3;
inline constexpr std::uint32_t kIpsSrcNat = 1U << 4;
inline constexpr std::uint32_t kIpsDstNat = 1U << 5;

/// Bits of the address type fields: 1 << RTN_* (include/uapi/linux/rtnetlink.h).
enum class AddrType : std::uint8_t {
  kUnspec,
  kUnicast,
  kLocal,
  kBroadcast,
  kAnycast,
  kMulticast,
  kBlackhole,
  kUnreachable,
  kProhibit,
  kThrow,
  kNat,
  kXresolve,
};
[[nodiscard]] constexpr std::uint32_t addr_type_bit(AddrType type) { return 1U << static_cast<unsigned>(type); }

/// Argument of the address type fields: whose routes and addresses count.
enum class AddrTypeScope : std::uint8_t { kAnyInterface, kInputInterface, kOutputInterface };

/// Argument of `FieldId::kReversePath`.
enum class ReversePath : std::uint8_t {
  kLoose = 1,        ///< any interface will do
  kValidMark = 2,    ///< the route is looked up with the packet's mark
  kAcceptLocal = 4,  ///< own addresses as source are fine
  kFib = 8,          ///< as `fib saddr ... oif` of nftables answers, not as `rpfilter` does: see reverse_path.h
};

/// Values of `FieldId::kPktType` (include/uapi/linux/if_packet.h).
inline constexpr std::uint8_t kPacketHost = 0;
inline constexpr std::uint8_t kPacketBroadcast = 1;
inline constexpr std::uint8_t kPacketMulticast = 2;

/// IP protocol numbers that the core knows by name.
inline constexpr std::uint8_t kProtoIcmp = 1;
inline constexpr std::uint8_t kProtoTcp = 6;
inline constexpr std::uint8_t kProtoUdp = 17;
inline constexpr std::uint8_t kProtoDccp = 33;
inline constexpr std::uint8_t kProtoEsp = 50;
inline constexpr std::uint8_t kProtoAh = 51;
inline constexpr std::uint8_t kProtoIcmp6 = 58;
inline constexpr std::uint8_t kProtoIpcomp = 108;
inline constexpr std::uint8_t kProtoSctp = 132;
inline constexpr std::uint8_t kProtoMh = 135;
inline constexpr std::uint8_t kProtoUdplite = 136;

}  // namespace nfproof::ir
