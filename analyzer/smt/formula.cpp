// SPDX-License-Identifier: Apache-2.0
// Building formulas (constants are folded on the way) and evaluating them.
#include "analyzer/smt/formula.h"

#include <algorithm>
#include <array>
#include <utility>

namespace nfproof::analyzer {

FormulaPool::FormulaPool() {
  nodes_.push_back({Kind::kNever, 0, 0});
  nodes_.push_back({Kind::kAlways, 0, 0});
}

VarId FormulaPool::add_bits(std::string name, unsigned bits) {
  variables_.push_back({std::move(name), bits});
  return VarId{static_cast<std::uint32_t>(variables_.size() - 1)};
}

VarId FormulaPool::add_bool(std::string name) { return add_bits(std::move(name), 0); }

FormulaId FormulaPool::add(Node node) {
  nodes_.push_back(node);
  return FormulaId{static_cast<std::uint32_t>(nodes_.size() - 1)};
}

FormulaId FormulaPool::boolean(VarId variable) { return add({Kind::kBool, static_cast<std::uint32_t>(variable), 0}); }

FormulaId FormulaPool::in_set(VarId variable, const ir::ValueSet& values) {
  const bool empty = values.intervals() != nullptr ? values.intervals()->empty() : values.masks()->empty();
  if (empty) return kFalse;
  if (values.is_all(this->variable(variable).bits)) return kTrue;
  sets_.push_back(values);
  return add({Kind::kInSet, static_cast<std::uint32_t>(variable), static_cast<std::uint32_t>(sets_.size() - 1)});
}

FormulaId FormulaPool::negate(FormulaId formula) {
  if (formula == kFalse) return kTrue;
  if (formula == kTrue) return kFalse;
  const Node& inner = node(formula);
  if (inner.kind == Kind::kNot) return FormulaId{inner.first};
  return add({Kind::kNot, static_cast<std::uint32_t>(formula), 0});
}

FormulaId FormulaPool::gather(Kind kind, FormulaId neutral, FormulaId absorbing, std::span<const FormulaId> formulas) {
  const auto first = static_cast<std::uint32_t>(operands_.size());
  for (const FormulaId formula : formulas) {
    if (formula == neutral) continue;
    if (formula == absorbing) {
      operands_.resize(first);
      return absorbing;
    }
    operands_.push_back(formula);
  }
  const auto count = static_cast<std::uint32_t>(operands_.size() - first);
  if (count > 1) return add({kind, first, count});
  const FormulaId only = count == 1 ? operands_.back() : neutral;
  operands_.resize(first);
  return only;
}

FormulaId FormulaPool::all(std::span<const FormulaId> formulas) { return gather(Kind::kAnd, kTrue, kFalse, formulas); }

FormulaId FormulaPool::any(std::span<const FormulaId> formulas) { return gather(Kind::kOr, kFalse, kTrue, formulas); }

FormulaId FormulaPool::both(FormulaId a, FormulaId b) { return all(std::array{a, b}); }

FormulaId FormulaPool::either(FormulaId a, FormulaId b) { return any(std::array{a, b}); }

bool FormulaPool::evaluate(FormulaId formula, const std::function<ir::u128(VarId)>& value) const {
  std::vector<char> truth(static_cast<std::size_t>(formula) + 1, 0);
  const auto is_true = [&](FormulaId id) { return truth[static_cast<std::size_t>(id)] != 0; };
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const Node& each = nodes_[i];
    bool result = false;
    switch (each.kind) {
      case Kind::kNever: break;
      case Kind::kAlways: result = true; break;
      case Kind::kBool: result = value(VarId{each.first}) != 0; break;
      case Kind::kInSet: result = set(each).contains(value(VarId{each.first})); break;
      case Kind::kNot: result = !is_true(FormulaId{each.first}); break;
      case Kind::kAnd: {
        const auto parts = operands(each);
        result = std::all_of(parts.begin(), parts.end(), is_true);
        break;
      }
      case Kind::kOr: {
        const auto parts = operands(each);
        result = std::any_of(parts.begin(), parts.end(), is_true);
        break;
      }
    }
    truth[i] = result ? 1 : 0;
  }
  return truth.back() != 0;
}

}  // namespace nfproof::analyzer
