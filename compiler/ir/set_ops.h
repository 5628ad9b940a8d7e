// SPDX-License-Identifier: Apache-2.0
// One element into a set, out of it, or looked up, as the kernel does it (mtype_add, mtype_del and mtype_test of
// net/netfilter/ipset/ip_set_hash_gen.h and ip_set_bitmap_gen.h). Who comes with a packet makes the element of it first
// (`sim/sets.h`), who comes with a command line expands ranges first (`compiler/ipset/execute.h`).
//
// A full set with `forceadd` loses its oldest slot; in the kernel chance decides which element that is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/set.h"

namespace nfproof::ir {

/// What the kernel refuses, with the meaning of its error codes.
enum class SetError : std::uint8_t {
  kNone,
  kNoSuchSet,
  kSetExists,
  kElementExists,
  kElementMissing,
  kFull,
  kNullElement,
  kInvalidArgument,
  kBadPrefix,
  kNoTimeouts,
  kNoCounters,
  kNoComments,
  kNoSkbinfo,
  kOutOfRange,
  kRangeTooLarge,
  kBadProtocol,
  kRangeUnsupported,
  kWholeRange,
  kBadNetmask,
  kBadMarkmask,
  kNoSuchMember,
  kListInList,
  kNoReference,
  kNoSuchReference,
  kReferenceMissing,
  kBusy,
  kRenameExists,
  kRenameReferenced,
  kSwapMissing,
  kSwapTypes,
  kNoMemory,
};

/// The extensions that come with an element that is added. What is not given starts at its default in a new element;
/// counters of one that is there stay.
struct SetGiven {
  std::optional<std::uint32_t> timeout;  ///< seconds; default: that of the set
  std::optional<std::uint64_t> packets;
  std::optional<std::uint64_t> bytes;
  std::string comment;
  SkbInfo skb;
};

/// `exist`: an element that is there gets the new extensions, and that is no error.
[[nodiscard]] SetError add_element(Set& set, const SetElement& element, const SetGiven& given, bool exist, SetTime now);
[[nodiscard]] SetError delete_element(Set& set, const SetElement& element, SetTime now);

/// A condition on a counter of the element (`--packets-gt`...).
struct CounterTest {
  enum class Op : std::uint8_t { kNone, kEqual, kNotEqual, kLess, kGreater };
  Op op = Op::kNone;
  std::uint64_t value = 0;
  [[nodiscard]] bool holds(std::uint64_t counter) const;
  friend bool operator==(const CounterTest&, const CounterTest&) = default;
};

/// How an element is looked up.
struct SetProbe {
  bool count = false;  ///< the packet is counted in the element that is found
  std::uint32_t length = 0;
  CounterTest packets;
  CounterTest bytes;
};

struct SetAnswer {
  enum class Kind : std::uint8_t {
    kNo,
    kYes,
    kNomatch,   ///< found, and the element says `nomatch`
    kUnfilled,  ///< bitmap:ip,mac: the address is there and takes the MAC of the packet
  };
  Kind kind = Kind::kNo;
  SkbInfo skb;
  /// Places of the elements in which the packet counts, also those that a condition on counters then refused.
  std::vector<std::size_t> counted;
};

/// A single address is looked up in all networks, the longest prefixes first; a network only as itself. `interface`
/// stands for `element.link` when it is not empty: a packet may have one that the set never heard of.
[[nodiscard]] SetAnswer test_element(const Set& set, const SetElement& element, const SetProbe& probe, SetTime now,
                                     std::string_view interface = {});

/// Does the element at this place of the set pass its timeout and the conditions of the probe?
[[nodiscard]] bool match_extras(const Set& set, std::size_t index, const SetProbe& probe, SetTime now,
                                std::vector<std::size_t>& counted);

/// Takes out what has expired.
void expire_elements(Set& set, SetTime now);

/// When an element with this timeout ends.
[[nodiscard]] SetTime expiry(std::uint32_t seconds, SetTime now);
/// What is left of it, in seconds, as `ipset list` shows it: 0 when it never ends, else at least 1.
[[nodiscard]] std::uint32_t seconds_left(SetTime expires, SetTime now);

}  // namespace nfproof::ir
