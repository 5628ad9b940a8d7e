// SPDX-License-Identifier: Apache-2.0
// JSON with the places of its values: what stands in the array `nftables` of a file, one command after the other, so
// that no more than one is kept.
//
// Entry: `read_json_commands`.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler::nft {

struct JsonNode {
  enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::uint32_t end = 0;  ///< the node behind this one and what is in it
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t end_column = 0;
  std::string_view text;  ///< of strings and numbers
};

/// A value and what is in it, depth first. In objects, each key is a node before its value.
struct JsonTree {
  std::vector<JsonNode> nodes;
  std::deque<std::string> decoded;  ///< strings that are not in the file as they are
};

/// A value of a tree, or none.
class JsonValue {
 public:
  using Kind = JsonNode::Kind;

  JsonValue() = default;
  JsonValue(const JsonTree& tree, std::size_t index) : tree_(&tree), index_(index) {}

  explicit operator bool() const { return tree_ != nullptr; }
  [[nodiscard]] bool is(Kind kind) const { return tree_ != nullptr && node().kind == kind; }
  [[nodiscard]] bool is_scalar() const { return is(Kind::kString) || is(Kind::kNumber); }
  [[nodiscard]] std::string_view text() const { return tree_ == nullptr ? std::string_view() : node().text; }
  [[nodiscard]] source::Span span(source::FileId file) const {
    return tree_ == nullptr ? source::Span{} : source::Span{file, node().line, node().column, node().end_column};
  }

  /// The value of a key of an object, as in nft the last one; none when it is not there, or null.
  [[nodiscard]] JsonValue operator[](std::string_view key) const {
    JsonValue found;
    if (!is(Kind::kObject)) return found;
    for (std::size_t i = index_ + 1; i < node().end; i = tree_->nodes[i + 1].end)
      if (tree_->nodes[i].text == key) found = JsonValue(*tree_, i + 1);
    return found.is(Kind::kNull) ? JsonValue() : found;
  }
  [[nodiscard]] std::vector<JsonValue> items() const {
    std::vector<JsonValue> all;
    if (!is(Kind::kArray)) return all;
    for (std::size_t i = index_ + 1; i < node().end; i = tree_->nodes[i].end) all.emplace_back(*tree_, i);
    return all;
  }
  struct Member;
  [[nodiscard]] std::vector<Member> members() const;
  /// Of an object with one member.
  [[nodiscard]] std::optional<Member> only_member() const;

 private:
  [[nodiscard]] const JsonNode& node() const { return tree_->nodes[index_]; }

  const JsonTree* tree_ = nullptr;
  std::size_t index_ = 0;
};

struct JsonValue::Member {
  JsonValue key;
  JsonValue value;
};

inline std::vector<JsonValue::Member> JsonValue::members() const {
  std::vector<Member> all;
  if (!is(Kind::kObject)) return all;
  for (std::size_t i = index_ + 1; i < node().end; i = tree_->nodes[i + 1].end)
    all.push_back({{*tree_, i}, {*tree_, i + 1}});
  return all;
}

inline std::optional<JsonValue::Member> JsonValue::only_member() const {
  if (!is(Kind::kObject) || node().end == index_ + 1 || tree_->nodes[index_ + 2].end != node().end) return std::nullopt;
  return Member{{*tree_, index_ + 1}, {*tree_, index_ + 2}};
}

/// Is this JSON with the key `nftables`, by its beginning?
[[nodiscard]] bool is_nft_json(std::string_view text);
/// Does it begin as JSON does? No text of nft does so.
[[nodiscard]] bool begins_as_json(std::string_view text);

/// Calls `command` for each. What is wrong is told with its place.
void read_json_commands(const source::SourceFile& file, source::FileId id, source::Diagnostics& diagnostics,
                        const std::function<void(const JsonValue&)>& command);

}  // namespace nfproof::compiler::nft
