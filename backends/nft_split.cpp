// SPDX-License-Identifier: Apache-2.0
// Runs of lines and what dividing them would bring. Times are rough ones of the kernel, in nanoseconds.
#include "backends/nft_split.h"

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>

namespace nfproof::backends {
namespace {

constexpr double kRule = 19;       ///< to come to a line and see that its first test fails
constexpr double kTest = 4;        ///< a comparison; most lines fail at the first
constexpr double kCall = 15;       ///< to get to another chain
constexpr double kSmall = 40;      ///< to look up a value of one or two bytes
constexpr double kHash = 75;       ///< to look up a value
constexpr double kTree = 110;      ///< to look up a value in intervals
constexpr double kIntervals = 90;  ///< what intervals of several fields cost on top
constexpr double kField = 10;      ///< for each further field of a concatenation
constexpr double kLeastGain = 25;
constexpr double kGainPerPart = 0.4;
constexpr std::size_t kShortestRun = 3;
constexpr std::size_t kMostCompared = 200;  ///< of items, each with each

/// The keys that a map may lead by.
constexpr std::size_t kKeys = 10;

bool is_point(const NftDimension& dimension) {
  return std::all_of(dimension.values.begin(), dimension.values.end(),
                     [](const ir::Interval& interval) { return interval.lo == interval.hi; });
}

bool is_small(std::size_t key) { return key == kNftKeyProtocol || nft_is_port_key(key); }

bool leaves(const NftItem& item) { return item.line.end == NftEnd::kReturn || item.line.end == NftEnd::kGoto; }

std::size_t mix(std::size_t a, std::size_t b) { return a ^ (b + 0x9E3779B97F4A7C15ULL + (a << 6) + (a >> 2)); }

constexpr std::size_t kNoKey = ~std::size_t{0};

/// What the items cost a packet that meets all of them, merged as far as their shapes allow.
class Estimate {
 public:
  explicit Estimate(const std::vector<NftItem>& items) : items_(items) {}

  template <typename Indices>
  [[nodiscard]] double of(const Indices& indices, std::size_t without, std::size_t tests_less = 0) {
    groups_.clear();
    double cost = 0;
    for (const std::size_t i : indices) {
      const NftItem& item = items_[i];
      const std::size_t less = tests_less + (item.shape.find(without) != nullptr ? 1 : 0);
      const std::size_t tests = item.line.tests.size() - std::min(less, item.line.tests.size());
      std::size_t kind = item.kind;
      for (const NftDimension& dimension : item.shape.dimensions)
        if (dimension.key != without) kind = mix(kind, dimension.key);
      const std::size_t count = ++groups_[item.shape.plain ? kind : mix(kind, i + 1)];
      if (count == 1) cost += kRule + kTest * static_cast<double>(tests);
      if (count == 2) cost += look_up(item.shape, without);
      if (tests == 0 && nft_is_terminal(item.line)) break;
    }
    return cost;
  }
  [[nodiscard]] std::size_t groups() const { return groups_.size(); }

 private:
  /// In the set that items of this shape become.
  static double look_up(const NftShape& shape, std::size_t without) {
    std::size_t fields = 0;
    bool points = true;
    bool small = true;
    for (const NftDimension& dimension : shape.dimensions) {
      if (dimension.key == without) continue;
      ++fields;
      points = points && is_point(dimension);
      small = small && is_small(dimension.key);
    }
    if (fields <= 1) return points ? (small ? kSmall : kHash) : kTree;
    return kHash + kField * static_cast<double>(fields) + (points ? 0 : kIntervals);
  }

