// SPDX-License-Identifier: Apache-2.0
// Joins tests: see iptables_tests.h.
#include "backends/iptables_tests.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "backends/iptables_core.h"
#include "compiler/ir/reverse_path.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::FieldTest;
using ir::u128;
using Intervals = ir::ValueSet::Intervals;

bool is_type(FieldId field) { return field == FieldId::kSaddrType || field == FieldId::kDaddrType; }
bool same_field(const FieldTest& a, const FieldTest& b) { return a.field == b.field && a.argument == b.argument; }
FieldTest opposite(FieldTest test) {
  test.negated = !test.negated;
  return test;
}

/// The values that fulfil the test; nothing where those are no intervals.
std::optional<Intervals> values_of(const FieldTest& test) {
  Intervals out;
  if (is_type(test.field)) {
    // Only of IPv6 an address has two types at once, and what is asked of those here is one bit.
    for (unsigned type = 0; type < 12; ++type)
      if (test.values.contains(u128{1} << type) != test.negated) out.push_back({u128{1} << type, u128{1} << type});
    return out;
  }
  if (test.values.intervals() == nullptr) return std::nullopt;
  return iptables_numbers(test);
}

Intervals common(const Intervals& a, const Intervals& b) {
  Intervals out;
  for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
    const u128 lo = std::max(left->lo, right->lo), hi = std::min(left->hi, right->hi);
    if (lo <= hi) out.push_back({lo, hi});
    (left->hi < right->hi ? left : right)++;
  }
  return out;
}

/// Does its option stand among the basic ones of a rule, which may not be repeated?
bool is_basic(FieldId field) {
  switch (field) {
    case FieldId::kIifname:
    case FieldId::kOifname:
    case FieldId::kIpSaddr:
    case FieldId::kIpDaddr:
    case FieldId::kIp6Saddr:
    case FieldId::kIp6Daddr:
    case FieldId::kIpFragOffset:
    case FieldId::kL4Proto: return true;
    default: return false;
  }
}

bool has_wildcard(const FieldTest& test) {
  const auto& patterns = *test.values.interfaces();
  return std::any_of(patterns.begin(), patterns.end(), [](const auto& each) { return each.wildcard; });
}

/// Both tests of one field as one; nothing where that is none.
std::optional<FieldTest> both(const FieldTest& a, const FieldTest& b) {
  if (a.values.interfaces() != nullptr && b.values.interfaces() != nullptr) {
    const bool first = !a.negated && !has_wildcard(a);
    const FieldTest& list = first ? a : b;
    const FieldTest& other = first ? b : a;
    if (list.negated || has_wildcard(list)) return std::nullopt;
    ir::ValueSet::Interfaces kept;
    for (const ir::InterfacePattern& each : *list.values.interfaces())
      if (other.values.contains(std::string_view(each.name)) != other.negated) kept.push_back(each);
    return FieldTest{a.field, a.argument, false, ir::ValueSet::of_interfaces(std::move(kept))};
  }
  if (a.values.intervals() == nullptr || b.values.intervals() == nullptr) return std::nullopt;
  const auto left = values_of(a), right = values_of(b);
  return FieldTest{a.field, a.argument, false, ir::ValueSet::of_intervals(common(*left, *right))};
}

bool same_test(const FieldTest& a, const FieldTest& b) {
  if (!same_field(a, b)) return false;
  if (a.values == b.values && a.negated == b.negated) return true;
  const auto left = values_of(a), right = values_of(b);
  return left && right && *left == *right;
}

bool exclude_each_other(const FieldTest& a, const FieldTest& b) {
  if (!same_field(a, b)) return false;
  if (a.values.interfaces() != nullptr) {
    const auto joined = both(a, b);
    return joined && joined->values.interfaces()->empty();
  }
  const auto left = values_of(a), right = values_of(b);
  return left && right && common(*left, *right).empty();
}

const FieldTest* field_of(const RuleTest& test) { return std::get_if<FieldTest>(&test); }
bool asks_fib(const FieldTest& test) {
  return test.field == FieldId::kReversePath && ir::has_flag(test.argument, ir::ReversePath::kFib);
}
bool found(const FieldTest& test) { return test.values.contains(u128{1}) != test.negated; }

auto find(std::vector<RuleTest>& tests, const FieldTest& wanted) {
  return std::find_if(tests.begin(), tests.end(), [&](const RuleTest& each) {
    const FieldTest* test = field_of(each);
    return test != nullptr && same_test(*test, wanted);
  });
}
auto find_fib(std::vector<RuleTest>& tests) {
  return std::find_if(tests.begin(), tests.end(), [](const RuleTest& each) {
    const FieldTest* test = field_of(each);
    return test != nullptr && asks_fib(*test);
  });
}

/// Takes one of the tests out; false when it is not there.
bool take(std::vector<RuleTest>& tests, const FieldTest& wanted) {
  const auto at = find(tests, wanted);
  if (at == tests.end()) return false;
  tests.erase(at);
  return true;
}

bool same_tests(std::vector<RuleTest> a, const std::vector<RuleTest>& b) {
  for (const RuleTest& each : b) {
    const FieldTest* test = field_of(each);
    const auto at = test != nullptr ? find(a, *test) : std::find(a.begin(), a.end(), each);
    if (at == a.end()) return false;
    a.erase(at);
  }
  return a.empty();
}

bool does_the_same(const ir::Rule& a, const ir::Rule& b) {
  return a.verdict == b.verdict && a.effects.empty() && b.effects.empty();
}

FieldTest rpfilter(std::uint16_t argument, bool way) {
  return {FieldId::kReversePath, argument, !way, ir::ValueSet::of_value(1)};
}

}  // namespace

