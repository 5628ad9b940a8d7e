// SPDX-License-Identifier: Apache-2.0
// Expressions: see json_expression.h. Recursion is bounded by the nesting that the tree accepts.
#include "compiler/frontend/nft/json_expression.h"

#include <algorithm>

#include "compiler/frontend/nft/json_field.h"
#include "compiler/frontend/nft/json_stateful.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = JsonValue::Kind;

/// How tightly an operator holds its sides.
int strength(std::string_view op) {
  if (op == "|") return 1;
  if (op == "^") return 2;
  if (op == "&") return 3;
  return op == "<<" || op == ">>" ? 4 : 0;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// `08:00`, `1:2`: words that could be the two sides of a map.
bool is_class(std::string_view word) {
  const std::size_t colon = word.find(':');
  const auto hexadecimal = [](std::string_view digits) {
    return !digits.empty() && digits.size() < 5 &&
           digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  };
  return colon != std::string_view::npos && hexadecimal(word.substr(0, colon)) && hexadecimal(word.substr(colon + 1));
}

/// Between two days nft lists numbers, in JSON names.
int day_number(std::string_view name) {
  static constexpr std::string_view kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
  const auto* const found = std::find(std::begin(kDays), std::end(kDays), name);
  return found == std::end(kDays) ? -1 : static_cast<int>(found - std::begin(kDays));
}

}  // namespace

struct JsonExpressions::Row {
  std::string_view key;
  void (*write)(JsonExpressions& self, std::string_view key, const JsonValue& value);
};

const std::vector<JsonExpressions::Row>& JsonExpressions::rows() {
  using Self = JsonExpressions;
  using Name = std::string_view;
  static const std::vector<Row> kRows = {
      {"prefix", [](Self& self, Name, const JsonValue& value) { self.prefix(value); }},
      {"range", [](Self& self, Name, const JsonValue& value) { self.range(value); }},
      {"set", [](Self& self, Name, const JsonValue& value) { self.anonymous_set(value); }},
      {"concat", [](Self& self, Name, const JsonValue& value) { self.concat(value); }},
      {"elem", [](Self& self, Name, const JsonValue& value) { self.element_object(value); }},
      {"map", [](Self& self, Name, const JsonValue& value) { self.map(value); }},
      {"jhash", [](Self& self, Name key, const JsonValue& value) { self.hash(key, value); }},
      {"symhash", [](Self& self, Name key, const JsonValue& value) { self.hash(key, value); }},
      {"|", [](Self& self, Name key, const JsonValue& value) { self.operation(key, value); }},
      {"&", [](Self& self, Name key, const JsonValue& value) { self.operation(key, value); }},
      {"^", [](Self& self, Name key, const JsonValue& value) { self.operation(key, value); }},
      {"<<", [](Self& self, Name key, const JsonValue& value) { self.operation(key, value); }},
      {">>", [](Self& self, Name key, const JsonValue& value) { self.operation(key, value); }},
  };
  return kRows;
}

std::vector<ValueStyle> JsonExpressions::styles_of(const JsonValue& key) {
  const auto only = key.only_member();
  if (!only || only->key.text() != "concat") return {style_of_field(key)};
  std::vector<ValueStyle> parts;
  for (const JsonValue& part : only->value.items()) parts.push_back(style_of_field(part));
  return parts;
}

void JsonExpressions::expression(const JsonValue& value) { object(value); }

void JsonExpressions::assigned(const JsonValue& field, const JsonValue& value) {
  data_ = style_of_field(field);
  styled({data_}, [&] { object(value); });
  data_ = {};
}

void JsonExpressions::object(const JsonValue& value) {
  if (value.is(Kind::kArray)) return list(value, " |");
  if (!value.is(Kind::kObject)) return constant(value);
  out_.at(value);
  const auto only = value.only_member();
  if (!only) return out_.bad(value);
  if (put_field(out_, only->key.text(), only->value)) return;
  for (const Row& row : rows())
    if (row.key == only->key.text()) return row.write(*this, row.key, only->value);
  out_.bad(only->key);
}

void JsonExpressions::constant(const JsonValue& value) {
  out_.at(value);
  if (value.is(Kind::kNumber))
    return out_.put(style().digits != 0 ? hexadecimal_text(value, style().digits) : std::string(value.text()));
  if (value.is(Kind::kTrue)) return out_.put("exists");
  if (value.is(Kind::kFalse)) return out_.put("missing");
  if (!value.is(Kind::kString)) return out_.bad(value);
  const std::string_view text = value.text();
  if (text.starts_with('@')) return out_.set_name(value, text.substr(1));
  if (style().quoted) return out_.quoted(text);
  out_.constant(text);
}

void JsonExpressions::list(const JsonValue& value, std::string_view between) {
  const std::vector<JsonValue> items = value.items();
  if (items.empty()) return out_.bad(value);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out_.join(between);
    if (i != 0 && between == ",") out_.stick();
    object(items[i]);
  }
}

void JsonExpressions::compared(const JsonValue& left, const JsonValue& right, bool flags_or) {
  styled(styles_of(left), [&] { right.is(Kind::kArray) ? list(right, flags_or ? " |" : ",") : object(right); });
}

void JsonExpressions::set(const JsonValue& value, const JsonValue& key) {
  out_.at(value);
  const auto only = value.only_member();
  if (only && only->key.text() == "set")
    styled(styles_of(key), [&] { anonymous_set(only->value); });
  else if (value.is(Kind::kString) && value.text().starts_with('@'))
    constant(value);
  else
    out_.bad(value);
}

