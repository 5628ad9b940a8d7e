// SPDX-License-Identifier: Apache-2.0
// Many terminals of a function replaced by functions at once. From the top down: what is known of a packet on the way
// to a terminal is put into the functions on the way, so that nothing is made that no packet needs.
#include <algorithm>

#include "analyzer/regions/diagram_sweep.h"

namespace nfproof::analyzer::regions {

class DiagramStore::Expansion {
 public:
  Expansion(DiagramStore& store, const std::map<Ref, Ref>& functions) : store_(store) {
    for (const auto& [leaf, function] : functions) {
      leaves_.push_back(leaf);
      functions_.push_back(function);
    }
  }

  Ref run(Ref in) {
    std::vector<Ref> now;
    for (const std::uint32_t place : below(in)) now.push_back(functions_[place]);
    return step(in, now);
  }

 private:
  using Places = std::vector<std::uint32_t>;
  struct Key {
    Ref in{};
    std::vector<Ref> now;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      std::uint64_t hash = number(key.in) + 1;
      for (const Ref ref : key.now) hash = mix(hash ^ (hash << 32U | number(ref)));
      return hash;
    }
  };

  /// Which of the terminals the function can have, by their places in `leaves_`.
  const Places& below(Ref in) {
    if (const auto found = below_.find(in); found != below_.end()) return found->second;
    Places all;
    if (is_terminal(in)) {
      const auto place = std::lower_bound(leaves_.begin(), leaves_.end(), in);
      if (place != leaves_.end() && *place == in) all.push_back(static_cast<std::uint32_t>(place - leaves_.begin()));
    } else {
      const std::size_t count = store_.edges(in).size();
      for (std::size_t i = 0; i < count; ++i) {
        const Places& part = below(store_.edges(in)[i].to);
        all.insert(all.end(), part.begin(), part.end());
      }
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end()), all.end());
    }
    return below_.emplace(in, std::move(all)).first->second;
  }

  /// `now`: for each place of `below(in)`, the function that stands for it, as far as the packet is not known yet.
  Ref step(Ref in, std::vector<Ref> now) {
    if (store_.exhausted_) return kNo;
    if (now.empty()) return in;
    if (is_terminal(in)) return now.front();
    Key key{in, std::move(now)};
    if (const auto found = done_.find(key); found != done_.end()) return found->second;
    Variable variable = store_.variable_of(in);
    for (const Ref ref : key.now) variable = std::min(variable, store_.variable_of(ref));
    const Places places = below(in);
    std::vector<Edge> list;
    std::vector<Ref> then;
    for (Atom first = 0; first < store_.atoms_[variable];) {
      Atom last = store_.atoms_[variable] - 1;
      const Ref to = cofactor(in, variable, first, last);
      const Places& kept = below(to);
      then.clear();
      for (std::size_t i = 0, k = 0; k < kept.size(); ++i)
        if (places[i] == kept[k]) {
          then.push_back(cofactor(key.now[i], variable, first, last));
          ++k;
        }
      append(list, {last, step(to, then)});
      first = last + 1;
    }
    const Ref result = store_.intern(variable, list);
    done_.emplace(std::move(key), result);
    return result;
  }

  /// The function for these values, and (`last`) how far they are alike.
  Ref cofactor(Ref of, Variable variable, Atom first, Atom& last) const {
    if (store_.variable_of(of) != variable) return of;
    const auto list = store_.edges(of);
    const auto edge = std::lower_bound(list.begin(), list.end(), first,
                                       [](const Edge& each, Atom value) { return each.last < value; });
    last = std::min(last, edge->last);
    return edge->to;
  }

  DiagramStore& store_;
  std::vector<Ref> leaves_;  ///< ascending
  std::vector<Ref> functions_;
  std::unordered_map<Ref, Places> below_;
  std::unordered_map<Key, Ref, Hash> done_;
};

Ref DiagramStore::expand(Ref in, const std::map<Ref, Ref>& functions) {
  constexpr std::size_t kFew = 4;  // each costs a pass over the whole, which is cheap
  if (functions.size() > kFew) return Expansion(*this, functions).run(in);
  for (const auto& [leaf, function] : functions) in = replace(in, leaf, function);
  return in;
}

}  // namespace nfproof::analyzer::regions
