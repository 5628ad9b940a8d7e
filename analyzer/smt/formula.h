// SPDX-License-Identifier: Apache-2.0
// Boolean formulas over bit-vector and boolean variables: what the symbolic walk builds and the solver decides. A
// formula is a number; formulas share their parts, and every part has a smaller number than the whole, so they are
// evaluated and translated by counting, without recursion.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "compiler/ir/value_set.h"

namespace nfproof::analyzer {

enum class FormulaId : std::uint32_t {};
enum class VarId : std::uint32_t {};

inline constexpr FormulaId kFalse{0};
inline constexpr FormulaId kTrue{1};

class FormulaPool {
 public:
  enum class Kind : std::uint8_t { kNever, kAlways, kBool, kInSet, kNot, kAnd, kOr };
  struct Node {
    Kind kind{};
    std::uint32_t first = 0;  ///< kBool, kInSet: variable; kNot: operand; kAnd, kOr: first place in `operands`
    std::uint32_t count = 0;  ///< kInSet: index in `sets`; kAnd, kOr: number of operands
  };
  struct Variable {
    std::string name;
    unsigned bits = 0;  ///< 0: boolean
  };

  FormulaPool();

  [[nodiscard]] VarId add_bits(std::string name, unsigned bits);
  [[nodiscard]] VarId add_bool(std::string name);

  [[nodiscard]] FormulaId boolean(VarId variable);
  /// The variable's value is in the set (intervals or value/mask pairs).
  [[nodiscard]] FormulaId in_set(VarId variable, const ir::ValueSet& values);
  [[nodiscard]] FormulaId negate(FormulaId formula);
  [[nodiscard]] FormulaId all(std::span<const FormulaId> formulas);
  [[nodiscard]] FormulaId any(std::span<const FormulaId> formulas);
  [[nodiscard]] FormulaId both(FormulaId a, FormulaId b);
  [[nodiscard]] FormulaId either(FormulaId a, FormulaId b);

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const Node& node(FormulaId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] std::span<const FormulaId> operands(const Node& node) const {
    return std::span(operands_).subspan(node.first, node.count);
  }
  [[nodiscard]] const ir::ValueSet& set(const Node& node) const { return sets_[node.count]; }
  [[nodiscard]] const Variable& variable(VarId id) const { return variables_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] std::size_t variable_count() const { return variables_.size(); }

  /// The truth of a formula when every variable has a value (booleans: 0 or 1).
  [[nodiscard]] bool evaluate(FormulaId formula, const std::function<ir::u128(VarId)>& value) const;

 private:
  FormulaId add(Node node);
  FormulaId gather(Kind kind, FormulaId neutral, FormulaId absorbing, std::span<const FormulaId> formulas);

  std::vector<Node> nodes_;
  std::vector<FormulaId> operands_;
  std::vector<ir::ValueSet> sets_;
  std::vector<Variable> variables_;
};

}  // namespace nfproof::analyzer
