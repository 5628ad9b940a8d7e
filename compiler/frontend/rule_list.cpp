// SPDX-License-Identifier: Apache-2.0
// Short and long lists of rules: see rule_list.h.
#include "compiler/frontend/rule_list.h"

namespace nfproof::compiler {

void RuleList::insert(std::size_t index, ir::Rule rule) {
  if (auto* few = std::get_if<Few>(&rules_)) {
    if (few->size() < kFew) {
      if (few->size() == few->capacity()) few->reserve(few->size() + 1);  // many chains never grow again
      few->insert(few->begin() + static_cast<std::ptrdiff_t>(index), std::move(rule));
      return;
    }
    Many many(std::make_move_iterator(few->begin()), std::make_move_iterator(few->end()));
    rules_ = std::move(many);
  }
  Many& many = std::get<Many>(rules_);
  many.insert(many.begin() + static_cast<std::ptrdiff_t>(index), std::move(rule));
}

void RuleList::erase(std::size_t index) {
  std::visit([index](auto& rules) { rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(index)); }, rules_);
}

std::vector<ir::Rule> RuleList::take() {
  std::vector<ir::Rule> all;
  if (auto* few = std::get_if<Few>(&rules_)) {
    all = std::move(*few);
  } else {
    Many& many = std::get<Many>(rules_);
    all.reserve(many.size());
    for (; !many.empty(); many.pop_front()) all.push_back(std::move(many.front()));
  }
  clear();
  return all;
}

}  // namespace nfproof::compiler