void JsonExpressions::elements(const JsonValue& value, const std::vector<ValueStyle>& styles) {
  out_.at(value);
  styled(styles, [&] { anonymous_set(value); });
}

void JsonExpressions::anonymous_set(const JsonValue& value) {
  for (ValueStyle& each : styles_)
    if (!each.is_mark()) each.digits = 0;  // numbers beside raw bytes are decimal in sets
  out_.put("{");
  if (value.is(Kind::kArray)) {
    bool first = true;
    for (const JsonValue& each : value.items()) {
      if (!first) out_.join(",");
      first = false;
      element(each);
    }
  } else {
    element(value);
  }
  out_.put("}");
}

/// A key, or a key and what it maps to.
void JsonExpressions::element(const JsonValue& value) {
  out_.at(value);
  const std::vector<JsonValue> sides = value.items();
  if (!value.is(Kind::kArray)) return object(value);
  if (sides.size() != 2) return out_.bad(value);
  object(sides[0]);
  out_.put(":");
  const auto only = sides[1].only_member();
  if (only && is_one_of(only->key.text(), {"accept", "drop", "continue", "return", "jump", "goto", "queue"}))
    verdict(sides[1]);
  else if (sides[1].is(Kind::kString) && is_class(sides[1].text()))
    out_.at(sides[1]), out_.put(sides[1].text());
  else
    styled({data_}, [&] { object(sides[1]); });
}

void JsonExpressions::verdict(const JsonValue& value) {
  out_.at(value);
  const auto only = value.only_member();
  if (!only) return out_.bad(value);
  out_.word(only->key);
  if (only->key.text() == "jump" || only->key.text() == "goto") {
    out_.only_known(only->value, {"target"});
    out_.name(only->value["target"] ? only->value["target"] : value);
  }
}

void JsonExpressions::concat(const JsonValue& value) {
  const std::vector<JsonValue> parts = value.items();
  if (parts.empty()) return out_.bad(value);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) out_.put(".");
    part_ = i;
    object(parts[i]);
  }
  part_ = 0;
}

void JsonExpressions::map(const JsonValue& value) {
  out_.only_known(value, {"key", "data"});
  styled({}, [&] { object(value["key"]); });
  out_.put("map");
  set(value["data"], value["key"]);
}

void JsonExpressions::prefix(const JsonValue& value) {
  out_.only_known(value, {"addr", "len"});
  if (!value["addr"].is_scalar() || !value["len"].is(Kind::kNumber)) return out_.bad(value);
  out_.at(value);
  constant(value["addr"]);
  out_.join("/");
  out_.join(value["len"].text());
}

void JsonExpressions::range(const JsonValue& value) {
  const std::vector<JsonValue> ends = value.items();
  if (ends.size() != 2) return out_.bad(value);
  if (const int first = day_number(ends[0].text()), last = day_number(ends[1].text()); first >= 0 && last >= 0)
    return out_.at(value), out_.put(std::to_string(first) + '-' + std::to_string(last));
  const auto plain = [](const JsonValue& end) {
    return end.is_scalar() && end.text().find_first_not_of("0123456789abcdefABCDEF.:x") == std::string_view::npos &&
           !is_class(end.text());
  };
  if (style().digits == 0 && plain(ends[0]) && plain(ends[1])) {
    out_.at(value);
    out_.put(ends[0].text());
    out_.join("-");
    out_.join(ends[1].text());
    return;
  }
  object(ends[0]);
  // Words hold hyphens, texts in quotes and numbers do not.
  if (!style().quoted && style().digits == 0) return out_.put("-"), object(ends[1]);
  out_.join("-");
  out_.stick();
  object(ends[1]);
}

void JsonExpressions::hash(std::string_view name, const JsonValue& value) {
  out_.put(name);
  if (value["expr"]) styled({}, [&] { object(value["expr"]); });
  put_modulus(out_, value);
}

/// The left side may stand as it is, unless the outer operator would take a part of it.
void JsonExpressions::operand(const JsonValue& value, std::string_view outer) {
  const auto only = value.only_member();
  const bool several = value.is(Kind::kArray) && value.items().size() > 1;
  const int inner = several ? 1 : only ? strength(only->key.text()) : 0;
  const bool apart = inner != 0 && (outer.empty() || inner < strength(outer));
  if (apart) out_.put("("), out_.stick();
  object(value);
  if (apart) out_.join(")");
}

void JsonExpressions::operation(std::string_view op, const JsonValue& value) {
  const std::vector<JsonValue> sides = value.items();
  if (sides.size() < 2) return out_.bad(value);
  const auto write = [&] {
    operand(sides[0], op);
    for (std::size_t i = 1; i < sides.size(); ++i) {
      out_.put(op);
      operand(sides[i], {});
    }
  };
  const ValueStyle left = style_of_field(sides[0]);
  left.digits == 0 ? write() : styled({left}, write);
}

void JsonExpressions::element_object(const JsonValue& value) {
  object(value["val"]);
  element_options(value);
}

void JsonExpressions::element_options(const JsonValue& element) {
  for (const auto& [key, value] : element.members()) {
    out_.at(key);
    if (key.text() == "val" || put_stateful(out_, key.text(), value)) continue;
    if (key.text() == "comment") {
      out_.put("comment");
      out_.quoted(value.text());
    } else if (key.text() == "timeout" || key.text() == "expires") {
      out_.word(key);
      out_.duration(value, 1000);
    } else {
      out_.bad(key);
    }
  }
}

}  // namespace nfproof::compiler::nft
