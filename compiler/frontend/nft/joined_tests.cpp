// SPDX-License-Identifier: Apache-2.0
// The fields that nft joins when they stand beside each other: see joined_tests.h.
#include "compiler/frontend/nft/joined_tests.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace nfproof::compiler::nft {
namespace {

struct Neighbours {
  std::string_view first, second;
};
/// Of one header, without a gap, together no more than 32 bits.
constexpr std::array kNeighbours = {Neighbours{"sport", "dport"}, Neighbours{"type", "code"},
                                    Neighbours{"ttl", "protocol"}, Neighbours{"nexthdr", "hoplimit"}};

/// A test that nft may join with another one: `FIELD VALUE`, `FIELD != VALUE`.
struct Compared {
  const std::vector<Token>* field = nullptr;
  bool differs = false;
  bool passed = false;  ///< a statement that is no test stands behind it
};

std::optional<Compared> compared(const Statement& statement) {
  const bool differs = statement.text == "!=";
  if (statement.kind != Statement::Kind::kMatch || statement.parts.size() != 2 ||
      !(differs || statement.text.empty() || statement.text == "=="))
    return std::nullopt;
  const Expr& field = statement.parts[0];
  const Expr& value = statement.parts[1];
  const bool plain = field.kind == Expr::Kind::kField && field.words.size() == 2 && field.parts.empty();
  if (!plain || value.kind != Expr::Kind::kWord || value.text.find('-') != std::string_view::npos) return std::nullopt;
  return Compared{&field.words, differs, false};
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

bool warn_of_joined_tests(const StoredRule& rule, source::Diagnostics& diagnostics) {
  const std::size_t told = diagnostics.all().size();
  warn_of_lost_protocol(rule, diagnostics);
  // Whatever stands between them: nft 1.0.6 begins anew only behind a statement before which there are two tests.
  std::vector<Compared> tests;
  for (const Statement& statement : rule.statements) {
    if (statement.kind != Statement::Kind::kMatch && statement.kind != Statement::Kind::kPresence) {
      if (tests.size() >= 2) tests.clear();
      for (Compared& each : tests) each.passed = true;
      continue;
    }
    const auto test = compared(statement);
    if (!test) continue;
    const auto joined = std::find_if(tests.begin(), tests.end(), [&](const Compared& each) {
      return each.differs == test->differs && are_neighbours(*each.field, *test->field);
    });
    if (joined != tests.end() && test->differs) {
      diagnostics.warning(
          "joined-tests", statement.span,
          "nft may join this test with one before: the rule then matches when either differs; write one "
          "as a range (`!= 80-80`)");
    } else if (joined != tests.end() && joined->passed) {
      diagnostics.warning(
          "joined-tests", statement.span,
          "nft may join this test with one before: what stands between them is then done only for packets "
          "that pass both; write one as a range (`80-80`)");
    }
    tests.push_back(*test);
  }
  return diagnostics.all().size() != told;
}

}  // namespace nfproof::compiler::nft
