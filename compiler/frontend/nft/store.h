// SPDX-License-Identifier: Apache-2.0
// Tables of nftables while files are read: commands change them in order, and what is left at the end is lowered
// (`lower.h`). Names of a store outlive their files.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/frontend/nft/syntax.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::compiler::nft {

struct StoredRule {
  std::vector<Statement> statements;
  std::string text;  ///< as it is written, on one line
  source::Span span;
  bool unreadable = false;  ///< a syntax error, which was told
};

struct StoredChain {
  std::string name;
  source::Span span;
  std::optional<ir::BaseChain> base;
  std::vector<StoredRule> rules;
};

/// A set or a map.
struct StoredSet {
  std::string name;
  source::Span span;
  std::vector<std::string> key_types;   ///< of the parts of a key: `ipv4_addr`; empty when not known
  std::vector<std::string> data_types;  ///< of a map; `verdict` for verdict maps
  bool is_map = false;
  bool interval = false;
  bool dynamic = false;                  ///< packets add elements
  std::optional<std::uint64_t> timeout;  ///< of elements, in milliseconds
  std::optional<std::uint64_t> size;
  std::vector<Expr> elements;  ///< kElement
};

/// A named counter, quota, limit, helper...
struct StoredObject {
  std::string kind;
  std::string name;
  source::Span span;
  Tokens body;
};

struct StoredTable {
  ir::Family family{};
  std::string name;
  source::Span span;
  bool dormant = false;
  std::deque<StoredChain> chains;  ///< in order of declaration
  std::deque<StoredSet> sets;
  std::deque<StoredObject> objects;

  [[nodiscard]] StoredChain* find_chain(std::string_view chain);
  void remove_chain(std::string_view chain);
  void rename_chain(StoredChain& chain, std::string_view to);
  [[nodiscard]] StoredSet* find_set(std::string_view set);
  [[nodiscard]] StoredObject* find_object(std::string_view kind, std::string_view object);

 private:
  std::map<std::string, StoredChain*, std::less<>> by_name_;
};

class Store {
 public:
  std::deque<std::unique_ptr<StoredTable>> tables;
  std::map<std::string, Tokens, std::less<>> variables;

  [[nodiscard]] StoredTable* find_table(ir::Family family, std::string_view table);
};

}  // namespace nfproof::compiler::nft
