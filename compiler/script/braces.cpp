// SPDX-License-Identifier: Apache-2.0
// Brace expansion: see braces.h. A word is taken apart into characters that were not quoted and everything else.
#include "compiler/script/braces.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>

namespace nfproof::script {
namespace {

/// One unquoted character, or a part that braces cannot change.
struct Unit {
  char c = '\0';
  const Part* part = nullptr;
};
using Units = std::vector<Unit>;

Units units_of(const Word& word) {
  Units units;
  for (const Part& part : word.parts) {
    if (part.kind != PartKind::kText || part.quoted) {
      units.push_back({'\0', &part});
      continue;
    }
    for (const char c : part.text) units.push_back({c, nullptr});
  }
  return units;
}

Word word_of(const Units& units, const Word& like) {
  Word word;
  word.span = like.span;
  for (const Unit& unit : units) {
    if (unit.part != nullptr) {
      word.parts.push_back(*unit.part);
      continue;
    }
    if (word.parts.empty() || word.parts.back().kind != PartKind::kText || word.parts.back().quoted)
      word.parts.emplace_back().span = like.span;
    word.parts.back().text += unit.c;
  }
  return word;
}

/// The end of the brace that opens at `from`, and its commas.
struct Brace {
  std::size_t close = 0;
  std::vector<std::size_t> commas;
};

std::optional<Brace> brace_at(const Units& units, std::size_t from) {
  Brace brace;
  int depth = 0;
  for (std::size_t i = from; i < units.size(); ++i) {
    const char c = units[i].c;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) {
      brace.close = i;
      return brace;
    }
    if (c == ',' && depth == 1) brace.commas.push_back(i);
  }
  return std::nullopt;
}

std::optional<long long> number(const std::string& text) {
  long long value = 0;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || std::llabs(value) > 1000000000)
    return std::nullopt;
  return value;
}

Units plain(const std::string& text) {
  Units units;
  for (const char c : text) units.push_back({c, nullptr});
  return units;
}

bool is_padded(const std::string& text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  return text.size() > sign + 1 && text[sign] == '0';
}

std::string padded(long long value, std::size_t width) {
  std::string digits = std::to_string(std::llabs(value));
  const std::size_t sign = value < 0 ? 1 : 0;
  if (digits.size() + sign < width) digits.insert(0, width - digits.size() - sign, '0');
  return (value < 0 ? "-" : "") + digits;
}

/// `1..5`, `a..e`, with an optional step. Nothing when it is no range; `most` bounds the number.
std::optional<std::vector<Units>> range(const std::string& text, std::size_t most) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return std::nullopt;
  const std::string low = text.substr(0, dots);
  std::string high = text.substr(dots + 2);
  long long step = 1;
  if (const std::size_t more = high.find(".."); more != std::string::npos) {
    const auto given = number(high.substr(more + 2));
    if (!given) return std::nullopt;
    step = std::llabs(*given);
    if (step == 0) step = 1;
    high.resize(more);
  }
  const auto from = number(low), to = number(high);
  const bool letters = low.size() == 1 && high.size() == 1 && std::isalpha(static_cast<unsigned char>(low[0])) != 0 &&
                       std::isalpha(static_cast<unsigned char>(high[0])) != 0;
  if (!(from && to) && !letters) return std::nullopt;
  const long long first = letters ? low[0] : *from, last = letters ? high[0] : *to;
  const std::size_t width = !letters && (is_padded(low) || is_padded(high)) ? std::max(low.size(), high.size()) : 0;
  std::vector<Units> result;
  for (long long i = first; first <= last ? i <= last : i >= last; i += first <= last ? step : -step) {
    result.push_back(letters ? plain(std::string(1, static_cast<char>(i))) : plain(padded(i, width)));
    if (result.size() > most) break;
  }
  return result;
}

class Expansion {
 public:
  explicit Expansion(std::size_t most) : most_(most) {}

  [[nodiscard]] bool too_many() const { return too_many_; }

  std::vector<Units> expand(const Units& units, int depth) {
    for (std::size_t i = 0; i < units.size() && depth < 50; ++i) {
      if (units[i].c != '{') continue;
      const auto brace = brace_at(units, i);
      if (!brace) continue;
      const auto inside = alternatives(units, i, *brace, depth);
      if (!inside) continue;
      const Units rest(units.begin() + static_cast<std::ptrdiff_t>(brace->close) + 1, units.end());
      return combine({units.begin(), units.begin() + static_cast<std::ptrdiff_t>(i)}, *inside, expand(rest, depth + 1));
    }
    return {units};
  }

 private:
  std::optional<std::vector<Units>> alternatives(const Units& units, std::size_t open, const Brace& brace, int depth) {
    const auto at = [&](std::size_t i) { return units.begin() + static_cast<std::ptrdiff_t>(i); };
    if (brace.commas.empty()) {
      std::string text;
      for (auto unit = at(open + 1); unit != at(brace.close); ++unit) {
        if (unit->part != nullptr) return std::nullopt;
        text += unit->c;
      }
      return range(text, most_);
    }
    std::vector<Units> result;
    std::size_t from = open + 1;
    for (std::size_t i = 0; i <= brace.commas.size(); ++i) {
      const std::size_t to = i < brace.commas.size() ? brace.commas[i] : brace.close;
      for (Units& each : expand({at(from), at(to)}, depth + 1)) result.push_back(std::move(each));
      from = to + 1;
    }
    return result;
  }

  std::vector<Units> combine(const Units& before, const std::vector<Units>& inside, const std::vector<Units>& after) {
    std::vector<Units> result;
    for (const Units& middle : inside)
      for (const Units& end : after) {
        if (result.size() >= most_) {
          too_many_ = true;
          return result;
        }
        Units all = before;
        all.insert(all.end(), middle.begin(), middle.end());
        all.insert(all.end(), end.begin(), end.end());
        result.push_back(std::move(all));
      }
    return result;
  }

  std::size_t most_;
  bool too_many_ = false;
};

}  // namespace

bool may_have_braces(const Word& word) {
  for (const Part& part : word.parts)
    if (part.kind == PartKind::kText && !part.quoted && part.text.find('{') != std::string::npos) return true;
  return false;
}

bool expand_braces(const Word& word, std::size_t most, std::vector<Word>& result) {
  Expansion expansion(most);
  for (const Units& units : expansion.expand(units_of(word), 0)) result.push_back(word_of(units, word));
  return !expansion.too_many() && result.size() <= most;
}

}  // namespace nfproof::script
