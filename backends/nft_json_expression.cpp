// SPDX-License-Identifier: Apache-2.0
// Expressions of the model's words as JSON.
#include "backends/nft_json_expression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace nfproof::backends {
namespace {

bool is_alone(char c) { return c == '{' || c == '}' || c == '(' || c == ')' || c == ','; }

bool starts_number(std::string_view word) {
  return !word.empty() && (std::isdigit(static_cast<unsigned char>(word[0])) != 0 || word[0] == ':' ||
                           word.find(':') != std::string_view::npos);
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool number(std::string_view word, std::uint64_t& out) {
  const bool hex = word.starts_with("0x");
  const std::string_view digits = hex ? word.substr(2) : word;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out, hex ? 16 : 10);
  return error == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
}

Json payload(const std::string& protocol, const std::string& field) {
  return {{"payload", {{"protocol", protocol}, {"field", field}}}};
}

Json raw_payload(const std::string& word) {
  const std::size_t first = word.find(',');
  const std::size_t second = word.find(',', first + 1);
  return {{"payload",
           {{"base", word.substr(1, first - 1)},
            {"offset", std::stoi(word.substr(first + 1, second - first - 1))},
            {"len", std::stoi(word.substr(second + 1))}}}};
}

Json fib(NftWordReader& words) {
  Json flags = Json::array();
  flags.push_back(words.next());
  while (words.take(".")) flags.push_back(words.next());
  return {{"fib", {{"result", words.next()}, {"flags", flags}}}};
}

Json connection(NftWordReader& words) {
  Json ct = Json::object();
  std::string direction;
  if (is_one_of(words.peek(), {"original", "reply"})) direction = words.next();
  std::string key = words.next();
  if (is_one_of(key, {"ip", "ip6"})) key += " " + words.next();
  ct["key"] = key;
  if (!direction.empty()) ct["dir"] = direction;
  return {{"ct", ct}};
}

Json generator(NftWordReader& words) {
  const std::string mode = words.next();
  words.take("mod");
  return {{"numgen", {{"mode", mode}, {"mod", std::stoll(words.next())}, {"offset", 0}}}};
}

Json tcp_option(NftWordReader& words) {
  if (starts_number(words.peek())) throw NftNoJson();
  Json option = {{"name", words.next()}};
  if (words.peek() == "size") option["field"] = words.next();
  return {{"tcp option", option}};
}

bool is_bare_meta(const std::string& word) {
  return is_one_of(word, {"iifname", "oifname", "iifgroup", "oifgroup", "iif", "oif", "rtclassid", "mark", "l4proto",
                          "nfproto", "pkttype", "skuid", "skgid", "cpu", "cgroup"});
}

/// The rest of an expression that begins with `first`.
Json primary(const std::string& first, NftWordReader& words) {
  if (is_bare_meta(first)) return {{"meta", {{"key", first}}}};
  if (first == "meta") return {{"meta", {{"key", words.next()}}}};
  if (first == "ct") return connection(words);
  if (first == "fib") return fib(words);
  if (first == "rt" && is_one_of(words.peek(), {"ipsec", "classid", "mtu"})) return {{"rt", {{"key", words.next()}}}};
  if (first == "socket") return {{"socket", {{"key", words.next()}}}};
  if (first == "numgen") return generator(words);
  if (first == "tcp" && words.take("option")) return tcp_option(words);
  if (first == "sctp" && words.take("chunk")) return {{"sctp chunk", {{"name", words.next()}}}};
  if (first == "exthdr") return {{"exthdr", {{"name", words.next()}}}};
  if (is_one_of(first, {"hbh", "dst", "rt", "frag", "mh"}))
    return {{"exthdr", {{"name", first}, {"field", words.next()}}}};
  if (first == "osf") {
    Json osf = {{"key", "name"}};
    if (words.take("ttl")) osf["ttl"] = words.next();
    words.take("name");
    return {{"osf", osf}};
  }
  if (first.starts_with("@") && first.find(',') != std::string::npos) return raw_payload(first);
  static constexpr auto kHeaders = std::to_array<std::string_view>(
      {"ip", "ip6", "icmp", "icmpv6", "tcp", "udp", "udplite", "sctp", "dccp", "th", "ether", "ah", "esp", "comp"});
  if (std::find(kHeaders.begin(), kHeaders.end(), first) == kHeaders.end() || words.done()) throw NftNoJson();
  return payload(first, words.next());
}

Json masked(Json left, NftWordReader& words) {
  if (!words.take("&")) return left;
  if (!words.take("(")) return {{"&", Json::array({left, nft_json_value(words.next())})}};
  Json flags = Json::array();
  while (!words.done() && !words.take(")"))
    if (const std::string word = words.next(); word != "|") flags.push_back(nft_json_value(word));
  return {{"&", Json::array({left, flags})}};
}

/// The place of the hyphen of a range.
std::size_t hyphen(const std::string& word) {
  const std::size_t at = word.find('-');
  if (at == std::string::npos || at == 0 || at + 1 == word.size()) return std::string::npos;
  const std::string_view left = std::string_view(word).substr(0, at);
  const std::string_view right = std::string_view(word).substr(at + 1);
  return starts_number(left) && starts_number(right) ? at : std::string::npos;
}

}  // namespace

