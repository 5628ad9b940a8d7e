// SPDX-License-Identifier: Apache-2.0
// Words and their places: see json_text.h.
#include "compiler/frontend/nft/json_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace nfproof::compiler::nft {
namespace {

/// Stands for a word that no token can be; nothing in the syntax of nft has it outside of quotes.
constexpr char kOdd = '?';

constexpr std::uint64_t kLongest = std::uint64_t{1} << 50;  ///< in milliseconds

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '/' || c == '-';
}

bool is_name(std::string_view word) {
  return !word.empty() && word.front() != '-' && word.front() != '.' && word.front() != '/' &&
         std::all_of(word.begin(), word.end(), is_name_character);
}

bool is_address(std::string_view word) {
  const bool characters = std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
  });
  const auto colons = std::count(word.begin(), word.end(), ':');
  return characters && colons != 1 && (colons > 1 || (word.front() >= '0' && word.front() <= '9'));
}

bool can_be_quoted(std::string_view word) { return word.find_first_of("\"\r\n") == std::string_view::npos; }

}  // namespace

void JsonText::at(const JsonValue& value) {
  const source::Span span = value.span(file_);
  if (!span.is_known()) return;
  here_ = span;
  if (whole_at_ == text_.size()) return;
  if (!places_.empty() && places_.back().first == text_.size())
    places_.back().second = span;
  else
    places_.emplace_back(text_.size(), span);
}

void JsonText::at_whole(const JsonValue& value) {
  at(value);
  whole_at_ = text_.size();
}

void JsonText::put(std::string_view words) {
  blank();
  text_ += words;
}

void JsonText::number(const JsonValue& value) {
  if (!value.is(JsonValue::Kind::kNumber)) return bad(value);
  word(value);
}

void JsonText::duration(const JsonValue& value, std::uint64_t unit) {
  struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
  };
  static constexpr Unit kUnits[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
  std::uint64_t rest = 0;
  const std::string_view text = value.text();
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), rest);
  if (!value.is(JsonValue::Kind::kNumber) || failure != std::errc() || end != text.data() + text.size() ||
      rest > kLongest / unit)
    return bad(value);
  rest *= unit;
  std::string written = rest == 0 ? "0s" : "";
  for (const Unit& each : kUnits) {
    if (rest / each.milliseconds != 0) written += std::to_string(rest / each.milliseconds) + std::string(each.name);
    rest %= each.milliseconds;
  }
  at(value);
  put(written);
}

void JsonText::word(const JsonValue& value) { put_scalar(value, false); }

void JsonText::join_word(const JsonValue& value) { put_scalar(value, true); }

void JsonText::put_scalar(const JsonValue& value, bool joined) {
  // Whatever else could end the statement that it stands in.
  const auto harmless = [](char c) { return is_name_character(c) || c == ' ' || c == ':' || c == '*' || c == '+'; };
  const std::string_view text = value.text();
  if (!value.is_scalar() || text.empty() || !std::all_of(text.begin(), text.end(), harmless)) return bad(value);
  at(value);
  if (!joined) blank();
  // nft 1.0.6 writes some numbers of 32 bits as if they had a sign.
  std::int64_t number = 0;
  if (value.is(JsonValue::Kind::kNumber) && text.starts_with('-') &&
      std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc() && number >= INT32_MIN)
    text_ += std::to_string(number + (std::int64_t{1} << 32));
  else
    text_ += text;
}

void JsonText::odd_word(std::string_view word) {
  odd_words_.emplace_back(text_.size(), &store_.words.emplace_back(word));
  text_ += kOdd;
}

void JsonText::quoted(std::string_view words) {
  blank();
  text_ += '"';
  if (can_be_quoted(words))
    text_ += words;
  else
    odd_word(words);
  text_ += '"';
}

void JsonText::name(const JsonValue& value) {
  at(value);
  if (!value.is(JsonValue::Kind::kString) || value.text().empty()) return bad(value);
  const bool answer = value.text() == "exists" || value.text() == "missing";
  if (!answer && is_name(value.text()) && is_one_word(value.text()))
    put(value.text());
  else
    quoted(value.text());
}

void JsonText::set_name(const JsonValue& value, std::string_view name) {
  at(value);
  if (!is_name(name)) return bad(value);
  put("@");
  join(name);
}

bool JsonText::is_one_word(std::string_view word) {
  if (const auto known = known_words_.find(word); known != known_words_.end()) return known->second;
  bool one = false;
  if (can_be_quoted(word) && !word.empty()) {
    const source::SourceFile alone({}, std::string(word));
    const Tokens tokens = read_tokens(alone, file_);
    one = tokens.size() == 2 && tokens[0].kind == TokenKind::kWord && tokens[0].text == word &&
          parser_.value({tokens.data(), 1}).has_value();
  }
  known_words_.emplace(word, one);
  return one;
}

void JsonText::constant(std::string_view word) {
  // nft 1.0.6 lists that behind ports of connections.
  constexpr std::string_view kInvalid = " [invalid type]";
  if (word.ends_with(kInvalid)) word.remove_suffix(kInvalid.size());
  if (!word.empty() && (is_address(word) || is_one_word(word)))
    put(word);
  else
    quoted(word);
}

void JsonText::bad(const JsonValue& value) {
  const auto first = value.members();
  if (value.is(JsonValue::Kind::kObject))
    unexpected(value, first.empty() ? "{}" : "{ \"" + std::string(first.front().key.text()) + "\": ... }");
  else if (value.is(JsonValue::Kind::kArray))
    unexpected(value, "[ ... ]");
  else if (value.is(JsonValue::Kind::kTrue) || value.is(JsonValue::Kind::kFalse))
    unexpected(value, value.is(JsonValue::Kind::kTrue) ? "true" : "false");
  else
    unexpected(value, value.is_scalar() ? std::string(value.text()) : "null");
}

void JsonText::without(const JsonValue& object, std::string_view key) {
  if (!object.is(JsonValue::Kind::kObject)) return bad(object);
  unexpected(object, "{ ... } without \"" + std::string(key) + '"');
}

void JsonText::unexpected(const JsonValue& value, const std::string& what) {
  whole_at_ = std::string::npos;
  at(value);
  if (!in_rule_) {
    diagnostics_.error("bad-nft", here_, "unexpected `" + what.substr(0, 40) + '`');
    return;
  }
  text_ += ' ';
  odd_word(what.empty() ? "\"\"" : what);
}

void JsonText::only_known(const JsonValue& object, std::initializer_list<std::string_view> keys) {
  for (const auto& [key, value] : object.members())
    if (std::find(keys.begin(), keys.end(), key.text()) == keys.end()) bad(key);
}

Tokens JsonText::take() {
  const source::SourceFile& made = store_.made.emplace_back(std::string(), std::move(text_));
  text_.clear();
  const char* const begin = made.text().data();
  Tokens tokens = read_tokens(made, file_);
  std::size_t place = 0, odd = 0;
  source::Span span;
  for (Token& token : tokens) {
    const auto offset = static_cast<std::size_t>(token.text.data() - begin);
    for (; place < places_.size() && places_[place].first <= offset; ++place) span = places_[place].second;
    token.span = span;
    if (odd < odd_words_.size() && odd_words_[odd].first == offset) token.text = *odd_words_[odd++].second;
  }
  places_.clear();
  whole_at_ = stuck_at_ = std::string::npos;
  odd_words_.clear();
  return tokens;
}

}  // namespace nfproof::compiler::nft
