// SPDX-License-Identifier: Apache-2.0
// Marks: see mark_bits.h.
#include "compiler/frontend/nft/mark_bits.h"

#include <utility>

#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {
namespace {

using ir::FieldId;
using Kind = Expr::Kind;

std::optional<FieldId> mark_field(const LowerContext& context, const Expr& expr) {
  if (expr.kind != Kind::kField) return std::nullopt;
  const std::string path = field_path(expr, context.family);
  if (path == "meta mark") return FieldId::kMark;
  if (path == "ct mark") return FieldId::kCtMark;
  return std::nullopt;
}

/// Recursion is bounded by the nesting that the parser accepts, and by the length of one rule.
std::optional<MarkBits> read_bits(const LowerContext& context, const Expr& expr, unsigned depth) {
  if (depth > 64) return std::nullopt;
  if (const auto field = mark_field(context, expr)) return MarkBits{field, 0xffffffff, 0, 0};
  if (const auto number = plain_number(expr)) {
    if (*number > 0xffffffff) return std::nullopt;
    return MarkBits{std::nullopt, 0, static_cast<std::uint32_t>(*number), 0};
  }
  if (expr.kind != Kind::kOperator) return std::nullopt;
  auto left = read_bits(context, expr.parts[0], depth + 1);
  auto right = read_bits(context, expr.parts[1], depth + 1);
  if (!left || !right) return std::nullopt;
  if (!left->source && right->source && expr.text.size() == 1) std::swap(left, right);
  if (right->source) return std::nullopt;
  const std::uint32_t constant = right->flip;
  if (expr.text == "&") {
    left->keep &= constant, left->flip &= constant;
  } else if (expr.text == "|") {
    left->keep &= ~constant, left->flip |= constant;
  } else if (expr.text == "^") {
    left->flip ^= constant;
  } else if (constant < 32) {
    const bool to_left = expr.text == "<<";
    const auto moved = [&](std::uint32_t bits) { return to_left ? bits << constant : bits >> constant; };
    if (left->source && left->shift != 0) return std::nullopt;
    left->keep = moved(left->keep), left->flip = moved(left->flip);
    left->shift = to_left ? static_cast<int>(constant) : -static_cast<int>(constant);
  } else {
    return std::nullopt;
  }
  return left;
}

}  // namespace

std::optional<MarkBits> mark_bits_of(const LowerContext& context, const Expr& expr) {
  return read_bits(context, expr, 0);
}

}  // namespace nfproof::compiler::nft
