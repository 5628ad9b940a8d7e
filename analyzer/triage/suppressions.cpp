// SPDX-License-Identifier: Apache-2.0
// Reading comments that hide findings, and finding the one that hides a finding.
#include "analyzer/triage/suppressions.h"

#include <algorithm>

#include "compiler/source/quotes.h"

namespace nfproof::analyzer {
namespace {

constexpr std::string_view kMark = "nfproof:";
constexpr std::string_view kBlanks = " \t";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Takes the first word off.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

/// `NF1`, `NF101`, with or without a comma.
bool looks_like_id(std::string_view word) {
  if (!word.starts_with("NF")) return false;
  const std::string_view rest = word.substr(2, word.find(',') - 2);
  return !rest.empty() && std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void split_ids(std::string_view word, std::vector<std::string>& ids) {
  while (!word.empty()) {
    const std::size_t end = std::min(word.find(','), word.size());
    if (end != 0) ids.emplace_back(word.substr(0, end));
    word.remove_prefix(std::min(end + 1, word.size()));
  }
}

/// Where the comment of a line begins; `npos`: nowhere.
std::size_t comment_start(std::string_view line) {
  source::BareScanner scanner(line);
  while (scanner.next()) {
  }
  return scanner.remark();
}

bool names_any(const std::vector<std::string>& ids, const CheckInfo& info) {
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return names_check(id, info); });
}

}  // namespace

Suppressions::Suppressions(const source::SourceManager& sources, const ir::Ruleset& ruleset,
                           source::Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < sources.size(); ++i)
    read_file(sources, source::FileId{static_cast<std::uint32_t>(i)}, diagnostics);
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c)
    for (std::size_t i = 0; i < ruleset.chains[c].rules.size(); ++i) {
      const ir::Rule& rule = ruleset.chains[c].rules[i];
      const std::string_view comment = trim(std::string_view(rule.comment));
      if (!comment.starts_with(kMark)) continue;
      bool whole_file = false;
      const auto added = add(trim(comment.substr(kMark.size())), rule.span, diagnostics, &whole_file);
      if (added)
        by_rule_[{ir::ChainId{static_cast<std::uint32_t>(c)}, static_cast<std::uint32_t>(i)}].push_back(*added);
    }
}

void Suppressions::read_file(const source::SourceManager& sources, source::FileId file,
                             source::Diagnostics& diagnostics) {
  const source::SourceFile& text = sources.file(file);
  if (text.text().find(kMark) == std::string_view::npos) return;
  std::vector<std::size_t> waiting;  // for the next line that is no comment
  for (std::uint32_t number = 1; number <= text.line_count(); ++number) {
    const std::string_view line = text.line(number);
    const std::size_t start = comment_start(line);
    const bool only_comment = start != std::string_view::npos && trim(line.substr(0, start)).empty();
    if (start != std::string_view::npos) {
      const std::string_view comment = trim(line.substr(line.find_first_not_of('#', start) == std::string_view::npos
                                                            ? line.size()
                                                            : line.find_first_not_of('#', start)));
      if (comment.starts_with(kMark)) {
        bool whole_file = false;
        const source::Span place{file, number, static_cast<std::uint32_t>(start + 1),
                                 static_cast<std::uint32_t>(line.size() + 1)};
        if (const auto added = add(trim(comment.substr(kMark.size())), place, diagnostics, &whole_file))
          (whole_file ? by_file_[file] : only_comment ? waiting : by_line_[{file, number}]).push_back(*added);
      }
    }
    if (only_comment || trim(line).empty() || waiting.empty()) continue;
    auto& here = by_line_[{file, number}];
    here.insert(here.end(), waiting.begin(), waiting.end());
    waiting.clear();
  }
}

std::optional<std::size_t> Suppressions::add(std::string_view directive, const source::Span& place,
                                             source::Diagnostics& diagnostics, bool* whole_file) {
  const std::string_view verb = take_word(directive);
  if (verb != "ignore" && verb != "ignore-file") {
    diagnostics.warning(
        "unknown-directive", place,
        "`" + std::string(verb) + "` after `nfproof:` is not understood; expected `ignore` or `ignore-file`");
    return std::nullopt;
  }
  *whole_file = verb == "ignore-file";
  Suppression made;
  made.place = place;
  do split_ids(take_word(directive), made.ids);
  while (looks_like_id(directive));
  made.reason = std::string(directive);
  if (made.ids.empty()) {
    diagnostics.warning("unknown-check", place, "a check is missing; expected `nfproof: ignore NF101 reason`");
    return std::nullopt;
  }
  for (const std::string& id : made.ids)
    if (!is_check_name(id))
      diagnostics.warning("unknown-check", place, "no check is called `" + id + "`; `nfproof explain` lists them");
  std::erase_if(made.ids, [](const std::string& id) { return !is_check_name(id); });
  if (made.ids.empty()) return std::nullopt;
  all_.push_back(std::move(made));
  return all_.size() - 1;
}

const Suppression* Suppressions::pick(const std::vector<std::size_t>& candidates, const Finding& finding) {
  const CheckInfo* info = find_check(finding.id);
  for (const std::size_t at : candidates)
    if (info != nullptr && names_any(all_[at].ids, *info)) {
      all_[at].used = true;
      return &all_[at];
    }
  return nullptr;
}

const Suppression* Suppressions::hiding(const Finding& finding) {
  const Suppression* found = nullptr;
  const auto try_list = [&](const auto& map, const auto& key) {
    const auto at = map.find(key);
    if (found == nullptr && at != map.end()) found = pick(at->second, finding);
  };
  if (finding.rule) try_list(by_rule_, *finding.rule);
  if (finding.span.is_known()) {
    try_list(by_line_, std::pair(finding.span.file, finding.span.line));
    try_list(by_file_, finding.span.file);
  }
  return found;
}

void Suppressions::tell_unused(const AnalyzeOptions& options, source::Diagnostics& diagnostics) const {
  for (const Suppression& each : all_) {
    if (each.used) continue;
    bool all_run = true;
    std::string ids;
    for (const std::string& id : each.ids) ids += (ids.empty() ? "" : ",") + id;
    for (const CheckInfo& info : check_catalogue())
      if (names_any(each.ids, info)) all_run = all_run && is_selected(options, info);
    if (all_run)
      diagnostics.warning("unused-suppression", each.place, "this hides nothing: no finding of `" + ids + "` is here");
  }
}

}  // namespace nfproof::analyzer
