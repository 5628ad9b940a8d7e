// SPDX-License-Identifier: Apache-2.0
// Statements: see json_statement.h. One function for each that has more than a name.
#include "compiler/frontend/nft/json_statement.h"

#include <algorithm>

#include "compiler/frontend/nft/json_expression.h"
#include "compiler/frontend/nft/json_stateful.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = JsonValue::Kind;

/// One or several words.
std::vector<JsonValue> words_of(const JsonValue& value) {
  if (value.is(Kind::kString)) return {value};
  return value.items();
}

/// Words joined by commas.
void put_flags(JsonText& out, const JsonValue& value) {
  bool first = true;
  for (const JsonValue& flag : words_of(value)) {
    if (!first) out.join(",");
    first ? out.word(flag) : out.join_word(flag);
    first = false;
  }
}

bool is_operation(std::string_view key) { return key == "&" || key == "|" || key == "^" || key == "<<" || key == ">>"; }

/// Do values of the field name bits?
bool has_flags(const JsonValue& field) {
  const auto only = field.only_member();
  if (!only) return false;
  const std::string_view key = only->value["key"].text();
  if (only->key.text() == "ct") return key == "state" || key == "status" || key == "label" || key == "event";
  return only->key.text() == "payload" && only->value["field"].text() == "flags";
}

/// nft compares bits unless it is told that a value is meant: `ct state new`, `ct state == new`. In JSON, that is `in`.
std::string_view comparison(const JsonValue& left, const JsonValue& right, std::string_view op) {
  if (op == "in") return {};
  if (op != "==") return op;
  const auto side = left.only_member();
  const auto value = right.only_member();
  const bool set = (value && value->key.text() == "set") || right.text().starts_with('@');
  if (right.is(Kind::kTrue) || right.is(Kind::kFalse)) return {};
  const bool has_bits = !set && (right.is(Kind::kArray) || has_flags(left));
  return has_bits || (side && is_operation(side->key.text())) ? op : std::string_view();
}

void match(JsonText& out, const JsonValue& value) {
  static constexpr std::string_view kOperators[] = {"==", "!=", "<", ">", "<=", ">=", "in", "!"};
  out.only_known(value, {"left", "right", "op"});
  const std::string_view op = value["op"].text();
  if (std::find(std::begin(kOperators), std::end(kOperators), op) == std::end(kOperators))
    return value["op"] ? out.bad(value["op"]) : out.without(value, "op");
  if (!value["left"] || !value["right"]) return out.without(value, value["left"] ? "right" : "left");
  JsonExpressions expressions(out);
  expressions.expression(value["left"]);
  const JsonValue right = value["right"];
  if (op == "!=" && (right.is(Kind::kTrue) || right.is(Kind::kFalse)))
    return out.put(right.is(Kind::kTrue) ? "missing" : "exists");
  if (const std::string_view sign = comparison(value["left"], right, op); !sign.empty()) out.put(sign);
  expressions.compared(value["left"], right, op == "==");
}

void verdict_map(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"key", "data"});
  JsonExpressions expressions(out);
  expressions.expression(value["key"]);
  out.put("vmap");
  expressions.set(value["data"], value["key"]);
}

void mangle(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"key", "value"});
  JsonExpressions expressions(out);
  expressions.expression(value["key"]);
  out.put("set");
  const auto field = value["key"].only_member();
  const JsonValue to = value["value"];
  const bool is_class = field && field->value["key"].text() == "priority" && to.is(Kind::kString);
  if (is_class)
    out.word(to);  // `1:10`
  else
    expressions.assigned(value["key"], to);
}

/// `ct helper set "ftp"` and the like.
void assigned(JsonText& out, std::string_view what, const JsonValue& value) {
  out.put(what);
  out.put("set");
  if (value.is(Kind::kString))
    out.at(value), out.quoted(value.text());
  else
    JsonExpressions(out).expression(value);
}

