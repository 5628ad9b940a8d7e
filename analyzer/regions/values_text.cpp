// SPDX-License-Identifier: Apache-2.0
// Values as packet expressions spell them.
#include <array>

#include "analyzer/regions/expression_text.h"
#include "compiler/ir/packet.h"

namespace nfproof::analyzer::regions {
namespace {

using ir::FieldKind;
using ir::Interval;
using ir::u128;

std::string value_text(FieldKind kind, ir::Family family, u128 value) {
  static constexpr std::array<std::string_view, 5> kStates = {"new", "established", "related", "invalid", "untracked"};
  static constexpr std::array<std::string_view, 4> kTypes = {"host", "broadcast", "multicast", "other"};
  static constexpr std::array<std::string_view, 10> kAddressTypes = {
      "unspec",    "unicast",   "local",       "broadcast", "anycast",
      "multicast", "blackhole", "unreachable", "prohibit",  "throw"};
  switch (kind) {
    case FieldKind::kAddress4:
    case FieldKind::kAddress6: return ir::format_address(value, family);
    case FieldKind::kMac: return ir::format_mac(value);
    case FieldKind::kCtState: return std::string(kStates[static_cast<std::size_t>(value)]);
    case FieldKind::kPktType: return std::string(kTypes[static_cast<std::size_t>(value)]);
    case FieldKind::kDirection: return value == 0 ? "original" : "reply";
    case FieldKind::kProtocol: {
      const std::string name = ir::protocol_name(static_cast<std::uint8_t>(value));
      return name == "ipv6-icmp" ? "icmpv6" : name;
    }
    case FieldKind::kAddrType: {
      std::string text;
      for (unsigned bit = 0; bit < 12; ++bit) {
        if ((value >> bit & 1U) == 0) continue;
        if (bit >= kAddressTypes.size()) return ir::format_number(value);
        text += (text.empty() ? "" : " | ") + std::string(kAddressTypes[bit]);
      }
      return text;
    }
    default: return ir::format_number(value);
  }
}

/// A range as networks, when few are enough.
std::vector<std::string> networks(const Interval& range, unsigned bits, ir::Family family) {
  constexpr std::size_t kMost = 2;
  std::vector<std::string> found;
  for (u128 lo = range.lo;;) {
    unsigned size = 0;
    while (size < bits && (lo >> size & 1U) == 0 && (lo | ir::max_of_bits(size + 1)) <= range.hi) ++size;
    found.push_back(ir::format_address(lo, family) + (size == 0 ? "" : '/' + std::to_string(bits - size)));
    const u128 last = lo | ir::max_of_bits(size);
    if (last >= range.hi) return found;
    if (found.size() >= kMost) return {};
    lo = last + 1;
  }
}

}  // namespace

std::string values_text(FieldKind kind, ir::Family family, unsigned bits, const ir::ValueSet::Intervals& values) {
  const bool address = kind == FieldKind::kAddress4 || kind == FieldKind::kAddress6;
  const bool names = kind == FieldKind::kCtState || kind == FieldKind::kAddrType || kind == FieldKind::kPktType ||
                     kind == FieldKind::kDirection || kind == FieldKind::kProtocol;
  constexpr u128 kFewNames = 12;
  std::vector<std::string> list;
  for (const Interval& range : values) {
    if (range.lo == range.hi) {
      list.push_back(value_text(kind, family, range.lo));
      continue;
    }
    if (names && range.hi - range.lo < kFewNames && kind != FieldKind::kProtocol) {
      for (u128 value = range.lo; value <= range.hi; ++value) list.push_back(value_text(kind, family, value));
      continue;
    }
    if (address)
      if (const auto parts = networks(range, bits, family); !parts.empty()) {
        list.insert(list.end(), parts.begin(), parts.end());
        continue;
      }
    if (kind == FieldKind::kMac)
      list.push_back(ir::format_mac(range.lo) + " - " + ir::format_mac(range.hi));
    else if (address)
      list.push_back(ir::format_address(range.lo, family) + '-' + ir::format_address(range.hi, family));
    else
      list.push_back(ir::format_number(range.lo) + '-' + ir::format_number(range.hi));
  }
  if (list.size() == 1 && kind != FieldKind::kAddrType) return list[0];
  std::string text = kind == FieldKind::kCtState ? "" : "{ ";
  for (std::size_t i = 0; i < list.size(); ++i)
    text += (i == 0 ? "" : kind == FieldKind::kCtState ? "," : ", ") + list[i];
  return text + (kind == FieldKind::kCtState ? "" : " }");
}

}  // namespace nfproof::analyzer::regions
