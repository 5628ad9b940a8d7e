// SPDX-License-Identifier: Apache-2.0
// The insides of tables, chains, sets and objects, and variables. `reader.h` has the commands around them.
#pragma once

#include <optional>
#include <string>

#include "compiler/frontend/nft/cursor.h"
#include "compiler/frontend/nft/parser.h"
#include "compiler/frontend/nft/reader.h"

namespace nfproof::compiler::nft {

/// Each reads up to the brace that closes its block, that brace included, or one statement.
class BlockReader {
 public:
  BlockReader(ReadContext context, Parser& parser) : in_(context), parser_(parser) {}

  /// `define`, `redefine`, `undefine`; false when there is none.
  bool define(Cursor& at);
  void table(Cursor& at, StoredTable& table);
  StoredChain& open_chain(StoredTable& table, const Token& name);
  void chain(Cursor& at, StoredTable& table, StoredChain& chain);
  /// `insert`: in front, or before the rule of the index; else behind.
  void rule(Cursor& at, StoredTable& table, StoredChain& chain, bool insert, std::optional<std::size_t> index);
  StoredSet& open_set(StoredTable& table, const Token& name, bool is_map);
  void set(Cursor& at, StoredSet& set);
  /// Tokens with their braces.
  void add_elements(std::span<const Token> tokens, StoredSet& set);
  void delete_elements(std::span<const Token> tokens, StoredSet& set);
  void object(Cursor& at, StoredTable& table, const std::string& kind, const Token& name);

 private:
  void error(std::span<const Token> where, std::string message);
  void syntax_error();
  /// Without newlines, and with what variables stand for.
  std::optional<Tokens> expand(std::span<const Token> tokens);
  std::vector<Expr> read_elements(std::span<const Token> tokens);
  /// The end of a block, also where the file ends within it, which is an error.
  bool closes(Cursor& at);
  bool take_chains(Tokens& tokens, StoredTable& table);
  bool chain_head(Cursor& at, StoredChain& chain);
  void chain_policy(Cursor& at, StoredChain& chain);
  void set_type(std::span<const Token> tokens, bool of_fields, StoredSet& set);
  void keep_setting(const Token& word, std::span<const Token> rest, StoredSet& set);
  std::string text_of(std::span<const Token> tokens) const;

  ReadContext in_;
  Parser& parser_;
  bool told_unclosed_ = false;
  std::size_t depth_ = 0;  ///< of chains within rules
};

}  // namespace nfproof::compiler::nft
