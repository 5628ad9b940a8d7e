// SPDX-License-Identifier: Apache-2.0
// Everything but the two addresses is taken out of the diagram of the way; what is left is a table of classes of
// destinations and sources.
#include "analyzer/regions/matrix.h"

#include <algorithm>
#include <map>

#include "analyzer/regions/readout.h"

namespace nfproof::analyzer {

using ir::FieldId;
using ir::ValueSet;
using regions::Atom;
using regions::Engine;
using regions::kNo;
using regions::kYes;
using regions::Leaf;
using regions::Ref;
using regions::Variable;

namespace {

constexpr ir::u128 kSyn = 2;
constexpr ir::u128 kHandshake = 1 | 2 | 4 | 16;  // FIN, SYN, RST, ACK

ir::FieldTest opening() { return {FieldId::kTcpFlags, 0, false, ValueSet::of_masks({{kSyn, kHandshake}})}; }

/// What opens a connection of the service.
Ref openings(Engine& engine, const std::vector<ir::PredicateId>& service) {
  regions::Space& space = engine.space;
  regions::DiagramStore& store = space.store();
  const bool v4 = space.family() == ir::Family::kIpv4;
  Ref all = engine.side(0).all_of(service);
  all = store.both(all, space.is(FieldId::kCtState, 0));
  all = store.both(all, space.is(v4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset, 0));
  all = store.both(all, store.either(space.test(opening()), store.negate(space.is(FieldId::kL4Proto, ir::kProtoTcp))));
  const auto loopback = ValueSet::of_interfaces({{"lo", false}});
  for (const FieldId name : {FieldId::kIifname, FieldId::kOifname}) all = store.without(all, space.in(name, loopback));
  return all;
}

std::string group_name(std::size_t number) {
  std::string name;
  for (++number; number > 0; number = (number - 1) / 26)
    name.insert(name.begin(), static_cast<char>('A' + (number - 1) % 26));
  return name;
}

/// The table: for each class of destinations a function of the source, with these terminals.
constexpr std::uint32_t kNothing = 0;
constexpr std::uint32_t kOnlyAccepted = 1;
constexpr std::uint32_t kBoth = 2;
constexpr std::uint32_t kOnlyRefused = 3;

class Table {
 public:
  Table(Engine& engine, Ref function) : engine_(engine) {
    const bool v4 = engine.space.family() == ir::Family::kIpv4;
    source_ = engine.space.variables_of(v4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr)[0];
    destination_ = engine.space.variables_of(v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr)[0];
    const auto& store = engine.space.store();
    std::map<Ref, std::size_t> known;
    const bool by_destination = store.variable_of(function) == destination_;
    for (Atom atom = 0; atom < store.atoms(destination_); ++atom) {
      const Ref column = by_destination ? store.child(function, atom) : function;
      const auto [found, fresh] = known.emplace(column, columns_.size());
      if (fresh) columns_.push_back(column);
      column_of_.push_back(found->second);
    }
    std::map<std::vector<std::uint32_t>, std::size_t> rows;
    for (Atom atom = 0; atom < store.atoms(source_); ++atom) {
      std::vector<std::uint32_t> row;
      for (const Ref column : columns_)
        row.push_back(regions::terminal_value(regions::is_terminal(column) ? column : store.child(column, atom)));
      const auto [found, fresh] = rows.emplace(std::move(row), rows_.size());
      if (fresh) rows_.push_back(found->first);
      row_of_.push_back(found->second);
    }
  }

  FamilyMatrix matrix(HostWay way) const {
    FamilyMatrix result;
    result.family = engine_.space.family();
    result.way = way;
    std::vector<Cut> sources = cuts(source_, row_of_);
    std::vector<Cut> destinations = cuts(destination_, column_of_);
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> known;
    std::vector<std::pair<std::size_t, std::size_t>> classes;
    ir::u128 at = 0;
    for (std::size_t s = 0, d = 0; s < sources.size() && d < destinations.size();) {
      const ir::u128 last = std::min(sources[s].range.hi, destinations[d].range.hi);
      const std::pair both{sources[s].number, destinations[d].number};
      const auto [found, fresh] = known.emplace(both, result.groups.size());
      if (fresh) {
        result.groups.push_back({group_name(result.groups.size()), {}});
        classes.push_back(both);
      }
      result.groups[found->second].addresses.push_back({at, last});
      s += sources[s].range.hi == last ? 1 : 0;
      d += destinations[d].range.hi == last ? 1 : 0;
      at = last + 1;
    }
    for (AddressGroup& group : result.groups)
      group.addresses = *ValueSet::of_intervals(std::move(group.addresses)).intervals();
    for (const auto& from : classes) {
      result.access.emplace_back();
      for (const auto& to : classes) {
        const std::uint32_t value = rows_[from.first][to.second];
        result.access.back().push_back(value == kOnlyAccepted ? MayOpen::kAll
                                       : value == kBoth       ? MayOpen::kSome
                                                              : MayOpen::kNone);
      }
    }
    return result;
  }

