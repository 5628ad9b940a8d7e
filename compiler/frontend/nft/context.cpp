// SPDX-License-Identifier: Apache-2.0
// Small tests and how they combine: see context.h.
#include "compiler/frontend/nft/context.h"

#include <utility>

namespace nfproof::compiler::nft {

using ir::AnyOf;
using ir::FieldId;
using ir::FieldTest;
using ir::Predicate;
using ir::ValueSet;

Predicate family_test(ir::Family family) {
  const FieldId address = family == ir::Family::kIpv6 ? FieldId::kIp6Saddr : FieldId::kIpSaddr;
  return presence_test(address);
}

Predicate presence_test(FieldId field) {
  const unsigned bits = ir::field_info(field).bits;
  return FieldTest{field, 0, false, ValueSet::all(bits)};
}

Predicate protocol_test(std::uint8_t protocol) {
  return FieldTest{FieldId::kL4Proto, 0, false, ValueSet::of_value(protocol)};
}

Predicate never_test() { return AnyOf{}; }

Predicate opposite(ir::PredicatePool& pool, Predicate test) {
  if (auto* any = std::get_if<AnyOf>(&test)) {
    any->negated = !any->negated;
    return test;
  }
  return AnyOf{{pool.add(std::move(test))}, true};
}

Predicate conjunction(ir::PredicatePool& pool, Conjunction tests) {
  if (tests.size() == 1) return std::move(tests.front());
  AnyOf none{{}, true};
  for (Predicate& test : tests) none.any.push_back(pool.add(opposite(pool, std::move(test))));
  return none;
}

Predicate disjunction(ir::PredicatePool& pool, Alternatives alternatives) {
  if (alternatives.size() == 1) return conjunction(pool, std::move(alternatives.front()));
  AnyOf any;
  for (Conjunction& each : alternatives) {
    if (each.empty()) return AnyOf{{}, true};
    any.any.push_back(pool.add(conjunction(pool, std::move(each))));
  }
  return any;
}

}  // namespace nfproof::compiler::nft
