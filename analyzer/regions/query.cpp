// SPDX-License-Identifier: Apache-2.0
// Which packets of an expression meet which fate.
#include <algorithm>
#include <map>

#include "analyzer/regions/fibres.h"
#include "analyzer/regions/readout.h"

namespace nfproof::analyzer {

using regions::Leaf;
using regions::Ref;

QueryResult query(const ir::Ruleset& ruleset, const std::vector<ir::PredicateId>& when, const RegionOptions& options) {
  QueryResult result;
  regions::note_assumptions({&ruleset}, options, result.assumptions);
  for (const ir::Family family : regions::families_of({&ruleset}, options)) {
    regions::Engine engine(family, {&ruleset}, options);
    const Ref asked = engine.side(0).all_of(when);
    for (const HostWay way : options.ways) {
      const Ref function = engine.way(0, way, {.deciders = true, .effects = false, .within = asked});
      if (const std::string trouble = engine.trouble(); !trouble.empty()) {
        result.undecided.push_back({family, way, trouble});
        continue;
      }
      // Packets with the same end, whatever was done to them.
      regions::DiagramStore& store = engine.space.store();
      std::map<Leaf, std::vector<Ref>> ends;
      for (const Ref ref : store.terminals(function)) {
        Leaf leaf = engine.leaves[ref];
        if (leaf.kind != Leaf::Kind::kEnds) continue;
        leaf.effects = 0;
        ends[leaf].push_back(ref);
      }
      regions::Reader reader(engine, way, options, ends.size());
      regions::Fibres fibres(store, function);
      const std::size_t mark = store.mark();
      for (const auto& [end, refs] : ends) {
        const Ref region = fibres.of(refs);
        QueryRegion row;
        row.region = reader.read(region, {&end}, result.internal_errors);
        if (!engine.trouble().empty()) break;
        store.roll_back(mark);
        row.fate = regions::fate_of(engine, end);
        result.regions.push_back(std::move(row));
      }
      if (const std::string trouble = engine.trouble(); !trouble.empty())
        result.undecided.push_back({family, way, trouble});
    }
  }
  return result;
}

}  // namespace nfproof::analyzer