void log(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"prefix", "group", "snaplen", "queue-threshold", "level", "flags"});
  out.put("log");
  if (const JsonValue prefix = value["prefix"]) {
    out.at(prefix);
    out.put("prefix");
    out.quoted(prefix.text());
  }
  for (const std::string_view key : {"group", "snaplen", "queue-threshold"}) {
    if (!value[key]) continue;
    out.put(key);
    out.number(value[key]);
  }
  if (const JsonValue level = value["level"]) {
    out.at(level);
    out.put("level");
    out.word(level);
  }
  for (const JsonValue& flag : words_of(value["flags"])) {
    out.at(flag);
    out.put("flags");
    out.word(flag);
  }
}

/// `[fe80::1]`: where a port follows, and addresses have colons.
void put_bracketed(JsonText& out, const JsonValue& address) {
  out.at(address);
  out.put("[");
  out.join_word(address);
  out.join("]");
}

bool has_colon(const JsonValue& value) {
  return value.is(Kind::kString) && value.text().find(':') != std::string::npos;
}

/// `10.0.0.1-10.0.0.9:80`
void put_target(JsonText& out, const JsonValue& address, const JsonValue& port) {
  const auto only = address.only_member();
  const std::vector<JsonValue> ends =
      only && only->key.text() == "range" ? only->value.items() : std::vector<JsonValue>();
  if (port && has_colon(address)) {
    put_bracketed(out, address);
  } else if (port && ends.size() == 2 && has_colon(ends[0]) && has_colon(ends[1])) {
    put_bracketed(out, ends[0]);
    out.put("-");
    put_bracketed(out, ends[1]);
  } else if (address) {
    JsonExpressions(out).expression(address);
  }
  if (!port) return;
  address ? out.join(":") : out.put(":");
  out.stick();
  JsonExpressions(out).expression(port);
}

void translation(JsonText& out, std::string_view kind, const JsonValue& value) {
  out.only_known(value, {"addr", "family", "port", "flags", "type_flags"});
  out.put(kind);
  if (const JsonValue family = value["family"]) out.word(family);
  const auto only = value["addr"].only_member();
  bool prefix = only && only->key.text() == "prefix";
  for (const JsonValue& flag : words_of(value["type_flags"])) prefix |= flag.text() == "prefix";
  if (prefix) out.put("prefix");
  if (value["addr"] || value["port"]) {
    out.put("to");
    put_target(out, value["addr"], value["port"]);
  }
  // `netmap` follows from the prefix.
  if (value["flags"].text() != "netmap") put_flags(out, value["flags"]);
}

void give_to_socket(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"addr", "family", "port"});
  out.put("tproxy");
  if (const JsonValue family = value["family"]) out.word(family);
  out.put("to");
  put_target(out, value["addr"], value["port"]);
}

void reject(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"type", "expr"});
  out.put("reject");
  const JsonValue type = value["type"];
  if (!type) return;
  out.at(type);
  out.put("with");
  out.word(type);
  if (const JsonValue answer = value["expr"]) out.word(answer);
}

void synproxy(JsonText& out, const JsonValue& value) {
  out.put("synproxy");
  if (value.is(Kind::kString)) {
    out.put("name");
    out.quoted(value.text());
    return;
  }
  out.only_known(value, {"mss", "wscale", "flags"});
  for (const std::string_view key : {"mss", "wscale"}) {
    if (!value[key]) continue;
    out.put(key);
    out.number(value[key]);
  }
  for (const JsonValue& flag : words_of(value["flags"])) out.word(flag);
}

void queue(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"num", "flags"});
  out.put("queue");
  if (value["flags"]) {
    out.put("flags");
    put_flags(out, value["flags"]);
  }
  if (!value["num"]) return;
  out.put("to");
  JsonExpressions(out).expression(value["num"]);
}

void duplicate(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"addr", "dev"});
  out.put("dup to");
  JsonExpressions(out).expression(value["addr"] ? value["addr"] : value["dev"]);
  if (!value["addr"] || !value["dev"]) return;
  out.put("device");
  out.quoted(value["dev"].text());
}

void forward(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"addr", "family", "dev"});
  out.put("fwd");
  if (value["family"]) out.word(value["family"]);
  out.put("to");
  JsonExpressions(out).expression(value["addr"] ? value["addr"] : value["dev"]);
  if (!value["addr"] || !value["dev"]) return;
  out.put("device");
  out.quoted(value["dev"].text());
}

