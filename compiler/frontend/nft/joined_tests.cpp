// SPDX-License-Identifier: Apache-2.0
// The fields that nft joins when they stand beside each other: see joined_tests.h.
#include "compiler/frontend/nft/joined_tests.h"

#include <array>
#include <string>

namespace nfproof::compiler::nft {
namespace {

struct Neighbours {
  std::string_view first, second;
};
/// Of one header, without a gap, together no more than 32 bits.
constexpr std::array kNeighbours = {Neighbours{"sport", "dport"}, Neighbours{"type", "code"},
                                    Neighbours{"ttl", "protocol"}, Neighbours{"nexthdr", "hoplimit"}};

/// The words of the field of `FIELD != VALUE`; nothing for other tests.
const std::vector<Token>* differing_field(const Statement& statement) {
  if (statement.kind != Statement::Kind::kMatch || statement.text != "!=" || statement.parts.size() != 2)
    return nullptr;
  const Expr& field = statement.parts[0];
  const bool plain = field.kind == Expr::Kind::kField && field.words.size() == 2 && field.parts.empty();
  return plain && statement.parts[1].kind == Expr::Kind::kWord &&
                 statement.parts[1].text.find('-') == std::string_view::npos
             ? &field.words
             : nullptr;
}

bool are_neighbours(const std::vector<Token>& a, const std::vector<Token>& b) {
  if (a[0].text != b[0].text) return false;
  for (const Neighbours& pair : kNeighbours)
    if ((a[1].text == pair.first && b[1].text == pair.second) || (b[1].text == pair.first && a[1].text == pair.second))
      return true;
  return false;
}

}  // namespace

void warn_of_joined_tests(const StoredRule& rule, source::Diagnostics& diagnostics) {
  for (std::size_t i = 1; i < rule.statements.size(); ++i) {
    const auto* before = differing_field(rule.statements[i - 1]);
    const auto* field = differing_field(rule.statements[i]);
    if (before == nullptr || field == nullptr || !are_neighbours(*before, *field)) continue;
    diagnostics.warning("joined-tests", rule.statements[i].span,
                        "nft may join this test with the one before: the rule then matches when either differs; put "
                        "another test between them, or write one as a range (`!= 80-80`)");
  }
}

}  // namespace nfproof::compiler::nft
