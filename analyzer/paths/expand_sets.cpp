// SPDX-License-Identifier: Apache-2.0
// From the elements of a set to predicates. Elements that differ in one address alone are one field test.
//
// Networks of several prefix lengths: the kernel looks at the longest first, and what it finds there decides. With
// `nomatch`, or with interfaces (a network that is listed with other interfaces alone ends the search), the lengths are
// therefore levels: the answer is that of the first level that has something to say.
#include "analyzer/paths/expand_sets.h"

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/ir/set_use.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::FieldTest;
using ir::PredicateId;
using ir::SetElement;
using ir::SetPart;
using ir::u128;
using ir::ValueSet;

/// The field of a port or ICMP type; nothing for protocols that have none.
std::optional<FieldId> port_field(std::uint8_t protocol, bool source) {
  switch (protocol) {
    case ir::kProtoTcp: return source ? FieldId::kTcpSport : FieldId::kTcpDport;
    case ir::kProtoUdp: return source ? FieldId::kUdpSport : FieldId::kUdpDport;
    case ir::kProtoUdplite: return source ? FieldId::kUdpliteSport : FieldId::kUdpliteDport;
    case ir::kProtoSctp: return source ? FieldId::kSctpSport : FieldId::kSctpDport;
    case ir::kProtoIcmp: return FieldId::kIcmpTypeCode;
    case ir::kProtoIcmp6: return FieldId::kIcmp6TypeCode;
    default: return std::nullopt;
  }
}

/// The values of one address, as intervals or, where the set has a mask with holes, as value/mask pairs.
struct Addresses {
  ValueSet::Intervals intervals;
  ValueSet::Masks masks;

  [[nodiscard]] ValueSet values() const {
    return masks.empty() ? ValueSet::of_intervals(intervals) : ValueSet::of_masks(masks);
  }
};

class Expander {
 public:
  Expander(ir::PredicatePool& pool, const ir::SetTable& sets, ir::Family family)
      : pool_(pool), sets_(sets), family_(family), bits_(ir::address_bits(family)) {}

  PredicateId look_up(const ir::SetLookup& test) {
    const PredicateId inside = of_set(sets_[*sets_.find(test.set.name)], test);
    return test.negated ? negate(inside) : inside;
  }

 private:
  // --- Logic ---
  PredicateId any(std::vector<PredicateId> parts) {
    if (parts.size() == 1) return parts.front();
    return pool_.add(ir::AnyOf{std::move(parts), false});
  }
  PredicateId never() { return pool_.add(ir::AnyOf{{}, false}); }
  PredicateId negate(PredicateId part) { return pool_.add(ir::AnyOf{{part}, true}); }
  PredicateId all(const std::vector<PredicateId>& parts) {
    if (parts.size() == 1) return parts.front();
    std::vector<PredicateId> negated;
    for (const PredicateId part : parts) negated.push_back(negate(part));
    return pool_.add(ir::AnyOf{std::move(negated), true});
  }
  PredicateId field(FieldId id, ValueSet values) { return pool_.add(FieldTest{id, 0, false, std::move(values)}); }

  // --- Sets ---
  PredicateId of_set(const ir::Set& set, const ir::SetLookup& test) {
    const ir::SetReference& reference = test.set;
    if (reference.dimensions < set.type().dimension()) return never();
    if (set.header().family && *set.header().family != family_) return never();
    if (set.header().type == ir::SetType::kListSet) {
      std::vector<PredicateId> members;
      for (std::size_t i = 0; i < set.size(); ++i)
        members.push_back(of_set(sets_[ir::SetId{static_cast<std::uint32_t>(set.element(i).link)}], test));
      return any(std::move(members));
    }
    return of_levels(set, test);
  }

  struct Level {
    std::vector<std::size_t> match;
    std::vector<std::size_t> nomatch;
  };

