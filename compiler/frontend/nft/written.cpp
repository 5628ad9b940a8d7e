// SPDX-License-Identifier: Apache-2.0
// Rules and declarations as they are written: see written.h.
#include "compiler/frontend/nft/written.h"

#include <algorithm>
#include <utility>

#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = Statement::Kind;

bool names_set(const Expr& expr) {
  return expr.kind == Expr::Kind::kSetName || std::any_of(expr.parts.begin(), expr.parts.end(), names_set);
}

/// Is the value of the field the name of an object?
bool takes_object(const Expr& field) {
  return field.words.size() == 2 && field.words[0].text == "ct" &&
         (field.words[1].text == "helper" || field.words[1].text == "timeout" || field.words[1].text == "expectation");
}

bool says_more(const Statement& statement) {
  switch (statement.kind) {
    case Kind::kLast:
    case Kind::kCounterObject:
    case Kind::kLimitObject:
    case Kind::kQuotaObject: return true;
    case Kind::kSynproxy: return statement.words.size() > 1 && statement.words[1].text == "name";
    case Kind::kSetField:
      if (takes_object(statement.parts[0])) return true;
      break;
    default: break;
  }
  return std::any_of(statement.words.begin(), statement.words.end(),
                     [](const Token& word) { return word.kind == TokenKind::kSetName; }) ||
         std::any_of(statement.parts.begin(), statement.parts.end(), names_set);
}

bool draws_in_turn(const Expr& expr) {
  const bool numgen = expr.kind == Expr::Kind::kField && expr.words.size() > 1 && expr.words[0].text == "numgen";
  return numgen || std::any_of(expr.parts.begin(), expr.parts.end(), draws_in_turn);
}

ir::NftStatement::Kind kind_of(const Statement& statement) {
  using To = ir::NftStatement::Kind;
  switch (statement.kind) {
    case Kind::kMatch:
      return std::any_of(statement.parts.begin(), statement.parts.end(), draws_in_turn) ? To::kCountingTest : To::kTest;
    case Kind::kPresence: return To::kTest;
    case Kind::kLimit:
    case Kind::kLimitObject:
    case Kind::kQuota:
    case Kind::kQuotaObject:
    case Kind::kConnCount:
    case Kind::kMeter: return To::kCountingTest;
    case Kind::kCounter: return To::kCounter;
    case Kind::kReject:
    case Kind::kQueue:
    case Kind::kNat: return To::kAnswer;
    case Kind::kVerdict: return To::kVerdict;
    default: return To::kAction;
  }
}

void add_chain(const Expr& verdict, std::vector<ir::Text>& chains) {
  if (verdict.kind == Expr::Kind::kVerdict && verdict.words.size() > 1) chains.emplace_back(verdict.words.back().text);
}

void add_chains(const std::vector<Expr>& elements, std::vector<ir::Text>& chains) {
  for (const Expr& element : elements)
    if (element.parts.size() > 1) add_chain(element.parts[1], chains);
}

void add_chains(StoredTable& table, const Statement& statement, std::vector<ir::Text>& chains) {
  if (statement.kind == Kind::kVerdict && statement.words.size() > 1) chains.emplace_back(statement.words.back().text);
  if (statement.kind != Kind::kVerdictMap) return;
  const Expr& map = statement.parts[1];
  const StoredSet* named = map.kind == Expr::Kind::kSetName ? table.find_set(map.text) : nullptr;
  add_chains(named != nullptr ? named->elements : map.parts, chains);
}

/// The body of an object, one statement each.
std::vector<ir::Text> settings_of(const StoredObject& object) {
  std::vector<ir::Text> settings;
  std::string open;
  const auto close = [&] {
    if (!open.empty()) settings.emplace_back(std::exchange(open, {}));
  };
  bool comment = false;
  unsigned braces = 0;
  for (const Token& token : object.body) {
    if (token.text == "{") ++braces;
    if (token.text == "}" && braces > 0) --braces;
    const bool ends = token.kind == TokenKind::kNewline || token.text == ";";
    if (ends && braces == 0) close();
    if (ends) continue;
    // Of a limit or quota it may stand in the same line.
    comment = token.kind == TokenKind::kWord && token.text == "comment";
    if (comment) close();
    const bool joins = token.text == "/" || token.text == "," || (!open.empty() && open.back() == '/');
    if (!open.empty() && !joins) open += ' ';
    open += token.kind == TokenKind::kString ? '"' + std::string(token.text) + '"' : std::string(token.text);
  }
  close();
  return settings;
}

}  // namespace

std::shared_ptr<const ir::NftWritten> written_rule(StoredTable& table, const StoredRule& rule) {
  auto written = std::make_shared<ir::NftWritten>();
  written->says_more = std::any_of(rule.statements.begin(), rule.statements.end(), says_more);
  written->statements.reserve(rule.statements.size());
  for (const Statement& each : rule.statements) {
    add_chains(table, each, written->leads_to);
    if (each.kind != Kind::kComment) written->statements.push_back({kind_of(each), statement_text(each)});
  }
  return written;
}

std::vector<ir::NftDeclared> declared_in(const StoredTable& table) {
  std::vector<ir::NftDeclared> all;
  for (const StoredObject& object : table.objects)
    all.push_back({object.kind, object.name, object.span, settings_of(object), {}, {}, true});
  for (const StoredSet& set : table.sets) {
    ir::NftDeclared& made = all.emplace_back();
    made.kind = set.is_map ? "map" : "set", made.name = set.name, made.span = set.span;
    made.settings.assign(set.settings.begin(), set.settings.end());
    made.elements.reserve(set.elements.size());
    for (const Expr& element : set.elements) made.elements.emplace_back(plain_text(element));
    add_chains(set.elements, made.leads_to);
    made.counts = set.dynamic;
  }
  return all;
}

}  // namespace nfproof::compiler::nft
