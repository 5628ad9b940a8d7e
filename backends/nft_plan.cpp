// SPDX-License-Identifier: Apache-2.0
// Chains, divided and merged.
#include "backends/nft_plan.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "backends/nft_group.h"
#include "backends/nft_merge.h"

namespace nfproof::backends {
namespace {

/// Shorter chains stay in one piece.
constexpr std::size_t kShortestChain = 24;
/// How often the lines of one chain are divided side by side.
constexpr unsigned kMostSplits = 32;

std::vector<NftLine> lines_of(const std::vector<NftItem>& items, std::size_t begin, std::size_t end) {
  std::vector<NftLine> out;
  for (std::size_t i = begin; i < end; ++i) out.push_back(items[i].line);
  return out;
}

NftLine without_test(const NftItem& item, std::size_t key, bool one_family) {
  NftLine line = item.line;
  if (nft_can_drop_test(item, key, one_family))
    line.tests.erase(line.tests.begin() + static_cast<std::ptrdiff_t>(item.shape.find(key)->test));
  return line;
}

bool matches_all(const NftLine& line) { return line.tests.empty() && line.note.empty(); }

/// Takes away what stands behind a line that no packet passes.
void cut_unreachable(std::vector<NftLine>& lines) {
  const auto last = std::find_if(lines.begin(), lines.end(),
                                 [](const NftLine& line) { return matches_all(line) && nft_is_terminal(line); });
  if (last != lines.end()) lines.erase(std::next(last), lines.end());
}

/// A short word for the field, and for its value where it is one.
std::string part_name(const std::string& chain, std::size_t key, const std::vector<std::string>& values) {
  std::string out = chain + ".";
  const std::string_view name = nft_key(key).name;
  if (values.size() == 1) {
    std::string value = values[0];
    std::erase(value, '"');
    return out + value;
  }
  return out + std::string(name.substr(name.find(' ') == std::string_view::npos ? 0 : name.find(' ') + 1));
}

}  // namespace

NftPlanner::NftPlanner(NftTable& table, unsigned levels, bool still) : table_(table), levels_(levels), still_(still) {
  for (const NftChain& chain : table.chains) names_.reserve(chain.name);
}

void NftPlanner::plan() {
  std::deque<NftChain> chains;
  for (NftChain& chain : table_.chains) {
    by_text_.clear();
    std::vector<NftItem> items = items_of(std::move(chain.lines));
    const unsigned levels = items.size() < kShortestChain ? 0 : levels_;
    chain.lines = arranged(std::move(items), levels, chain.name);
    chains.push_back(std::move(chain));
    std::move(made_.begin(), made_.end(), std::back_inserter(chains));
    made_.clear();
  }
  table_.chains = std::move(chains);
}

std::vector<NftItem> NftPlanner::items_of(std::vector<NftLine> lines) {
  std::vector<NftItem> items;
  for (NftLine& line : lines) {
    if (nft_does_nothing(line)) continue;
    items.push_back(nft_item(std::move(line), words_));
    items.back().still = still_ && items.back().line.asks != 0;
  }
  return items;
}

std::vector<NftLine> NftPlanner::arranged(std::vector<NftItem> items, unsigned levels, const std::string& name) {
  struct Piece {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::optional<NftSplit> split;
  };
  std::vector<NftLine> out;
  std::vector<Piece> work;
  work.push_back({0, items.size(), std::nullopt});
  unsigned splits = 0;
  while (!work.empty()) {
    const Piece piece = std::move(work.back());
    work.pop_back();
    if (piece.split) {
      put_split(items, *piece.split, levels, name, out);
      continue;
    }
    std::vector<NftLine> merged = nft_merge_lines(lines_of(items, piece.begin, piece.end), words_, levels_ == 0);
    std::optional<NftSplit> split;
    if (levels > 0 && splits < kMostSplits && merged.size() > 2)
      split = nft_best_split(items, piece.begin, piece.end, piece.end == items.size(), merged.size());
    if (!split) {
      std::move(merged.begin(), merged.end(), std::back_inserter(out));
      continue;
    }
    ++splits;
    const std::size_t begin = split->begin;
    const std::size_t end = split->end;
    work.push_back({end, piece.end, std::nullopt});
    work.push_back({begin, end, std::move(split)});
    work.push_back({piece.begin, begin, std::nullopt});
  }
  return out;
}

void NftPlanner::put_split(const std::vector<NftItem>& items, const NftSplit& split, unsigned levels,
                           const std::string& name, std::vector<NftLine>& out) {
  if (!split.guard.empty()) {
    out.push_back(guarded(items, split, levels, name));
    return;
  }
  const auto first = std::find_if(items.begin() + static_cast<std::ptrdiff_t>(split.begin), items.end(),
                                  [&](const NftItem& item) { return item.shape.find(split.key) != nullptr; });
  const NftDimension& like = *first->shape.find(split.key);
  NftLine lead;
  std::vector<std::string> elements;
  for (const NftSplit::Part& part : split.parts) {
    std::vector<NftLine> lines;
    for (const std::size_t i : part.items) lines.push_back(without_test(items[i], split.key, table_.family != "inet"));
    const std::vector<std::string> values = nft_value_texts(like, part.values, words_);
    const std::string verdict =
        verdict_of(std::move(lines), split.tail, levels, part_name(name, split.key, values), lead);
    for (const std::string& value : values) elements.push_back(value + " : " + verdict);
  }
  const bool port = nft_is_port_key(split.key);
  nft_put_map(port ? first->line.tests[like.test].key : std::string(nft_key(split.key).name), elements, lead);
  out.push_back(std::move(lead));
  if (split.rest.empty()) return;
  std::vector<NftItem> rest;
  for (const std::size_t i : split.rest) rest.push_back(items[i]);
  std::vector<NftLine> lines = arranged(std::move(rest), levels - 1, name);
  std::move(lines.begin(), lines.end(), std::back_inserter(out));
}

NftLine NftPlanner::guarded(const std::vector<NftItem>& items, const NftSplit& split, unsigned levels,
                            const std::string& name) {
  const auto is_guard = [&](const NftTest& test) {
    return std::find(split.guard.begin(), split.guard.end(), test.text) != split.guard.end();
  };
  NftLine lead;
  for (const NftTest& test : items[split.begin].line.tests)
    if (!test.fixed && is_guard(test)) lead.tests.push_back(test);
  std::vector<NftLine> lines;
  for (std::size_t i = split.begin; i < split.end; ++i) {
    NftLine line = items[i].line;
    bool counted = false;
    std::erase_if(line.tests, [&](const NftTest& test) {
      counted = counted || test.fixed;
      return !counted && is_guard(test);
    });
    lines.push_back(std::move(line));
  }
  lead.verdict = verdict_of(std::move(lines), split.tail, levels, name + ".all", lead);
  lead.end = split.tail ? NftEnd::kGoto : NftEnd::kJump;
  return lead;
}

std::string NftPlanner::verdict_of(std::vector<NftLine> lines, bool tail, unsigned levels, const std::string& name,
                                   NftLine& from) {
  cut_unreachable(lines);
  const NftLine& first = lines.front();
  const bool bare = lines.size() == 1 && matches_all(first) && first.counter.empty() && first.statements.empty() &&
                    first.end != NftEnd::kLast && first.end != NftEnd::kNone;
  const auto leads_to = [&](const std::string& chain) {
    if (std::find(from.leads_to.begin(), from.leads_to.end(), chain) == from.leads_to.end())
      from.leads_to.push_back(chain);
  };
  if (bare && from.tests.empty()) {
    for (const std::string& chain : first.leads_to) leads_to(chain);
    if (from.comment.empty()) from.comment = first.comment;
    return first.verdict;
  }
  const std::string chain = chain_of(std::move(lines), levels, name);
  leads_to(chain);
  return (tail ? "goto " : "jump ") + chain;
}

std::string NftPlanner::chain_of(std::vector<NftLine> lines, unsigned levels, const std::string& name) {
  std::string text;
  for (const NftLine& line : lines) text += nft_line_text(line) + "\n";
  const auto known = by_text_.find(text);
  if (known != by_text_.end()) return known->second;
  const std::size_t at = made_.size();
  const std::string made = names_.make(name);
  made_.push_back({.name = made});
  by_text_.emplace(std::move(text), made);
  std::vector<NftItem> items = items_of(std::move(lines));
  nft_drop_covered(items);
  std::vector<NftLine> inside = arranged(std::move(items), levels - 1, made);
  made_[at].lines = std::move(inside);
  return made;
}

}  // namespace nfproof::backends
