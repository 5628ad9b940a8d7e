// SPDX-License-Identifier: Apache-2.0
// One match of a packet expression, as it is written and as predicates.
//
// Entry: `lower_test`. It knows nothing of the parser.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/core.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

struct TestWord {
  std::string text;  ///< without quotes
  source::Span span;
};

/// `22`, `80-90` (one word or two), `10.0.0.0/8`, `syn | ack`.
struct TestElement {
  TestWord first;
  std::optional<TestWord> last;
  std::optional<TestWord> prefix;
  std::vector<TestWord> ored;  ///< the words after the first `|`
};

/// FIELD [& MASK] [OPERATOR] ELEMENTS [/ BITS]
struct TestSyntax {
  TestWord field;  ///< its words joined by single blanks
  std::vector<TestWord> mask;
  std::string comparison;  ///< empty when there is none
  bool is_set = false;     ///< elements in braces
  std::vector<TestElement> elements;
  std::vector<TestWord> slash;  ///< after a `/` outside of braces
  source::Span span;
};

/// The predicates that must all be true. Nothing when the test makes no sense, which is then in `diagnostics`.
[[nodiscard]] std::optional<std::vector<ir::Predicate>> lower_test(const TestSyntax& test,
                                                                   source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
