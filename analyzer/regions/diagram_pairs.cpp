// SPDX-License-Identifier: Apache-2.0
// Operations on two functions that are given for their terminals, and what a function says without some variables.
#include <unordered_set>

#include "analyzer/regions/diagram_sweep.h"

namespace nfproof::analyzer::regions {

Ref DiagramStore::combine(Ref a, Ref b, const PairMap& map) {
  std::unordered_map<std::uint64_t, Ref> done;
  return combine_step(a, b, map, done);
}

Ref DiagramStore::combine_step(Ref a, Ref b, const PairMap& map, std::unordered_map<std::uint64_t, Ref>& done) {
  if (exhausted_) return kNo;
  const std::uint64_t key = number(a) << 32U | number(b);
  if (const auto found = done.find(key); found != done.end()) return found->second;
  Ref result{};
  if (is_terminal(a) && is_terminal(b)) {
    result = map(a, b);
  } else {
    Sweep sweep(*this, {a, b, b});
    std::vector<Edge> list;
    while (sweep.next()) append(list, {sweep.last, combine_step(sweep.now[0], sweep.now[1], map, done)});
    result = intern(sweep.variable, list);
  }
  done.emplace(key, result);
  return result;
}

Ref DiagramStore::combine(std::uint32_t number, Ref a, Ref b, const EarlyPairMap& map) {
  if (exhausted_) return kNo;
  if (const std::optional<Ref> early = map(a, b)) return *early;
  const std::uint32_t operation = kCombine + number;
  CacheRow& known = row(operation, a, b, kNo);
  if (holds(known, operation, a, b, kNo)) return known.result;
  Sweep sweep(*this, {a, b, b});
  std::vector<Edge> list;
  while (sweep.next()) append(list, {sweep.last, combine(number, sweep.now[0], sweep.now[1], map)});
  const Ref result = intern(sweep.variable, list);
  row(operation, a, b, kNo) = {operation, a, b, kNo, result, epoch_};
  return result;
}

/// Triples that were looked at.
struct DiagramStore::Met {
  struct Hash {
    std::size_t operator()(const std::array<Ref, 3>& key) const {
      return mix(mix(number(key[0]) << 32U | number(key[1])) ^ number(key[2]) << 3U);
    }
  };
  std::unordered_set<std::array<Ref, 3>, Hash> seen;
};

void DiagramStore::meet(Ref within, Ref a, Ref b, const MeetVisit& visit) {
  Met met;
  meet_step(within, a, b, visit, met);
}

void DiagramStore::meet_step(Ref within, Ref a, Ref b, const MeetVisit& visit, Met& met) {
  if (exhausted_ || within == kNo || !met.seen.insert({within, a, b}).second) return;
  if (is_terminal(a) && is_terminal(b)) return visit(a, b);
  check_time();
  Sweep sweep(*this, {within, a, b});
  while (sweep.next()) meet_step(sweep.now[0], sweep.now[1], sweep.now[2], visit, met);
}

Ref DiagramStore::project(Ref in, const std::vector<bool>& marked, Ref otherwise) {
  std::unordered_map<Ref, Ref> done;
  return project_step(in, marked, otherwise, done);
}

Ref DiagramStore::project_step(Ref in, const std::vector<bool>& marked, Ref otherwise,
                               std::unordered_map<Ref, Ref>& done) {
  if (exhausted_) return kNo;
  if (is_terminal(in)) return in;
  if (const auto found = done.find(in); found != done.end()) return found->second;
  const Variable variable = variable_of(in);
  const std::size_t count = edges(in).size();
  std::optional<Ref> common;
  std::vector<Edge> list;
  for (std::size_t i = 0; i < count && common != otherwise; ++i) {
    const Edge edge = edges(in)[i];
    const Ref part = project_step(edge.to, marked, otherwise, done);
    if (!marked[variable])
      append(list, {edge.last, part});
    else
      common = common ? agreed(*common, part, otherwise) : part;
  }
  const Ref result = marked[variable] ? common.value_or(otherwise) : intern(variable, list);
  done.emplace(in, result);
  return result;
}

/// Where both are the same that, else `otherwise`.
Ref DiagramStore::agreed(Ref a, Ref b, Ref otherwise) {
  if (exhausted_) return kNo;
  if (a == b) return a;
  if (a == otherwise || b == otherwise || (is_terminal(a) && is_terminal(b))) return otherwise;
  CacheRow& known = row(kAgreed, a, b, otherwise);
  if (holds(known, kAgreed, a, b, otherwise)) return known.result;
  Sweep sweep(*this, {a, b, b});
  std::vector<Edge> list;
  while (sweep.next()) append(list, {sweep.last, agreed(sweep.now[0], sweep.now[1], otherwise)});
  const Ref result = intern(sweep.variable, list);
  row(kAgreed, a, b, otherwise) = {kAgreed, a, b, otherwise, result, epoch_};
  return result;
}

}  // namespace nfproof::analyzer::regions
