// SPDX-License-Identifier: Apache-2.0
// Text as a stream of symbols for generated lexers. Bytes beyond ASCII are ordinary word characters and all look the
// same to the lexer, which keeps its automaton small; columns are bytes. For the parsers' own files only: the header of
// the runtime is slow to compile.
#pragma once

#include <antlr4-runtime.h>

#include <algorithm>
#include <string_view>

namespace nfproof::compiler {

class ByteStream : public antlr4::CharStream {
 public:
  ByteStream() = default;
  explicit ByteStream(std::string_view text) : text_(text) {}
  void set(std::string_view text) { text_ = text, place_ = 0; }

  void consume() override { ++place_; }
  std::size_t LA(ssize_t offset) override {
    const std::size_t at = place_ + static_cast<std::size_t>(offset > 0 ? offset - 1 : offset);
    if (at >= text_.size()) return antlr4::IntStream::EOF;
    const auto byte = static_cast<unsigned char>(text_[at]);
    return byte < 0x80 ? byte : std::size_t{'x'};
  }
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  std::size_t index() override { return place_; }
  void seek(std::size_t index) override { place_ = std::min(index, text_.size()); }
  std::size_t size() override { return text_.size(); }
  std::string getSourceName() const override { return {}; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string toString() const override { return {}; }

 private:
  std::string_view text_;
  std::size_t place_ = 0;
};

}  // namespace nfproof::compiler
