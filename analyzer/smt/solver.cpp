// SPDX-License-Identifier: Apache-2.0
// Translation of formulas to Z3 bit-vectors, and asking it. Uses the incremental solver for finite domains, which
// turns everything into propositional logic once and keeps what it learned. No exception of Z3 gets out: a failure is
// an unknown outcome.
#include "analyzer/smt/solver.h"

#include <z3++.h>

#include <algorithm>
#include <unordered_map>

namespace nfproof::analyzer {
namespace {

using ir::u128;
using Clock = std::chrono::steady_clock;

/// Z3's own units of work that a quiet machine does in a millisecond, measured with the queries of large rulesets.
constexpr unsigned kWorkPerMillisecond = 4000;
/// A busy machine gets this many times as long for the same work.
constexpr unsigned kPatience = 20;

/// When the interval is all numbers with some leading bits, how many bits follow those.
std::optional<unsigned> aligned_block(const ir::Interval& interval, unsigned bits) {
  const u128 size_mask = interval.hi - interval.lo;
  if ((size_mask & (size_mask + 1)) != 0 || (interval.lo & size_mask) != 0) return std::nullopt;
  unsigned low = 0;
  while (low < bits && (size_mask >> low & 1U) != 0) ++low;
  return low;
}

}  // namespace

struct Solver::State {
  State(const FormulaPool& formulas, std::chrono::milliseconds timeout) : pool(formulas), solver(context, "QF_FD") {
    z3::params params(context);
    const auto milliseconds_allowed = static_cast<unsigned>(timeout.count());
    params.set("rlimit", milliseconds_allowed * kWorkPerMillisecond);
    params.set("timeout", milliseconds_allowed * kPatience);
    solver.set(params);
  }

  z3::expr variable(VarId id);
  z3::expr number(u128 value, unsigned bits);
  z3::expr in_interval(const z3::expr& x, const ir::Interval& interval, unsigned bits);
  z3::expr in_set(VarId id, const ir::ValueSet& values);
  z3::expr translate_node(const FormulaPool::Node& node);
  z3::expr translate(FormulaId root);
  [[nodiscard]] const z3::expr& done(FormulaId id) const;
  [[nodiscard]] bool is_done(FormulaId id) const;
  void store(FormulaId id, const z3::expr& expr);