NftWordReader::NftWordReader(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    std::size_t end = i + 1;
    if (c == ' ') {
      ++i;
      continue;
    }
    if (c == '"') {
      end = text.find('"', i + 1);
      end = end == std::string_view::npos ? text.size() : end + 1;
    } else if (!is_alone(c)) {
      // The commas of `@nh,0,8` and `snat,dnat` belong to their words, those behind a value do not.
      while (end < text.size() && text[end] != ' ' && text[end] != '}' && text[end] != ')' &&
             !(text[end] == ',' && (end + 1 == text.size() || text[end + 1] == ' ')))
        ++end;
    }
    words_.emplace_back(text.substr(i, end - i));
    i = end;
  }
}

const std::string& NftWordReader::peek(std::size_t ahead) const {
  static const std::string kNothing;
  return at_ + ahead < words_.size() ? words_[at_ + ahead] : kNothing;
}

std::string NftWordReader::next() { return done() ? std::string() : words_[at_++]; }

bool NftWordReader::take(std::string_view word) {
  if (peek() != word || done()) return false;
  ++at_;
  return true;
}

std::vector<std::string> nft_json_parts(std::string_view list) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t to = std::min(list.find(',', from), list.size());
    parts.emplace_back(list.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

std::string nft_json_unquoted(const std::string& word) {
  return word.size() > 1 && word.front() == '"' ? word.substr(1, word.size() - 2) : word;
}

Json nft_json_key(NftWordReader& words) {
  Json first = masked(primary(words.next(), words), words);
  if (words.peek() != ".") return first;
  Json parts = Json::array({std::move(first)});
  while (words.take(".")) parts.push_back(masked(primary(words.next(), words), words));
  return {{"concat", parts}};
}

Json nft_json_value(const std::string& word) {
  if (word.starts_with("\"")) return nft_json_unquoted(word);
  if (word.starts_with("@")) return word;
  std::uint64_t value = 0;
  if (number(word, value)) return value;
  if (const std::size_t at = hyphen(word); at != std::string::npos)
    return {{"range", Json::array({nft_json_value(word.substr(0, at)), nft_json_value(word.substr(at + 1))})}};
  if (const std::size_t at = word.find('/'); at != std::string::npos && starts_number(word))
    return {{"prefix", {{"addr", word.substr(0, at)}, {"len", std::stoi(word.substr(at + 1))}}}};
  if (word.size() > 1 && word.back() == 's' && number(word.substr(0, word.size() - 1), value)) return value;  // seconds
  return word;
}

Json nft_json_concatenation(NftWordReader& words) {
  if (words.done()) throw NftNoJson();
  Json first = nft_json_value(words.next());
  if (words.peek() != ".") return first;
  Json parts = Json::array({std::move(first)});
  while (words.take(".")) parts.push_back(nft_json_value(words.next()));
  return {{"concat", parts}};
}

std::uint64_t nft_json_seconds(NftWordReader& words) {
  static constexpr auto kUnits = std::to_array<std::pair<std::string_view, std::uint64_t>>(
      {{"ms", 1}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"", 1'000}});
  const std::string word = words.next();
  std::uint64_t milliseconds = 0;
  for (std::string_view rest = word; !rest.empty();) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (error != std::errc{}) throw NftNoJson();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const auto unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& each) { return rest.starts_with(each.first); });
    milliseconds += count * unit->second;
    if (unit->first.empty() && !rest.empty()) throw NftNoJson();
    rest.remove_prefix(unit->first.size());
  }
  return (milliseconds + 999) / 1000;
}

Json nft_json_map(Json key, NftWordReader& words) {
  if (words.peek().starts_with("@")) return {{"map", {{"key", std::move(key)}, {"data", words.next()}}}};
  if (!words.take("{")) throw NftNoJson();
  Json entries = Json::array();
  while (!words.done() && !words.take("}")) {
    Json value = nft_json_concatenation(words);
    if (!words.take(":")) throw NftNoJson();
    entries.push_back(Json::array({std::move(value), nft_json_concatenation(words)}));
    if (!words.take(",") && words.peek() != "}") throw NftNoJson();
  }
  return {{"map", {{"key", std::move(key)}, {"data", {{"set", std::move(entries)}}}}}};
}

Json nft_json_values(NftWordReader& words) {
  if (words.take("(")) {
    Json flags = Json::array();
    while (!words.done() && !words.take(")"))
      if (const std::string word = words.next(); word != "|") flags.push_back(nft_json_value(word));
    return flags;
  }
  if (!words.take("{")) {
    const std::string& word = words.peek();
    if (word.find(',') == std::string::npos || word.starts_with("\"") || word.starts_with("@"))
      return nft_json_concatenation(words);
    Json flags = Json::array();
    for (const std::string& flag : nft_json_parts(words.next())) flags.push_back(nft_json_value(flag));
    return flags;
  }
  Json set = Json::array();
  while (!words.done() && !words.take("}")) {
    set.push_back(nft_json_concatenation(words));
    if (!words.take(",") && words.peek() != "}") throw NftNoJson();
  }
  return {{"set", set}};
}

Json nft_json_sum(NftWordReader& words) {
  const auto operand = [&words]() -> Json {
    if (words.take("(")) {
      Json inner = nft_json_sum(words);
      words.take(")");
      return inner;
    }
    const std::string word = words.next();
    if (is_bare_meta(word) || is_one_of(word, {"meta", "ct", "rt", "ip", "ip6"})) return primary(word, words);
    return nft_json_value(word);
  };
  Json out = operand();
  while (is_one_of(words.peek(), {"&", "|", "^", "<<", ">>"})) {
    const std::string op = words.next();
    out = Json{{op, Json::array({std::move(out), operand()})}};
  }
  return out;
}

}  // namespace nfproof::backends
