// SPDX-License-Identifier: Apache-2.0
// The matrix of a service: the address space cut into as few groups as possible, so that all addresses of a group are
// the same to the ruleset as sources and as destinations, and which group may open connections to which.
#pragma once

#include <string>
#include <vector>

#include "analyzer/regions/regions.h"

namespace nfproof::analyzer {

enum class MayOpen : std::uint8_t {
  kNone,  ///< no connection is let through (or none goes this way)
  kSome,  ///< it depends on more than addresses: interfaces, source ports, limits...
  kAll,
};

struct AddressGroup {
  std::string name;  ///< `A`, `B`, ..., `Z`, `AA`...
  ir::ValueSet::Intervals addresses;
};

struct FamilyMatrix {
  ir::Family family{};
  HostWay way{};
  std::vector<AddressGroup> groups;          ///< by the first address
  std::vector<std::vector<MayOpen>> access;  ///< from, to
};

struct MatrixResult {
  std::vector<FamilyMatrix> families;
  std::vector<RegionTrouble> undecided;
  std::vector<std::string> assumptions;
};

/// `service`: predicates of the ruleset's pool; connections are new, and TCP ones begin with a SYN. Of the options'
/// ways the first is asked about.
[[nodiscard]] MatrixResult matrix(const ir::Ruleset& ruleset, const std::vector<ir::PredicateId>& service,
                                  const RegionOptions& options);

/// The addresses of a group as networks, ranges and single addresses.
[[nodiscard]] std::vector<std::string> address_list(const AddressGroup& group, ir::Family family);

}  // namespace nfproof::analyzer
