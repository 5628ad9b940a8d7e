// SPDX-License-Identifier: Apache-2.0
// Regular expressions: see regex.h.
#include "compiler/script/regex.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace nfproof::script {
namespace {

constexpr std::size_t kMaxPattern = 1000;
constexpr int kMaxGroups = 100;
constexpr int kMaxRepeats = 500;

/// The product of all `{m,n}`: what an expression may grow to.
bool is_costly(const std::string& pattern) {
  long long product = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') continue;
    long long number = 0, largest = 1;
    for (++i; i < pattern.size() && pattern[i] != '}'; ++i) {
      number = std::isdigit(static_cast<unsigned char>(pattern[i])) != 0 ? number * 10 + (pattern[i] - '0') : 0;
      largest = std::max(largest, number);
      if (largest > kMaxRepeats) return true;
    }
    product *= largest;
    if (product > kMaxRepeats) return true;
  }
  return pattern.size() > kMaxPattern || std::count(pattern.begin(), pattern.end(), '(') > kMaxGroups;
}

}  // namespace

Regex::Regex(Shell& shell, const std::string& pattern, bool extended, bool ignore_case, source::Span span) {
  shell.need_known(pattern, span);
  if (is_costly(pattern)) shell.refuse(span, "bad-regex", "this regular expression is too large to be followed");
  const int flags = (extended ? REG_EXTENDED : 0) | (ignore_case ? REG_ICASE : 0) | REG_NEWLINE;
  if (regcomp(&compiled_, pattern.c_str(), flags) != 0)
    shell.refuse(span, "bad-regex", '`' + pattern + "` is no regular expression");
}

std::vector<Regex::Group> Regex::match(const std::string& text, std::size_t from) const {
  std::array<regmatch_t, 20> found{};
  std::vector<Group> groups;
  if (regexec(&compiled_, text.c_str() + from, found.size(), found.data(), from > 0 ? REG_NOTBOL : 0) != 0)
    return groups;
  for (std::size_t i = 0; i <= compiled_.re_nsub && i < found.size(); ++i) {
    Group& group = groups.emplace_back();
    group.set = found[i].rm_so >= 0;
    if (!group.set) continue;
    group.from = from + static_cast<std::size_t>(found[i].rm_so);
    group.to = from + static_cast<std::size_t>(found[i].rm_eo);
  }
  return groups;
}

}  // namespace nfproof::script
