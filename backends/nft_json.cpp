// SPDX-License-Identifier: Apache-2.0
// Tables, chains, sets and rules of the model as commands in JSON.
#include "backends/nft_json.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

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

Json chain_json(const NftTable& table, const NftChain& chain) {
  Json out = {{"family", table.family}, {"table", table.name}, {"name", chain.name}};
  if (chain.hook.empty()) return out;
  out["type"] = chain.type;
  out["hook"] = chain.hook;
  out["prio"] = priority_number(chain.priority);
  out["policy"] = chain.policy_drop ? "drop" : "accept";
  return out;
}

/// `10.0.0.0/8 . tcp timeout 60s comment "x"`
Json element_json(const std::string& text) {
  NftWordReader words(text);
  Json value = nft_json_value(words.next());
  if (words.peek() == ".") {
    Json parts = Json::array({std::move(value)});
    while (words.take(".")) parts.push_back(nft_json_value(words.next()));
    value = Json{{"concat", std::move(parts)}};
  }
  if (words.done()) return value;
  Json element = {{"val", value}};
  if (words.take("timeout")) element["timeout"] = nft_json_value(words.next());
  if (words.take("comment")) element["comment"] = nft_json_unquoted(words.next());
  return {{"elem", element}};
}

Json list_of(NftWordReader& words, std::string_view between) {
  Json out = Json::array({words.next()});
  while (words.take(between)) out.push_back(words.next());
  return out.size() == 1 ? out[0] : out;
}

/// Whole seconds: what JSON knows.
std::uint64_t seconds_of(const std::string& word) {
  const std::uint64_t number = std::stoull(word);
  return word.ends_with("ms") ? (number + 999) / 1000 : number;
}

void put_setting(const std::string& text, Json& out) {
  NftWordReader words(text);
  const std::string name = words.next();
  if (name == "type" && text.find(" protocol ") != std::string::npos) {  // of a helper: `type "ftp" protocol tcp;`
    out["type"] = nft_json_unquoted(words.next());
    words.next();
    std::string protocol = words.next();
    if (protocol.ends_with(";")) protocol.pop_back();
    out["protocol"] = protocol;
  } else if (name == "hook") {  // of a flowtable: `hook ingress priority 0`
    out["hook"] = words.next();
    words.next();
    out["prio"] = std::stoi(words.next());
  } else if (name == "devices") {
    words.next();
    words.next();
    Json devices = Json::array();
    for (std::string word = words.next(); word != "}" && !word.empty(); word = words.next())
      if (word != ",") devices.push_back(nft_json_unquoted(word));
    out["dev"] = devices;
  } else if (name == "type") {
    out["type"] = list_of(words, ".");
  } else if (name == "flags") {
    Json flags = Json::array();
    const std::string all = words.next();
    for (std::size_t from = 0; from <= all.size();) {
      const std::size_t to = std::min(all.find(',', from), all.size());
      // nft 1.0.6 has no `dynamic` in JSON; a rule that fills the set says it, too.
      if (const std::string flag = all.substr(from, to - from); flag != "dynamic") flags.push_back(flag);
      from = to + 1;
    }
    if (!flags.empty()) out["flags"] = flags;
  } else if (name == "size") {
    out["size"] = std::stoull(words.next());
  } else if (name == "timeout") {
    out["timeout"] = seconds_of(words.next());
  } else {
    out[name] = words.next();
  }
}

Json object_json(const NftTable& table, const NftObject& object) {
  Json out = {{"family", table.family}, {"table", table.name}, {"name", object.name}};
  for (const std::string& setting : object.settings) put_setting(setting, out);
  if (object.elements.empty()) return out;
  Json elements = Json::array();
  for (const std::string& element : object.elements) elements.push_back(element_json(element));
  out["elem"] = elements;
  return out;
}

void append_rules(const NftTable& table, const NftChain& chain, Json& commands) {
  for (const NftLine& line : chain.lines) {
    if (!line.note.empty() || nft_is_blank(line)) continue;
    Json rule = {{"family", table.family}, {"table", table.name}, {"chain", chain.name}};
    if (!line.comment.empty()) rule["comment"] = line.comment;
    rule["expr"] = nft_json_statements(line, table.family);
    commands.push_back(add("rule", std::move(rule)));
  }
}

}  // namespace

std::string nft_json(const std::vector<NftTable>& tables) {
  Json commands = Json::array();
  commands.push_back({{"metainfo", {{"json_schema_version", 1}}}});
  for (const NftTable& table : tables) {
    const Json name = {{"family", table.family}, {"name", table.name}};
    commands.push_back(add("table", name));
    commands.push_back({{"delete", {{"table", name}}}});
    commands.push_back(add("table", name));
    for (const NftObject& object : table.objects) commands.push_back(add(object.kind, object_json(table, object)));
    for (const NftChain& chain : table.chains) commands.push_back(add("chain", chain_json(table, chain)));
    for (const NftChain& chain : table.chains) append_rules(table, chain, commands);
  }
  std::string out = "{\"nftables\": [";
  for (std::size_t i = 0; i < commands.size(); ++i)
    out += (i == 0 ? "\n" : ",\n") + commands[i].dump(-1, ' ', false, Json::error_handler_t::replace);
  return out + "\n]}\n";
}

}  // namespace nfproof::backends
