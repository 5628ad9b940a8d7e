// SPDX-License-Identifier: Apache-2.0
// Patterns of paths: `*`, `?`, `**`.
#include <string>

#include "analyzer/triage/settings.h"

namespace nfproof::analyzer {

bool matches_pattern(std::string_view pattern, std::string_view path) {
  if (pattern.find('/') == std::string_view::npos) path = path.substr(path.rfind('/') + 1);
  // The last star of each kind is where a mismatch goes back to; a `**` may take more than a `*` after it.
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0, at = 0;
  std::size_t star = kNone, star_at = 0, deep = kNone, deep_at = 0;
  while (true) {
    if (pattern.substr(p).starts_with("**")) {
      deep = p += 2;
      if (p < pattern.size() && pattern[p] == '/') deep = ++p;  // `**/x` is also `x`
      deep_at = at;
      star = kNone;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_at = at;
    } else if (p == pattern.size() && at == path.size()) {
      return true;
    } else if (p < pattern.size() && at < path.size() &&
               (pattern[p] == path[at] || (pattern[p] == '?' && path[at] != '/'))) {
      ++p, ++at;
    } else if (star != kNone && star_at < path.size() && path[star_at] != '/') {
      p = star, at = ++star_at;
    } else if (deep != kNone && deep_at < path.size()) {
      p = deep, at = ++deep_at;
      star = kNone;
    } else {
      return false;
    }
  }
}

}  // namespace nfproof::analyzer
