// SPDX-License-Identifier: Apache-2.0
// The space of packets of one family as variables of a `DiagramStore`: every field that a question's rulesets and
// expressions test is cut into the classes of values that none of those tests can tell apart.
//
// - A field that needs a header or a connection has an atom "absent", number 0, so that a test is true exactly for its
//   values and what absence means stands in one place (`presence`).
// - Marks, flags and other bit fields become one variable for each group of bits that masks never part.
// - Tests that may answer anything are variables with the atoms false and true, below all fields.
//
// What real packets cannot be is not here but in `world.h`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/paths/interface_classes.h"
#include "analyzer/regions/diagram.h"
#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer::regions {

inline constexpr Atom kAbsent = 0;

/// What a variable of a diagram stands for.
struct VariableInfo {
  enum class Kind : std::uint8_t {
    kValues,  ///< classes of numbers (for interfaces: of indexes)
    kBits,    ///< some bits of a bit field
    kAnswer,  ///< the answer of a test that may answer anything
    kPick,    ///< which of several values something unknown takes
  };
  Kind kind = Kind::kValues;
  ir::FieldId field{};  ///< the storage field
  std::uint16_t argument = 0;
  bool may_be_absent = false;
  std::vector<ir::ValueSet::Intervals> classes;  ///< kValues, by atom; empty for "absent"
  ir::u128 mask = 0;                             ///< kBits: the bits of the group
  std::vector<ir::u128> constants;               ///< kBits, by atom; the atom behind them is "any other value"
  std::string key;                               ///< kAnswer, kPick: what makes two of them the same
  bool reads_packet = false;                     ///< kAnswer: rewriting a header may change it
  std::optional<ir::FieldTest> holes = {};  ///< kAnswer: the test of a field by a mask with holes that it stands for
};

/// Where an answer is asked: in a ruleset (0 or 1: old, new), at one rule or at all.
struct AnswerUse {
  std::size_t side = 0;
  std::optional<ir::RuleRef> rule;
  ir::PredicateId predicate{};
  bool derived = false;  ///< a test of `rpfilter`, of which this is what `fib` answers
  /// Of a field in a header that may be there: the answer whether it is. The test is true only when that is.
  std::optional<Variable> header = {};
  bool inverted = false;  ///< the test is the opposite of what is answered
};

/// A write to bits of a field that keeps the others.
struct BitWrite {
  ir::FieldId field{};
  ir::u128 value = 0;
  ir::u128 mask = 0;
};

struct SpaceInput {
  std::vector<const ir::Ruleset*> rulesets;
  std::vector<const ir::PredicatePool*> pools;  ///< of expressions that are in no ruleset
  std::vector<ir::FieldTest> extra;             ///< tests that whoever asks makes itself
  const ir::Host* host = nullptr;               ///< known for certain, or null
  bool whole_packets = false;                   ///< there are no later fragments
  const ir::Host* names = nullptr;              ///< whose interface names are worth showing, or null
};

class Space {
 public:
  Space(ir::Family family, const SpaceInput& input, const Budget& budget);

  [[nodiscard]] ir::Family family() const { return family_; }
  [[nodiscard]] const ir::Host* host() const { return host_; }
  [[nodiscard]] bool whole_packets() const { return whole_packets_; }
  /// Does a test ask `fib` for a way back? Then `rpfilter` is such a question with exceptions.
  [[nodiscard]] bool asks_fib() const { return asks_fib_; }
  [[nodiscard]] DiagramStore& store() { return store_; }
  [[nodiscard]] const DiagramStore& store() const { return store_; }
  [[nodiscard]] const InterfaceClasses& interfaces() const { return interfaces_; }
  [[nodiscard]] const VariableInfo& info(Variable variable) const { return info_[variable]; }
  [[nodiscard]] std::size_t variables() const { return info_.size(); }
  /// The variables of a field (several for a bit field); empty when nothing tests it.
  [[nodiscard]] std::vector<Variable> variables_of(ir::FieldId field, std::uint16_t argument = 0) const;

