// SPDX-License-Identifier: Apache-2.0
// Tables of nftables while files are read: commands change them in order, and what is left at the end is lowered
// (`lower.h`). Names of a store outlive their files.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/frontend/nft/syntax.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler::nft {

struct StoredRule {
  std::vector<Statement> statements;
  std::string text;  ///< as it is written, on one line
  source::Span span;
  bool unreadable = false;  ///< a syntax error, which was told
  bool misread = false;     ///< nft makes something else of it, which was told
};

struct StoredChain {
  std::string name;
  source::Span span;
  std::optional<ir::BaseChain> base;
  ir::VerdictKind policy = ir::VerdictKind::kAccept;  ///< may be said before what makes it a base chain
  std::string comment;
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
  bool auto_merge = false;               ///< elements may overlap
  bool dynamic = false;                  ///< packets add elements
  std::optional<std::uint64_t> timeout;  ///< of elements, in milliseconds
  std::optional<std::uint64_t> size;
  std::vector<std::string> settings;  ///< all but elements, as they are written: `type ipv4_addr`, `comment "x"`
  std::vector<Expr> elements;         ///< kElement
};

/// A named counter, quota, limit, helper...
struct StoredObject {
  std::string kind;
  std::string name;
  source::Span span;
  Tokens body;
};

/// Where the things of a table stand by their name; of several of one name, the first. Those that were added behind the
/// others are found by themselves, after any other change it has to be told to `forget`.
template <typename T>
class ByName {
 public:
  [[nodiscard]] T* find(std::deque<T>& all, std::string_view name) {
    for (; known_ < all.size(); ++known_) places_.emplace(all[known_].name, &all[known_]);
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : found->second;
  }
  void forget() {
    places_.clear();
    known_ = 0;
  }

 private:
  std::map<std::string, T*, std::less<>> places_;
  std::size_t known_ = 0;
};

struct StoredTable {
  ir::Family family{};
  std::string name;
  source::Span span;
  std::string comment;
  bool dormant = false;
  std::deque<StoredChain> chains;  ///< in order of declaration
  std::deque<StoredSet> sets;
  std::deque<StoredObject> objects;

  [[nodiscard]] StoredChain* find_chain(std::string_view chain);
  void remove_chain(std::string_view chain);
  void rename_chain(StoredChain& chain, std::string_view to);
  [[nodiscard]] StoredSet* find_set(std::string_view set);
  void remove_set(std::string_view set);
  [[nodiscard]] StoredObject* find_object(std::string_view kind, std::string_view object);

 private:
  ByName<StoredChain> chain_names_;
  ByName<StoredSet> set_names_;
};

class Store {
 public:
  std::deque<std::unique_ptr<StoredTable>> tables;
  std::map<std::string, Tokens, std::less<>> variables;
  std::deque<source::SourceFile> made;  ///< text that was made of JSON
  std::deque<std::string> words;        ///< that stand in no text as they are

  [[nodiscard]] StoredTable* find_table(ir::Family family, std::string_view table);
};

}  // namespace nfproof::compiler::nft
