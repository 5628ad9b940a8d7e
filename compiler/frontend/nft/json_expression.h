// SPDX-License-Identifier: Apache-2.0
// Expressions of libnftables-json(5) as text of nft.
#pragma once

#include <utility>
#include <vector>

#include "compiler/frontend/nft/json_field.h"
#include "compiler/frontend/nft/json_text.h"

namespace nfproof::compiler::nft {

class JsonExpressions {
 public:
  explicit JsonExpressions(JsonText& out) : out_(out) {}

  /// What is looked at, or what a statement takes: a field, a constant, what is computed of them, a map.
  void expression(const JsonValue& value);
  /// What `left` is compared with. Lists are joined by commas or by `|`.
  void compared(const JsonValue& left, const JsonValue& right, bool flags_or);
  /// An anonymous set, `@NAME`, or what stands alone in place of them.
  void set(const JsonValue& value, const JsonValue& key);
  /// Elements in braces; a style for each part of a key.
  void elements(const JsonValue& value, const std::vector<ValueStyle>& styles);
  void verdict(const JsonValue& value);
  /// `timeout 60s comment "x"` of an element.
  void element_options(const JsonValue& element);

  /// What the field of a `set` statement gets.
  void assigned(const JsonValue& field, const JsonValue& value);

 private:
  struct Row;
  static const std::vector<Row>& rows();

  static std::vector<ValueStyle> styles_of(const JsonValue& key);
  [[nodiscard]] ValueStyle style() const { return part_ < styles_.size() ? styles_[part_] : ValueStyle(); }
  /// Writes by `write`, with other styles than before.
  template <typename Write>
  void styled(std::vector<ValueStyle> styles, Write write) {
    std::swap(styles, styles_);
    const std::size_t part = std::exchange(part_, 0);
    write();
    part_ = part;
    std::swap(styles, styles_);
  }

  void object(const JsonValue& value);
  void constant(const JsonValue& value);
  void list(const JsonValue& value, std::string_view between);
  void operand(const JsonValue& value, std::string_view outer);
  void element(const JsonValue& value);

  void concat(const JsonValue& value);
  void anonymous_set(const JsonValue& value);
  void map(const JsonValue& value);
  void prefix(const JsonValue& value);
  void range(const JsonValue& value);
  void hash(std::string_view name, const JsonValue& value);
  void operation(std::string_view op, const JsonValue& value);
  void element_object(const JsonValue& value);

  JsonText& out_;
  std::vector<ValueStyle> styles_;  ///< of the value that is written, part by part
  std::size_t part_ = 0;
  ValueStyle data_;  ///< of what maps map to
};

}  // namespace nfproof::compiler::nft
