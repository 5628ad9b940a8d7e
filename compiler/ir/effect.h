// SPDX-License-Identifier: Apache-2.0
// Effects: what targets do to a packet, its connection or things beside them. Each holds what the kernel's target gets
// from user space. `Effect` lists them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "compiler/ir/field.h"
#include "compiler/ir/predicate_kinds.h"
#include "compiler/ir/value_set.h"

namespace nfproof::ir {

/// field = ((field & ~mask) ^ value) << shift: MARK, CONNMARK --set-xmark, TOS, DSCP, CLASSIFY, ECN. A field that is
/// not there is left alone.
struct SetField {
  FieldId field{};
  std::uint32_t value = 0;
  std::uint32_t mask = 0xffffffff;
  std::int8_t shift = 0;  ///< CONNMARK --left-shift-mark; less than 0: to the right
  friend bool operator==(const SetField&, const SetField&) = default;
};

/// CONNMARK --save-mark / --restore-mark (net/netfilter/xt_connmark.c):
/// save: ct.mark = (ct.mark & ~ctmask) ^ ((meta.mark & nfmask) << shift);
/// restore: meta.mark = (meta.mark & ~nfmask) ^ ((ct.mark & ctmask) << shift).
struct CopyMark {
  bool save = false;
  std::uint32_t ctmask = 0xffffffff;
  std::uint32_t nfmask = 0xffffffff;
  std::int8_t shift = 0;  ///< less than 0: to the right
  friend bool operator==(const CopyMark&, const CopyMark&) = default;
};

/// TTL and HL --*-inc, --*-dec (net/netfilter/xt_HL.c). The result stays within 0 and 255.
struct AddToHopLimit {
  std::int16_t amount = 0;
  friend bool operator==(const AddToHopLimit&, const AddToHopLimit&) = default;
};

/// NOTRACK, CT --notrack: a packet without a conntrack entry gets the state UNTRACKED.
struct Notrack {
  friend bool operator==(const Notrack&, const Notrack&) = default;
};

/// CT (net/netfilter/xt_CT.c, struct xt_ct_target_info_v1): how a packet without an entry is to be tracked.
struct TrackAs {
  enum class Zone : std::uint8_t { kNone, kBoth, kOriginal, kReply };
  std::string helper;                          ///< empty: none is assigned
  std::string timeout;                         ///< name of a timeout policy, empty: none
  std::optional<std::uint32_t> events;         ///< bits 1 << IPCT_*: the only events that are reported
  std::optional<std::uint32_t> expect_events;  ///< bits 1 << IPEXP_*
  Zone zone = Zone::kNone;                     ///< the directions of the tuple that the zone belongs to
  std::uint16_t zone_id = 0;
  bool zone_from_mark = false;  ///< the packet's mark is the zone
  friend bool operator==(const TrackAs&, const TrackAs&) = default;
};

/// LOG (net/netfilter/xt_LOG.c).
struct Log {
  std::string prefix;
  std::uint8_t level = 4;  ///< syslog(3) number
  std::uint8_t flags = 0;  ///< XT_LOG_* of include/uapi/linux/netfilter/xt_LOG.h
  friend bool operator==(const Log&, const Log&) = default;
};

/// NFLOG (net/netfilter/xt_NFLOG.c).
struct Nflog {
  std::string prefix;
  std::uint16_t group = 0;
  std::optional<std::uint32_t> snaplen;  ///< bytes handed over (--nflog-size)
  std::uint16_t threshold = 0;           ///< 0: default
  friend bool operator==(const Nflog&, const Nflog&) = default;
};

/// Sets up the translation of a connection (net/netfilter/nf_nat_core.c). The verdict beside it is accept.
struct Nat {
  /// kNetmap (net/netfilter/xt_NETMAP.c): the network of `addresses` replaces that part of the source (POSTROUTING,
  /// INPUT) or destination (PREROUTING, OUTPUT), the rest stays: mask = ~(lo ^ hi), address = (address & ~mask) | (lo &
  /// mask).
  enum class Kind : std::uint8_t { kSnat, kDnat, kMasquerade, kRedirect, kNetmap };
  Kind kind{};
  std::optional<Interval> addresses;  ///< absent: the address stays (or the interface's, for masquerade and redirect)
  std::optional<Interval> ports;      ///< absent: the port stays where possible
  std::uint16_t base_port = 0;        ///< DNAT port shifting (`--to-destination a:1000-2000/3000`), 0: none
  bool random = false;
  bool random_fully = false;
  bool persistent = false;
  friend bool operator==(const Nat&, const Nat&) = default;
};

/// SNPT, DNPT (net/ipv6/netfilter/ip6t_NPT.c, RFC 6296): the prefix of an IPv6 address is replaced, the checksum stays
/// right because another word of the address makes up for it. Keeps no state.
struct TranslatePrefix {
  bool destination = false;
  std::uint8_t from_length = 0;  ///< of the prefixes, at most 64
  std::uint8_t to_length = 0;
  u128 from = 0;
  u128 to = 0;
  friend bool operator==(const TranslatePrefix&, const TranslatePrefix&) = default;
};

/// TCPMSS (net/netfilter/xt_TCPMSS.c). Without `mss`: clamp to the path MTU.
struct SetTcpMss {
  std::optional<std::uint16_t> mss;
  friend bool operator==(const SetTcpMss&, const SetTcpMss&) = default;
};

/// TCPOPTSTRIP (net/netfilter/xt_TCPOPTSTRIP.c): these TCP options become no-ops.
struct StripTcpOptions {
  std::array<std::uint32_t, 8> options = {};  ///< bit t of the 256-bit map: option kind t
  friend bool operator==(const StripTcpOptions&, const StripTcpOptions&) = default;
};

/// SET (net/netfilter/xt_set.c): changes a set. A rule may have up to one of each action, in this order.
struct UpdateSet {
  enum class Action : std::uint8_t { kAdd, kDelete, kMap };
  Action action = Action::kAdd;
  SetReference set;
  bool exist = false;                    ///< kAdd: an entry that is there gets the timeout anew
  std::optional<std::uint32_t> timeout;  ///< kAdd: seconds, absent: the set's own
  bool map_mark = false;                 ///< kMap: the packet gets the entry's skbinfo
  bool map_priority = false;
  bool map_queue = false;
  friend bool operator==(const UpdateSet&, const UpdateSet&) = default;
};

/// HMARK (net/netfilter/xt_HMARK.c, struct xt_hmark_info): mark = jhash of the masked tuple % modulus + offset.
struct HashMark {
  std::array<std::uint8_t, 16> source_mask = {};  ///< in network order; IPv4: the first four bytes
  std::array<std::uint8_t, 16> destination_mask = {};
  std::uint16_t sport_mask = 0xffff, dport_mask = 0xffff;
  std::uint16_t sport_set = 0, dport_set = 0;
  std::uint32_t spi_mask = 0, spi_set = 0;
  std::uint32_t flags = 0;  ///< 1 << XT_HMARK_*: which of the options were given
  std::uint16_t protocol_mask = 0xffff;
  std::uint32_t seed = 0;
  std::uint32_t modulus = 0;
  std::uint32_t offset = 0;
  friend bool operator==(const HashMark&, const HashMark&) = default;
};

/// RATEEST (net/netfilter/xt_RATEEST.c): measures the rate of the packets that come here, for `RateTest`.
struct SampleRate {
  std::string name;
  std::int8_t interval = 0;   ///< 2^interval seconds between samples, -2 to 5
  std::uint8_t ewma_log = 0;  ///< a sample has the weight 2^-ewma_log
  friend bool operator==(const SampleRate&, const SampleRate&) = default;
};

/// TEE (net/netfilter/xt_TEE.c): a copy goes to another host. The packet itself goes on.
struct Duplicate {
  u128 gateway = 0;
  std::string interface;  ///< empty: as routed
  friend bool operator==(const Duplicate&, const Duplicate&) = default;
};

/// TPROXY (net/netfilter/xt_TPROXY.c): gives the packet to a local socket and marks it. The verdict beside it is
/// accept; without a socket the kernel drops the packet.
struct GiveToSocket {
  u128 address = 0;        ///< 0: that of the interface the packet came in by
  std::uint16_t port = 0;  ///< 0: the destination port
  std::uint32_t mark = 0;  ///< meta.mark = (meta.mark & ~mask) ^ mark
  std::uint32_t mask = 0;
  friend bool operator==(const GiveToSocket&, const GiveToSocket&) = default;
};

/// SYNPROXY (net/ipv4/netfilter/ipt_SYNPROXY.c): answers a SYN, and drops it, until the handshake is complete.
struct AnswerSyn {
  bool sack_permitted = false;
  bool timestamp = false;
  bool ecn = false;
  std::optional<std::uint8_t> window_scale;
  std::optional<std::uint16_t> mss;
  friend bool operator==(const AnswerSyn&, const AnswerSyn&) = default;
};

/// A target that changes nothing a rule can test and no packet shows: AUDIT, CHECKSUM, CONNSECMARK, IDLETIMER, LED,
/// SECMARK, TRACE, ULOG.
struct Aside {
  std::string module;
  std::string arguments;
  friend bool operator==(const Aside&, const Aside&) = default;
};

/// A target that is known to parse and has no semantics here; what it does to the packet is not known.
struct OpaqueEffect {
  std::string module;
  std::string arguments;
  bool unreadable = false;  ///< the input has an error here, which was told
  friend bool operator==(const OpaqueEffect&, const OpaqueEffect&) = default;
};

using Effect = std::variant<SetField, CopyMark, AddToHopLimit, Notrack, TrackAs, Log, Nflog, Nat, TranslatePrefix,
                            SetTcpMss, StripTcpOptions, UpdateSet, HashMark, SampleRate, Duplicate, GiveToSocket,
                            AnswerSyn, Aside, OpaqueEffect>;

}  // namespace nfproof::ir
