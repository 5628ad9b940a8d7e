// SPDX-License-Identifier: Apache-2.0
// The rules of a chain that is still being changed. Rules are put in and taken out at any place; at both ends of a long
// chain that is cheap. Most chains of a large ruleset are short, and those take no more memory than their rules.
#pragma once

#include <cstddef>
#include <deque>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

class RuleList {
  template <typename List, typename Value>
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = ir::Rule;
    using difference_type = std::ptrdiff_t;
    using pointer = Value*;
    using reference = Value&;

    Iterator() = default;
    Iterator(List* list, std::size_t index) : list_(list), index_(index) {}
    reference operator*() const { return (*list_)[index_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(list_, index_++); }
    friend bool operator==(const Iterator&, const Iterator&) = default;

    [[nodiscard]] std::size_t index() const { return index_; }

   private:
    List* list_ = nullptr;
    std::size_t index_ = 0;
  };

 public:
  using iterator = Iterator<RuleList, ir::Rule>;
  using const_iterator = Iterator<const RuleList, const ir::Rule>;

  [[nodiscard]] std::size_t size() const {
    return std::visit([](const auto& rules) { return rules.size(); }, rules_);
  }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] ir::Rule& operator[](std::size_t index) {
    return std::visit([index](auto& rules) -> ir::Rule& { return rules[index]; }, rules_);
  }
  [[nodiscard]] const ir::Rule& operator[](std::size_t index) const {
    return std::visit([index](const auto& rules) -> const ir::Rule& { return rules[index]; }, rules_);
  }
  [[nodiscard]] iterator begin() { return {this, 0}; }
  [[nodiscard]] iterator end() { return {this, size()}; }
  [[nodiscard]] const_iterator begin() const { return {this, 0}; }
  [[nodiscard]] const_iterator end() const { return {this, size()}; }

  /// Puts a rule before the one with this index, or at the end.
  void insert(std::size_t index, ir::Rule rule);
  void erase(std::size_t index);
  void clear() { rules_.emplace<Few>(); }

  /// All rules, moved out; nothing is left here.
  [[nodiscard]] std::vector<ir::Rule> take();

 private:
  using Few = std::vector<ir::Rule>;
  using Many = std::deque<ir::Rule>;
  static constexpr std::size_t kFew = 8;

  std::variant<Few, Many> rules_;
};

}  // namespace nfproof::compiler
