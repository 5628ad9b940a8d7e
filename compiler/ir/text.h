// SPDX-License-Identifier: Apache-2.0
// A short text that never changes: names and canonical arguments of rules. It takes one pointer, and copies share their
// characters (counted, also across threads), because a large ruleset says the same thing in many of its rules.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace nfproof::ir {

class Text {
 public:
  Text() = default;  ///< empty; takes no memory
  Text(std::string_view text) : shared_(make(text)) {}
  Text(const std::string& text) : Text(std::string_view(text)) {}
  Text(const char* text) : Text(std::string_view(text)) {}
  Text(const Text& other) : shared_(other.shared_) { keep(); }
  Text(Text&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  Text& operator=(Text other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
  }
  ~Text() { release(); }

  operator std::string_view() const { return view(); }
  [[nodiscard]] std::string_view view() const;
  [[nodiscard]] std::string str() const { return std::string(view()); }
  [[nodiscard]] bool empty() const { return shared_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return view().size(); }

  friend bool operator==(const Text& a, const Text& b) { return a.shared_ == b.shared_ || a.view() == b.view(); }
  friend bool operator==(const Text& a, std::string_view b) { return a.view() == b; }
  friend bool operator==(const Text& a, const std::string& b) { return a.view() == b; }
  friend bool operator==(const Text& a, const char* b) { return a.view() == b; }
  friend std::string operator+(std::string a, const Text& b) { return a += b.view(); }
  friend std::string operator+(const char* a, const Text& b) { return std::string(a) + b; }
  friend std::string operator+(char a, const Text& b) { return std::string(1, a) + b; }
  friend std::string operator+(const Text& a, std::string_view b) { return a.str() += b; }
  friend std::string operator+(const Text& a, char b) { return a.str() += b; }

 private:
  /// The characters follow it.
  struct Shared {
    std::atomic<std::uint32_t> uses{1};
    std::uint32_t size = 0;
  };

  static Shared* make(std::string_view text);
  void keep() const {
    if (shared_ != nullptr) shared_->uses.fetch_add(1, std::memory_order_relaxed);
  }
  void release();

  Shared* shared_ = nullptr;
};

}  // namespace nfproof::ir
