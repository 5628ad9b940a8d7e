// SPDX-License-Identifier: Apache-2.0
// Rules that add the packet to a set.
#include <algorithm>

#include "compiler/frontend/nft/rates.h"
#include "compiler/frontend/nft/rule_lowering.h"

namespace nfproof::compiler::nft {
namespace {

/// The headers that the parts of the key are in.
std::vector<std::string_view> key_headers(const Expr& key) {
  std::vector<const Expr*> parts = {&key};
  if (key.kind == Expr::Kind::kElement && !key.parts.empty()) parts = {&key.parts.front()};
  if (parts.front()->kind == Expr::Kind::kConcat) {
    const std::vector<Expr>& all = parts.front()->parts;
    parts.clear();
    for (const Expr& each : all) parts.push_back(&each);
  }
  std::vector<std::string_view> headers;
  for (const Expr* part : parts) {
    const Expr& field = part->kind == Expr::Kind::kOperator && !part->parts.empty() ? part->parts.front() : *part;
    if (field.kind == Expr::Kind::kField && !field.words.empty()) headers.push_back(field.words.front().text);
  }
  return headers;
}

std::optional<std::uint8_t> protocol_of_header(std::string_view header) {
  if (header == "tcp") return ir::kProtoTcp;
  if (header == "udp") return ir::kProtoUdp;
  if (header == "sctp") return ir::kProtoSctp;
  if (header == "dccp") return ir::kProtoDccp;
  if (header == "udplite") return ir::kProtoUdplite;
  return std::nullopt;
}

}  // namespace

bool RuleLowering::add_key_headers(const Statement& statement, Draft& draft) {
  if (statement.parts.empty()) return true;
  for (const std::string_view header : key_headers(statement.parts.front())) {
    std::optional<ir::Predicate> test;
    if ((header == "ip" && draft.family != ir::Family::kIpv4) || (header == "ip6" && draft.family != ir::Family::kIpv6))
      test = family_test(header == "ip" ? ir::Family::kIpv4 : ir::Family::kIpv6);
    if (const auto protocol = protocol_of_header(header); protocol && draft.l4proto != protocol)
      test = protocol_test(*protocol);
    if (!test) continue;
    if (!flush(statement, draft)) return false;
    add_test(std::move(*test), draft);
  }
  return true;
}

bool RuleLowering::update(const Statement& statement, Draft& draft) {
  if (!add_key_headers(statement, draft)) return false;
  const bool tests = std::any_of(statement.words.begin(), statement.words.end(), [](const Token& word) {
    return word.text == "limit" || word.text == "ct" || word.text == "quota";
  });
  if (tests) return single(lower_keyed(at(draft), statement), statement, draft);
  // `@NAME update KEY`, and what else is said of the element.
  std::string name;
  std::string verb;
  std::string rest;
  for (const Token& word : statement.words) {
    const bool is_verb = word.text == "add" || word.text == "update" || word.text == "delete";
    if (word.kind == TokenKind::kSetName)
      name = word.text;
    else if (is_verb && verb.empty())
      verb = word.text;
    else if (!word.text.empty() && word.text != "{" && word.text != "}" && word.text != "set" && word.text != "@")
      rest += ' ' + std::string(word.text);
  }
  draft.rule.effects.emplace_back(
      ir::OpaqueEffect{"set", '@' + name + ' ' + verb + ' ' + plain_text(statement.parts.front()) + rest, false});
  return true;
}

}  // namespace nfproof::compiler::nft
