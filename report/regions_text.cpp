// SPDX-License-Identifier: Apache-2.0
// Regions for people.
#include <algorithm>

#include "report/packet_text.h"
#include "report/regions.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

using analyzer::PacketRegion;
using analyzer::RegionFate;

Tone tone_of(ir::VerdictKind verdict) {
  return verdict == ir::VerdictKind::kAccept  ? Tone::kGood
         : verdict == ir::VerdictKind::kQueue ? Tone::kInfo
                                              : Tone::kError;
}

source::Span span_of(const ir::Ruleset& ruleset, ir::RuleRef place) {
  const ir::Rule* rule = ruleset.rule(place);
  return rule != nullptr ? rule->span : ruleset.chain(place.chain).span;
}

}  // namespace

std::string region_fate_text(const Style& style, const RegionSide& side, const RegionFate& fate) {
  std::string text = paint(style, tone_of(fate.verdict), ir::verdict_name(fate.verdict));
  if (!fate.rule) return text + " (no table has a say)";
  text += " by " + rule_name(side.ruleset, *fate.rule);
  if (const source::Span span = span_of(side.ruleset, *fate.rule); span.is_known())
    text += " (" + side.sources.file(span.file).path() + ':' + std::to_string(span.line) + ')';
  return text;
}

std::string shortened_region(const Style& style, const std::string& expression) {
  constexpr std::size_t kMost = 1500;
  if (expression.size() <= kMost) return expression;
  const std::size_t cut = expression.rfind(' ', kMost);
  return expression.substr(0, cut) +
         paint(style, Tone::kDim,
               " ... (" + std::to_string(expression.size() - cut) + " more characters; --json has all)");
}

namespace {

/// Separated by commas; of a long list only the beginning.
std::string listed(const Style& style, const std::vector<std::string>& words) {
  constexpr std::size_t kMost = 12;
  std::string text;
  const std::size_t shown = words.size() <= kMost + 1 ? words.size() : kMost;
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + words[i];
  if (shown == words.size()) return text;
  return text + paint(style, Tone::kDim, " ... (" + std::to_string(words.size() - shown) + " more; --json has all)");
}

/// `input`, with the hook when the packet does not get that far.
std::string place(const PacketRegion& region, ir::Hook hook) {
  std::string text(family_name(region.family));
  text += ' ' + std::string(analyzer::way_name(region.way));
  if (hook != analyzer::way_hook(region.way)) text += " (in " + std::string(ir::hook_chain_name(hook)) + ')';
  return text;
}

std::string region_text(const Style& style, const std::vector<const RegionSide*>& sides, const PacketRegion& region) {
  std::string text = "    " + shortened_region(style, region.expression) + '\n';
  if (!region.complete) text += "    and others: the region is too ragged to be written down\n";
  if (!region.certain) {
    std::vector<std::string> tests;
    for (const analyzer::RegionChoice& each : region.depends_on) tests.push_back(choice_text(*sides[each.side], each));
    text += "    depending on: " + listed(style, tests) + '\n';
  }
  if (region.witness) text += paint(style, Tone::kDim, "    such as " + packet_text(*region.witness)) + '\n';
  for (const analyzer::RegionChoice& each : region.supposed)
    text +=
        paint(style, Tone::kDim,
              "      when " + choice_text(*sides[each.side], each) + (each.answer ? " matches" : " does not match")) +
        '\n';
  return text;
}

std::string trouble_text(const Style& style, const std::vector<analyzer::RegionTrouble>& undecided) {
  std::string text;
  for (const analyzer::RegionTrouble& open : undecided)
    text += paint(style, Tone::kWarning, "undecided") + ": " + std::string(family_name(open.family)) +
            (open.way ? ' ' + std::string(analyzer::way_name(*open.way)) : "") + ": " + open.reason + '\n';
  return text;
}

}  // namespace

std::string query_text(const Style& style, const RegionSide& side, const analyzer::QueryResult& result) {
  std::string text;
  std::string before;
  for (const analyzer::QueryRegion& row : result.regions) {
    const std::string where = place(row.region, row.fate.hook);
    if (where != before) text += (text.empty() ? "" : "\n") + paint(style, Tone::kBold, where) + '\n';
    before = where;
    text += "  " + region_fate_text(style, side, row.fate) + '\n' + region_text(style, {&side}, row.region);
  }
  if (result.regions.empty() && result.undecided.empty()) text += "no such packet\n";
  return text + trouble_text(style, result.undecided);
}

std::string diff_text(const Style& style, const RegionSide& before, const RegionSide& after,
                      const analyzer::DiffResult& result) {
  std::string text;
  for (const analyzer::Difference& row : result.differences) {
    const ir::Hook hook = row.before.hook == row.after.hook ? row.before.hook : analyzer::way_hook(row.region.way);
    text += paint(style, Tone::kBold, place(row.region, hook)) + '\n';
    text += "  - " + region_fate_text(style, before, row.before) + "\n  + " +
            region_fate_text(style, after, row.after) + '\n';
    const auto all = [](const RegionFate& each) {
      std::vector<std::string> list = each.effects;
      if (!each.detail.empty()) list.insert(list.begin(), each.detail);
      return list;
    };
    const auto old_list = all(row.before);
    const auto new_list = all(row.after);
    if (old_list != new_list) {
      for (const auto& [list, sign] : {std::pair{&old_list, "  - "}, std::pair{&new_list, "  + "}}) {
        text += std::string(sign) + "done to them: " + (list->empty() ? "nothing" : listed(style, *list)) + '\n';
      }
    }
    text += region_text(style, {&before, &after}, row.region);
  }
  if (!result.differences.empty()) text += counted(result.differences.size(), "difference") + '\n';
  if (result.equivalent) text += paint(style, Tone::kGood, "equivalent") + ": every packet meets the same fate\n";
  return text + trouble_text(style, result.undecided);
}

}  // namespace nfproof::report
