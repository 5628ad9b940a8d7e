// SPDX-License-Identifier: Apache-2.0
// Trees of JSON: see json_tree.h. The parser tells what it reads, in order; where that stands is found by going through
// the text beside it.
#include "compiler/frontend/nft/json_tree.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace nfproof::compiler::nft {
namespace {

using Json = nlohmann::json;
using Kind = JsonNode::Kind;

/// Deeper than any rule gets; what walks the trees may recurse.
constexpr std::size_t kMaxNesting = 60;
constexpr std::string_view kExpected = "expected `{ \"nftables\": [ ... ] }`";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// The tokens of the text, one after the other.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  /// The next one, without commas and colons.
  std::string_view next() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n')
        ++line_, line_start_ = at_ + 1;
      else if (c != ' ' && c != '\t' && c != '\r' && c != ',' && c != ':')
        break;
    }
    begin_ = at_;
    if (at_ == text_.size()) return {};
    const char first = text_[at_++];
    if (first == '"') {
      while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
      at_ = std::min(at_ + 1, text_.size());
    } else if (std::string_view("{}[]").find(first) == std::string_view::npos) {
      while (at_ < text_.size() && std::string_view(" \t\r\n,:{}[]\"").find(text_[at_]) == std::string_view::npos)
        ++at_;
    }
    return text_.substr(begin_, at_ - begin_);
  }
  [[nodiscard]] std::uint32_t line() const { return line_; }
  [[nodiscard]] std::uint32_t column() const { return static_cast<std::uint32_t>(begin_ - line_start_ + 1); }
  [[nodiscard]] std::uint32_t end_column() const { return static_cast<std::uint32_t>(at_ - line_start_ + 1); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
};

/// What the parser calls. A function that returns false ends the reading.
class Builder {
 public:
  Builder(const source::SourceFile& file, source::FileId id, source::Diagnostics& diagnostics,
          const std::function<void(const JsonValue&)>& command)
      : file_(file), id_(id), diagnostics_(diagnostics), command_(command), places_(file.text()) {}

  bool null() { return scalar(Kind::kNull); }
  bool boolean(bool value) { return scalar(value ? Kind::kTrue : Kind::kFalse); }
  bool number_integer(Json::number_integer_t) { return scalar(Kind::kNumber); }
  bool number_unsigned(Json::number_unsigned_t) { return scalar(Kind::kNumber); }
  bool number_float(Json::number_float_t, const std::string&) { return scalar(Kind::kNumber); }
  bool binary(Json::binary_t&) { return true; }  // JSON text has none
  bool string(std::string& value) { return text(value), closed(); }
  bool key(std::string& value) {
    text(value);
    if (open_.size() == 1) {
      wanted_ = value == "nftables";
      found_ = found_ || wanted_;
      tree_.nodes.clear();
      if (!wanted_) diagnostics_.warning("bad-nft", here(), "`" + value.substr(0, 40) + "` is not known and not read");
    }
    return true;
  }
  bool start_object(std::size_t) { return open(Kind::kObject); }
  bool start_array(std::size_t) { return open(Kind::kArray); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  /// `position`: how many bytes were read; one more than there are at the end.
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    const std::string_view text = file_.text();
    const bool complete = position <= text.size();
    const std::string_view before =
        text.substr(0, complete ? position - std::min<std::size_t>(position, 1) : text.size());
    const std::size_t newline = before.rfind('\n');
    const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
    const auto column =
        static_cast<std::uint32_t>(before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1);
    error({id_, line, column, column + 1},
          complete ? "this is not JSON: unexpected `" + std::string(text.substr(before.size(), 1)) + '`'
                   : "this JSON is not complete");
    return false;
  }

  void finish(bool whole) {
    if (whole && !found_) error({id_, 1, 1, 2}, std::string(kExpected));
  }

 private:
  [[nodiscard]] source::Span here() const { return {id_, places_.line(), places_.column(), places_.end_column()}; }
  void error(const source::Span& where, std::string message) {
    diagnostics_.error("bad-nft", where, std::move(message));
  }

  JsonNode& add(Kind kind) {
    JsonNode& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.line = places_.line(), node.column = places_.column(), node.end_column = places_.end_column();
    node.end = static_cast<std::uint32_t>(tree_.nodes.size());
    return node;
  }

  bool scalar(Kind kind) {
    const std::string_view token = places_.next();
    JsonNode& node = add(kind);
    if (kind == Kind::kNumber) node.text = token;
    return closed();
  }
  void text(const std::string& value) {
    const std::string_view token = places_.next();
    if (value.find('\0') != std::string::npos) error(here(), "this text holds a character of the number 0");
    JsonNode& node = add(Kind::kString);
    const bool as_it_is = token.size() == value.size() + 2 && token.find('\\') == std::string_view::npos;
    node.text = as_it_is ? token.substr(1, value.size()) : std::string_view(tree_.decoded.emplace_back(value));
  }

  bool open(Kind kind) {
    places_.next();
    if (open_.size() >= kMaxNesting) return error(here(), "this nests too deeply"), false;
    if (open_.empty() && kind != Kind::kObject) return error(here(), std::string(kExpected)), false;
    if (open_.size() == 1 && wanted_) {
      if (kind == Kind::kArray) in_list_ = true;
      if (kind != Kind::kArray) error(here(), "expected an array behind `nftables`"), wanted_ = false;
    }
    add(kind);
    open_.push_back(tree_.nodes.size() - 1);
    if (open_.size() == 2 && in_list_) tree_.nodes.clear();  // the array of commands itself is not kept
    return true;
  }
  bool close() {
    places_.next();
    if (open_.empty()) return true;
    const std::size_t index = open_.back();
    open_.pop_back();
    if (open_.size() == 1) {
      in_list_ = false, wanted_ = false;
      tree_.nodes.clear();
    } else if (!open_.empty()) {
      JsonNode& node = tree_.nodes[index];
      node.end = static_cast<std::uint32_t>(tree_.nodes.size());
      if (node.line == places_.line()) node.end_column = places_.end_column();
    }
    return closed();
  }
  /// A value has ended: is it a command?
  bool closed() {
    if (open_.size() == 1 && wanted_ && !in_list_) error(here(), "expected an array behind `nftables`");
    if (open_.size() == 1) wanted_ = false;
    if (open_.size() > 2 || tree_.nodes.empty()) return true;
    if (open_.size() == 2 && in_list_) command_(JsonValue(tree_, 0));
    tree_.nodes.clear();
    tree_.decoded.clear();
    return true;
  }

  const source::SourceFile& file_;
  source::FileId id_;
  source::Diagnostics& diagnostics_;
  const std::function<void(const JsonValue&)>& command_;
  Places places_;
  JsonTree tree_;
  std::vector<std::size_t> open_;  ///< arrays and objects that have begun
  bool wanted_ = false;            ///< is the value that of `nftables`?
  bool in_list_ = false;
  bool found_ = false;
};

}  // namespace

bool is_nft_json(std::string_view text) {
  return trimmed(text).starts_with('{') && text.find("\"nftables\"") != std::string_view::npos;
}

bool begins_as_json(std::string_view text) {
  const std::string_view begin = trimmed(text).substr(0, 1);
  return begin == "{" || begin == "[";
}

void read_json_commands(const source::SourceFile& file, source::FileId id, source::Diagnostics& diagnostics,
                        const std::function<void(const JsonValue&)>& command) {
  Builder builder(file, id, diagnostics, command);
  const std::string_view text = file.text();
  builder.finish(Json::sax_parse(text.begin(), text.end(), &builder));
}

}  // namespace nfproof::compiler::nft