Intervals iptables_numbers(const FieldTest& test) {
  const Intervals& given = *test.values.intervals();
  if (!test.negated) return given;
  Intervals out;
  u128 at = 0;
  const u128 most = ir::max_of_bits(ir::field_info(test.field).bits);
  for (const ir::Interval& each : given) {
    if (each.lo > at) out.push_back({at, each.lo - 1});
    if (each.hi >= most) return out;
    at = each.hi + 1;
  }
  out.push_back({at, most});
  return out;
}

/// Tests of fields as such, also where the opposite of one is an alternative without others.
std::vector<RuleTest> IptablesTests::tests_of(const ir::Rule& rule) const {
  std::vector<RuleTest> out;
  for (const ir::Condition& condition : rule.when) {
    const ir::Predicate* predicate = &ruleset_.predicates[condition.predicate];
    const auto* any = std::get_if<ir::AnyOf>(predicate);
    const bool negated = any != nullptr && any->negated && any->any.size() == 1;
    if (negated) predicate = &ruleset_.predicates[any->any.front()];
    const auto* test = std::get_if<FieldTest>(predicate);
    const auto presence = test == nullptr ? ir::Presence::kEther : ir::field_info(test->field).presence;
    if (test == nullptr || (negated && !iptables_always_has(presence))) {
      out.emplace_back(condition.predicate);
    } else {
      out.emplace_back(negated ? opposite(*test) : *test);
    }
  }
  return out;
}

void IptablesTests::read_chain(ir::ChainId chain) {
  const std::vector<ir::Rule>& rules = ruleset_.chain(chain).rules;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const ir::RuleRef ref{chain, i};
    const bool said = read_pair(ref, rules[i], i + 1 < rules.size() ? &rules[i + 1] : nullptr);
    if (said) said_.insert({chain, ++i});
  }
}

/// No way for `fib` and none of the cases where `rpfilter` finds one all the same; and beside that, in a rule of its
/// own, the case where it finds none. True: that is the next rule.
bool IptablesTests::read_pair(ir::RuleRef first, const ir::Rule& rule, const ir::Rule* next) {
  std::vector<RuleTest> tests = tests_of(rule);
  const auto fib = find_fib(tests);
  if (fib == tests.end() || found(*field_of(*fib))) return false;
  const std::uint16_t plain = ir::as_rpfilter(field_of(*fib)->argument);
  tests.erase(fib);
  for (const unsigned own : {static_cast<unsigned>(ir::ReversePath::kAcceptLocal), 0U}) {
    const auto argument = static_cast<std::uint16_t>(plain | own);
    std::vector<RuleTest> rest = tests;
    const std::vector<FieldTest>* other = nullptr;
    bool fits = true;
    const auto cases = ir::reverse_path_cases(family_, argument);
    for (const ir::ReversePathCase& each : cases) {
      if (each.answer)
        fits = fits && each.when.size() == 1 && take(rest, opposite(each.when.front()));
      else
        other = &each.when;
    }
    if (!fits || (other != nullptr && (next == nullptr || !does_the_same(rule, *next)))) continue;
    if (other != nullptr) {
      std::vector<RuleTest> of_next = tests_of(*next);
      for (const FieldTest& each : *other) fits = fits && take(of_next, each);
      if (!fits || !same_tests(of_next, rest)) continue;
    }
    rest.emplace_back(rpfilter(argument, false));
    made_[first] = std::move(rest);
    return other != nullptr;
  }
  return false;
}

/// Where other tests of the rule exclude all cases in which they differ, `fib` and `rpfilter` are the same.
void IptablesTests::take_alone(std::vector<RuleTest>& tests) const {
  const auto fib = find_fib(tests);
  if (fib == tests.end()) return;
  const FieldTest asked = *field_of(*fib);
  const std::uint16_t argument = ir::as_rpfilter(asked.argument);
  const auto cases = ir::reverse_path_cases(family_, argument);
  const bool excluded = std::all_of(cases.begin(), cases.end(), [&](const ir::ReversePathCase& each) {
    return std::any_of(each.when.begin(), each.when.end(), [&](const FieldTest& part) {
      return std::any_of(tests.begin(), tests.end(), [&](const RuleTest& test) {
        return field_of(test) != nullptr && exclude_each_other(*field_of(test), part);
      });
    });
  });
  if (excluded) *fib = rpfilter(argument, found(asked));
}

/// False: no packet fulfils two of them.
bool IptablesTests::join(std::vector<RuleTest>& tests) {
  for (std::size_t i = 0; i < tests.size(); ++i) {
    for (std::size_t j = i + 1; j < tests.size();) {
      const FieldTest* first = field_of(tests[i]);
      const FieldTest* second = field_of(tests[j]);
      const bool pair = first != nullptr && second != nullptr && same_field(*first, *second) && is_basic(first->field);
      const auto joined = pair ? both(*first, *second) : std::nullopt;
      if (!joined) {
        ++j;
        continue;
      }
      if (joined->values == ir::ValueSet() || joined->values == ir::ValueSet::of_interfaces({})) return false;
      tests[i] = *joined;
      tests.erase(tests.begin() + static_cast<std::ptrdiff_t>(j));
    }
  }
  return true;
}

std::optional<std::vector<RuleTest>> IptablesTests::tests(ir::RuleRef ref) const {
  const auto known = made_.find(ref);
  std::vector<RuleTest> out = known == made_.end() ? tests_of(*ruleset_.rule(ref)) : known->second;
  take_alone(out);
  return join(out) ? std::optional(out) : std::nullopt;
}

}  // namespace nfproof::backends
