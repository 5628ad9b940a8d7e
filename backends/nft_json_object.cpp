// SPDX-License-Identifier: Apache-2.0
// Sets, maps and objects as JSON: see nft_json_object.h. Each setting is a row; what has none cannot be said.
#include "backends/nft_json_object.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "backends/nft_json_statement.h"

namespace nfproof::backends {
namespace {

using Words = NftWordReader;

Json number_of(Words& words) { return std::stoull(words.next()); }

Json list_of(Words& words, std::string_view between) {
  Json out = Json::array({words.next()});
  while (words.take(between)) out.push_back(words.next());
  return out.size() == 1 ? out[0] : out;
}

/// `ipv4_addr . inet_service : verdict`
void put_type(Words& words, Json& out) {
  out["type"] = list_of(words, ".");
  if (!words.take(":")) return;
  out["map"] = list_of(words, ".");
  if (out["map"].is_array()) throw NftNoJson();  // nft 1.0.6 takes one type
}

/// `interval,timeout`
void put_flags(Words& words, Json& out) {
  Json flags = Json::array();
  while (!words.done()) {
    // nft 1.0.6 has no `dynamic` in JSON; a rule that fills the set says it, too.
    for (const std::string& flag : nft_json_parts(words.next()))
      if (!flag.empty() && flag != "dynamic") flags.push_back(flag);
  }
  if (!flags.empty()) out["flags"] = flags;
}

void put_devices(Words& words, Json& out) {
  Json devices = Json::array();
  words.take("="), words.take("{");
  for (std::string word = words.next(); word != "}" && !word.empty(); word = words.next())
    if (word != ",") devices.push_back(nft_json_unquoted(word));
  out["dev"] = devices;
}

/// `type "ftp" protocol tcp;`
void put_helper(Words& words, Json& out) {
  out["type"] = nft_json_unquoted(words.next());
  words.take("protocol");
  std::string protocol = words.next();
  if (protocol.ends_with(";")) protocol.pop_back();
  out["protocol"] = protocol;
}

void put_hook(Words& words, Json& out) {
  out["hook"] = words.next();
  words.take("priority");
  const std::string priority = words.next();
  out["prio"] = priority == "filter" ? 0 : std::stoi(priority);
}

void put_size(const std::string& count, Words& words, std::string_view name, Json& out) {
  std::uint64_t bytes = std::stoull(count);
  for (const auto& [unit, scale] :
       std::to_array<std::pair<std::string_view, std::uint64_t>>({{"bytes", 1}, {"kbytes", 1024}, {"mbytes", 1048576}}))
    if (words.take(unit)) bytes *= scale;
  out[std::string(name)] = bytes;
}

/// `over 10 mbytes used 3 bytes`
void put_quota(const std::string& first, Words& words, Json& out) {
  const bool over = first == "over";
  put_size(over || first == "until" ? words.next() : first, words, "bytes", out);
  if (words.take("used"))
    put_size(words.next(), words, "used", out);
  else
    out["used"] = 0;
  out["inv"] = over;
}

void put_plain(const std::string& name, Words& words, Json& out) { out[name] = nft_json_value(words.next()); }

struct Row {
  std::string_view kind;
  std::string_view setting;  ///< empty: whatever it begins with
  void (*put)(const std::string& first, Words& words, Json& out);
};

constexpr auto kRows = std::to_array<Row>({
    {"set", "type", [](const std::string&, Words& words, Json& out) { put_type(words, out); }},
    {"set", "flags", [](const std::string&, Words& words, Json& out) { put_flags(words, out); }},
    {"set", "timeout", [](const std::string&, Words& words, Json& out) { out["timeout"] = nft_json_seconds(words); }},
    {"set", "gc-interval",
     [](const std::string&, Words& words, Json& out) { out["gc-interval"] = nft_json_seconds(words); }},
    {"set", "size", [](const std::string&, Words& words, Json& out) { out["size"] = number_of(words); }},
    {"set", "policy", put_plain},
    {"counter", "packets",
     [](const std::string&, Words& words, Json& out) {
       out["packets"] = number_of(words);
       words.take("bytes");
       out["bytes"] = number_of(words);
     }},
    {"limit", "rate", [](const std::string&, Words& words, Json& out) { out.update(nft_json_rate(words)); }},
    {"ct helper", "type", [](const std::string&, Words& words, Json& out) { put_helper(words, out); }},
    {"ct helper", "l3proto", put_plain},
    {"flowtable", "hook", [](const std::string&, Words& words, Json& out) { put_hook(words, out); }},
    {"flowtable", "devices", [](const std::string&, Words& words, Json& out) { put_devices(words, out); }},
    {"quota", "", put_quota},
});

void put_setting(std::string_view kind, const std::string& text, Json& out) {
  Words words(text);
  const std::string first = words.next();
  if (first == "comment") {
    out["comment"] = nft_json_unquoted(words.next());
  } else {
    const std::string_view group = kind == "map" ? "set" : kind;
    const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) {
      return each.kind == group && (each.setting.empty() || each.setting == first);
    });
    if (row == kRows.end()) throw NftNoJson();
    row->put(first, words, out);
  }
  if (!words.done()) throw NftNoJson();
}

/// `10.0.0.0/8 . tcp timeout 60s comment "x" : accept`
Json element_json(const std::string& text) {
  Words words(text);
  Json key = nft_json_concatenation(words);
  Json options = Json::object();
  while (!words.done() && words.peek() != ":") {
    const std::string name = words.next();
    if (name == "timeout" || name == "expires")
      options[name] = nft_json_seconds(words);
    else if (name == "comment")
      options[name] = nft_json_unquoted(words.next());
    else
      throw NftNoJson();
  }
  if (!options.empty()) {
    Json element = {{"val", std::move(key)}};
    element.update(options);
    key = Json{{"elem", std::move(element)}};
  }
  if (!words.take(":")) {
    if (!words.done()) throw NftNoJson();
    return key;
  }
  Json data = nft_json_data(words);
  if (!words.done()) throw NftNoJson();
  return Json::array({std::move(key), std::move(data)});
}

}  // namespace

std::optional<Json> nft_json_object(const NftObject& object) {
  Json out = Json::object();
  try {
    if (object.settings.empty()) return std::nullopt;
    for (const std::string& setting : object.settings) put_setting(object.kind, setting, out);
    if (object.elements.empty()) return out;
    Json elements = Json::array();
    for (const std::string& element : object.elements) elements.push_back(element_json(element));
    out["elem"] = elements;
  } catch (const std::exception&) {  // a number, too, that is none
    return std::nullopt;
  }
  return out;
}

}  // namespace nfproof::backends
