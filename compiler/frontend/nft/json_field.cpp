// SPDX-License-Identifier: Apache-2.0
// Fields: see json_field.h. One function for each kind, the table is at the end.
#include "compiler/frontend/nft/json_field.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace nfproof::compiler::nft {
namespace {

using Kind = JsonValue::Kind;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The word of a key that has to be there.
void word(JsonText& out, const JsonValue& object, std::string_view key) {
  const JsonValue value = object[key];
  if (!value.is_scalar()) return out.without(object, key);
  out.word(value);
}

/// The words of a key, if it is there, behind others.
void option(JsonText& out, std::string_view words, const JsonValue& value) {
  if (!value) return;
  out.at(value);
  out.put(words);
  out.word(value);
}

/// `@nh,0,8`
void put_place(JsonText& out, const JsonValue& value) {
  out.put("@");
  out.join_word(value["base"]);
  for (const std::string_view key : {"offset", "len"}) {
    out.join(",");
    out.join_word(value[key]);
  }
}

void payload(JsonText& out, const JsonValue& value) {
  if (!value["base"]) {
    out.only_known(value, {"protocol", "field"});
    word(out, value, "protocol"), word(out, value, "field");
    return;
  }
  out.only_known(value, {"base", "offset", "len"});
  out.at(value);
  put_place(out, value);
}

/// `frag more-fragments`, `exthdr frag`, `tcp option sack`, `sctp chunk init num-inbound-streams`
void header(JsonText& out, std::string_view words, const JsonValue& value) {
  if (!words.empty()) out.put(words);
  if (value["base"]) {  // an option without a name, by its number
    out.only_known(value, {"base", "offset", "len"});
    const bool presence = value["offset"].text() == "0" && value["len"].text() == "8";
    return presence ? word(out, value, "base") : put_place(out, value);
  }
  out.only_known(value, {"name", "field", "offset"});
  if (words.empty() && !value["field"]) out.put("exthdr");
  word(out, value, "name");
  if (value["field"]) word(out, value, "field");
  if (!value["offset"]) return;
  out.put("[");
  out.word(value["offset"]);
  out.put("]");
}

void meta(JsonText& out, const JsonValue& value) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOtherNames = {
      {{"ibridgename", "ibrname"}, {"obridgename", "obrname"}}};
  out.only_known(value, {"key"});
  const std::string_view key = value["key"].text();
  if (!is_one_of(key, {"iif", "oif", "iifname", "oifname", "iifgroup", "oifgroup"})) out.put("meta");
  for (const auto& [json, text] : kOtherNames)
    if (json == key) return out.put(text);
  word(out, value, "key");
}

void routing(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"key", "family"});
  out.put("rt");
  if (value["family"]) word(out, value, "family");
  word(out, value, "key");
}

void connection(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"key", "family", "dir"});
  out.put("ct");
  if (value["dir"]) word(out, value, "dir");
  if (value["family"]) word(out, value, "family");
  word(out, value, "key");
}

void generator(JsonText& out, const JsonValue& value) {
  out.put("numgen");
  word(out, value, "mode");
  put_modulus(out, value);
}

void fib(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"result", "flags"});
  out.put("fib");
  const JsonValue flags = value["flags"];
  if (flags.is(Kind::kString)) word(out, value, "flags");
  bool first = true;
  for (const JsonValue& flag : flags.items()) {
    if (!first) out.put(".");
    first = false;
    out.word(flag);
  }
  // Later versions have a word for the question whether there is a route.
  if (value["result"].text() == "check") return out.put("oif");
  word(out, value, "result");
}

void socket(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"key", "level"});
  out.put("socket");
  word(out, value, "key");
  option(out, "level", value["level"]);
}

void fingerprint(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"key", "ttl"});
  out.put("osf");
  option(out, "ttl", value["ttl"]);
  word(out, value, "key");
}

void transform(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"key", "family", "dir", "spnum"});
  out.put("ipsec");
  word(out, value, "dir");
  if (value["spnum"].text() != "0") option(out, "spnum", value["spnum"]);
  if (value["family"]) word(out, value, "family");
  word(out, value, "key");
}

struct Row {
  std::string_view kind;
  void (*write)(JsonText& out, const JsonValue& value);
};
template <const char* kWords>
void named_header(JsonText& out, const JsonValue& value) {
  header(out, kWords, value);
}
constexpr char kExtension[] = "", kTcpOption[] = "tcp option", kIpOption[] = "ip option", kChunk[] = "sctp chunk";
constexpr Row kRows[] = {{"payload", payload},
                         {"meta", meta},
                         {"ct", connection},
                         {"exthdr", named_header<kExtension>},
                         {"tcp option", named_header<kTcpOption>},
                         {"ip option", named_header<kIpOption>},
                         {"sctp chunk", named_header<kChunk>},
                         {"rt", routing},
                         {"fib", fib},
                         {"numgen", generator},
                         {"socket", socket},
                         {"osf", fingerprint},
                         {"ipsec", transform}};

}  // namespace

bool put_field(JsonText& out, std::string_view kind, const JsonValue& value) {
  for (const Row& row : kRows) {
    if (row.kind != kind) continue;
    row.write(out, value);
    return true;
  }
  return false;
}

void put_modulus(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"mode", "mod", "offset", "expr", "seed"});
  out.put("mod");
  word(out, value, "mod");
  if (const JsonValue seed = value["seed"]) out.put("seed " + hexadecimal_text(seed, 1));
  if (value["offset"].text() != "0") option(out, "offset", value["offset"]);
}

std::string hexadecimal_text(const JsonValue& value, std::size_t width) {
  const std::string_view text = value.text();
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::string(text);
  std::array<char, 16> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  const std::string hexadecimal(digits.data(), written.ptr);
  return "0x" + std::string(width - std::min(width, hexadecimal.size()), '0') + hexadecimal;
}

static bool has_quoted_names(std::string_view kind, const JsonValue& field) {
  const std::string_view key = field["key"].text();
  if (kind == "meta")
    return is_one_of(key, {"iif", "oif", "iifname", "oifname", "ibrname", "obrname", "ibridgename", "obridgename",
                           "iifkind", "oifkind", "sdif", "sdifname", "time", "hour", "day"});
  if (kind == "fib") return field["result"].text().starts_with("oif");
  return kind == "osf" || (kind == "ct" && key == "helper");
}

ValueStyle style_of_field(const JsonValue& field) {
  constexpr std::size_t kDigitsOfMark = 8;
  JsonValue inner = field;
  // Of `meta mark & 0xff`, perhaps more of that, the field itself.
  for (auto only = inner.only_member(); only && only->value.is(Kind::kArray) && only->key.text() != "concat";
       only = inner.only_member()) {
    const std::vector<JsonValue> sides = only->value.items();
    if (sides.empty()) return {};
    inner = sides[0];
  }
  const auto only = inner.only_member();
  if (!only) return {};
  const std::string_view kind = only->key.text();
  const bool mark = (kind == "meta" || kind == "ct" || kind == "socket") && only->value["key"].text() == "mark";
  const bool raw = kind == "payload" && only->value["base"];
  return {has_quoted_names(kind, only->value), mark ? kDigitsOfMark : raw ? 1U : 0U};
}

ValueStyle style_of_type(std::string_view type) {
  return {is_one_of(type, {"ifname", "string", "iface_index", "time", "hour", "day"}), type == "mark" ? 8U : 0U};
}

}  // namespace nfproof::compiler::nft
