// SPDX-License-Identifier: Apache-2.0
// What all parts of the lowering of one rule look at, and how they say what a test means.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/frontend/nft/store.h"
#include "compiler/ir/core.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler::nft {

/// Tests that must all be true.
using Conjunction = std::vector<ir::Predicate>;
/// At least one of them is. Nothing at all is never true.
using Alternatives = std::vector<Conjunction>;

struct LowerContext {
  StoredTable& table;
  ir::Ruleset& ruleset;
  source::Diagnostics& diagnostics;
  ir::Family family = ir::Family::kIpv4;  ///< of the table
  bool empty_sets_fill = false;           ///< may named sets and maps without elements hold anything?
  // What the tests of the rule before this one say of its packets:
  std::optional<ir::Family> packet_family;
  std::optional<std::uint8_t> l4proto;
  bool has_ports = false;  ///< their protocol is one with ports

  /// Tells it; always nothing.
  std::nullopt_t error(const source::Span& span, std::string message) const {
    diagnostics.error("bad-nft", span, std::move(message));
    return std::nullopt;
  }
  /// What is fine in nftables and has no meaning here.
  std::nullopt_t unsupported(const source::Span& span, std::string message) const {
    diagnostics.error("unsupported-nft", span, std::move(message));
    return std::nullopt;
  }
};

/// What a test that is true says of the packet.
void learn(const ir::Predicate& test, LowerContext& context);

/// A packet of the family.
[[nodiscard]] ir::Predicate family_test(ir::Family family);
/// The field is there, whatever it holds.
[[nodiscard]] ir::Predicate presence_test(ir::FieldId field);
[[nodiscard]] ir::Predicate protocol_test(std::uint8_t protocol);
/// No packet.
[[nodiscard]] ir::Predicate never_test();
/// What a look-up of `key` in the named set or map answers when it has no elements.
[[nodiscard]] ir::Predicate empty_set_test(const LowerContext& context, const std::string& key, std::string_view set);
/// The opposite of a test, which keeps a test and its opposite from both being true.
[[nodiscard]] ir::Predicate opposite(ir::PredicatePool& pool, ir::Predicate test);
/// One test for all of them.
[[nodiscard]] ir::Predicate conjunction(ir::PredicatePool& pool, Conjunction tests);
/// One test that is true when one of the alternatives is.
[[nodiscard]] ir::Predicate disjunction(ir::PredicatePool& pool, Alternatives alternatives);

}  // namespace nfproof::compiler::nft
