// SPDX-License-Identifier: Apache-2.0
// Reading and answering.
#include "compiler/ir/sender.h"

#include <charconv>
#include <vector>

namespace nfproof::ir {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const std::size_t size = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

std::optional<std::uint32_t> number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<OwnerTest::Range> range(std::string_view text, bool negated) {
  const std::size_t dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return OwnerTest::Range{*first, *last, negated};
}

bool in_range(const OwnerTest::Range& range, std::uint32_t value) {
  return (value >= range.first && value <= range.last) != range.negated;
}

}  // namespace

std::string sender_text(const Sender& sender) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string mark;
  for (std::uint32_t rest = sender.mark; rest != 0; rest >>= 4U) mark.insert(mark.begin(), kDigits[rest & 0xfU]);
  return "socket uid " + std::to_string(sender.user) + " gid " + std::to_string(sender.group) +
         (mark.empty() ? "" : " mark 0x" + mark);
}

std::optional<Sender> read_sender(std::string_view text) {
  const auto words = words_of(text);
  if (words.size() % 2 == 0 || words[0] != "socket") return std::nullopt;
  Sender sender;
  for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
    const auto value = number(words[i + 1]);
    std::uint32_t* to = words[i] == "uid"    ? &sender.user
                        : words[i] == "gid"  ? &sender.group
                        : words[i] == "mark" ? &sender.mark
                                             : nullptr;
    if (!value || to == nullptr) return std::nullopt;
    *to = *value;
  }
  return sender;
}

bool OwnerTest::matches(const Sender* sender) const {
  // What nobody sent fulfils a test when all that it asks for is negated.
  if (sender == nullptr) return !socket.value_or(false) && (!users || users->negated) && (!groups || groups->negated);
  if (socket == false) return false;
  return (!users || in_range(*users, sender->user)) && (!groups || in_range(*groups, sender->group));
}

std::optional<OwnerTest> read_owner_test(const Opaque& test) {
  if (test.module != "owner" || test.unreadable) return std::nullopt;
  OwnerTest made;
  bool negated = false;
  const auto words = words_of(test.arguments);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "!") {
      negated = true;
      continue;
    }
    if (words[i] == "--socket-exists") {
      made.socket = !negated;
    } else if (i + 1 < words.size() && (words[i] == "--uid-owner" || words[i] == "--gid-owner")) {
      auto& to = words[i] == "--uid-owner" ? made.users : made.groups;
      to = range(words[++i], negated);
      if (!to) return std::nullopt;
    } else {
      return std::nullopt;
    }
    negated = false;
  }
  return words.empty() ? std::nullopt : std::optional(made);
}

}  // namespace nfproof::ir
