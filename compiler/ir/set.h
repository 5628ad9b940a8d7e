// SPDX-License-Identifier: Apache-2.0
// An ipset: its header and its elements, stored compactly and found by hashing (56 bytes for each element, and 8 to 40
// more for each extension that the set was created with). `set_ops.h` adds, deletes and tests as the kernel does;
// `SetTable` holds the sets of one host by name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/ir/address.h"
#include "compiler/ir/set_type.h"
#include "compiler/source/span.h"

namespace nfproof::ir {

/// Index of a set in its `SetTable`; stays when the set is renamed.
enum class SetId : std::uint32_t {};

/// Milliseconds since the sets were loaded.
using SetTime = std::int64_t;

/// What an element is. Parts that the type does not have are zero.
struct SetElement {
  u128 first = 0;   ///< the first address or network, or the port of a bitmap
  u128 second = 0;  ///< the second address or network
  /// MAC, mark, member set, or the interface (`Set::interface`).
  std::uint64_t link = 0;
  std::uint16_t port = 0;  ///< ICMP: type and code
  std::uint8_t protocol = 0;
  std::uint8_t prefix = 0;  ///< of `first`, for networks
  std::uint8_t prefix2 = 0;
  bool physdev : 1 = false;
  bool nomatch : 1 = false;
  bool wildcard : 1 = false;
  bool has_mac : 1 = false;  ///< bitmap:ip,mac: the MAC is known
};
static_assert(sizeof(SetElement) == 48);

struct SkbInfo {
  std::uint32_t mark = 0;
  std::uint32_t mask = 0;
  std::uint32_t priority = 0;
  std::uint16_t queue = 0;
  friend bool operator==(const SkbInfo&, const SkbInfo&) = default;
};

/// What an element carries beside itself, as far as the set was created for it.
struct SetExtras {
  static constexpr SetTime kPermanent = -1;
  SetTime expires = kPermanent;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::string comment;
  SkbInfo skb;
};

/// The header: options of `ipset create`.
struct SetHeader {
  SetType type{};
  std::optional<Family> family;  ///< nothing for types without addresses
  std::uint32_t hashsize = 1024;
  std::uint32_t maxelem = 65536;
  std::uint8_t bucketsize = 12;
  std::optional<std::uint32_t> initval;
  std::optional<std::uint8_t> netmask;
  std::optional<u128> bitmask;
  std::uint32_t markmask = 0xffffffff;
  std::uint32_t range_lo = 0;  ///< of a bitmap
  std::uint32_t range_hi = 0;
  std::uint32_t size = 8;                ///< of a list
  std::optional<std::uint32_t> timeout;  ///< seconds; 0: elements stay unless they say otherwise
  bool counters = false;
  bool comments = false;
  bool skbinfo = false;
  bool forceadd = false;
  friend bool operator==(const SetHeader&, const SetHeader&) = default;
};

class Set {
 public:
  Set(std::string name, SetHeader header, source::Span span = {});

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const SetHeader& header() const { return header_; }
  [[nodiscard]] const SetTypeRow& type() const { return set_type_row(header_.type); }
  [[nodiscard]] source::Span span() const { return span_; }
  /// Does it stay as it is, whatever packets come, and is it small enough to be reasoned about? Who knows the rules
  /// says so (`compiler/passes/sets.h`).
  [[nodiscard]] bool is_fixed() const { return fixed_; }
  void set_fixed(bool fixed) { fixed_ = fixed; }

  /// Expired ones included.
  [[nodiscard]] std::size_t size() const { return elements_.size(); }
  [[nodiscard]] const SetElement& element(std::size_t index) const { return elements_[index]; }
  [[nodiscard]] SetExtras extras(std::size_t index) const;
  void set_extras(std::size_t index, const SetExtras& extras);
  [[nodiscard]] SetTime expires(std::size_t index) const {
    return expires_.empty() ? SetExtras::kPermanent : expires_[index];
  }
  [[nodiscard]] bool expired(std::size_t index, SetTime now) const {
    const SetTime end = expires(index);
    return end != SetExtras::kPermanent && end < now;
  }
  void set_expires(std::size_t index, SetTime time) { expires_[index] = time; }
  void count(std::size_t index, std::uint64_t packets, std::uint64_t bytes);

  /// The elements that the kernel takes for the same one as `element`, in the order of their making: more than one only
  /// where interfaces are stored. Equality is that of the kernel: a stored wildcard is equal to what begins with it.
  [[nodiscard]] std::optional<std::size_t> find(const SetElement& element) const;
  template <typename Visit>
  void for_each_equal(const SetElement& element, Visit&& visit) const;

