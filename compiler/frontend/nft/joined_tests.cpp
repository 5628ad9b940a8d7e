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

/// `ct protocol tcp` without a comparison, or with `==`: the protocol; else nothing.
std::string_view connection_protocol(const Statement& statement) {
  if (statement.kind != Statement::Kind::kMatch || statement.parts.size() != 2) return {};
  if (!statement.text.empty() && statement.text != "==") return {};
  const Expr& field = statement.parts[0];
  const bool asks = field.kind == Expr::Kind::kField && field.words.size() == 2 && field.words[0].text == "ct" &&
                    field.words[1].text == "protocol" && statement.parts[1].kind == Expr::Kind::kWord;
  return asks ? statement.parts[1].text : std::string_view();
}

void warn_of_lost_protocol(const StoredRule& rule, source::Diagnostics& diagnostics) {
  std::string_view protocol;
  for (const Statement& statement : rule.statements) {
    const bool reads = !protocol.empty() && statement.kind == Statement::Kind::kMatch && !statement.parts.empty() &&
                       !statement.parts[0].words.empty() && statement.parts[0].words[0].text == protocol;
    if (reads) {
      diagnostics.warning("lost-protocol", statement.span,
                          "behind `ct protocol " + std::string(protocol) +
                              "` nft does not ask for the protocol of the packet itself, and reads errors about such "
                              "connections as if they were " +
                              std::string(protocol) + "; put this test first");
      return;
    }
    if (const std::string_view asked = connection_protocol(statement); !asked.empty()) protocol = asked;
  }
}

}  // namespace

void warn_of_joined_tests(const StoredRule& rule, source::Diagnostics& diagnostics) {
  warn_of_lost_protocol(rule, diagnostics);
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
