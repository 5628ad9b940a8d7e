// SPDX-License-Identifier: Apache-2.0
// The walk through the statements of one rule: see rules.cpp, and rule_maps.cpp for what elements of maps decide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/frontend/nft/effects.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/matches.h"
#include "compiler/frontend/nft/rules.h"
#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {

/// Ways that one rule may take.
inline constexpr std::size_t kMostWays = 200'000;

/// A rule on its way: what is known of it up to a statement.
struct Draft {
  ir::Rule rule;
  std::size_t next = 0;  ///< the statement to go on with
  bool done = false;
  bool stateful = false;
  std::optional<ir::Family> family;
  std::optional<std::uint8_t> l4proto;
  bool has_ports = false;
  const Expr* nat_address = nullptr;  ///< that a map gave it, while another map gives the port
};

[[nodiscard]] bool tests_field(const ir::PredicatePool& pool, const ir::Rule& rule, ir::FieldId field);

class RuleLowering {
 public:
  RuleLowering(const LowerContext& context, ir::TableId table, const StoredRule& stored)
      : context_(context), table_(table), stored_(stored) {}

  /// Nothing after an error.
  std::optional<std::vector<ir::Rule>> run();

 private:
  /// Once for each of the families; nothing: for all packets of the table.
  std::optional<std::vector<ir::Rule>> walk(const std::vector<std::optional<ir::Family>>& families);
  [[nodiscard]] Draft begin() const;

  bool fail(const source::Span& span, std::string message);

  static bool is_port_protocol(const Expr& value);

  /// Is there a test of a protocol with ports, or of its header, so that `th` is about ports wherever it stands?
  [[nodiscard]] bool names_ports() const;

  LowerContext at(const Draft& draft) const;

  bool step(const Statement& statement, Draft& draft);

  // --- Tests ---

  /// Ends the part of the rule that has happened, because what follows may not.
  bool flush(const Statement& statement, Draft& draft);

  void add_match(const Statement& statement, Draft& draft);

  void add_test(ir::Predicate test, Draft& draft);

  /// Do the tests of the rule say so already?
  [[nodiscard]] bool is_known(const ir::Predicate& test, const Draft& draft) const;

  bool single(std::optional<ir::Predicate> test, const Statement& statement, Draft& draft);

  bool alternatives(std::optional<Alternatives> all, const Statement& statement, Draft& draft);

  /// Does a statement from there on keep state?
  [[nodiscard]] bool keeps_state(std::size_t from) const;

  /// The walk goes on in each of them, in order.
  bool fork(std::vector<Draft> ways);

  // --- Statements ---

  bool counter(const Statement& statement, Draft& draft);

  bool named_counter(const Statement& statement, Draft& draft);

  bool verdict(const std::vector<Token>& words, const source::Span& span, Draft& draft);

  /// `action` happens to the packets of the draft.
  bool apply(Action action, const Statement& statement, Draft& draft);

  /// A mark that is set right behind `tproxy` is the one that the packet gets with its socket. TCP options that are
  /// stripped one after the other are stripped at once.
  static void add_effect(ir::Effect effect, Draft& draft);

  /// The effects happen in a rule of their own, before the rest.
  bool apply_aside(Action action, const Statement& statement, Draft& draft);

  bool actions(std::optional<std::vector<Action>> all, const Statement& statement, Draft& draft);

  /// Packets of the other family or of another protocol have no such key, and the rule ends.
  bool add_key_headers(const Statement& statement, Draft& draft);

  bool update(const Statement& statement, Draft& draft);

  // --- Maps ---

  const std::vector<Expr>* elements(const Expr& map);

  /// Calls `take` with a copy of the draft for each element whose key the packet has.
  template <typename Take>
  bool each_element(const Expr& key, const Expr& map, const Statement& statement, Draft& draft, Take take);

  template <typename Take>
  bool add_key(const Expr& key, const Expr& name, Draft& way, std::vector<Draft>& ways, const Expr& element, Take take);

  /// The packet has none of the keys.
  bool add_rest(const Expr& key, const std::vector<Expr>& all, Draft& way);

  static std::size_t count_of(const Expr& numgen);

  /// Numbers that no element before took.
  struct Shares {
    std::uint64_t left = 0;
    std::vector<std::uint64_t> gone;
  };

  /// The elements of a map by chance, those behind which packets go on at the end.
  std::optional<std::vector<Expr>> shares_of(const Expr& numgen, const std::vector<Expr>& all,
                                             const Statement& statement);

  /// `numgen random mod 3 vmap { 0 : goto a, 1 : goto b, 2 : goto c }`: the first takes a third of the packets, the
  /// second half of those that are left, the last the rest.
  bool add_share(const Expr& numgen, const Expr& element, Shares& shares, Draft& way);

  bool verdict_map(const Statement& statement, Draft& draft);

  bool set_field(const Statement& statement, Draft& draft);

  bool nat(const Statement& statement, Draft& draft);

  const LowerContext& context_;
  ir::TableId table_;
  const StoredRule& stored_;
  std::vector<Draft> open_;
  std::vector<ir::Rule> finished_;
  bool split_ = false;
  bool needs_family_ = false;  ///< the rule has to be looked at once for each family
  bool split_keys_ = false;
};

}  // namespace nfproof::compiler::nft