  const FormulaPool& pool;
  z3::context context;
  z3::solver solver;
  std::unordered_map<std::uint32_t, z3::expr> variables;
  std::unordered_map<std::uint32_t, z3::expr> translated;
  std::optional<z3::model> model;
  std::vector<VarId> core;
  bool broken = false;
  std::size_t queries = 0;
  double milliseconds = 0;
};

z3::expr Solver::State::variable(VarId id) {
  const auto key = static_cast<std::uint32_t>(id);
  if (const auto found = variables.find(key); found != variables.end()) return found->second;
  const FormulaPool::Variable& info = pool.variable(id);
  const std::string name = "v" + std::to_string(key);
  z3::expr made = info.bits == 0 ? context.bool_const(name.c_str()) : context.bv_const(name.c_str(), info.bits);
  variables.emplace(key, made);
  return made;
}

z3::expr Solver::State::number(u128 value, unsigned bits) {
  const auto low = static_cast<std::uint64_t>(value);
  if (bits <= 64) return context.bv_val(low, bits);
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return z3::concat(context.bv_val(high, bits - 64), context.bv_val(low, 64));
}

z3::expr Solver::State::in_interval(const z3::expr& x, const ir::Interval& interval, unsigned bits) {
  if (const auto low = aligned_block(interval, bits)) {
    if (*low >= bits) return context.bool_val(true);
    return x.extract(bits - 1, *low) == number(interval.lo >> *low, bits - *low);
  }
  z3::expr_vector parts(context);
  if (interval.lo != 0) parts.push_back(z3::uge(x, number(interval.lo, bits)));
  if (interval.hi < ir::max_of_bits(bits)) parts.push_back(z3::ule(x, number(interval.hi, bits)));
  return z3::mk_and(parts);
}

z3::expr Solver::State::in_set(VarId id, const ir::ValueSet& values) {
  const z3::expr x = variable(id);
  const unsigned bits = pool.variable(id).bits;
  z3::expr_vector alternatives(context);
  if (const auto* intervals = values.intervals())
    for (const ir::Interval& interval : *intervals) {
      if (interval.lo > ir::max_of_bits(bits)) continue;
      alternatives.push_back(in_interval(x, interval, bits));
    }
  if (const auto* masks = values.masks())
    for (const ir::Masked& masked : *masks)
      alternatives.push_back((x & number(masked.mask, bits)) == number(masked.value, bits));
  return z3::mk_or(alternatives);
}

const z3::expr& Solver::State::done(FormulaId id) const { return translated.at(static_cast<std::uint32_t>(id)); }

bool Solver::State::is_done(FormulaId id) const { return translated.contains(static_cast<std::uint32_t>(id)); }

void Solver::State::store(FormulaId id, const z3::expr& expr) {
  translated.emplace(static_cast<std::uint32_t>(id), expr);
}

z3::expr Solver::State::translate_node(const FormulaPool::Node& node) {
  z3::expr_vector parts(context);
  switch (node.kind) {
    case FormulaPool::Kind::kNever: return context.bool_val(false);
    case FormulaPool::Kind::kAlways: return context.bool_val(true);
    case FormulaPool::Kind::kBool: return variable(VarId{node.first});
    case FormulaPool::Kind::kInSet: return in_set(VarId{node.first}, pool.set(node));
    case FormulaPool::Kind::kNot: return !done(FormulaId{node.first});
    case FormulaPool::Kind::kAnd:
      for (const FormulaId part : pool.operands(node)) parts.push_back(done(part));
      return z3::mk_and(parts);
    case FormulaPool::Kind::kOr:
      for (const FormulaId part : pool.operands(node)) parts.push_back(done(part));
      return z3::mk_or(parts);
  }
  return context.bool_val(false);
}

z3::expr Solver::State::translate(FormulaId root) {
  std::vector<FormulaId> todo{root};
  while (!todo.empty()) {
    const FormulaId id = todo.back();
    if (is_done(id)) {
      todo.pop_back();
      continue;
    }
    const FormulaPool::Node& node = pool.node(id);
    const std::size_t before = todo.size();
    if (node.kind == FormulaPool::Kind::kNot && !is_done(FormulaId{node.first})) todo.push_back(FormulaId{node.first});
    if (node.kind == FormulaPool::Kind::kAnd || node.kind == FormulaPool::Kind::kOr)
      for (const FormulaId part : pool.operands(node))
        if (!is_done(part)) todo.push_back(part);
    if (todo.size() != before) continue;
    store(id, translate_node(node));
    todo.pop_back();
  }
  return done(root);
}

Solver::Solver(const FormulaPool& pool, std::chrono::milliseconds timeout)
    : state_(std::make_unique<State>(pool, timeout)) {}

Solver::~Solver() = default;

void Solver::begin(FormulaId formula) {
  State& s = *state_;
  const auto start = Clock::now();
  s.broken = false;
  try {
    s.solver.push();
    s.solver.add(s.translate(formula));
  } catch (const z3::exception&) {
    s.broken = true;
  }
  s.milliseconds += std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Outcome Solver::check(std::span<const VarId> assumptions) {
  State& s = *state_;
  s.model.reset();
  s.core.clear();
  if (s.broken) return Outcome::kUnknown;
  const auto start = Clock::now();
  ++s.queries;
  Outcome outcome = Outcome::kUnknown;
  try {
    z3::expr_vector assumed(s.context);
    for (const VarId id : assumptions) assumed.push_back(s.variable(id));
    const z3::check_result answer = s.solver.check(assumed);
    if (answer == z3::sat) {
      s.model.emplace(s.solver.get_model());
      outcome = Outcome::kSat;
    } else if (answer == z3::unsat) {
      const z3::expr_vector used = s.solver.unsat_core();
      std::unordered_map<unsigned, VarId> by_ast;
      for (const VarId id : assumptions) by_ast.emplace(Z3_get_ast_id(s.context, s.variable(id)), id);
      for (unsigned i = 0; i < used.size(); ++i)
        if (const auto found = by_ast.find(Z3_get_ast_id(s.context, used[static_cast<int>(i)])); found != by_ast.end())
          s.core.push_back(found->second);
      outcome = Outcome::kUnsat;
    }
  } catch (const z3::exception&) {
    outcome = Outcome::kUnknown;
  }
  s.milliseconds += std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return outcome;
}

std::vector<VarId> Solver::core() const { return state_->core; }

std::optional<u128> Solver::value(VarId id) const {
  State& s = *state_;
  const auto found = s.variables.find(static_cast<std::uint32_t>(id));
  if (!s.model || found == s.variables.end()) return std::nullopt;
  const unsigned bits = s.pool.variable(id).bits;
  try {
    if (!s.model->has_interp(found->second.decl())) return std::nullopt;
    if (bits == 0) return s.model->eval(found->second, true).is_true() ? 1 : 0;
    if (bits <= 64) return s.model->eval(found->second, true).get_numeral_uint64();
    const u128 high = s.model->eval(found->second.extract(bits - 1, 64), true).get_numeral_uint64();
    return high << 64 | s.model->eval(found->second.extract(63, 0), true).get_numeral_uint64();
  } catch (const z3::exception&) {
    return std::nullopt;
  }
}

void Solver::end() {
  State& s = *state_;
  s.model.reset();
  s.core.clear();
  s.translated.clear();
  try {
    s.solver.pop();
  } catch (const z3::exception&) {
    s.broken = true;
  }
}

std::size_t Solver::queries() const { return state_->queries; }
double Solver::milliseconds() const { return state_->milliseconds; }

}  // namespace nfproof::analyzer
