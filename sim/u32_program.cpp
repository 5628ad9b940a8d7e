// SPDX-License-Identifier: Apache-2.0
// The interpreter of u32 tests.
#include "sim/u32_program.h"

#include <algorithm>

namespace nfproof::sim {
namespace {

/// Shifts by 32 and more: as an x86 processor does them.
constexpr std::uint32_t kShiftBits = 31;

/// Loads words of one packet; keeps why that was not possible.
struct Words {
  ByteView bytes;
  std::size_t length;
  U32Answer failure = U32Answer::kFalse;

  bool load(std::uint64_t position, std::uint32_t& value) {
    if (position + 4 > length) return false;
    failure = U32Answer::kUnknown;
    if (!holds(bytes, position, 4)) return false;
    value = load32(bytes, position);
    return true;
  }
};

U32Answer run_test(const ir::U32Test::Test& test, Words words) {
  using Op = ir::U32Test::Op;
  std::uint64_t base = 0;
  std::uint32_t value = 0;
  if (!words.load(test.offset, value)) return words.failure;
  for (const auto& step : test.steps) switch (step.op) {
      case Op::kAnd: value &= step.number; break;
      case Op::kLeftShift: value <<= step.number & kShiftBits; break;
      case Op::kRightShift: value >>= step.number & kShiftBits; break;
      case Op::kAt:
        base += value;
        words.failure = U32Answer::kFalse;
        if (!words.load(base + step.number, value)) return words.failure;
        break;
    }
  const bool within = std::any_of(test.values.begin(), test.values.end(),
                                  [&](const auto& range) { return range.lo <= value && value <= range.hi; });
  return within ? U32Answer::kTrue : U32Answer::kFalse;
}

}  // namespace

U32Answer run_u32(const ir::U32Test& test, ByteView bytes, std::size_t length) {
  for (const auto& part : test.tests) {
    const U32Answer answer = run_test(part, {bytes, length});
    if (answer != U32Answer::kTrue) return answer;
  }
  return U32Answer::kTrue;
}

}  // namespace nfproof::sim
