// SPDX-License-Identifier: Apache-2.0
// See set_ops.h.
#include "compiler/ir/set_ops.h"

#include <algorithm>
#include <utility>

namespace nfproof::ir {
namespace {

unsigned bits_of(const Set& set) { return address_bits(set.header().family.value_or(Family::kIpv4)); }

void give(Set& set, std::size_t index, const SetGiven& given, SetTime now) {
  SetExtras extras = set.extras(index);
  extras.expires = expiry(given.timeout.value_or(set.header().timeout.value_or(0)), now);
  if (given.packets) extras.packets = *given.packets;
  if (given.bytes) extras.bytes = *given.bytes;
  extras.comment = given.comment;
  extras.skb = given.skb;
  set.set_extras(index, extras);
}

/// An element of a bitmap:ip,mac whose MAC nobody has seen does not age: its timeout is kept as a number of seconds
/// until then.
bool waits_for_mac(const Set& set, const SetElement& element) {
  return set.header().type == SetType::kBitmapIpMac && !element.has_mac;
}

/// Does the element fill in the MAC of one that is there?
bool fills(const Set& set, std::size_t index, const SetElement& element) {
  return waits_for_mac(set, set.element(index)) && element.has_mac;
}

bool full(const Set& set) { return set.type().is_hash() && set.size() >= set.header().maxelem; }

/// The kernel has an upper bound for interfaces of one network.
constexpr std::size_t kMaxInterfaces = 64;

bool too_many_interfaces(const Set& set, const SetElement& element) {
  if (set.header().type != SetType::kHashNetIface) return false;
  std::size_t count = 0;
  set.for_each_same_network(element, [&count](std::size_t) {
    ++count;
    return true;
  });
  return count >= kMaxInterfaces;
}

SetError add_new(Set& set, const SetElement& element, const SetGiven& given, SetTime now) {
  if (full(set) && set.header().timeout) expire_elements(set, now);
  if (full(set)) {
    if (!set.header().forceadd || set.size() == 0) return SetError::kFull;
    set.erase(0);
  }
  if (too_many_interfaces(set, element)) return SetError::kFull;
  give(set, set.insert(element, {}), given, now);
  return SetError::kNone;
}

}  // namespace

SetTime expiry(std::uint32_t seconds, SetTime now) {
  return seconds == 0 ? SetExtras::kPermanent : now + SetTime{seconds} * 1000;
}

std::uint32_t seconds_left(SetTime expires, SetTime now) {
  if (expires == SetExtras::kPermanent) return 0;
  return static_cast<std::uint32_t>(std::max<SetTime>(1, (expires - now) / 1000));
}

void expire_elements(Set& set, SetTime now) {
  if (!set.header().timeout) return;
  for (std::size_t i = set.size(); i-- > 0;)
    if (set.expired(i, now)) set.erase(i);
}

SetError add_element(Set& set, const SetElement& element, const SetGiven& given, bool exist, SetTime now) {
  const auto found = set.find(element);
  if (!found) return add_new(set, element, given, now);
  if (fills(set, *found, element)) {
    set.set_mac(*found, element.link);
  } else {
    if (!exist && !set.expired(*found, now)) return SetError::kElementExists;
    if (element.has_mac) set.set_mac(*found, element.link);
  }
  set.set_flags(*found, element.nomatch);
  give(set, *found, given, now);
  return SetError::kNone;
}

SetError delete_element(Set& set, const SetElement& element, SetTime now) {
  const auto found = set.find(element);
  if (!found) return SetError::kElementMissing;
  const bool expired = set.expired(*found, now);
  set.erase(*found);
  return expired ? SetError::kElementMissing : SetError::kNone;
}

bool CounterTest::holds(std::uint64_t counter) const {
  switch (op) {
    case Op::kNone: return true;
    case Op::kEqual: return counter == value;
    case Op::kNotEqual: return counter != value;
    case Op::kLess: return counter < value;
    case Op::kGreater: return counter > value;
  }
  return true;
}

bool match_extras(const Set& set, std::size_t index, const SetProbe& probe, SetTime now,
                  std::vector<std::size_t>& counted) {
  if (set.expired(index, now)) return false;
  if (!set.header().counters) return true;
  if (probe.count) counted.push_back(index);
  const SetExtras extras = set.extras(index);
  return probe.packets.holds(extras.packets + (probe.count ? 1 : 0)) &&
         probe.bytes.holds(extras.bytes + (probe.count ? probe.length : 0));
}

namespace {

/// The answer of the elements that are the same as this one.
SetAnswer probe_element(const Set& set, const SetElement& element, const SetProbe& probe, SetTime now) {
  using Kind = SetAnswer::Kind;
  SetAnswer answer;
  set.for_each_equal(element, [&](std::size_t index) {
    const SetElement& stored = set.element(index);
    if (waits_for_mac(set, stored)) {
      answer.kind = Kind::kUnfilled;
      return false;
    }
    if (set.header().type == SetType::kBitmapIpMac && element.has_mac && stored.link != element.link) return true;
    if (!match_extras(set, index, probe, now, answer.counted)) return true;
    answer.kind = stored.nomatch ? Kind::kNomatch : Kind::kYes;
    if (set.header().skbinfo) answer.skb = set.extras(index).skb;
    return false;
  });
  return answer;
}

/// In a network that is listed with other interfaces alone, wider networks are not looked at. `stop` says so.
SetAnswer probe_interface(const Set& set, const SetElement& element, const SetProbe& probe, SetTime now,
                          std::string_view name, bool& stop) {
  SetAnswer answer;
  const auto same = [&](std::size_t index) {
    const SetElement& stored = set.element(index);
    const std::string& known = set.interface(stored.link);
    return stored.wildcard ? name.starts_with(known) : name == known;
  };
  set.for_each_same_network(element, [&](std::size_t index) {
    stop = true;
    if (!same(index)) return true;
    if (!match_extras(set, index, probe, now, answer.counted)) {
      stop = false;
      return true;
    }
    answer.kind = set.element(index).nomatch ? SetAnswer::Kind::kNomatch : SetAnswer::Kind::kYes;
    if (set.header().skbinfo) answer.skb = set.extras(index).skb;
    return false;
  });
  return answer;
}

/// Is every network of the element a single address?
bool is_host(const Set& set, const SetElement& element) {
  const auto& parts = set.type().parts;
  const auto bits = static_cast<std::uint8_t>(bits_of(set));
  const bool second = parts[1] == SetPart::kNetwork || parts[2] == SetPart::kNetwork;
  const bool first = parts[0] == SetPart::kNetwork;
  return (!first || element.prefix == bits) && (!second || element.prefix2 == bits);
}

}  // namespace

SetAnswer test_element(const Set& set, const SetElement& element, const SetProbe& probe, SetTime now,
                       std::string_view interface) {
  if (!set.type().is_hash() || !set.type().has(SetPart::kNetwork) || !is_host(set, element))
    return probe_element(set, element, probe, now);
  if (interface.empty() && set.header().type == SetType::kHashNetIface) interface = set.interface(element.link);
  const unsigned bits = bits_of(set);
  const auto& parts = set.type().parts;
  std::vector<std::size_t> counted;
  for (const auto& [prefixes, count] : set.prefixes()) {
    SetElement network = element;
    if (parts[0] == SetPart::kNetwork) {
      network.prefix = prefixes.first;
      network.first &= prefix_mask(prefixes.first, bits);
    }
    if (parts[1] == SetPart::kNetwork || parts[2] == SetPart::kNetwork) {
      network.prefix2 = prefixes.second;
      network.second &= prefix_mask(prefixes.second, bits);
    }
    bool stop = false;
    SetAnswer answer = set.header().type == SetType::kHashNetIface
                           ? probe_interface(set, network, probe, now, interface, stop)
                           : probe_element(set, network, probe, now);
    answer.counted.insert(answer.counted.begin(), counted.begin(), counted.end());
    if (answer.kind != SetAnswer::Kind::kNo || stop) return answer;
    counted = std::move(answer.counted);
  }
  SetAnswer none;
  none.counted = std::move(counted);
  return none;
}

}  // namespace nfproof::ir
