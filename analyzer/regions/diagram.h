// SPDX-License-Identifier: Apache-2.0
// Multi-terminal decision diagrams: functions of finitely many variables, each with finitely many values ("atoms"), as
// ordered, reduced graphs. Equal functions are the same node, so comparing two functions compares two numbers. A node
// has edges over ranges of atoms; what the terminals mean is the caller's business, save that 0 and 1 are false and
// true where a function is asked to be a condition.
//
// Entry: `DiagramStore`, which owns all nodes of one question. It knows nothing of packets (`space.h` does). When the
// budget is used up it says so (`exhausted`) and what it returns from then on means nothing.
//
// Operations recurse once for each variable at most, and the number of variables is bounded (`kMostVariables`).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace nfproof::analyzer::regions {

/// A node or a terminal.
enum class Ref : std::uint32_t {};
inline constexpr std::uint32_t kTerminalBit = 0x80000000U;
[[nodiscard]] constexpr Ref terminal(std::uint32_t value) { return Ref{value | kTerminalBit}; }
[[nodiscard]] constexpr bool is_terminal(Ref ref) { return (static_cast<std::uint32_t>(ref) & kTerminalBit) != 0; }
[[nodiscard]] constexpr std::uint32_t terminal_value(Ref ref) {
  return static_cast<std::uint32_t>(ref) & ~kTerminalBit;
}
inline constexpr Ref kNo = terminal(0);
inline constexpr Ref kYes = terminal(1);

using Variable = std::uint32_t;  ///< counted from the top of the order
using Atom = std::uint32_t;
inline constexpr Variable kNoVariable = 0xffffffffU;
inline constexpr std::size_t kMostVariables = 10'000;

/// All atoms up to `last` that no edge before it took.
struct Edge {
  Atom last = 0;
  Ref to{};
  friend bool operator==(const Edge&, const Edge&) = default;
};

/// Sorted, disjoint, not adjacent; both ends belong to it.
struct AtomRange {
  Atom first = 0;
  Atom last = 0;
  friend bool operator==(const AtomRange&, const AtomRange&) = default;
};
using AtomSet = std::vector<AtomRange>;
[[nodiscard]] AtomSet atom_set(std::vector<Atom> atoms);
[[nodiscard]] AtomSet complement(const AtomSet& set, Atom count);
[[nodiscard]] bool contains(const AtomSet& set, Atom atom);
[[nodiscard]] std::size_t size_of(const AtomSet& set);

struct Budget {
  std::size_t edges = 30'000'000;  ///< 8 bytes each
  std::chrono::milliseconds time{60'000};
};

class DiagramStore {
 public:
  explicit DiagramStore(const Budget& budget);

  Variable add_variable(Atom atoms);
  [[nodiscard]] std::size_t variables() const { return atoms_.size(); }
  [[nodiscard]] Atom atoms(Variable variable) const { return atoms_[variable]; }

  /// True when the variable's atom is in the set.
  Ref test(Variable variable, const AtomSet& set);
  /// A function of one variable, from the edges of a node; redundant edges are merged.
  Ref node(Variable variable, std::span<const Edge> edges);

  Ref choose(Ref condition, Ref then, Ref otherwise);
  Ref both(Ref a, Ref b) { return choose(a, b, kNo); }
  Ref either(Ref a, Ref b) { return choose(a, kYes, b); }
  Ref negate(Ref a) { return choose(a, kNo, kYes); }
  Ref without(Ref a, Ref b) { return choose(b, kNo, a); }

  /// The function with one of its terminals replaced by another function.
  Ref replace(Ref in, Ref leaf, Ref by);
  using TerminalMap = std::function<Ref(Ref)>;
  Ref map_terminals(Ref in, const TerminalMap& map);
  /// The function with each of these terminals replaced by a function that has none of them.
  Ref expand(Ref in, const std::map<Ref, Ref>& functions);
  /// Terminals that the function can have, in ascending order.
  [[nodiscard]] std::vector<Ref> terminals(Ref in) const;
  /// A function of two functions, given for their terminals.
  using PairMap = std::function<Ref(Ref, Ref)>;
  Ref combine(Ref a, Ref b, const PairMap& map);
  /// The same with an answer for whole functions where there is one; for two terminals there is always one. What is
  /// done is the same for all calls with one number.
  using EarlyPairMap = std::function<std::optional<Ref>(Ref, Ref)>;
  Ref combine(std::uint32_t number, Ref a, Ref b, const EarlyPairMap& map);

  /// The pairs of terminals that both functions have together for some of `within`.
  using MeetVisit = std::function<void(Ref, Ref)>;
  void meet(Ref within, Ref a, Ref b, const MeetVisit& visit);

