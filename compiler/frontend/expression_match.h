// SPDX-License-Identifier: Apache-2.0
// One match of a packet expression, as it is written and as predicates.
//
// Entry: `lower_match`. It knows nothing of the parser.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/frontend/expression_field.h"
#include "compiler/ir/core.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

struct MatchWord {
  std::string text;  ///< without quotes
  source::Span span;
};

/// `22`, `80-90` (one word or two), `10.0.0.0/8`, `syn | ack`.
struct MatchElement {
  MatchWord first;
  std::optional<MatchWord> last;
  std::optional<MatchWord> prefix;
  std::vector<MatchWord> ored;  ///< the words after the first `|`
};

/// FIELD [& MASK] [OPERATOR] ELEMENTS [/ BITS]
struct MatchSyntax {
  MatchWord field;  ///< its words joined by single blanks
  std::vector<MatchWord> mask;
  std::string comparison;  ///< empty when there is none
  bool is_set = false;     ///< elements in braces
  std::vector<MatchElement> elements;
  std::vector<MatchWord> slash;  ///< after a `/` outside of braces
  source::Span span;
  bool may_never_match = false;  ///< bits outside of the mask are no error, but no value has them
};

/// The predicates that must all be true. Nothing when the test makes no sense, which is then in `diagnostics`.
[[nodiscard]] std::optional<std::vector<ir::Predicate>> lower_match(const MatchSyntax& test,
                                                                    source::Diagnostics& diagnostics);

/// The same for a field that is known already, whatever it is called.
[[nodiscard]] std::optional<std::vector<ir::Predicate>> lower_match(const MatchSyntax& test,
                                                                    const ExpressionField& field,
                                                                    source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
