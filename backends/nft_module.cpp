// SPDX-License-Identifier: Apache-2.0
// Tests of the clock, the payload and the connection.
#include "backends/nft_module.h"

#include <algorithm>

#include "backends/nft_names.h"

namespace nfproof::backends {
namespace {

using ir::u128;

NftTest interval_test(const std::string& name, ir::ValueSet::Intervals intervals, bool negated,
                      std::string (*format)(u128)) {
  return nft_interval_test(name, intervals, negated, format, false);
}

/// The number that a test of u32 compares: `left` is what is read, its bits `mask` shifted right by `shift`.
struct Number {
  std::string base = "@nh";
  std::uint32_t offset = 0;  // bytes
  std::uint32_t mask = 0xffffffff;
  unsigned shift = 0;
};

/// Takes a step in; false when nftables has no such expression.
bool take(const ir::U32Test::Step& step, Number& number) {
  using Op = ir::U32Test::Op;
  switch (step.op) {
    case Op::kAnd: number.mask &= number.shift < 32 ? step.number << number.shift : 0; return true;
    case Op::kRightShift:
      if (number.shift + step.number >= 32) return false;
      number.shift += step.number;
      number.mask &= ~((1U << number.shift) - 1);
      return true;
    case Op::kLeftShift: return false;
    case Op::kAt: return false;
  }
  return false;
}

/// Is this `0 >> 22 & 0x3c @ offset`, the way to the header behind that of IPv4?
bool is_behind_header(const ir::U32Test::Test& test) {
  using Op = ir::U32Test::Op;
  return test.offset == 0 && test.steps.size() >= 3 && test.steps[0] == ir::U32Test::Step{Op::kRightShift, 22} &&
         test.steps[1] == ir::U32Test::Step{Op::kAnd, 0x3c} && test.steps[2].op == Op::kAt;
}

std::optional<NftTests> u32_tests(const ir::U32Test::Test& test, const NftContext& context) {
  Number number;
  number.offset = test.offset;
  std::size_t from = 0;
  const bool behind = context.family == ir::Family::kIpv4 && is_behind_header(test);
  if (behind) {
    number.base = "@th";
    number.offset = test.steps[2].number;
    from = 3;
  }
  for (std::size_t i = from; i < test.steps.size(); ++i)
    if (!take(test.steps[i], number)) return std::nullopt;
  // nft reads at most as far as its registers of offsets go.
  if (number.offset > 250) return std::nullopt;
  ir::ValueSet::Intervals values;
  const std::uint64_t most = number.mask;
  for (const ir::U32Test::Range& range : test.values) {
    const std::uint64_t lo = std::uint64_t{range.lo} << number.shift;
    const std::uint64_t hi = (std::uint64_t{range.hi} << number.shift) | ((std::uint64_t{1} << number.shift) - 1);
    if (lo > hi || lo > most) continue;
    values.push_back({lo, std::min<std::uint64_t>(hi, 0xffffffff)});
  }
  if (values.empty()) return NftTests{nft_never()};
  std::string left = number.base + "," + std::to_string(number.offset * 8) + ",32";
  if (number.mask != 0xffffffff) left += " & " + nft_hex(number.mask);
  const ir::ValueSet merged = ir::ValueSet::of_intervals(std::move(values));
  NftTest compare = nft_interval_test(left, *merged.intervals(), false, nft_hex, false);
  if (number.mask != 0xffffffff && compare.text[left.size() + 1] != '{') compare.text.insert(left.size() + 1, "== ");
  // Like u32, nft reads what is there, in later fragments, too.
  return NftTests{compare};
}

}  // namespace

NftFormula nft_time(const ir::TimeTest& time) {
  if (time.local_time) return nft_problem("the kernel's time zone (`--kerneltz`) is not known to nftables");
  if (time.monthdays != 0xfffffffe) return nft_problem("nftables knows no days of the month");
  const bool over_midnight = time.day_stop < time.day_start;
  if (time.contiguous && over_midnight && time.weekdays != 0xfe)
    return nft_problem("`--contiguous` over midnight with days of the week");
  NftTests tests;
  if (time.date_start != 0) tests.push_back({"meta time >= " + std::to_string(time.date_start)});
  if (time.date_stop != 0x7fffffff)
    tests.push_back({"meta time < " + std::to_string(std::uint64_t{time.date_stop} + 1)});
  if (time.weekdays != 0xfe) {
    ir::ValueSet::Intervals days;
    if ((time.weekdays >> 7 & 1) != 0) days.push_back({0, 0});
    for (unsigned day = 1; day < 7; ++day)
      if ((time.weekdays >> day & 1) != 0) days.push_back({day, day});
    if (days.empty()) return nft_any({});
    tests.push_back(interval_test("meta day", days, false, ir::format_number));
  }
  if (over_midnight) {
    tests.push_back(
        interval_test("meta hour", {{0, time.day_stop}, {time.day_start, 86399}}, false, ir::format_number));
  } else if (time.day_start != 0 || time.day_stop != 86399) {
    tests.push_back(interval_test("meta hour", {{time.day_start, time.day_stop}}, false, ir::format_number));
  }
  return nft_all(std::move(tests));
}

NftFormula nft_conn_bytes(const ir::ConnBytes& test, const NftContext& context) {
  using What = ir::ConnBytes::What;
  using Direction = ir::ConnBytes::Direction;
  std::string name = "ct ";
  if (test.direction != Direction::kBoth) name += test.direction == Direction::kOriginal ? "original " : "reply ";
  name += test.what == What::kPackets ? "packets" : test.what == What::kBytes ? "bytes" : "avgpkt";
  NftTests tests;
  // Without accounting nftables reads 0, and xtables does not match.
  const bool zero_matches = !context.of_nftables() && (test.from == 0) != test.negated;
  if (zero_matches) tests.push_back({"ct packets > 0"});
  const ir::Interval range{test.from, test.to};
  if (test.from == 0 && test.to == ~std::uint64_t{0}) return test.negated ? nft_any({}) : nft_all(std::move(tests));
  if (!test.negated && test.to == ~std::uint64_t{0}) {
    tests.push_back({name + " >= " + std::to_string(test.from)});
  } else {
    tests.push_back(interval_test(name, {range}, test.negated, ir::format_number));
  }
  return nft_all(std::move(tests));
}

NftFormula nft_helper(const ir::HelperTest& test) {
  if (test.name.empty()) return nft_problem("nftables asks for one helper by its name, not for any");
  if (!is_nft_quotable(test.name)) return nft_problem("this name of a helper");
  return nft_all({{"ct helper " + nft_quoted(test.name)}});
}

NftFormula nft_conn_label(const ir::ConnLabel& test) {
  const std::string bit = std::to_string(test.bit);
  if (test.set) return nft_problem("setting a connection label as a test; nftables cannot tell whether it was set");
  const NftTests there = {{"ct label " + bit}};
  if (!test.negated) return nft_all(there);
  return {NftFormula::Kind::kNone, {there}, {}};
}

NftFormula nft_string(const ir::StringTest& test) {
  constexpr std::size_t kLongest = 16;  // bytes of one comparison
  if (test.from != test.to)
    return nft_problem(
        "nftables cannot search in the packet; `string` has a translation only with `--from` and "
        "`--to` at one place");
  if (test.ignore_case) return nft_problem("nftables cannot compare without regard to case");
  if (test.from + test.pattern.size() > 250) return nft_problem("nftables does not read so far into a packet");
  static constexpr char kDigits[] = "0123456789abcdef";
  NftTests tests;
  for (std::size_t at = 0; at < test.pattern.size(); at += kLongest) {
    const std::string part = test.pattern.substr(at, kLongest);
    std::string value = "0x";
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      value += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    tests.push_back(
        {"@nh," + std::to_string((test.from + at) * 8) + "," + std::to_string(part.size() * 8) + " " + value});
  }
  return nft_all(std::move(tests));
}

NftFormula nft_u32(const ir::U32Test& test, const NftContext& context) {
  NftTests all;
  for (const ir::U32Test::Test& each : test.tests) {
    const auto tests = u32_tests(each, context);
    if (!tests)
      return nft_problem("this `u32` computes where or what to compare; nftables only masks what is at a fixed place");
    all.insert(all.end(), tests->begin(), tests->end());
  }
  return nft_all(std::move(all));
}

}  // namespace nfproof::backends