  /// Of a hash:net,iface: all with the network of this one, until `visit` says false.
  template <typename Visit>
  void for_each_same_network(const SetElement& element, Visit&& visit) const;

  /// Appends; the caller has looked whether it is there.
  std::size_t insert(const SetElement& element, const SetExtras& extras);
  /// As above, at a place in the order (list:set).
  void insert_at(std::size_t index, const SetElement& element, const SetExtras& extras);
  /// The last element takes its place; in a list:set all behind it move up.
  void erase(std::size_t index);
  void clear();
  void set_flags(std::size_t index, bool nomatch) { elements_[index].nomatch = nomatch; }
  void set_mac(std::size_t index, std::uint64_t mac);

  /// Pairs of prefix lengths that occur (second: 0 where there is no second network), longest first.
  using Prefixes = std::map<std::pair<std::uint8_t, std::uint8_t>, std::uint32_t, std::greater<>>;
  [[nodiscard]] const Prefixes& prefixes() const { return prefixes_; }

  /// Names of interfaces are stored once.
  std::uint64_t intern_interface(std::string_view name);
  [[nodiscard]] std::optional<std::uint64_t> find_interface(std::string_view name) const;
  [[nodiscard]] const std::string& interface(std::uint64_t id) const { return interfaces_[id]; }

 private:
  friend class SetTable;
  static constexpr std::uint32_t kFree = 0xffffffff;

  [[nodiscard]] std::size_t hash(const SetElement& element) const;
  [[nodiscard]] bool equal(const SetElement& stored, const SetElement& wanted) const;
  [[nodiscard]] bool is_list() const { return header_.type == SetType::kListSet; }
  void index_element(std::size_t index);
  void unindex_element(std::size_t index);
  void grow();
  void count_prefixes(const SetElement& element, bool add);
  void push_extras(const SetExtras& extras);

  std::string name_;
  SetHeader header_;
  source::Span span_;
  bool fixed_ = false;
  std::vector<SetElement> elements_;
  std::vector<SetTime> expires_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> counters_;
  std::vector<std::string> comments_;
  std::vector<SkbInfo> skb_;
  std::vector<std::uint32_t> slots_;  ///< open addressing; empty for a list:set
  Prefixes prefixes_;
  std::vector<std::string> interfaces_;
  std::map<std::string, std::uint64_t, std::less<>> interface_ids_;
};

template <typename Visit>
void Set::for_each_equal(const SetElement& element, Visit&& visit) const {
  if (is_list()) {
    for (std::size_t i = 0; i < elements_.size(); ++i)
      if (elements_[i].link == element.link && !visit(i)) return;
    return;
  }
  if (slots_.empty()) return;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash(element) & mask; slots_[slot] != kFree; slot = (slot + 1) & mask)
    if (equal(elements_[slots_[slot]], element) && !visit(static_cast<std::size_t>(slots_[slot]))) return;
}

template <typename Visit>
void Set::for_each_same_network(const SetElement& element, Visit&& visit) const {
  if (slots_.empty()) return;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash(element) & mask; slots_[slot] != kFree; slot = (slot + 1) & mask) {
    const SetElement& stored = elements_[slots_[slot]];
    if (stored.first == element.first && stored.prefix == element.prefix && stored.physdev == element.physdev &&
        !visit(static_cast<std::size_t>(slots_[slot])))
      return;
  }
}

/// The sets of one host.
class SetTable {
 public:
  /// The name must be free.
  SetId add(Set set);
  void remove(SetId id);
  void rename(SetId id, std::string name);
  /// Exchanges the contents; references follow the name.
  void swap(SetId a, SetId b);

  [[nodiscard]] std::optional<SetId> find(std::string_view name) const;
  [[nodiscard]] Set& operator[](SetId id) { return *sets_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Set& operator[](SetId id) const { return *sets_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] bool exists(SetId id) const { return sets_[static_cast<std::size_t>(id)].has_value(); }
  /// As the kernel lists them: by index, those of type list:set last.
  [[nodiscard]] std::vector<SetId> in_order() const;
  [[nodiscard]] bool empty() const { return names_.empty(); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  /// How many elements of list:set sets name it.
  [[nodiscard]] std::size_t references(SetId id) const;

 private:
  std::vector<std::optional<Set>> sets_;
  std::map<std::string, SetId, std::less<>> names_;
};

}  // namespace nfproof::ir
