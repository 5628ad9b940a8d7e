// SPDX-License-Identifier: Apache-2.0
// Rules of nftables as they are written: tokens, expressions, statements. Names point into the text of the input, which
// stays. Nothing here knows what a field or a statement means.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/source/span.h"

namespace nfproof::compiler::nft {

/// What a reader of tables and chains tells apart; the generated parser tells more.
enum class TokenKind : std::uint8_t { kWord, kString, kVariable, kSetName, kMark, kNewline };

struct Token {
  std::string_view text;  ///< strings without their quotes
  source::Span span;
  std::uint16_t type = 0;  ///< of the generated lexer
  TokenKind kind = TokenKind::kWord;
};
using Tokens = std::vector<Token>;

struct Expr {
  enum class Kind : std::uint8_t {
    kWord,      ///< one value as it is written: `22`, `80-90`, `10.0.0.0/8`, `eth0`
    kString,    ///< the same in quotes
    kField,     ///< `words` are those of the field; `parts`: what a hash is made of
    kSet,       ///< `parts` are elements
    kSetName,   ///< `text` without the `@`
    kElement,   ///< key, perhaps data; `words` are its options
    kConcat,    ///< parts joined by `.`
    kList,      ///< parts joined by `,`
    kRange,     ///< two parts joined by ` - `
    kOperator,  ///< two parts and the operator in `text`: `|`, `&`, `^`, `<<`, `>>`
    kMap,       ///< key and set of `key map { ... }`
    kMasked,    ///< two lists joined by ` / `
    kVerdict,   ///< `text`; for jumps and gotos the chain is the last of `words`
  };
  Kind kind = Kind::kWord;
  std::string_view text;
  std::vector<Token> words;
  std::vector<Expr> parts;
  source::Span span;
};

struct Statement {
  enum class Kind : std::uint8_t {
    kVerdict,
    kCounter,
    kCounterObject,
    kLimit,
    kLimitObject,
    kQuota,
    kQuotaObject,
    kLast,
    kLog,
    kReject,
    kNat,
    kNotrack,
    kQueue,
    kDup,
    kForward,
    kTproxy,
    kSynproxy,
    kStrip,
    kSetUpdate,
    kMeter,
    kConnCount,
    kFlow,
    kXt,
    kComment,
    kVerdictMap,  ///< `parts`: what is looked up, the map
    kSetField,    ///< `parts`: the field, its new value
    kMatch,       ///< `parts`: selectors, values; `text`: the comparison
    kPresence,    ///< `words` are those of the field and `exists` or `missing`
  };
  Kind kind = Kind::kMatch;
  std::string_view text;
  /// The words of the statement in order. Where an expression stands, there is a word without text whose `type` is its
  /// index in `parts`.
  std::vector<Token> words;
  std::vector<Expr> parts;
  source::Span span;
};

}  // namespace nfproof::compiler::nft
