// SPDX-License-Identifier: Apache-2.0
// See set_element.h.
#include "sim/set_element.h"

#include <algorithm>

namespace nfproof::sim {
namespace {

using ir::FieldId;
using ir::SetPart;
using ir::SetType;
using ir::u128;

/// How much of the header the kernel wants to see before it takes ports from it; 0: the protocol has none.
std::size_t header_of(std::uint8_t protocol) {
  switch (protocol) {
    case ir::kProtoTcp: return 20;
    case ir::kProtoSctp: return 12;
    case ir::kProtoUdp:
    case ir::kProtoUdplite:
    case ir::kProtoIcmp:
    case ir::kProtoIcmp6: return 8;
    default: return 0;
  }
}

/// Protocol and port; ICMP: type and code. False when they are not there.
bool read_port(const DecodedPacket& packet, bool source, ir::SetElement& element) {
  const std::uint8_t protocol = packet.protocol();
  const bool ipv4 = packet.family() == ir::Family::kIpv4;
  if (packet.broken_chain || (ipv4 && protocol == 0)) return false;
  element.protocol = protocol;
  const std::size_t header = header_of(protocol);
  if (packet.fields.is_later_fragment()) return ipv4 && header == 0;
  if (header == 0) return true;
  if (!packet.has_transport(header)) return false;
  const bool icmp = protocol == ir::kProtoIcmp || protocol == ir::kProtoIcmp6;
  element.port = load16(packet.bytes, packet.transport + (icmp || source ? 0 : 2));
  return true;
}

/// The mask that the set puts over addresses, where its type has one.
u128 mask_of(const ir::Set& set) {
  const ir::SetHeader& header = set.header();
  const unsigned bits = ir::address_bits(header.family.value_or(ir::Family::kIpv4));
  if (header.bitmask) return *header.bitmask;
  return header.netmask ? ir::prefix_mask(*header.netmask, bits) : ir::max_of_bits(bits);
}

class Builder {
 public:
  Builder(const ir::Set& set, const ir::SetReference& reference, const DecodedPacket& packet, bool whole)
      : set_(set), reference_(reference), packet_(packet), whole_(whole) {
    bits_ = ir::address_bits(set.header().family.value_or(ir::Family::kIpv4));
  }

  std::optional<PacketElement> build() {
    const auto& parts = set_.type().parts;
    for (unsigned i = 0; i < parts.size() && parts[i] != SetPart::kNone; ++i)
      if (!add_part(parts[i], i)) return std::nullopt;
    if (!check()) return std::nullopt;
    return result_;
  }

 private:
  [[nodiscard]] bool source(unsigned dimension) const { return (reference_.sources >> dimension & 1U) != 0; }

  bool add_part(SetPart part, unsigned dimension) {
    ir::SetElement& element = result_.element;
    switch (part) {
      case SetPart::kAddress:
      case SetPart::kNetwork: add_address(part, dimension); return true;
      case SetPart::kPort: return add_port(dimension);
      case SetPart::kMac: return add_mac(dimension);
      case SetPart::kMark:
        element.link = static_cast<std::uint32_t>(packet_.fields.get_or(FieldId::kMark, 0)) & set_.header().markmask;
        return true;
      case SetPart::kInterface:
        result_.interface = source(dimension) ? packet_.fields.in : packet_.fields.out;
        return !result_.interface.empty();
      case SetPart::kSet:
      case SetPart::kNone: return false;
    }
    return false;
  }

  void add_address(SetPart part, unsigned dimension) {
    u128 address = source(dimension) ? packet_.fields.source() : packet_.fields.destination();
    const SetType type = set_.header().type;
    if (type == SetType::kHashIp || type == SetType::kHashIpPort || type == SetType::kHashNetNet)
      address &= mask_of(set_);
    std::uint8_t prefix = 0;
    if (part == SetPart::kNetwork) {
      prefix = whole_ ? static_cast<std::uint8_t>(bits_) : longest_prefix(dimension);
      address &= ir::prefix_mask(prefix, bits_);
    }
    ir::SetElement& element = result_.element;
    (dimension == 0 ? element.first : element.second) = address;
    (dimension == 0 ? element.prefix : element.prefix2) = prefix;
  }

  /// That of the elements which are there.
  [[nodiscard]] std::uint8_t longest_prefix(unsigned dimension) const {
    std::uint8_t longest = 0;
    for (const auto& [prefixes, count] : set_.prefixes())
      longest = std::max(longest, dimension == 0 ? prefixes.first : prefixes.second);
    return set_.prefixes().empty() ? static_cast<std::uint8_t>(bits_) : longest;
  }

  bool add_port(unsigned dimension) {
    ir::SetElement& element = result_.element;
    if (!read_port(packet_, source(dimension), element)) return false;
    if (!set_.type().is_bitmap()) return true;
    if (element.protocol != ir::kProtoTcp && element.protocol != ir::kProtoUdp) return false;
    element.first = element.port;
    element.port = 0;
    element.protocol = 0;
    return true;
  }

  /// Of the link header that it came with; what the host sends has none.
  bool add_mac(unsigned dimension) {
    std::optional<u128> mac;
    if (source(dimension))
      mac = packet_.fields.get(FieldId::kEtherSaddr);
    else if (packet_.has_link)
      mac = load_number(packet_.link, 0, 6);
    if (!mac || *mac == 0) return false;
    result_.element.link = static_cast<std::uint64_t>(*mac);
    result_.element.has_mac = true;
    return true;
  }

  /// What the types refuse.
  bool check() {
    ir::SetElement& element = result_.element;
    const ir::SetHeader& header = set_.header();
    if (header.type == SetType::kHashIp || header.type == SetType::kHashIpPort) return element.first != 0;
    if (!set_.type().is_bitmap()) return true;
    if (element.first < header.range_lo || element.first > header.range_hi) return false;
    if (header.netmask) element.first &= ir::prefix_mask(*header.netmask, 32);
    return true;
  }

  const ir::Set& set_;
  const ir::SetReference& reference_;
  const DecodedPacket& packet_;
  bool whole_;
  unsigned bits_ = 32;
  PacketElement result_;
};

}  // namespace

std::optional<PacketElement> element_of(const ir::Set& set, const ir::SetReference& reference,
                                        const DecodedPacket& packet, bool whole) {
  // A rule with fewer dimensions than the set, or of the other family, never fits (ip_set_test).
  if (reference.dimensions < set.type().dimension()) return std::nullopt;
  if (set.header().family && *set.header().family != packet.family()) return std::nullopt;
  return Builder(set, reference, packet, whole).build();
}

}  // namespace nfproof::sim