  /// The function where the variable has the atom `map[a]` when it would have `a`.
  Ref substitute(Ref in, Variable variable, std::span<const Atom> map);
  Ref restrict_to(Ref in, Variable variable, Atom atom);
  /// What the function is whatever atom the marked variables have; where that is not one thing, `otherwise`.
  Ref project(Ref in, const std::vector<bool>& marked, Ref otherwise);
  /// Is there (for conditions) an atom of any of these variables for which it is true? `marked[v]` says which.
  Ref exists(Ref condition, const std::vector<bool>& marked);

  [[nodiscard]] Variable variable_of(Ref ref) const {
    return is_terminal(ref) ? kNoVariable : nodes_[static_cast<std::uint32_t>(ref)].variable;
  }
  [[nodiscard]] std::span<const Edge> edges(Ref ref) const {
    const Node& n = nodes_[static_cast<std::uint32_t>(ref)];
    return {edges_.data() + n.first, n.count};
  }
  /// Where a packet ends: `atom_of(variable)` says which atom it has.
  [[nodiscard]] Ref follow(Ref ref, const std::function<Atom(Variable)>& atom_of) const;
  [[nodiscard]] Ref child(Ref ref, Atom atom) const;
  [[nodiscard]] std::vector<bool> support(Ref ref) const;  ///< by variable

  /// What is made from now on can be forgotten again, so that many answers are read one after the other in little
  /// memory.
  [[nodiscard]] std::size_t mark() const { return nodes_.size(); }
  /// Forgets all nodes that were made since. Memory that was used up is there again; time is not.
  void roll_back(std::size_t mark);

  /// The budget again, from now on; what was made counts.
  void renew(const Budget& budget);
  /// From now on `over_part` tells when this share of the edges is used up.
  void limit_part(double share);
  [[nodiscard]] bool over_part() const { return over_part_ || exhausted_; }
  /// Looks at the clock, for work that makes no nodes.
  void check_time() { work(1); }
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  [[nodiscard]] bool out_of_time() const { return out_of_time_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    Variable variable = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  struct CacheRow {
    std::uint32_t operation = 0;
    Ref a{}, b{}, c{};
    Ref result{};
    std::uint32_t epoch = 0;  ///< the roll-backs before it was written
  };
  void visit(Ref in, const std::function<void(Ref)>& seen) const;
  /// Two functions as functions of the topmost variable of both.
  struct Sweep;
  /// Where the result of an operation stands or will stand.
  CacheRow& row(std::uint32_t operation, Ref a, Ref b, Ref c);
  [[nodiscard]] bool holds(const CacheRow& row, std::uint32_t operation, Ref a, Ref b, Ref c) const;
  [[nodiscard]] static std::uint64_t hash_of(Variable variable, std::span<const Edge> edges);
  Ref intern(Variable variable, std::vector<Edge>& edges);
  void grow_table();
  bool spend(std::size_t edges);
  void work(std::size_t edges);
  Ref replace_step(Ref in, Ref leaf, Ref by);
  Ref map_step(Ref in, const TerminalMap& map, std::unordered_map<Ref, Ref>& done);
  class Expansion;
  Ref substitute_step(Ref in, Variable variable, std::span<const Atom> map, std::unordered_map<Ref, Ref>& done);
  Ref project_step(Ref in, const std::vector<bool>& marked, Ref otherwise, std::unordered_map<Ref, Ref>& done);
  Ref agreed(Ref a, Ref b, Ref otherwise);
  Ref exists_step(Ref in, const std::vector<bool>& marked, std::unordered_map<Ref, Ref>& done);
  struct Met;
  void meet_step(Ref within, Ref a, Ref b, const MeetVisit& visit, Met& met);
  Ref combine_step(Ref a, Ref b, const PairMap& map, std::unordered_map<std::uint64_t, Ref>& done);

  Budget budget_;
  std::chrono::steady_clock::time_point deadline_;
  std::vector<Atom> atoms_;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> table_;  ///< open addressing; node + 1
  std::vector<CacheRow> cache_;
  std::uint32_t epoch_ = 0;
  std::size_t floor_ = ~std::size_t{0};  ///< nodes below it were never forgotten
  std::size_t worked_ = 0;               ///< edges looked at since the last look at the clock
  std::size_t part_edges_ = 0;
  bool over_part_ = false;
  mutable std::vector<std::uint32_t> stamps_;  ///< of nodes seen by the walk that has the number `stamp_`
  mutable std::uint32_t stamp_ = 0;
  bool exhausted_ = false;
  bool out_of_time_ = false;
};

}  // namespace nfproof::analyzer::regions
