// SPDX-License-Identifier: Apache-2.0
// Tables, chains, sets and objects: see json_objects.h. Each part of a block ends with a semicolon.
#include "compiler/frontend/nft/json_objects.h"

#include <algorithm>

#include "compiler/frontend/nft/json_expression.h"
#include "compiler/frontend/nft/json_stateful.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = JsonValue::Kind;

std::vector<JsonValue> one_or_several(const JsonValue& value) {
  if (value.is(Kind::kArray)) return value.items();
  return value ? std::vector<JsonValue>{value} : std::vector<JsonValue>();
}

void put_text(JsonText& out, std::string_view words, const JsonValue& value) {
  if (!value) return;
  out.at(value);
  out.put(words);
  out.word(value);
  out.put(";");
}

void put_seconds(JsonText& out, std::string_view words, const JsonValue& value) {
  if (!value) return;
  out.put(words);
  out.duration(value, 1000);
  out.join(";");
}

void put_comment(JsonText& out, const JsonValue& value) {
  if (!value["comment"]) return;
  out.at(value["comment"]);
  out.put("comment");
  out.quoted(value["comment"].text());
  out.put(";");
}

void put_list(JsonText& out, std::string_view words, const JsonValue& value) {
  bool first = true;
  for (const JsonValue& each : one_or_several(value)) {
    out.at(each);
    if (first)
      out.put(words);
    else
      out.join(",");
    out.word(each);
    first = false;
  }
  if (!first) out.put(";");
}

void table(JsonText& out, const JsonValue& value) {
  // nft 1.0.6 lists broken words there.
  for (const JsonValue& flag : one_or_several(value["flags"]))
    if (flag.text() != "dormant" && flag.text() != "owner" && flag.text() != "persist") out.bad(flag);
  put_list(out, "flags", value["flags"]);
  put_comment(out, value);
}

/// A number, in later versions perhaps a name.
void put_priority(JsonText& out, const JsonValue& value) {
  const JsonValue priority = value["prio"];
  out.put("priority");
  if (priority.is(Kind::kNumber))
    out.at(priority), out.put(priority.text());
  else
    priority ? out.word(priority) : out.put("0");
  out.put(";");
}

void chain(JsonText& out, const JsonValue& value) {
  if (value["hook"]) {
    out.at(value["type"] ? value["type"] : value);
    out.put("type");
    out.word(value["type"]);
    out.put("hook");
    out.at(value["hook"]);
    out.word(value["hook"]);
    const std::vector<JsonValue> devices = one_or_several(value["dev"]);
    for (const JsonValue& device : devices) out.put("device"), out.quoted(device.text());
    put_priority(out, value);
  }
  put_text(out, "policy", value["policy"]);
  put_comment(out, value);
}

/// `ipv4_addr . inet_service`, or what it is the type of.
bool put_types(JsonText& out, const JsonValue& value) {
  out.at(value);
  if (const auto of = value.only_member(); of && of->key.text() == "typeof") {
    out.put("typeof");
    JsonExpressions(out).expression(of->value);
    return true;
  }
  out.put("type");
  bool first = true;
  for (const JsonValue& each : one_or_several(value)) {
    if (!first) out.put(".");
    first = false;
    out.word(each);
  }
  return false;
}

void put_data_types(JsonText& out, const JsonValue& value) {
  if (!value) return;
  out.at(value);
  out.put(":");
  if (const auto of = value.only_member(); of && of->key.text() == "typeof")
    return JsonExpressions(out).expression(of->value);
  bool first = true;
  for (const JsonValue& each : one_or_several(value)) {
    if (!first) out.put(".");
    first = false;
    out.word(each);
  }
}

std::vector<ValueStyle> styles_of_types(const JsonValue& type) {
  std::vector<ValueStyle> parts;
  for (const JsonValue& each : one_or_several(type)) parts.push_back(style_of_type(each.text()));
  return parts;
}

void put_elements(JsonText& out, const JsonValue& elements, const std::vector<ValueStyle>& styles) {
  out.set_in_rule(true);
  JsonExpressions(out).elements(elements, styles);
  out.set_in_rule(false);
}

void set(JsonText& out, const JsonValue& value) {
  if (const JsonValue type = value["type"]) {
    put_types(out, type);
    put_data_types(out, value["map"]);
    out.put(";");
  }
  put_text(out, "policy", value["policy"]);
  put_list(out, "flags", value["flags"]);
  put_seconds(out, "timeout", value["timeout"]);
  put_seconds(out, "gc-interval", value["gc-interval"]);
  put_text(out, "size", value["size"]);
  if (value["auto-merge"].is(Kind::kTrue)) out.put("auto-merge;");
  for (const JsonValue& each : one_or_several(value["stmt"])) {
    const auto only = each.only_member();
    out.at(each);
    if (!only || !put_stateful(out, only->key.text(), only->value)) out.bad(each);
    out.put(";");
  }
  put_comment(out, value);
  const JsonValue elements = value["elem"];
  if (!elements || (elements.is(Kind::kArray) && elements.items().empty())) return;
  out.put("elements =");
  put_elements(out, elements, styles_of_types(value["type"]));
  out.put(";");
}

void flowtable(JsonText& out, const JsonValue& value) {
  if (const JsonValue hook = value["hook"]) {
    out.at(hook);
    out.put("hook");
    out.word(hook);
    put_priority(out, value);
  }
  const std::vector<JsonValue> devices = one_or_several(value["dev"]);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    out.at(devices[i]);
    out.put(i == 0 ? "devices = {" : ",");
    out.quoted(devices[i].text());
  }
  if (!devices.empty()) out.put("};");
  put_list(out, "flags", value["flags"]);
}