  PredicateId of_levels(const ir::Set& set, const ir::SetLookup& test) {
    const bool networks = set.type().is_hash() && set.type().has(SetPart::kNetwork);
    const bool interfaces = set.type().has(SetPart::kInterface);
    std::map<std::pair<std::uint8_t, std::uint8_t>, Level> levels;  // from the shortest prefixes on
    bool ordered = interfaces;
    for (std::size_t i = 0; i < set.size(); ++i) {
      const SetElement& element = set.element(i);
      if (element.physdev) continue;  // a rule cannot ask for it
      ordered = ordered || element.nomatch;
      Level& level =
          levels[networks ? std::pair(element.prefix, element.prefix2) : std::pair<std::uint8_t, std::uint8_t>()];
      (element.nomatch ? level.nomatch : level.match).push_back(i);
    }
    const bool inverted = test.return_nomatch && networks;
    std::vector<PredicateId> unordered;
    PredicateId answer = never();
    for (auto& [prefixes, level] : levels) {
      if (inverted) std::swap(level.match, level.nomatch);
      const PredicateId match = union_of(set, test.set, level.match, true);
      if (!ordered) {
        unordered.push_back(match);
        continue;
      }
      std::vector<std::size_t> deciding = level.nomatch;
      if (interfaces) deciding.insert(deciding.end(), level.match.begin(), level.match.end());
      const PredicateId stop = union_of(set, test.set, deciding, !interfaces);
      answer = any({match, all({negate(stop), answer})});
    }
    return ordered ? answer : any(std::move(unordered));
  }

  /// What two elements must have in common to be one test.
  using Key = std::tuple<u128, std::uint8_t, std::uint64_t, std::uint8_t, std::uint16_t, bool>;

  PredicateId union_of(const ir::Set& set, const ir::SetReference& reference, const std::vector<std::size_t>& elements,
                       bool with_interfaces) {
    std::map<Key, Addresses> groups;
    for (const std::size_t index : elements) {
      const SetElement& element = set.element(index);
      const bool link = set.header().type != ir::SetType::kHashNetIface || with_interfaces;
      const Key key{element.second,   element.prefix2, link ? element.link : 0,
                    element.protocol, element.port,    element.wildcard};
      add_address(set, element, groups[key]);
    }
    std::vector<PredicateId> parts;
    for (const auto& [key, addresses] : groups)
      if (const auto part = of_group(set, reference, key, addresses, with_interfaces)) parts.push_back(*part);
    return parts.empty() ? never() : any(std::move(parts));
  }

  void add_address(const ir::Set& set, const SetElement& element, Addresses& addresses) const {
    const ir::SetHeader& header = set.header();
    const SetPart part = set.type().parts[0];
    if (header.bitmask && part == SetPart::kAddress) {
      addresses.masks.push_back({element.first, *header.bitmask});
      return;
    }
    unsigned prefix = bits_;
    if (part == SetPart::kNetwork) prefix = element.prefix;
    if (part == SetPart::kAddress && header.netmask) prefix = *header.netmask;
    const unsigned bits = part == SetPart::kPort ? 16 : bits_;
    const u128 host = part == SetPart::kPort ? 0 : ~ir::prefix_mask(prefix, bits) & ir::max_of_bits(bits);
    addresses.intervals.push_back({element.first, element.first | host});
  }

  /// Nothing when no packet can be meant.
  std::optional<PredicateId> of_group(const ir::Set& set, const ir::SetReference& reference, const Key& key,
                                      const Addresses& addresses, bool with_interfaces) {
    std::vector<PredicateId> parts;
    const auto& kinds = set.type().parts;
    for (unsigned i = 0; i < kinds.size() && kinds[i] != SetPart::kNone; ++i) {
      const bool source = (reference.sources >> i & 1U) != 0;
      if (kinds[i] == SetPart::kInterface && !with_interfaces) continue;
      const auto part = i == 0 ? of_first(set, kinds[0], source, addresses, key) : of_other(set, kinds[i], source, key);
      if (!part) return std::nullopt;
      parts.push_back(*part);
    }
    return all(parts);
  }

  FieldId address_field(bool source) const {
    if (family_ == ir::Family::kIpv4) return source ? FieldId::kIpSaddr : FieldId::kIpDaddr;
    return source ? FieldId::kIp6Saddr : FieldId::kIp6Daddr;
  }