 private:
  struct Cut {
    ir::Interval range;
    std::size_t number;
  };
  [[nodiscard]] std::vector<Cut> cuts(Variable variable, const std::vector<std::size_t>& classes) const {
    std::vector<Cut> all;
    for (Atom atom = 0; atom < classes.size(); ++atom)
      for (const ir::Interval& range : engine_.space.info(variable).classes[atom])
        all.push_back({range, classes[atom]});
    std::sort(all.begin(), all.end(), [](const Cut& a, const Cut& b) { return a.range.lo < b.range.lo; });
    return all;
  }

  Engine& engine_;
  Variable source_ = 0;
  Variable destination_ = 0;
  std::vector<Ref> columns_;
  std::vector<std::size_t> column_of_, row_of_;  ///< by atom
  std::vector<std::vector<std::uint32_t>> rows_;
};

}  // namespace

MatrixResult matrix(const ir::Ruleset& ruleset, const std::vector<ir::PredicateId>& service,
                    const RegionOptions& options) {
  MatrixResult result;
  regions::note_assumptions({&ruleset}, options, result.assumptions);
  const HostWay way = options.ways.front();
  for (const ir::Family family : regions::families_of({&ruleset}, options)) {
    Engine engine(family, {&ruleset}, options, {opening()});
    regions::DiagramStore& store = engine.space.store();
    const Ref asked = openings(engine, service);
    const Ref function = engine.way(0, way, {.deciders = false, .effects = false, .within = asked});
    std::vector<bool> hidden(store.variables(), true);
    for (const FieldId field : {FieldId::kIpSaddr, FieldId::kIpDaddr, FieldId::kIp6Saddr, FieldId::kIp6Daddr})
      for (const Variable variable : engine.space.variables_of(field)) hidden[variable] = false;
    const auto accepted = [](const Leaf& leaf) {
      return leaf.kind == Leaf::Kind::kEnds && leaf.verdict == ir::VerdictKind::kAccept;
    };
    const auto refused = [](const Leaf& leaf) {
      return leaf.kind == Leaf::Kind::kEnds && leaf.verdict != ir::VerdictKind::kAccept;
    };
    const Ref may = store.exists(engine.where(function, accepted), hidden);
    const Ref may_not = store.exists(engine.where(function, refused), hidden);
    const Ref table = store.combine(may, may_not, [](Ref yes, Ref no) {
      return regions::terminal(yes == kYes  ? (no == kYes ? kBoth : kOnlyAccepted)
                               : no == kYes ? kOnlyRefused
                                            : kNothing);
    });
    if (const std::string trouble = engine.trouble(); !trouble.empty()) {
      result.undecided.push_back({family, way, trouble});
      continue;
    }
    result.families.push_back(Table(engine, table).matrix(way));
  }
  return result;
}

std::vector<std::string> address_list(const AddressGroup& group, ir::Family family) {
  const bool v4 = family == ir::Family::kIpv4;
  std::vector<std::string> list;
  for (const ir::Interval& range : group.addresses) {
    std::string text =
        regions::values_text(v4 ? ir::FieldKind::kAddress4 : ir::FieldKind::kAddress6, family, v4 ? 32 : 128, {range});
    if (text.starts_with("{ ")) text = text.substr(2, text.size() - 4);
    for (std::size_t at = 0; at != std::string::npos;) {
      const std::size_t comma = text.find(", ", at);
      list.push_back(text.substr(at, comma == std::string::npos ? comma : comma - at));
      at = comma == std::string::npos ? comma : comma + 2;
    }
  }
  return list;
}

}  // namespace nfproof::analyzer
