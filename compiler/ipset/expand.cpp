// SPDX-License-Identifier: Apache-2.0
// See expand.h. IPv6 has no ranges of addresses: libipset refuses them before.
#include "compiler/ipset/expand.h"

#include <utility>

#include "compiler/ir/field.h"

namespace nfproof::compiler::ipset {
namespace {

using ir::SetError;
using ir::SetPart;
using ir::SetType;
using ir::u128;

/// The addresses of one part: whole networks, or each address by itself.
struct Span {
  u128 lo = 0;
  u128 hi = 0;
  u128 step = 1;
  bool networks = false;
  std::uint8_t prefix = 0;  ///< of a single network
  bool single = true;
};

/// The longest network that begins at `lo` and ends at `hi` or before.
std::uint8_t prefix_from(u128 lo, u128 hi, unsigned bits) {
  unsigned prefix = bits;
  while (prefix > 1) {
    const u128 host = ~ir::prefix_mask(prefix - 1, bits) & ir::max_of_bits(bits);
    if ((lo & host) != 0 || (lo | host) > hi) break;
    --prefix;
  }
  return static_cast<std::uint8_t>(prefix);
}

class Expander {
 public:
  Expander(ir::Set& set, const ElementSpec& spec, const ElementOptions& options, bool test)
      : set_(set), header_(set.header()), type_(set.type()), spec_(spec), options_(options), test_(test) {
    bits_ = ir::address_bits(header_.family.value_or(ir::Family::kIpv4));
  }

  SetError run(const std::function<SetError(const ir::SetElement&)>& visit) {
    if (const SetError error = prepare(); error != SetError::kNone) return error;
    fill_common();
    SetError error = SetError::kNone;
    each(first_, [&](u128 value, std::uint8_t prefix) {
      element_.first = value;
      element_.prefix = prefix;
      for (std::uint32_t port = port_lo_; port <= port_hi_ && error == SetError::kNone; ++port) {
        element_.port = static_cast<std::uint16_t>(port);
        if (header_.type == SetType::kBitmapPort) element_.first = std::exchange(element_.port, 0);
        each(second_, [&](u128 value2, std::uint8_t prefix2) {
          element_.second = value2;
          element_.prefix2 = prefix2;
          error = visit(element_);
          return error == SetError::kNone;
        });
      }
      return error == SetError::kNone;
    });
    return error;
  }

 private:
  template <typename Visit>
  void each(const Span& span, const Visit& visit) const {
    if (span.single) {
      visit(span.lo, span.prefix);
      return;
    }
    for (u128 at = span.lo;;) {
      std::uint8_t prefix = 0;
      u128 last = at + span.step - 1;
      if (span.networks) {
        prefix = prefix_from(at, span.hi, bits_);
        last = at | (~ir::prefix_mask(prefix, bits_) & ir::max_of_bits(bits_));
      }
      if (!visit(at, prefix) || last >= span.hi || last >= ir::max_of_bits(bits_)) return;
      at = last + 1;
    }
  }

  SetError check_extensions() const {
    if (options_.given.timeout && !header_.timeout) return SetError::kNoTimeouts;
    if ((options_.given.packets || options_.given.bytes) && !header_.counters) return SetError::kNoCounters;
    if (options_.has_comment && !header_.comments) return SetError::kNoComments;
    if (options_.has_skb && !header_.skbinfo) return SetError::kNoSkbinfo;
    return SetError::kNone;
  }

  SetError prepare() {
    if (type_.is_bitmap()) return prepare_bitmap();
    if (const SetError error = check_extensions(); error != SetError::kNone) return error;
    if (header_.type == SetType::kHashMac || header_.type == SetType::kHashIpMac)
      if (*spec_.mac == 0) return SetError::kNullElement;
    if (header_.type == SetType::kHashMac) return SetError::kNone;
    if (const SetError error = check_prefixes(); error != SetError::kNone) return error;
    if (type_.has(SetPart::kPort))
      if (const SetError error = prepare_port(); error != SetError::kNone) return error;
    return prepare_addresses();
  }

  /// A network of length 0 holds everything; few types can store it.
  SetError check_prefixes() const {
    const auto bad = [&](const AddressSpec& address, SetPart part) {
      return part == SetPart::kNetwork && address.prefix == 0 && !type_.zero_prefix;
    };
    const SetPart second = type_.parts[1] == SetPart::kNetwork ? type_.parts[1] : type_.parts[2];
    return bad(spec_.first, type_.parts[0]) || bad(spec_.second, second) ? SetError::kBadPrefix : SetError::kNone;
  }

  SetError prepare_port() {
    if (spec_.protocol == 0) return SetError::kBadProtocol;
    const std::uint8_t icmp = header_.family == ir::Family::kIpv6 ? ir::kProtoIcmp6 : ir::kProtoIcmp;
    const bool ports = has_ports(spec_.protocol);
    port_lo_ = ports || spec_.protocol == icmp ? spec_.port : 0;
    port_hi_ = ports && !test_ ? spec_.port_to.value_or(spec_.port) : port_lo_;
    if (port_lo_ > port_hi_) std::swap(port_lo_, port_hi_);
    return SetError::kNone;
  }

  [[nodiscard]] u128 mask_of_set() const {
    if (header_.bitmask) return *header_.bitmask;
    return header_.netmask ? ir::prefix_mask(*header_.netmask, bits_) : ir::max_of_bits(bits_);
  }

