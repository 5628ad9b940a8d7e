// SPDX-License-Identifier: Apache-2.0
// `flow add @NAME`: which flowtable that is. What it does to packets is to spare them the rules from then on.
#include <algorithm>
#include <string>
#include <vector>

#include "compiler/frontend/nft/cursor.h"
#include "compiler/frontend/nft/effects.h"
#include "compiler/frontend/nft/priority.h"

namespace nfproof::compiler::nft {
namespace {

/// `devices = { eth0, "eth1" }`, in one order.
std::string devices_of(std::span<const Token> tokens) {
  std::vector<std::string> names;
  for (const Token& token : tokens)
    if (token.kind == TokenKind::kWord || token.kind == TokenKind::kString) names.emplace_back(token.text);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + '"';
  return text;
}

}  // namespace

std::optional<ir::Aside> lower_flowtable(const LowerContext& context, const Statement& statement) {
  const Token& name = statement.words.back();
  const StoredObject* table = context.table.find_object("flowtable", name.text);
  if (table == nullptr) {
    context.error(name.span, "there is no flowtable `" + std::string(name.text) + '`');
    return std::nullopt;
  }
  std::string head, devices, rest;
  Cursor at(table->body);
  for (at.skip_separators(); !at.at_end(); at.skip_separators()) {
    const std::size_t end = at.end_of_statement();
    const std::size_t begin = at.place();
    if (end == begin) break;
    const Token word = at.take();
    const std::span<const Token> values = at.between(at.place(), end);
    at.skip_to(end);
    if (word.text == "hook" && values.size() > 2) {
      const auto priority = read_priority(values.subspan(2));
      head = "hook " + std::string(values.front().text) + " priority " + std::to_string(priority.value_or(0)) + ";";
    } else if (word.text == "devices") {
      devices = devices_of(values);
    } else if (word.text == "counter" || word.text == "flags") {
      rest += ' ' + std::string(word.text);
      for (const Token& value : values) rest += ' ' + std::string(value.text);
      rest += ';';
    }
  }
  std::string text = table->name + " { " + head;
  if (!devices.empty()) text += " devices = { " + devices + " };";
  return ir::Aside{"FLOWOFFLOAD", text + rest + " }"};
}

}  // namespace nfproof::compiler::nft
