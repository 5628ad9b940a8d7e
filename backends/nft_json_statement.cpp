// SPDX-License-Identifier: Apache-2.0
// Tests, statements and verdicts of the model as JSON.
#include "backends/nft_json_statement.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace nfproof::backends {
namespace {

using Words = NftWordReader;

Json named(std::string_view name, Json content) {
  Json out = Json::object();
  out[std::string(name)] = std::move(content);
  return out;
}

Json limit(Words& words) {
  if (words.take("name")) return named("limit", nft_json_unquoted(words.next()));
  words.take("rate");
  return named("limit", nft_json_rate(words));
}

Json quota(Words& words) {
  if (words.take("name")) return named("quota", nft_json_unquoted(words.next()));
  const bool over = words.take("over");
  if (!over) words.take("until");
  Json out = {{"val", std::stoull(words.next())}, {"val_unit", words.done() ? "bytes" : words.next()}};
  if (over) out["inv"] = true;
  return named("quota", std::move(out));
}

Json count(Words& words) {
  const bool over = words.take("over");
  Json out = {{"val", std::stoull(words.next())}};
  if (over) out["inv"] = true;
  return named("ct count", std::move(out));
}

/// `update @set { key timeout 60s limit rate ... }`
Json set_update(const std::string& op, Words& words) {
  const std::string set = words.next();
  words.take("{");
  Json element = nft_json_key(words);
  if (words.take("timeout")) element = named("elem", {{"val", element}, {"timeout", nft_json_seconds(words)}});
  if (words.peek() == ":") throw NftNoJson();
  Json out = {{"op", op}, {"elem", element}, {"set", set}};
  Json statements = Json::array();
  if (words.take("limit")) statements.push_back(limit(words));
  if (words.peek() == "ct" && words.peek(1) == "count") {
    words.next(), words.next();
    statements.push_back(count(words));
  }
  if (!statements.empty()) out["stmt"] = statements;
  if (!words.take("}")) throw NftNoJson();
  return named("set", std::move(out));
}

/// Keys whose values are flags, where nft compares bits unless it is told otherwise.
bool is_flags(const std::string& text) {
  return text.starts_with("tcp flags ") || text.starts_with("ct state ") || text.starts_with("ct status ") ||
         text.starts_with("ct label ");
}

Json test(const std::string& text, Words& words) {
  const std::string first = words.peek();
  if (first == "limit") return words.next(), limit(words);
  if (first == "quota") return words.next(), quota(words);
  if (first == "ct" && words.peek(1) == "count") return words.next(), words.next(), count(words);
  if (first == "add" || first == "update" || first == "delete") return words.next(), set_update(first, words);
  Json left = nft_json_key(words);
  std::string op = is_flags(text) && words.peek() != "{" ? "in" : "==";
  if (const std::string& word = words.peek();
      word == "==" || word == "!=" || word == "<" || word == ">" || word == "<=" || word == ">=")
    op = words.next();
  Json right;
  if (words.take("exists"))
    right = true;
  else if (words.take("missing"))
    right = false;
  else
    right = nft_json_values(words);
  return named("match", {{"op", op}, {"left", left}, {"right", right}});
}

/// Behind `counter`.
Json counter(Words& words) {
  if (!words.take("packets")) return named("counter", Json());
  const std::uint64_t packets = std::stoull(words.next());
  words.take("bytes");
  return named("counter", {{"packets", packets}, {"bytes", std::stoull(words.next())}});
}

Json log(Words& words) {
  Json out = Json::object();
  Json flags = Json::array();
  while (!words.done()) {
    const std::string what = words.next();
    if (what == "prefix") out["prefix"] = nft_json_unquoted(words.next());
    if (what == "level") out["level"] = words.next();
    if (what == "group" || what == "snaplen" || what == "queue-threshold") out[what] = std::stoul(words.next());
    if (what != "flags") continue;
    const std::string kind = words.next();
    if (kind.empty()) throw NftNoJson();
    if (kind != "tcp" && kind != "ip") {
      flags.push_back(kind);
      continue;
    }
    const std::string which = words.next();
    if (kind == "ip") flags.push_back("ip options");
    if (kind == "tcp" && which.find("sequence") != std::string::npos) flags.push_back("tcp sequence");
    if (kind == "tcp" && which.find("options") != std::string::npos) flags.push_back("tcp options");
  }
  if (!flags.empty()) out["flags"] = flags;
  return named("log", out.empty() ? Json() : out);
}

/// `10.0.0.1-10.0.0.9:80-90`, `[::1]:80`, `:80`
void put_address_and_port(const std::string& text, bool v6, Json& out) {
  std::string address = text;
  std::string port;
  std::size_t colon = text.rfind("]:");
  if (colon != std::string::npos) {
    ++colon;
  } else if (!v6 || text.front() == ':') {
    if (!(v6 && text.size() > 1 && text[1] == ':')) colon = text.rfind(':');
  }
  if (colon != std::string::npos) {
    address = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  address.erase(std::remove_if(address.begin(), address.end(), [](char c) { return c == '[' || c == ']'; }),
                address.end());
  if (!address.empty()) out["addr"] = nft_json_value(address);
  if (!port.empty()) out["port"] = nft_json_value(port);
}

Json flag_list(const std::string& text) {
  const Json flags = nft_json_parts(text);
  return flags.size() == 1 ? flags[0] : flags;
}

/// An address and a port, or an address that a map gives.
void put_target(Words& words, bool v6, Json& out) {
  if (words.peek(1).empty() || words.peek().find_first_of(".:0123456789") != std::string::npos)
    return put_address_and_port(words.next(), v6, out);
  Json key = nft_json_key(words);
  if (!words.take("map")) return out["addr"] = std::move(key), void();
  out["addr"] = nft_json_map(std::move(key), words);
}

Json nat(const std::string& kind, Words& words, const std::string& family) {
  Json out = Json::object();
  std::string of = family;
  if (words.peek() == "ip" || words.peek() == "ip6") of = words.next(), out["family"] = of;
  const bool prefix = words.take("prefix");
  const auto begins_flags = [](const std::string& word) {
    return word.starts_with("random") || word.starts_with("fully-random") || word.starts_with("persistent");
  };
  words.take("to");
  if (!prefix && words.peek().find('/') != std::string::npos) throw NftNoJson();
  if (!words.done() && !begins_flags(words.peek())) {
    put_target(words, of == "ip6", out);
    const bool only_port = kind == "redirect" || kind == "masquerade";
    if (only_port && out.contains("addr")) out["port"] = out["addr"], out.erase("addr");
  }
  Json flags = Json::array();
  if (!words.done() && begins_flags(words.peek())) flags = flag_list(words.next());
  if (prefix) {
    flags = "netmap";
    out["type_flags"] = "prefix";
  }
  if (!flags.empty()) out["flags"] = flags;
  return named(kind, out.empty() ? Json() : out);
}

Json tproxy(Words& words, const std::string& family) {
  Json out = Json::object();
  std::string of = family;
  if (words.peek() == "ip" || words.peek() == "ip6") of = words.next(), out["family"] = of;
  words.take("to");
  put_address_and_port(words.next(), of == "ip6", out);
  return named("tproxy", out);
}

Json synproxy(Words& words) {
  if (words.take("name")) return named("synproxy", nft_json_unquoted(words.next()));
  Json out = Json::object();
  Json flags = Json::array();
  while (!words.done()) {
    const std::string what = words.next();
    if (what == "mss" || what == "wscale")
      out[what] = std::stoul(words.next());
    else
      flags.push_back(what);
  }
  if (!flags.empty()) out["flags"] = flags;
  return named("synproxy", out.empty() ? Json() : out);
}

Json queue(Words& words) {
  words.take("num");
  Json out = {{"num", nft_json_value(words.next())}};
  if (!words.done()) out["flags"] = flag_list(words.next());
  return named("queue", out);
}

Json reject(Words& words) {
  if (!words.take("with")) return named("reject", Json());
  if (words.take("tcp")) return words.take("reset"), named("reject", {{"type", "tcp reset"}});
  const std::string type = words.next();
  words.take("type");
  return named("reject", {{"type", type}, {"expr", words.next()}});
}

Json verdict(Words& words) {
  const std::string name = words.next();
  if (name == "jump" || name == "goto") return named(name, {{"target", words.next()}});
  if (name != "accept" && name != "drop" && name != "return" && name != "continue") throw NftNoJson();
  return named(name, Json());
}

/// `keys vmap { value : verdict, ... }`
Json verdict_map(Words& words) {
  Json key = nft_json_key(words);
  if (!words.take("vmap")) throw NftNoJson();
  if (words.peek().starts_with("@")) return named("vmap", {{"key", key}, {"data", words.next()}});
  words.take("{");
  Json entries = Json::array();
  while (!words.done() && !words.take("}")) {
    Json value = nft_json_value(words.next());
    if (words.peek() == ".") {
      Json parts = Json::array({std::move(value)});
      while (words.take(".")) parts.push_back(nft_json_value(words.next()));
      value = named("concat", std::move(parts));
    }
    if (!words.take(":")) throw NftNoJson();
    Json decides = verdict(words);
    entries.push_back(Json::array({std::move(value), std::move(decides)}));
    if (!words.take(",") && words.peek() != "}") throw NftNoJson();
  }
  return named("vmap", {{"key", key}, {"data", named("set", std::move(entries))}});
}

/// `key set value`
Json mangle(Words& words) {
  // Bytes at a place and lists of events are not read as they are written.
  if (words.peek().starts_with("@") || words.peek(1) == "event") throw NftNoJson();
  Json key = nft_json_key(words);
  if (!words.take("set")) throw NftNoJson();
  return named("mangle", {{"key", key}, {"value", nft_json_sum(words)}});
}

Json statement(const std::string& text, Words& words, const std::string& family) {
  const std::string first = words.peek();
  const auto rest = [&words]() -> Words& {
    words.next();
    return words;
  };
  if (first == "log") return log(rest());
  if (first == "counter") {
    if (!rest().take("name")) return counter(words);
    return named("counter", nft_json_unquoted(words.next()));
  }
  if (first == "notrack") return rest(), named("notrack", Json());
  if (first == "snat" || first == "dnat" || first == "masquerade" || first == "redirect")
    return nat(first, rest(), family);
  if (first == "tproxy") return tproxy(rest(), family);
  if (first == "synproxy") return synproxy(rest());
  if (first == "queue") return queue(rest());
  if (first == "reject") return reject(rest());
  if (first == "dup") {
    rest().take("to");
    Json out = {{"addr", words.next()}};
    if (words.take("device")) out["dev"] = nft_json_unquoted(words.next());
    return named("dup", out);
  }
  if (first == "reset") return named("reset", nft_json_key(rest()));
  if (first == "flow") {
    rest().next();
    return named("flow", {{"op", "add"}, {"flowtable", words.next()}});
  }
  if (first == "add" || first == "update" || first == "delete") return set_update(first, rest());
  if (first == "ct" && words.peek(1) == "helper") {
    rest().next(), words.next();
    return named("ct helper", nft_json_unquoted(words.next()));
  }
  if (first == "jump" || first == "goto" || first == "accept" || first == "drop" || first == "return" ||
      first == "continue")
    return verdict(words);
  if (text.find(" vmap ") != std::string::npos) return verdict_map(words);
  return mangle(words);
}

}  // namespace

Json nft_json_rate(NftWordReader& words) {
  Json out = Json::object();
  const bool over = words.take("over");
  std::string rate = words.next();
  std::size_t slash = rate.find('/');
  out["rate"] = std::stoull(rate.substr(0, slash));
  if (slash == std::string::npos) {  // `2 mbytes/second`
    rate = words.next();
    slash = rate.find('/');
    if (slash == std::string::npos) throw NftNoJson();
    out["rate_unit"] = rate.substr(0, slash);
  }
  out["per"] = rate.substr(slash + 1);
  if (words.take("burst")) out["burst"] = std::stoull(words.next());
  if (out.contains("burst") && out["burst"] == 0) throw NftNoJson();  // nft 1.0.6 takes none for the one of old
  for (const char* unit : {"bytes", "kbytes", "mbytes"})
    if (words.take(unit)) out["burst_unit"] = unit;
  words.take("packets");
  if (over) out["inv"] = true;
  return out;
}

Json nft_json_data(NftWordReader& words) {
  static constexpr auto kVerdicts =
      std::to_array<std::string_view>({"accept", "drop", "return", "continue", "jump", "goto"});
  const bool is_verdict = std::find(kVerdicts.begin(), kVerdicts.end(), words.peek()) != kVerdicts.end();
  return is_verdict ? verdict(words) : nft_json_concatenation(words);
}

std::optional<Json> nft_json_statements(const NftLine& line, const std::string& family) {
  Json out = Json::array();
  const auto all_of = [](const std::string& text, const auto& read) {
    Words words(text);
    Json made = read(words);
    if (!words.done()) throw NftNoJson();
    return made;
  };
  const auto say = [&](const std::string& text) {
    out.push_back(all_of(text, [&](Words& words) { return statement(text, words, family); }));
  };
  try {
    for (const NftTest& each : line.tests)
      out.push_back(all_of(each.text, [&](Words& words) { return test(each.text, words); }));
    if (!line.counter.empty()) say(line.counter);
    for (const std::string& each : line.statements) say(each);
    if (!line.verdict.empty()) say(line.verdict);
  } catch (const std::exception&) {  // a number, too, that is none
    return std::nullopt;
  }
  return out;
}

}  // namespace nfproof::backends
