// SPDX-License-Identifier: Apache-2.0
// What a file of nftables holds beside the meaning of its rules, for those who write it again: rules as they are
// written, sets and objects that are declared by name.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/ir/text.h"
#include "compiler/source/span.h"

namespace nfproof::ir {

/// A statement of a rule, as nft reads it, with what variables stand for.
struct NftStatement {
  enum class Kind : std::uint8_t {
    kTest,
    kCountingTest,  ///< limits, quotas: a test whose answer depends on the packets before
    kCounter,       ///< the anonymous one
    kAction,        ///< what changes something or tells somebody, and goes on
    kAnswer,        ///< reject, queue, nat: ends the way through the chain
    kVerdict,       ///< one word, or jump and goto with the chain
  };
  Kind kind{};
  Text text;
};

/// A rule as it is written, without its comment.
struct NftWritten {
  std::vector<NftStatement> statements;
  std::vector<Text> leads_to;  ///< chains that it may jump or go to, one for each way
  /// The core says less: the rule names what its table declares, which may hold something else tomorrow, or keeps a
  /// note of when it was used last.
  bool says_more = false;
};

/// A named set, map or object of a table.
struct NftDeclared {
  Text kind;  ///< `set`, `map`, `counter`, `ct helper`
  Text name;
  source::Span span;
  std::vector<Text> settings;  ///< `type ipv4_addr`, `flags interval`, `comment "x"`: one statement each
  std::vector<Text> elements;  ///< `10.0.0.1 timeout 1h`, `22 : jump ssh`
  std::vector<Text> leads_to;  ///< chains that elements jump or go to
  bool counts = false;         ///< packets leave something behind in it
};

}  // namespace nfproof::ir