  std::optional<PredicateId> of_first(const ir::Set& set, SetPart kind, bool source, const Addresses& addresses,
                                      const Key& key) {
    if (kind == SetPart::kMac) return of_other(set, kind, source, key);
    if (kind != SetPart::kPort) return field(address_field(source), addresses.values());
    const ValueSet ports = addresses.values();
    return any({field(source ? FieldId::kTcpSport : FieldId::kTcpDport, ports),
                field(source ? FieldId::kUdpSport : FieldId::kUdpDport, ports)});
  }

  std::optional<PredicateId> of_other(const ir::Set& set, SetPart kind, bool source, const Key& key) {
    const auto& [second, prefix2, link, protocol, port, wildcard] = key;
    switch (kind) {
      case SetPart::kAddress: return field(address_field(source), ValueSet::of_value(second));
      case SetPart::kNetwork:
        return field(address_field(source), ValueSet::of_network(second, ir::prefix_mask(prefix2, bits_), bits_));
      case SetPart::kPort: return of_port(protocol, port, source);
      case SetPart::kMac:
        if (!source) return std::nullopt;  // only the source address of the link is known
        return field(FieldId::kEtherSaddr, ValueSet::of_value(link));
      case SetPart::kMark:
        return field(FieldId::kMark, ValueSet::of_masks({{u128{link}, u128{set.header().markmask}}}));
      case SetPart::kInterface: {
        const ir::InterfacePattern pattern{set.interface(link), wildcard};
        return field(source ? FieldId::kIifname : FieldId::kOifname, ValueSet::of_interfaces({pattern}));
      }
      case SetPart::kSet:
      case SetPart::kNone: return std::nullopt;
    }
    return std::nullopt;
  }

  PredicateId of_port(std::uint8_t protocol, std::uint16_t port, bool source) {
    if (const auto id = port_field(protocol, source)) return field(*id, ValueSet::of_value(port));
    std::vector<PredicateId> parts{field(FieldId::kL4Proto, ValueSet::of_value(protocol))};
    if (family_ == ir::Family::kIpv6) parts.push_back(field(FieldId::kIp6FragOffset, ValueSet::of_value(0)));
    if (port != 0) parts.push_back(never());
    return all(parts);
  }

  ir::PredicatePool& pool_;
  const ir::SetTable& sets_;
  ir::Family family_;
  unsigned bits_;
};

}  // namespace

bool has_open_sets(const ir::Ruleset& ruleset, const ir::SetTable& sets) {
  for (std::size_t i = 0; i < ruleset.predicates.size(); ++i)
    if (const auto* test = std::get_if<ir::SetLookup>(&ruleset.predicates[PredicateId{static_cast<std::uint32_t>(i)}]))
      if (sets.find(test->set.name) && !ir::is_fixed(sets, *test)) return true;
  return false;
}

std::optional<ir::Ruleset> expand_sets(const ir::Ruleset& ruleset, const ir::SetTable& sets) {
  if (sets.empty()) return std::nullopt;
  std::optional<ir::Ruleset> result;
  std::map<std::pair<PredicateId, ir::Family>, PredicateId> known;
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) {
    const ir::Chain& chain = ruleset.chains[c];
    const ir::Family family = ruleset.table(chain.table).family;
    for (std::size_t r = 0; r < chain.rules.size(); ++r) {
      for (std::size_t w = 0; w < chain.rules[r].when.size(); ++w) {
        const PredicateId id = chain.rules[r].when[w].predicate;
        const auto* test = std::get_if<ir::SetLookup>(&ruleset.predicates[id]);
        if (test == nullptr || !ir::is_fixed(sets, *test)) continue;
        if (!result) result = ruleset;
        auto found = known.find({id, family});
        if (found == known.end())
          found = known.emplace(std::pair{id, family}, Expander(result->predicates, sets, family).look_up(*test)).first;
        result->chains[c].rules[r].when[w].predicate = found->second;
      }
    }
  }
  return result;
}

}  // namespace nfproof::analyzer