  SetError prepare_addresses() {
    const bool second_exists = type_.parts[2] != SetPart::kNone || header_.type == SetType::kHashNetNet;
    if (const SetError error = span_of(spec_.first, type_.parts[0], first_); error != SetError::kNone) return error;
    if (!second_exists) return SetError::kNone;
    const SetPart part = header_.type == SetType::kHashNetNet ? SetPart::kNetwork : type_.parts[2];
    return span_of(spec_.second, part, second_);
  }

  SetError span_of(const AddressSpec& address, SetPart part, Span& span) {
    span.networks = part == SetPart::kNetwork;
    span.prefix = static_cast<std::uint8_t>(span.networks ? address.prefix.value_or(bits_) : 0);
    return span.networks ? network_span(address, span) : address_span(address, span);
  }

  SetError network_span(const AddressSpec& address, Span& span) const {
    const u128 mask = ir::prefix_mask(span.prefix, bits_);
    span.lo = address.from & mask;
    if (header_.type == SetType::kHashNetNet) span.lo &= mask_of_set();
    if (test_ || !address.to) return SetError::kNone;
    span.single = false;
    span.lo = address.from;
    span.hi = *address.to;
    if (span.lo > span.hi) std::swap(span.lo, span.hi);
    return span.lo == 0 && span.hi == ir::max_of_bits(bits_) ? SetError::kWholeRange : SetError::kNone;
  }

  SetError address_span(const AddressSpec& address, Span& span) const {
    const bool masked = header_.type == SetType::kHashIp || header_.type == SetType::kHashIpPort;
    span.lo = masked ? address.from & mask_of_set() : address.from;
    span.hi = span.lo;
    if (header_.type == SetType::kHashIp && span.lo == 0) return SetError::kNullElement;
    if (header_.type == SetType::kHashIpPort && span.lo == 0) return SetError::kInvalidArgument;
    if (header_.type == SetType::kHashIpMark && span.lo == 0 && (spec_.mark & header_.markmask) == 0)
      return SetError::kNullElement;
    if (test_ || (!address.to && !address.prefix) || header_.family == ir::Family::kIpv6) return SetError::kNone;
    span.single = false;
    if (address.to) {
      span.hi = *address.to;
      if (span.hi == 0 && header_.type == SetType::kHashIp) return SetError::kNullElement;
      if (span.lo > span.hi) std::swap(span.lo, span.hi);
    } else {
      if (*address.prefix == 0) return SetError::kBadPrefix;
      const u128 mask = ir::prefix_mask(*address.prefix, bits_);
      span.lo &= mask;
      span.hi = span.lo | (~mask & ir::max_of_bits(bits_));
    }
    if (header_.type == SetType::kHashIp && header_.netmask) span.step = u128{1} << (bits_ - *header_.netmask);
    return SetError::kNone;
  }

  SetError prepare_bitmap() {
    const bool ports = header_.type == SetType::kBitmapPort;
    u128 lo = ports ? spec_.port : spec_.first.from;
    const auto outside = [&](u128 value) { return value < header_.range_lo || value > header_.range_hi; };
    if (ports && outside(lo)) return SetError::kOutOfRange;
    if (const SetError error = check_extensions(); error != SetError::kNone) return error;
    if (header_.type == SetType::kBitmapIp && outside(lo)) return SetError::kOutOfRange;
    u128 hi = lo;
    if (!test_) {
      if (ports && spec_.port_to) hi = *spec_.port_to;
      if (!ports && spec_.first.to) hi = *spec_.first.to;
      if (lo > hi) std::swap(lo, hi);
      if (header_.type == SetType::kBitmapIp && spec_.first.prefix) {
        if (*spec_.first.prefix == 0) return SetError::kBadPrefix;
        const u128 mask = ir::prefix_mask(*spec_.first.prefix, 32);
        lo &= mask;
        hi = lo | (~mask & ir::max_of_bits(32));
      }
    }
    if (outside(lo) || outside(hi)) return SetError::kOutOfRange;
    if (ports) {
      port_lo_ = static_cast<std::uint32_t>(lo);
      port_hi_ = static_cast<std::uint32_t>(hi);
      return SetError::kNone;
    }
    first_.single = lo == hi;
    first_.step = header_.netmask ? u128{1} << (32U - *header_.netmask) : 1;
    // The kernel walks from the address as it is, and rounds down each that it comes by.
    first_.lo = lo & ~(first_.step - 1);
    first_.hi = first_.lo + (hi - lo) / first_.step * first_.step;
    return SetError::kNone;
  }

  void fill_common() {
    if (spec_.mac) {
      element_.link = *spec_.mac;
      element_.has_mac = true;
    }
    if (type_.has(SetPart::kMark)) element_.link = spec_.mark & header_.markmask;
    if (type_.has(SetPart::kInterface)) element_.link = set_.intern_interface(spec_.interface);
    element_.physdev = spec_.physdev;
    element_.wildcard = options_.wildcard;
    element_.nomatch = options_.nomatch && !test_;
    element_.protocol = type_.is_hash() && type_.has(SetPart::kPort) ? spec_.protocol : std::uint8_t{0};
  }

  ir::Set& set_;
  const ir::SetHeader& header_;
  const ir::SetTypeRow& type_;
  const ElementSpec& spec_;
  const ElementOptions& options_;
  bool test_;
  unsigned bits_ = 32;
  Span first_;
  Span second_;
  std::uint32_t port_lo_ = 0;
  std::uint32_t port_hi_ = 0;
  ir::SetElement element_;
};

}  // namespace

SetError expand(ir::Set& set, const ElementSpec& spec, const ElementOptions& options, bool test,
                const std::function<SetError(const ir::SetElement&)>& visit) {
  return Expander(set, spec, options, test).run(visit);
}

}  // namespace nfproof::compiler::ipset
