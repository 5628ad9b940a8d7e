// SPDX-License-Identifier: Apache-2.0
// Tests, statements and verdicts of the model as JSON.
#include "backends/nft_json_statement.h"

#include <algorithm>
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
  Json out = Json::object();
  words.take("rate");
  const bool over = words.take("over");
  const std::string rate = words.next();
  const std::size_t slash = rate.find('/');
  out["rate"] = std::stoull(rate.substr(0, slash));
  if (words.take("burst")) out["burst"] = std::stoull(words.next());
  words.take("packets");
  out["per"] = rate.substr(slash + 1);
  if (over) out["inv"] = true;
  return named("limit", std::move(out));
}

Json quota(Words& words) {
  const bool over = words.next() == "over";
  Json out = {{"val", std::stoull(words.next())}, {"val_unit", "bytes"}};
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
  if (words.take("timeout")) element = named("elem", {{"val", element}, {"timeout", nft_json_value(words.next())}});
  Json out = {{"op", op}, {"elem", element}, {"set", set}};
  Json statements = Json::array();
  if (words.take("limit")) statements.push_back(limit(words));
  if (words.peek() == "ct" && words.peek(1) == "count") {
    words.next(), words.next();
    statements.push_back(count(words));
  }
  if (!statements.empty()) out["stmt"] = statements;
  return named("set", std::move(out));
}

/// Keys whose values are flags, where nft compares bits unless it is told otherwise.
bool is_flags(const std::string& text) {
  return text.starts_with("ct state ") || text.starts_with("ct status ") || text.starts_with("ct label ");
}

Json test(const std::string& text) {
  Words words(text);
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
  Json flags = Json::array();
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    flags.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return flags.size() == 1 ? flags[0] : flags;
}

Json nat(const std::string& kind, Words& words, const std::string& family) {
  Json out = Json::object();
  std::string of = family;
  if (words.peek() == "ip" || words.peek() == "ip6") of = words.next(), out["family"] = of;
  const bool prefix = words.take("prefix");
  if (words.take("to")) put_address_and_port(words.next(), of == "ip6", out);
  Json flags = Json::array();
  if (!words.done()) flags = flag_list(words.next());
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
  if (words.take("tcp")) return named("reject", {{"type", "tcp reset"}});
  const std::string type = words.next();
  words.take("type");
  return named("reject", {{"type", type}, {"expr", words.next()}});
}

Json verdict(Words& words) {
  const std::string name = words.next();
  if (name == "jump" || name == "goto") return named(name, {{"target", words.next()}});
  return named(name, Json());
}

/// `keys vmap { value : verdict, ... }`
Json verdict_map(Words& words) {
  Json key = nft_json_key(words);
  words.take("vmap");
  words.take("{");
  Json entries = Json::array();
  while (!words.done() && !words.take("}")) {
    Json value = nft_json_value(words.next());
    if (words.peek() == ".") {
      Json parts = Json::array({std::move(value)});
      while (words.take(".")) parts.push_back(nft_json_value(words.next()));
      value = named("concat", std::move(parts));
    }
    words.take(":");
    Json decides = verdict(words);
    entries.push_back(Json::array({std::move(value), std::move(decides)}));
    words.take(",");
  }
  return named("vmap", {{"key", key}, {"data", named("set", std::move(entries))}});
}

/// `key set value`
Json mangle(Words& words) {
  Json key = nft_json_key(words);
  words.take("set");
  return named("mangle", {{"key", key}, {"value", nft_json_sum(words)}});
}

Json statement(const std::string& text, const std::string& family) {
  Words words(text);
  const std::string first = words.peek();
  const auto rest = [&words]() -> Words& {
    words.next();
    return words;
  };
  if (first == "log") return log(rest());
  if (first == "counter") {  // a named one
    rest().next();
    return named("counter", nft_json_unquoted(words.next()));
  }
  if (first == "notrack") return named("notrack", Json());
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

Json counter(const std::string& text) {
  Words words(text);
  words.next();
  if (words.done()) return named("counter", Json());
  words.next();
  const std::uint64_t packets = std::stoull(words.next());
  words.next();
  return named("counter", {{"packets", packets}, {"bytes", std::stoull(words.next())}});
}

}  // namespace

Json nft_json_statements(const NftLine& line, const std::string& family) {
  Json out = Json::array();
  for (const NftTest& each : line.tests) out.push_back(test(each.text));
  if (!line.counter.empty()) out.push_back(counter(line.counter));
  for (const std::string& each : line.statements) out.push_back(statement(each, family));
  if (!line.verdict.empty()) out.push_back(statement(line.verdict, family));
  return out;
}

}  // namespace nfproof::backends
