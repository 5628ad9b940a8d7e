// SPDX-License-Identifier: Apache-2.0
// Text of nft that is made of JSON. Each word of it keeps the place of the value that it was made of, so that what is
// wrong with it is told there.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/frontend/nft/json_tree.h"
#include "compiler/frontend/nft/parser.h"
#include "compiler/frontend/nft/store.h"

namespace nfproof::compiler::nft {

class JsonText {
 public:
  JsonText(source::FileId file, Store& store, Parser& parser, source::Diagnostics& diagnostics)
      : file_(file), store_(store), parser_(parser), diagnostics_(diagnostics) {}

  /// What follows was made of this.
  void at(const JsonValue& value);
  /// The next word stands for the whole of this, whatever else it was made of.
  void at_whole(const JsonValue& value);
  /// Words as nft has them, behind a blank.
  void put(std::string_view words);
  /// The same without the blank.
  void join(std::string_view words) { text_ += words; }
  /// The next words go without one.
  void stick() { stuck_at_ = text_.size(); }
  void number(const JsonValue& value);
  /// `1h30m` of as many units, each so many milliseconds.
  void duration(const JsonValue& value, std::uint64_t unit);
  /// A word or a number as it is, perhaps several words.
  void word(const JsonValue& value);
  /// The same without a blank before it.
  void join_word(const JsonValue& value);
  void quoted(std::string_view words);
  /// Of a table, chain, set...: in quotes where it has to be.
  void name(const JsonValue& value);
  /// `@NAME`
  void set_name(const JsonValue& value, std::string_view name);
  /// A constant, in quotes where the syntax of nft would read something else in it.
  void constant(std::string_view word);
  void end_command() { text_ += '\n'; }

  /// In rules and elements, who reads the text tells what is wrong with it, and the rule counts as one that cannot be
  /// read. Elsewhere it is told here.
  void bad(const JsonValue& value);
  void without(const JsonValue& object, std::string_view key);
  void set_in_rule(bool in_rule) { in_rule_ = in_rule; }
  /// Tells each member of the object whose key is none of these.
  void only_known(const JsonValue& object, std::initializer_list<std::string_view> keys);

  [[nodiscard]] source::FileId file() const { return file_; }
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  /// All that was put there so far.
  Tokens take();

 private:
  void unexpected(const JsonValue& value, const std::string& what);
  void put_scalar(const JsonValue& value, bool joined);
  void blank() {
    if (stuck_at_ != text_.size()) text_ += ' ';
  }
  void odd_word(std::string_view word);
  bool is_one_word(std::string_view word);

  source::FileId file_;
  Store& store_;
  Parser& parser_;
  source::Diagnostics& diagnostics_;
  std::string text_;
  source::Span here_;
  std::size_t stuck_at_ = std::string::npos;
  std::size_t whole_at_ = std::string::npos;
  std::vector<std::pair<std::size_t, source::Span>> places_;           ///< from there on
  std::vector<std::pair<std::size_t, const std::string*>> odd_words_;  ///< that no token can be
  std::map<std::string, bool, std::less<>> known_words_;
  bool in_rule_ = false;
};

}  // namespace nfproof::compiler::nft
