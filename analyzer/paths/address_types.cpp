// SPDX-License-Identifier: Apache-2.0
// Cuts the address space where the type may change and asks the host about each piece.
#include "analyzer/paths/address_types.h"

#include <algorithm>
#include <vector>

namespace nfproof::analyzer {
namespace {

using ir::u128;

std::vector<u128> cuts(const ir::Host& host, ir::Family family) {
  const unsigned bits = ir::address_bits(family);
  const u128 last = ir::max_of_bits(bits);
  // Where the type changes whatever addresses the host has: `Host::address_type`.
  std::vector<u128> at = family == ir::Family::kIpv4 ? std::vector<u128>{0, 1, u128{0xE} << 28, u128{0xF} << 28, last}
                                                     : std::vector<u128>{0, 1, u128{0xff} << 120};
  const auto around = [&](u128 lo, u128 hi) {
    at.push_back(lo);
    if (hi < last) at.push_back(hi + 1);
  };
  for (const ir::Interface& interface : host.interfaces)
    for (const ir::InterfaceAddress& own : interface.addresses) {
      if (own.family != family) continue;
      const u128 mask = ir::prefix_mask(own.prefix, bits);
      const u128 network = own.address & mask;
      around(own.address, own.address);
      around(network, network);
      around(network, network | (last & ~mask));
      if (own.broadcast) around(*own.broadcast, *own.broadcast);
    }
  std::sort(at.begin(), at.end());
  at.erase(std::unique(at.begin(), at.end()), at.end());
  return at;
}

}  // namespace

ir::ValueSet addresses_of_types(const ir::Host& host, ir::Family family, const ir::ValueSet& types) {
  const std::vector<u128> starts = cuts(host, family);
  ir::ValueSet::Intervals found;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const u128 hi = i + 1 < starts.size() ? starts[i + 1] - 1 : ir::max_of_bits(ir::address_bits(family));
    if (types.contains(u128{host.address_type(starts[i], family)})) found.push_back({starts[i], hi});
  }
  return ir::ValueSet::of_intervals(std::move(found));
}

}  // namespace nfproof::analyzer