  const std::vector<NftItem>& items_;
  std::unordered_map<std::size_t, std::size_t> groups_;  ///< how many items
};

/// Does `one` match every packet that `other` matches? `calm`: nothing that a line between them does changes what tests
/// read.
bool covers(const NftItem& one, const NftItem& other, bool calm) {
  std::vector<bool> told(one.line.tests.size());
  for (const NftDimension& dimension : one.shape.dimensions) {
    const NftDimension* same = other.shape.find(dimension.key);
    if (same == nullptr || !nft_holds(dimension.values, same->values)) return false;
    if (!calm && !nft_key(dimension.key).unchangeable) return false;
    told[dimension.test] = true;
  }
  const NftTests& tests = other.line.tests;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const NftTest& test = one.line.tests[i];
    if (told[i]) continue;
    if (!calm || test.fixed || test.text.find('@') != std::string::npos) return false;
    if (std::none_of(tests.begin(), tests.end(), [&](const NftTest& t) { return t.text == test.text; })) return false;
  }
  return true;
}

std::vector<std::size_t> range(std::size_t begin, std::size_t end) {
  std::vector<std::size_t> out(end - begin);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = begin + i;
  return out;
}

class Search {
 public:
  Search(const std::vector<NftItem>& items, std::size_t begin, std::size_t end, bool tail, std::size_t lines)
      : items_(items), begin_(begin), end_(end), tail_(tail), estimate_(items) {
    static_cast<void>(estimate_.of(range(begin, end), kNoKey));
    const auto groups = static_cast<double>(std::max<std::size_t>(estimate_.groups(), 1));
    factor_ = std::max(1.0, static_cast<double>(lines) / groups);
  }

  std::optional<NftSplit> best() {
    for (std::size_t key = 0; key < kKeys; ++key) {
      by_key_runs(key);
      if (tail_) by_key_tail(key);
    }
    by_guard();
    return std::move(best_);
  }

 private:
  [[nodiscard]] bool has_key(std::size_t i, std::size_t key) const {
    const NftItem& item = items_[i];
    const NftDimension* dimension = item.shape.find(key);
    if (dimension == nullptr || !item.line.note.empty() || item.still) return false;
    if (!item.repeatable && !(dimension->values.size() == 1 && is_point(*dimension))) return false;
    return !nft_is_port_key(key) || !item.needs_protocol;
  }

  void by_key_runs(std::size_t key) {
    std::size_t start = begin_;
    for (std::size_t i = begin_; i <= end_; ++i) {
      if (i < end_ && has_key(i, key) && !leaves(items_[i]) && same_port_name(start, i, key)) continue;
      if (i - start >= kShortestRun) consider(start, i, key, false);
      start = i < end_ && has_key(i, key) && !leaves(items_[i]) ? i : i + 1;
    }
  }

  void by_key_tail(std::size_t key) {
    std::size_t start = end_;
    std::size_t first = end_;
    while (start > begin_) {
      const std::size_t i = start - 1;
      const bool has = has_key(i, key);
      if (!has && (!items_[i].repeatable || items_[i].shape.find(key) != nullptr)) break;
      if (has && first != end_ && !same_port_name(first, i, key)) break;
      if (has) first = i;
      start = i;
    }
    if (end_ - first >= kShortestRun) consider(first, end_, key, true);
  }

  /// Ports have the names of their protocols, of which a map can have one.
  [[nodiscard]] bool same_port_name(std::size_t a, std::size_t b, std::size_t key) const {
    if (!nft_is_port_key(key) || a == b) return true;
    const auto name = [&](std::size_t i) { return items_[i].line.tests[items_[i].shape.find(key)->test].key; };
    return name(a) == name(b);
  }

  void consider(std::size_t begin, std::size_t end, std::size_t key, bool tail) {
    NftSplit split;
    split.begin = begin;
    split.end = end;
    split.key = key;
    split.tail = tail;
    bool points = true;
    if (!divide(split, points) || split.parts.size() < 2) return;
    double sum = tail ? estimate_.of(split.rest, kNoKey) : 0;
    for (const NftSplit::Part& part : split.parts) sum += kCall + estimate_.of(part.items, key);
    const double mean = sum * factor_ / static_cast<double>(split.parts.size() + (tail ? 1 : 0));
    const double look_up = points ? (is_small(key) ? kSmall : kHash) : kTree;
    const double now = estimate_.of(range(begin, end), kNoKey) * factor_;
    split.gain = now - (kRule + look_up + mean);
    keep(std::move(split));
  }

  void keep(NftSplit split) {
    const double least = kLeastGain + kGainPerPart * static_cast<double>(split.parts.size());
    if (split.gain < least || (best_ && best_->gain >= split.gain)) return;
    best_ = std::move(split);
  }