void put_braced(JsonText& out, const JsonValue& key, const JsonValue& statements) {
  out.put("{");
  JsonExpressions(out).expression(key);
  const std::vector<JsonValue> all =
      statements.is(Kind::kObject) ? std::vector<JsonValue>{statements} : statements.items();
  for (const JsonValue& each : all) {
    const auto only = each.only_member();
    out.at(each);
    if (!only || !put_stateful(out, only->key.text(), only->value)) out.bad(each);
  }
}

/// `add @set { key timeout 60s limit rate ... : data }`
void set_update(JsonText& out, std::string_view target, const JsonValue& value) {
  out.only_known(value, {"op", "elem", "data", "set", "map", "stmt"});
  out.at(value["op"] ? value["op"] : value);
  value["op"] ? out.word(value["op"]) : out.put("add");
  const std::string_view name = value[target].text();
  if (!name.starts_with('@')) return value[target] ? out.bad(value[target]) : out.without(value, target);
  out.set_name(value[target], name.substr(1));
  put_braced(out, value["elem"], value["stmt"]);
  if (value["data"]) {
    out.put(":");
    JsonExpressions(out).expression(value["data"]);
  }
  out.put("}");
}

void meter(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"name", "key", "stmt", "size"});
  out.put("meter");
  out.name(value["name"]);
  if (value["size"]) {
    out.put("size");
    out.number(value["size"]);
  }
  put_braced(out, value["key"], value["stmt"]);
  out.put("}");
}

void flow(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"op", "flowtable"});
  out.put("flow add");
  const std::string_view name = value["flowtable"].text();
  if (!value["flowtable"]) return out.without(value, "flowtable");
  out.set_name(value["flowtable"], name.substr(name.starts_with('@') ? 1 : 0));
}

void compatible(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"type", "name"});
  // It matches every packet; what it says is not in the JSON.
  if (value["type"].text() == "match" && value["name"].text() == "comment") return;
  out.put("xt");
  value["type"] ? out.word(value["type"]) : out.put("target");
  out.quoted(value["name"] ? value["name"].text() : "unknown");
}

struct Row {
  std::string_view key;
  void (*write)(JsonText& out, std::string_view key, const JsonValue& value);
};

template <void (*kWrite)(JsonText&, const JsonValue&)>
void only(JsonText& out, std::string_view, const JsonValue& value) {
  kWrite(out, value);
}
void plain(JsonText& out, std::string_view key, const JsonValue&) { out.put(key); }
void jump(JsonText& out, std::string_view key, const JsonValue& value) {
  out.only_known(value, {"target"});
  out.put(key);
  value["target"] ? out.name(value["target"]) : out.without(value, "target");
}
void strip(JsonText& out, std::string_view key, const JsonValue& value) {
  out.put(key);
  JsonExpressions(out).expression(value);
}

constexpr Row kRows[] = {{"match", only<match>},
                         {"accept", plain},
                         {"drop", plain},
                         {"return", plain},
                         {"continue", plain},
                         {"jump", jump},
                         {"goto", jump},
                         {"vmap", only<verdict_map>},
                         {"mangle", only<mangle>},
                         {"log", only<log>},
                         {"reject", only<reject>},
                         {"snat", translation},
                         {"dnat", translation},
                         {"masquerade", translation},
                         {"redirect", translation},
                         {"notrack", plain},
                         {"set", set_update},
                         {"map", set_update},
                         {"meter", only<meter>},
                         {"queue", only<queue>},
                         {"dup", only<duplicate>},
                         {"fwd", only<forward>},
                         {"tproxy", only<give_to_socket>},
                         {"synproxy", only<synproxy>},
                         {"flow", only<flow>},
                         {"reset", strip},
                         {"ct helper", assigned},
                         {"ct timeout", assigned},
                         {"ct expectation", assigned},
                         {"xt", only<compatible>}};

}  // namespace

void put_statement(JsonText& out, const JsonValue& value) {
  out.at(value);
  const auto statement = value.only_member();
  if (!statement) return out.bad(value);
  const std::string_view kind = statement->key.text();
  if (put_stateful(out, kind, statement->value)) return;
  for (const Row& row : kRows)
    if (row.key == kind) return row.write(out, row.key, statement->value);
  out.bad(statement->key);
}

}  // namespace nfproof::compiler::nft
