// SPDX-License-Identifier: Apache-2.0
// JSON written straight into a text, for output of which there is much: one object for each packet of a capture. The
// same bytes as `dump_line` of a value with these members.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/ir/packet.h"

namespace nfproof::report {

class JsonLine {
 public:
  JsonLine() { text_.reserve(2048); }

  void open(char bracket);  ///< `{` or `[`, as a value
  void close(char bracket);
  void key(std::string_view name);  ///< a plain word; its value comes next
  void null() { value("null"); }
  void number(std::uint64_t value);
  void number(double value);
  void text(std::string_view text);
  void text_or_null(std::string_view text) { text.empty() ? null() : this->text(text); }
  void number_or_null(const std::optional<std::uint64_t>& value) { value ? number(*value) : null(); }
  /// PACKET.
  void packet(const ir::Packet& packet);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void begin_value();
  void value(std::string_view text);

  std::string text_;
};

}  // namespace nfproof::report
