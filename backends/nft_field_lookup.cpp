// SPDX-License-Identifier: Apache-2.0
// Fields that no packet holds and nft does not spell as `name value`: lengths of headers, routes, IPsec.
#include <functional>
#include <utility>

#include "backends/nft_formula.h"
#include "compiler/ir/reverse_path.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::u128;

/// The field of `bits` bits in the header whose value stands for `of(raw)` bytes.
NftFormula scaled(const ir::FieldTest& test, const NftContext& context, std::string_view name, unsigned unit,
                  unsigned first) {
  ir::ValueSet::Intervals raw;
  for (unsigned value = 0; value < 256; ++value) {
    if (!test.values.contains(u128{(value + first) * unit})) continue;
    if (!raw.empty() && raw.back().hi + 1 == value) {
      raw.back().hi = value;
    } else {
      raw.push_back({value, value});
    }
  }
  const bool all = !raw.empty() && raw.front() == ir::Interval{0, 255};
  if (raw.empty() || all)
    return all != test.negated ? nft_all(nft_presence(ir::field_info(test.field).presence, context)) : nft_any({});
  return nft_all({nft_interval_test(name, raw, test.negated, ir::format_number, true)});
}

/// A value of 1 or 0, as one of two words.
NftFormula either(const ir::FieldTest& test, const std::string& name) {
  const bool one = test.values.contains(u128{1}) != test.negated;
  const bool zero = test.values.contains(u128{0}) != test.negated;
  if (one && zero) return nft_all({});
  if (!one && !zero) return nft_any({});
  return nft_all({{name + (one ? " exists" : " missing")}});
}

std::string fib_source(std::uint16_t argument) {
  std::string name = "fib saddr";
  if (ir::has_flag(argument, ir::ReversePath::kValidMark)) name += " . mark";
  if (!ir::has_flag(argument, ir::ReversePath::kLoose)) name += " . iif";
  return name + " oif";
}

/// The tests of a case; `opposite`: of which there is one, that it does not hold.
std::optional<NftTests> case_tests(const std::vector<ir::FieldTest>& when, bool opposite, const NftContext& context) {
  NftTests tests;
  for (ir::FieldTest test : when) {
    if (opposite) test.negated = !test.negated;
    const NftFormula made = nft_field_formula(test, context);
    if (made.kind != NftFormula::Kind::kAll || !made.problem.empty() || made.parts.empty()) return std::nullopt;
    tests.insert(tests.end(), made.parts[0].begin(), made.parts[0].end());
  }
  return tests;
}

/// `rpfilter` finds no way when `fib` finds none, unless a case says that it does, and where a case says so.
NftFormula reverse_path(const ir::FieldTest& test, const NftContext& context) {
  const bool one = test.values.contains(u128{1}) != test.negated;
  const bool zero = test.values.contains(u128{0}) != test.negated;
  if (ir::has_flag(test.argument, ir::ReversePath::kFib) || one == zero) return either(test, fib_source(test.argument));
  std::vector<NftTests> missing{{}};
  for (const ir::ReversePathCase& each : ir::reverse_path_cases(context.family, test.argument)) {
    const auto tests = case_tests(each.when, each.answer, context);
    if (!tests) return nft_problem("`rpfilter` with these options has no translation");
    if (each.answer) {
      missing[0].insert(missing[0].end(), tests->begin(), tests->end());
    } else {
      missing.push_back(*tests);
    }
  }
  missing[0].push_back({fib_source(test.argument) + " missing"});
  NftFormula made = one ? NftFormula{NftFormula::Kind::kNone, std::move(missing), {}} : nft_any(std::move(missing));
  if (context.family == ir::Family::kIpv6 && !ir::has_flag(test.argument, ir::ReversePath::kLoose))
    made.warning = "where several routes lead to a source, `fib` takes the best of them only, `rpfilter` any";
  return made;
}

NftFormula fragment_reserved(const ir::FieldTest& test) {
  const bool zero = test.values.contains(u128{0}) != test.negated;
  const bool other = test.values.contains(u128{1}) != test.negated;
  if (zero == other) return nft_problem("this test of the reserved bits of a fragment");
  if (zero) return nft_all({{"frag reserved 0"}, {"frag reserved2 0"}});
  return nft_any({{{"frag reserved != 0"}}, {{"frag reserved2 != 0"}}});
}

}  // namespace

std::optional<NftFormula> nft_lookup_field(const ir::FieldTest& test, const NftContext& context) {
  switch (test.field) {
    case FieldId::kHbhLength: return scaled(test, context, "hbh hdrlength", 8, 1);
    case FieldId::kDstLength: return scaled(test, context, "dst hdrlength", 8, 1);
    case FieldId::kRtLength: return scaled(test, context, "rt hdrlength", 8, 1);
    case FieldId::kAhLength: return scaled(test, context, "ah hdrlength", 4, 2);
    case FieldId::kAhReserved:
      if (test.values.intervals() == nullptr) break;
      return nft_all({nft_interval_test("ah reserved", *test.values.intervals(), test.negated, nft_hex, true)});
    case FieldId::kFragReserved: return fragment_reserved(test);
    case FieldId::kIpsecIn: return either(test, "meta ipsec");
    case FieldId::kIpsecOut: return either(test, "rt ipsec");
    case FieldId::kReversePath: return reverse_path(test, context);
    case FieldId::kDccpOption: return nft_problem("nft 1.0.6 has no options of DCCP");
    case FieldId::kIp6Headers:
      return nft_problem("nftables cannot ask which extension headers are there, only for one of them");
    case FieldId::kIp6Eui64: return nft_problem("nftables cannot compare an address with that of the link");
    case FieldId::kRtReserved: return nft_problem("nftables has no name for the reserved field of a routing header");
    default: break;
  }
  return std::nullopt;
}

}  // namespace nfproof::backends
