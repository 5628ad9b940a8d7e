// SPDX-License-Identifier: Apache-2.0
// Tables, chains, sets and rules of the model as commands in JSON.
#include "backends/nft_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "backends/nft_json_object.h"
#include "backends/nft_json_statement.h"

namespace nfproof::backends {
namespace {

int priority_number(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, int>, 6> kNames = {
      {{"raw", -300}, {"mangle", -150}, {"dstnat", -100}, {"filter", 0}, {"security", 50}, {"srcnat", 100}}};
  for (const auto& [word, number] : kNames)
    if (word == name) return number;
  return std::stoi(name);
}

Json add(std::string_view what, Json content) {
  Json object = Json::object();
  object[std::string(what)] = std::move(content);
  return {{"add", object}};
}

void tell_gap(const source::Span& where, source::Diagnostics& diagnostics) {
  diagnostics.error("no-translation", where, "JSON has no words for all of this; use `--to nft`");
}

Json chain_json(const NftTable& table, const NftChain& chain) {
  Json out = {{"family", table.family}, {"table", table.name}, {"name", chain.name}};
  if (!chain.comment.empty()) out["comment"] = chain.comment;
  if (chain.hook.empty()) return out;
  out["type"] = chain.type;
  out["hook"] = chain.hook;
  out["prio"] = priority_number(chain.priority);
  out["policy"] = chain.policy_drop ? "drop" : "accept";
  return out;
}

void append_rules(const NftTable& table, const NftChain& chain, Json& commands, source::Diagnostics& diagnostics) {
  for (const NftLine& line : chain.lines) {
    if (!line.note.empty() || nft_is_blank(line)) continue;
    Json rule = {{"family", table.family}, {"table", table.name}, {"chain", chain.name}};
    if (!line.comment.empty()) rule["comment"] = line.comment;
    auto statements = nft_json_statements(line, table.family);
    if (!statements) {
      tell_gap(line.origin, diagnostics);
      continue;
    }
    rule["expr"] = std::move(*statements);
    commands.push_back(add("rule", std::move(rule)));
  }
}

/// JSON of nft 1.0.6 has no `dynamic`: only a rule that fills the set says that packets do.
bool is_lost(const NftTable& table, const NftObject& object) {
  const bool dynamic = std::any_of(object.settings.begin(), object.settings.end(), [](const std::string& each) {
    return each.starts_with("flags ") && each.find("dynamic") != std::string::npos;
  });
  if (!dynamic || !object.origin.is_known()) return false;
  const std::string filled = "@" + object.name + " {";
  const auto fills = [&](const std::string& text) { return text.find(filled) != std::string::npos; };
  return std::none_of(table.chains.begin(), table.chains.end(), [&](const NftChain& chain) {
    return std::any_of(chain.lines.begin(), chain.lines.end(), [&](const NftLine& line) {
      return std::any_of(line.statements.begin(), line.statements.end(), fills) ||
             std::any_of(line.tests.begin(), line.tests.end(), [&](const NftTest& each) { return fills(each.text); });
    });
  });
}

void append_objects(const NftTable& table, Json& commands, source::Diagnostics& diagnostics) {
  for (const NftObject& object : table.objects) {
    auto made = nft_json_object(object);
    if (!made || is_lost(table, object)) {
      tell_gap(object.origin, diagnostics);
      continue;
    }
    Json all = {{"family", table.family}, {"table", table.name}, {"name", object.name}};
    all.update(*made);
    commands.push_back(add(object.kind, std::move(all)));
  }
}

}  // namespace

NftJson nft_json(const std::vector<NftTable>& tables) {
  NftJson written;
  Json commands = Json::array();
  commands.push_back({{"metainfo", {{"json_schema_version", 1}}}});
  for (const NftTable& table : tables) {
    const Json name = {{"family", table.family}, {"name", table.name}};
    commands.push_back(add("table", name));
    commands.push_back({{"delete", {{"table", name}}}});
    Json made = name;
    if (!table.comment.empty()) made["comment"] = table.comment;
    if (table.dormant) made["flags"] = Json::array({"dormant"});
    commands.push_back(add("table", std::move(made)));
    // Elements of maps lead to chains.
    for (const NftChain& chain : table.chains) commands.push_back(add("chain", chain_json(table, chain)));
    append_objects(table, commands, written.diagnostics);
    for (const NftChain& chain : table.chains) append_rules(table, chain, commands, written.diagnostics);
  }
  std::string& out = written.text;
  out = "{\"nftables\": [";
  for (std::size_t i = 0; i < commands.size(); ++i)
    out += (i == 0 ? "\n" : ",\n") + commands[i].dump(-1, ' ', false, Json::error_handler_t::replace);
  out += "\n]}\n";
  return written;
}

}  // namespace nfproof::backends