  /// Fills in the parts; false when they would hold too much.
  bool divide(NftSplit& split, bool& points) const {
    std::vector<ir::u128> cuts;  // the first values of cells
    for (std::size_t i = split.begin; i < split.end; ++i) {
      const NftDimension* dimension = items_[i].shape.find(split.key);
      if (dimension == nullptr) {
        split.rest.push_back(i);
        continue;
      }
      points = points && is_point(*dimension);
      for (const ir::Interval& interval : dimension->values) {
        cuts.push_back(interval.lo);
        if (interval.hi != ~ir::u128{0}) cuts.push_back(interval.hi + 1);
      }
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    std::vector<std::vector<std::size_t>> cells(cuts.size());
    const std::size_t most = 4 * (split.end - split.begin) + 256;
    std::size_t held = 0;
    for (std::size_t i = split.begin; i < split.end; ++i) {
      const NftDimension* dimension = items_[i].shape.find(split.key);
      if (dimension == nullptr) continue;
      for (const ir::Interval& interval : dimension->values) {
        auto at = static_cast<std::size_t>(std::lower_bound(cuts.begin(), cuts.end(), interval.lo) - cuts.begin());
        for (; at < cuts.size() && cuts[at] <= interval.hi; ++at) {
          if (cells[at].empty() || cells[at].back() != i) cells[at].push_back(i);
          if (++held > most) return false;
        }
      }
    }
    std::map<std::vector<std::size_t>, std::size_t> known;
    for (std::size_t at = 0; at < cells.size(); ++at) {
      if (cells[at].empty()) continue;
      const ir::u128 last = at + 1 < cuts.size() ? cuts[at + 1] - 1 : ~ir::u128{0};
      const auto [found, is_new] = known.emplace(cells[at], split.parts.size());
      if (is_new) {
        held += split.rest.size();
        if (held > most) return false;
        split.parts.push_back({{}, with_rest(cells[at], split.rest)});
      }
      ir::ValueSet::Intervals& values = split.parts[found->second].values;
      if (!values.empty() && values.back().hi + 1 == cuts[at]) {
        values.back().hi = last;
      } else {
        values.push_back({cuts[at], last});
      }
    }
    return true;
  }

  static std::vector<std::size_t> with_rest(const std::vector<std::size_t>& own, const std::vector<std::size_t>& rest) {
    std::vector<std::size_t> out(own.size() + rest.size());
    std::merge(own.begin(), own.end(), rest.begin(), rest.end(), out.begin());
    return out;
  }

  /// May the test stand before all lines of a run, in one line that leads there?
  [[nodiscard]] bool can_guard(const NftItem& item, const NftTest& test) const {
    if (test.text.starts_with("th ") || test.text.find('@') != std::string::npos) return false;
    const bool unchangeable =
        !test.key.empty() && nft_key_named(test.key) != nullptr && nft_key_named(test.key)->unchangeable;
    // What lines do may change what the test reads for the lines behind them.
    if (!unchangeable && (!item.line.statements.empty() || item.line.end == NftEnd::kJump)) return false;
    const bool tells =
        test.implies || test.transport || test.text.starts_with("meta l4proto") || test.text.starts_with("ct protocol");
    return !item.needs_protocol || !tells;
  }

  void by_guard() {
    struct Run {
      std::size_t begin = 0;
      std::size_t last = 0;
    };
    std::map<std::string, Run> runs;
    const auto finish = [&](const std::string& text, const Run& run) {
      if (run.last + 1 - run.begin >= kShortestRun) consider_guard(run.begin, run.last + 1, text);
    };
    for (std::size_t i = begin_; i < end_; ++i) {
      const NftItem& item = items_[i];
      if (!item.line.note.empty() || item.still) continue;
      for (const NftTest& test : item.line.tests) {
        if (test.fixed) break;
        if (!can_guard(item, test)) continue;
        const auto [at, is_new] = runs.try_emplace(test.text, Run{i, i});
        if (is_new) continue;
        if (at->second.last + 1 == i) {
          at->second.last = i;
        } else if (at->second.last != i) {
          finish(test.text, at->second);
          at->second = {i, i};
        }
      }
    }
    for (const auto& [text, run] : runs) finish(text, run);
  }

  void consider_guard(std::size_t begin, std::size_t end, const std::string& text) {
    NftSplit split;
    split.begin = begin;
    split.end = end;
    split.tail = tail_ && end == end_;
    for (std::size_t i = begin; i < end; ++i)
      if (!split.tail && leaves(items_[i])) return;
    for (const NftTest& test : items_[begin].line.tests) {
      if (test.fixed) break;
      const bool common = std::all_of(items_.begin() + static_cast<std::ptrdiff_t>(begin),
                                      items_.begin() + static_cast<std::ptrdiff_t>(end), [&](const NftItem& item) {
                                        for (const NftTest& other : item.line.tests) {
                                          if (other.fixed) return false;
                                          if (other.text == test.text) return can_guard(item, other);
                                        }
                                        return false;
                                      });
      if (common) split.guard.push_back(test.text);
    }
    if (std::find(split.guard.begin(), split.guard.end(), text) == split.guard.end()) return;
    const std::vector<std::size_t> all = range(begin, end);
    const double now = estimate_.of(all, kNoKey) * factor_;
    const double inside = estimate_.of(all, kNoKey, split.guard.size()) * factor_;
    // Half of the packets pass.
    split.gain = now - (kRule + kTest * static_cast<double>(split.guard.size()) + (kCall + inside) / 2);
    keep(std::move(split));
  }

  const std::vector<NftItem>& items_;
  std::size_t begin_;
  std::size_t end_;
  bool tail_;
  double factor_ = 1;  ///< how far merging falls behind the estimate
  Estimate estimate_;
  std::optional<NftSplit> best_;
};

}  // namespace

NftItem nft_item(NftLine line, NftWords& words) {
  NftItem item;
  item.shape = nft_shape(line, words);
  item.repeatable = line.note.empty() && line.counter.empty() &&
                    std::none_of(line.tests.begin(), line.tests.end(), [](const NftTest& t) { return t.fixed; }) &&
                    std::none_of(line.statements.begin(), line.statements.end(), nft_keeps_state) &&
                    !nft_keeps_state(line.verdict);
  item.needs_protocol = !line.statements.empty() || line.end == NftEnd::kLast || nft_needs_protocol(line);
  item.kind = std::hash<std::string>{}(item.shape.context);
  if (!item.shape.can_map) item.kind = mix(item.kind, std::hash<std::string>{}(line.verdict));
  item.line = std::move(line);
  return item;
}

bool nft_can_drop_test(const NftItem& item, std::size_t key, bool one_family) {
  const NftDimension* dimension = item.shape.find(key);
  if (dimension == nullptr) return false;
  const std::string& name = item.line.tests[dimension->test].key;
  if (key == kNftKeyProtocol && name != nft_key(key).name) return false;  // a port says more
  // Besides protocol and ports, addresses say of which family the packets are.
  const bool address = name.ends_with(" saddr") || name.ends_with(" daddr");
  return !item.needs_protocol || name.ends_with("ifname") || (address && one_family);
}

void nft_drop_covered(std::vector<NftItem>& items) {
  if (items.size() > kMostCompared) return;
  std::vector<NftItem> kept;
  std::size_t quiet_from = 0;  // of those that are kept: from here on no line changes anything for the next ones
  for (NftItem& item : items) {
    bool covered = false;
    if (item.line.asks == 0 && item.line.note.empty() && item.line.counter.empty())
      for (std::size_t i = 0; i < kept.size() && !covered; ++i)
        covered = nft_is_terminal(kept[i].line) && covers(kept[i], item, i >= quiet_from);
    if (covered) continue;
    kept.push_back(std::move(item));
    const NftLine& line = kept.back().line;
    if (!nft_is_terminal(line) && (!line.statements.empty() || line.end == NftEnd::kJump)) quiet_from = kept.size();
  }
  items = std::move(kept);
}

std::optional<NftSplit> nft_best_split(const std::vector<NftItem>& items, std::size_t begin, std::size_t end, bool tail,
                                       std::size_t lines) {
  return Search(items, begin, end, tail, lines).best();
}

}  // namespace nfproof::backends
