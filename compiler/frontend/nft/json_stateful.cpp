// SPDX-License-Identifier: Apache-2.0
// Counters, limits, quotas: see json_stateful.h.
#include "compiler/frontend/nft/json_stateful.h"

#include "compiler/frontend/nft/json_expression.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = JsonValue::Kind;

void put_over(JsonText& out, const JsonValue& inverted) {
  if (inverted.is(Kind::kTrue)) return out.put("over");
  if (inverted && !inverted.is(Kind::kFalse)) out.bad(inverted);
}

/// A declared one, perhaps by a map of them, or one of its own.
bool put_name(JsonText& out, const JsonValue& value) {
  const auto computed = value.only_member();
  const bool by_map = computed && computed->key.text() == "map";
  if (!value.is(Kind::kString) && !by_map) return false;
  out.at(value);
  out.put("name");
  if (by_map)
    JsonExpressions(out).expression(value);
  else
    out.quoted(value.text());
  return true;
}

void counter(JsonText& out, const JsonValue& value) {
  out.put("counter");
  if (put_name(out, value) || !value.is(Kind::kObject)) return;
  out.only_known(value, {"packets", "bytes"});
  if (!value["packets"] && !value["bytes"]) return;
  out.put("packets");
  value["packets"] ? out.number(value["packets"]) : out.put("0");
  out.put("bytes");
  value["bytes"] ? out.number(value["bytes"]) : out.put("0");
}

void limit(JsonText& out, const JsonValue& value) {
  out.put("limit");
  if (put_name(out, value)) return;
  out.only_known(value, {"rate", "rate_unit", "per", "burst", "burst_unit", "inv"});
  put_rate(out, value);
}

void quota(JsonText& out, const JsonValue& value) {
  out.put("quota");
  if (put_name(out, value)) return;
  out.only_known(value, {"val", "val_unit", "used", "used_unit", "inv"});
  put_amount(out, value, "val");
}

void connections(JsonText& out, const JsonValue& value) {
  out.only_known(value, {"val", "inv"});
  out.put("ct count");
  put_over(out, value["inv"]);
  value["val"] ? out.number(value["val"]) : out.without(value, "val");
}

void last(JsonText& out, const JsonValue& value) {
  out.put("last");
  if (!value["used"]) return;
  out.put("used");
  out.duration(value["used"], 1);
}

std::string_view unit_of(const JsonValue& value, std::string_view otherwise) {
  return value.is(Kind::kString) ? value.text() : otherwise;
}

}  // namespace

void put_rate(JsonText& out, const JsonValue& value) {
  out.put("rate");
  put_over(out, value["inv"]);
  value["rate"] ? out.number(value["rate"]) : out.without(value, "rate");
  const std::string_view per = unit_of(value["per"], "second");
  const std::string_view unit = unit_of(value["rate_unit"], unit_of(value["unit"], "packets"));
  if (unit != "packets") out.put(unit);
  out.join("/");
  out.join(per);
  const JsonValue burst = value["burst"];
  // The default is five packets, in JSON also as none, or no bytes.
  if (!burst || burst.text() == "0" || (unit == "packets" && burst.text() == "5")) return;
  out.put("burst");
  out.number(burst);
  out.put(unit == "packets" ? "packets" : unit_of(value["burst_unit"], unit_of(value["unit"], "bytes")));
}

void put_amount(JsonText& out, const JsonValue& value, std::string_view amount) {
  put_over(out, value["inv"]);
  value[amount] ? out.number(value[amount]) : out.without(value, amount);
  out.put(unit_of(value["val_unit"], "bytes"));
  if (!value["used"] || value["used"].text() == "0") return;
  out.put("used");
  out.number(value["used"]);
  out.put(unit_of(value["used_unit"], "bytes"));
}

bool put_stateful(JsonText& out, std::string_view kind, const JsonValue& value) {
  struct Row {
    std::string_view kind;
    void (*write)(JsonText& out, const JsonValue& value);
  };
  static constexpr Row kRows[] = {
      {"counter", counter}, {"limit", limit}, {"quota", quota}, {"ct count", connections}, {"last", last}};
  for (const Row& row : kRows) {
    if (row.kind != kind) continue;
    row.write(out, value);
    return true;
  }
  return false;
}

}  // namespace nfproof::compiler::nft