  /// The field test is true.
  Ref test(const ir::FieldTest& test);
  Ref presence(ir::Presence presence);
  /// The field is there and has the value; all such packets when no variable tells.
  Ref is(ir::FieldId field, ir::u128 value);
  Ref in(ir::FieldId field, const ir::ValueSet& values, std::uint16_t argument = 0);

  /// The variable of a test that may answer anything; equal keys are the same variable.
  Ref answer(const std::string& key, bool reads_packet, const AnswerUse& use);
  /// One that no test asks for by itself.
  Ref answer(const std::string& key, bool reads_packet);
  /// A variable for something that is one of `count` values.
  Variable pick(const std::string& key, Atom count);
  [[nodiscard]] std::optional<Variable> find_key(const std::string& key) const;
  [[nodiscard]] const std::vector<AnswerUse>& uses(Variable variable) const { return uses_[variable]; }
  /// The answer that a test has after headers were rewritten.
  Variable answer_after(Variable variable, const std::string& key);

  /// A bit field whose constants are all values there are.
  [[nodiscard]] bool is_complete(Variable variable) const;
  [[nodiscard]] Atom atom_of(Variable variable, ir::u128 value) const;
  /// A value of the atom: `wanted` when it is one.
  [[nodiscard]] ir::u128 value_of(Variable variable, Atom atom, ir::u128 wanted) const;
  /// The values of some atoms of a kValues variable.
  [[nodiscard]] ir::ValueSet::Intervals values_of(Variable variable, const AtomSet& atoms) const;

  /// Interface classes by their index: is it a name as such, a pattern (`eth*`, with the names of others taken out), or
  /// all that nobody mentions?
  struct InterfaceName {
    std::string pattern;  ///< `eth0`, `eth*`; empty for "any other" and for "none"
    bool exact = true;
  };
  [[nodiscard]] const InterfaceName& interface_name(std::size_t index) const { return interface_names_[index]; }

  /// What could not be represented exactly; empty when all is.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  void note_problem(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

 private:
  struct Field;
  using FieldKey = std::pair<ir::FieldId, std::uint16_t>;
  void collect(const SpaceInput& input, std::map<FieldKey, Field>& fields);
  void collect_test(const ir::FieldTest& test, std::map<FieldKey, Field>& fields);
  void collect_writes(const ir::Ruleset& ruleset, std::map<FieldKey, Field>& fields);
  void collect_ways_back(const std::vector<const ir::PredicatePool*>& pools, std::map<FieldKey, Field>& fields);
  void collect_hop_limits(const ir::Ruleset& ruleset, std::map<FieldKey, Field>& fields);
  void add_field(FieldKey key, const Field& field);
  void add_values(FieldKey key, const Field& field);
  void add_bits(FieldKey key, const Field& field);
  Variable add(VariableInfo info);
  void name_interfaces(const SpaceInput& input);
  Ref values(ir::FieldId storage, std::uint16_t argument, const ir::ValueSet& values);
  Ref value_atoms(Variable variable, const ir::ValueSet::Intervals& intervals);
  Ref with_holes(const ir::FieldTest& test);
  Ref masked(ir::FieldId storage, std::uint16_t argument, const ir::Masked& masked);
  [[nodiscard]] bool of_other_family(ir::Presence presence) const;
  [[nodiscard]] std::optional<ir::FieldTest> on_address(const ir::FieldTest& test) const;

  ir::Family family_;
  const ir::Host* host_;
  InterfaceClasses interfaces_;
  DiagramStore store_;
  std::vector<VariableInfo> info_;
  std::vector<std::vector<AnswerUse>> uses_;
  std::map<FieldKey, std::vector<Variable>> by_field_;
  std::map<std::string, Variable> by_key_;
  std::map<Variable, std::vector<std::pair<ir::Interval, Atom>>> places_;  ///< of kValues: sorted pieces
  bool whole_packets_ = false;
  bool asks_fib_ = false;
  std::vector<InterfaceName> interface_names_;
  std::string problem_;
};

/// Is the field cut by groups of bits?
[[nodiscard]] bool is_bit_field(ir::FieldId storage);

}  // namespace nfproof::analyzer::regions