void counter(JsonText& out, const JsonValue& value) {
  if (!value["packets"] && !value["bytes"]) return;
  out.put("packets");
  value["packets"] ? out.number(value["packets"]) : out.put("0");
  out.put("bytes");
  value["bytes"] ? out.number(value["bytes"]) : out.put("0");
}

void quota(JsonText& out, const JsonValue& value) { put_amount(out, value, "bytes"); }

void helper(JsonText& out, const JsonValue& value) {
  out.put("type");
  out.quoted(value["type"].text());
  out.put("protocol");
  out.word(value["protocol"]);
  out.put(";");
  put_text(out, "l3proto", value["l3proto"]);
}

void timeout(JsonText& out, const JsonValue& value) {
  put_text(out, "protocol", value["protocol"]);
  put_text(out, "l3proto", value["l3proto"]);
  const std::vector<JsonValue::Member> states = value["policy"].members();
  for (std::size_t i = 0; i < states.size(); ++i) {
    out.at(states[i].key);
    out.put(i == 0 ? "policy = {" : ",");
    out.word(states[i].key);
    out.put(":");
    out.word(states[i].value);
  }
  if (!states.empty()) out.put("};");
}

void expectation(JsonText& out, const JsonValue& value) {
  for (const std::string_view key : {"protocol", "dport"}) put_text(out, key, value[key]);
  if (value["timeout"]) {
    out.put("timeout");
    out.duration(value["timeout"], 1);
    out.join(";");
  }
  for (const std::string_view key : {"size", "l3proto"}) put_text(out, key, value[key]);
}

void synproxy(JsonText& out, const JsonValue& value) {
  for (const std::string_view key : {"mss", "wscale"}) put_text(out, key, value[key]);
  for (const JsonValue& flag : one_or_several(value["flags"])) out.word(flag);
}

void secmark(JsonText& out, const JsonValue& value) { out.quoted(value["context"].text()); }

struct Row {
  std::string_view kind;
  void (*write)(JsonText& out, const JsonValue& value);  ///< what stands in its braces
  std::initializer_list<std::string_view> keys;          ///< beside those that all have
};
const Row kRows[] = {
    {"table", table, {"flags"}},
    {"chain", chain, {"newname", "type", "hook", "prio", "dev", "policy"}},
    {"set", set, {"type", "policy", "flags", "elem", "timeout", "gc-interval", "size", "stmt", "auto-merge"}},
    {"map", set, {"type", "map", "policy", "flags", "elem", "timeout", "gc-interval", "size", "stmt", "auto-merge"}},
    {"flowtable", flowtable, {"hook", "prio", "dev", "flags"}},
    {"counter", counter, {"packets", "bytes"}},
    {"quota", quota, {"bytes", "used", "inv"}},
    {"limit", put_rate, {"rate", "per", "burst", "rate_unit", "burst_unit", "unit", "inv"}},
    {"ct helper", helper, {"type", "protocol", "l3proto"}},
    {"ct timeout", timeout, {"protocol", "l3proto", "policy"}},
    {"ct expectation", expectation, {"protocol", "l3proto", "dport", "timeout", "size"}},
    {"synproxy", synproxy, {"mss", "wscale", "flags"}},
    {"secmark", secmark, {"context"}}};

/// What nothing is made of is told.
void tell_unknown(JsonText& out, const Row& row, const JsonValue& value) {
  for (const JsonValue::Member& each : value.members()) {
    const std::string_view key = each.key.text();
    if (key == "family" || key == "table" || key == "name" || key == "handle" || key == "comment") continue;
    if (std::find(row.keys.begin(), row.keys.end(), key) == row.keys.end()) out.bad(each.key);
  }
}

}  // namespace

bool is_json_object(std::string_view kind) {
  return kind == "rule" || kind == "element" || kind == "meter" ||
         std::any_of(std::begin(kRows), std::end(kRows), [kind](const Row& row) { return row.kind == kind; });
}

std::span<const std::string_view> json_names_of(std::string_view kind) {
  static constexpr std::string_view kOfTable[] = {"family", "name"};
  static constexpr std::string_view kOfRule[] = {"family", "table", "chain"};
  static constexpr std::string_view kOfObject[] = {"family", "table", "name"};
  if (kind == "table") return kOfTable;
  if (kind == "rule") return kOfRule;
  return kOfObject;
}

void put_json_names(JsonText& out, std::string_view kind, const JsonValue& value) {
  static constexpr std::string_view kFamilies[] = {"ip", "ip6", "inet", "arp", "bridge", "netdev"};
  for (const std::string_view key : json_names_of(kind)) {
    if (key != "family")
      out.name(value[key]);
    else if (std::find(std::begin(kFamilies), std::end(kFamilies), value[key].text()) == std::end(kFamilies))
      out.bad(value[key]);
    else
      out.word(value[key]);
  }
}

void put_json_object(JsonText& out, std::string_view kind, const JsonValue& value, bool made) {
  put_json_names(out, kind, value);
  if (kind == "element") return put_elements(out, value["elem"], {});
  if (!made) return;
  for (const Row& row : kRows) {
    if (row.kind != kind) continue;
    tell_unknown(out, row, value);
    out.put("{");
    row.write(out, value);
    out.at(value);
    out.put("}");
  }
}

}  // namespace nfproof::compiler::nft
