// SPDX-License-Identifier: Apache-2.0
// Writes the rules of one table. A rule becomes one line of its chain wherever nftables can say it in one; where it
// cannot (alternatives of different fields, effects of several steps) the line leads to helper chains, which are named
// after the chain and the number of the rule.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "backends/nft.h"
#include "backends/nft_effect.h"
#include "backends/nft_formula.h"
#include "backends/nft_names.h"
#include "backends/nft_objects.h"

namespace nfproof::backends {

class NftRules {
 public:
  /// `names`: nft's names of all chains of the ruleset. `objects`: of the table.
  NftRules(const ir::Ruleset& ruleset, const std::vector<std::string>& names, NftNames& helper_names,
           NftObjects& objects, const NftOptions& options, NftTranslation& out)
      : ruleset_(ruleset),
        names_(names),
        helper_names_(helper_names),
        objects_(objects),
        options_(options),
        out_(out) {}

  /// The chain and the helper chains of its rules. `fragments`: transport headers may be looked for in later fragments
  /// here, where nft would take payload for a header. `hooks`: those that lead here, 1 << Hook.
  [[nodiscard]] std::deque<NftChain> write_chain(ir::ChainId id, bool fragments, std::uint8_t hooks);

 private:
  struct Draft;

  void write_rule(const ir::Rule& rule);
  /// A line of the rule that is being written.
  [[nodiscard]] NftLine line_of(NftTests tests = {}) const;
  [[nodiscard]] bool translate(const ir::Rule& rule, Draft& draft);
  void report(const ir::Rule& rule, const source::Span& where, const std::string& why);
  void branch(Draft& draft, const NftFormula& formula);
  void finish(const ir::Rule& rule, Draft& draft);
  static void leave(const Draft& draft, NftChain& chain);
  static void lead(NftLine& line, NftEnd how, const std::string& chain);
  void put_body(const ir::Rule& rule, Draft& draft, NftLine& line);
  [[nodiscard]] std::vector<NftLine> effect_lines(const Draft& draft, bool& decided);
  [[nodiscard]] std::string behind_conntrack_problem(const ir::Rule& rule) const;
  [[nodiscard]] bool put_behind_conntrack(const ir::Rule& rule, const Draft& draft);
  [[nodiscard]] std::string counter(const ir::Rule& rule) const;
  [[nodiscard]] std::string comment(const ir::Rule& rule);
  [[nodiscard]] NftTest no_fragment() const;
  [[nodiscard]] NftTests tests_of(const NftTests& tests, const NftTests& protocol) const;
  NftChain& helper(std::string_view what);

  const ir::Ruleset& ruleset_;
  const std::vector<std::string>& names_;
  NftNames& helper_names_;
  NftObjects& objects_;
  const NftOptions& options_;
  NftTranslation& out_;

  std::deque<NftChain> chains_;  ///< a deque: helper chains come while others are written
  NftChain* current_ = nullptr;  ///< where the next rule goes
  std::string chain_name_;
  ir::Family family_{};
  ir::ChainId chain_{};
  std::uint8_t hooks_ = 0;
  std::size_t number_ = 0;  ///< of the rule, from 1
  const ir::Rule* rule_ = nullptr;
  bool fragments_ = false;
};

}  // namespace nfproof::backends
