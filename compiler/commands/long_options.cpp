// SPDX-License-Identifier: Apache-2.0
// Options of small programs: see long_options.h.
#include "compiler/commands/long_options.h"

namespace nfproof::compiler {

LongOptions::Found LongOptions::fail(std::string message) {
  error_ = std::move(message);
  return {'?', {}};
}

std::optional<LongOptions::Found> LongOptions::next() {
  while (bundle_.empty()) {
    if (at_ == words_.size()) return std::nullopt;
    const std::string_view word = words_[at_++].text;
    if (word == "--") {
      for (; at_ < words_.size(); ++at_) rest_.push_back(words_[at_].text);
    } else if (word.starts_with("--")) {
      return long_option(word);
    } else if (word.size() > 1 && word[0] == '-') {
      bundle_ = word.substr(1);
    } else {
      rest_.push_back(word);
    }
  }
  return short_option();
}

LongOptions::Found LongOptions::short_option() {
  const char letter = bundle_.front();
  bundle_.remove_prefix(1);
  for (const LongOption& option : options_) {
    if (option.letter != letter) continue;
    if (!option.takes_value && !option.optional_value) return {letter, {}};
    std::string_view value = bundle_;
    bundle_ = {};
    if (!value.empty() || option.optional_value) return {letter, value};
    if (at_ == words_.size()) return fail(std::string("option requires an argument -- '") + letter + '\'');
    return {letter, words_[at_++].text};
  }
  return fail(std::string("invalid option -- '") + letter + '\'');
}

LongOptions::Found LongOptions::long_option(std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(2, equals == std::string_view::npos ? equals : equals - 2);
  const LongOption* found = nullptr;
  for (const LongOption& option : options_) {
    if (option.name == name) {
      found = &option;
      break;
    }
    if (!option.name.starts_with(name)) continue;
    if (found != nullptr) return fail("option '--" + std::string(name) + "' is ambiguous");
    found = &option;
  }
  if (found == nullptr) return fail("unrecognized option '--" + std::string(name) + '\'');
  if (equals != std::string_view::npos) {
    if (found->takes_value || found->optional_value) return {found->letter, word.substr(equals + 1)};
    return fail("option '--" + std::string(found->name) + "' doesn't allow an argument");
  }
  if (!found->takes_value) return {found->letter, {}};
  if (at_ == words_.size()) return fail("option '--" + std::string(found->name) + "' requires an argument");
  return {found->letter, words_[at_++].text};
}

std::string_view LongOptions::take_argument() {
  if (at_ == words_.size() || words_[at_].text.starts_with('-') || words_[at_].text.starts_with('!')) return {};
  return words_[at_++].text;
}

}  // namespace nfproof::compiler
