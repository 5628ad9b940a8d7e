// SPDX-License-Identifier: Apache-2.0
// Fixes are tried all at once; where that is not proved equivalent, in halves.
#include "cli/check_fix.h"

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string_view>

#include "analyzer/paths/expand_sets.h"
#include "analyzer/regions/regions.h"
#include "analyzer/triage/triage.h"

namespace nfproof::cli {
namespace {

using Lines = std::map<std::size_t, std::string>;  // by number: what stands there instead; empty: nothing

/// Lines with their ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string with_changes(std::string_view text, const Lines& changes) {
  std::string out;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    const auto change = changes.find(++number);
    out += change == changes.end() ? std::string(line) : change->second;
  }
  return out;
}

/// A rule of a save file: nothing else stands in its line.
bool is_rule_line(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.starts_with('[')) line.remove_prefix(std::min(line.find("] ") + 2, line.size()));
  return line.starts_with("-A ") || line.starts_with("-I ");
}

/// One fix: changes of lines by file.
using Change = std::map<std::string, Lines>;

class Fixer {
 public:
  Fixer(const InputOptions& inputs, const CheckRequest& request, const Project& project)
      : inputs_(inputs), request_(request), project_(project), nothing_(nullptr), quiet_(nothing_, nothing_, "never") {
    inputs_.write_host.clear();
  }

  FixResult run() {
    FixResult result;
    for (const std::string& path : inputs_.files) {
      source::FileText read = source::read_file(path);
      if (path == "-" || !read.error.empty()) return result;
      texts_[path] = std::move(read.text);
    }
    if (!load_rulesets(quiet_, inputs_, before_) || before_.diagnostics.has_errors()) return result;
    auto options = analyze_options(quiet_, request_, project_, before_);
    auto host = load_host(quiet_, inputs_, before_);
    if (!options || !host) return result;
    host_ = std::move(*host);
    result.readable = true;
    collect(*options, result);
    accept(result);
    for (const auto& [path, changes] : accepted_) {
      FixedFile file{path, texts_[path], with_changes(texts_[path], changes)};
      for (const auto& [number, text] : changes) file.deleted += text.empty() ? 1 : 0;
      if (file.after != file.before) result.files.push_back(std::move(file));
    }
    return result;
  }

 private:
  /// The fixes of what a check would tell.
  void collect(const analyzer::AnalyzeOptions& options, FixResult& result) {
    source::Diagnostics ignored;
    analyzer::Suppressions suppressions(before_.sources, before_.ruleset, ignored);
    analyzer::AnalyzeResult found = analyse(quiet_, before_, host_, options);
    const analyzer::TriageOptions wanted{project_.settings, project_.directory};
    (void)analyzer::triage(before_.sources, before_.ruleset, wanted, suppressions, found);
    std::set<std::pair<std::string, std::size_t>> taken;
    for (const analyzer::Finding& finding : found.findings) {
      if (!finding.fix || !finding.fix->safe || finding.fix->edits.empty()) continue;
      Change change;
      bool good = true, fresh = true;
      for (const analyzer::Edit& edit : finding.fix->edits) {
        const std::string& path = before_.sources.file(edit.span.file).path();
        const auto text = texts_.find(path);
        const std::string_view line = before_.sources.file(edit.span.file).line(edit.span.line);
        good = good && text != texts_.end() && edit.replacement.empty() && is_rule_line(line);
        if (!good) break;
        fresh = fresh && taken.insert({path, edit.span.line}).second;
        change[path][edit.span.line] = {};
      }
      result.elsewhere += good ? 0 : 1;
      if (good && fresh) changes_.push_back(std::move(change));
    }
  }

  static void merge(std::map<std::string, Lines>& into, const Change& change) {
    for (const auto& [path, lines] : change) into[path].insert(lines.begin(), lines.end());
  }

  void accept(FixResult& result) {
    std::vector<std::vector<Change>> groups;
    if (!changes_.empty()) groups.push_back(changes_);
    while (!groups.empty()) {
      const std::vector<Change> group = std::move(groups.back());
      groups.pop_back();
      auto trial = accepted_;
      for (const Change& change : group) merge(trial, change);
      if (is_equivalent(trial)) {
        accepted_ = std::move(trial);
      } else if (group.size() == 1) {
        ++result.unproved;
      } else {
        const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
        groups.emplace_back(middle, group.end());
        groups.emplace_back(group.begin(), middle);
      }
    }
  }

  /// Compiled again, with the same host: does every packet meet the same fate?
  bool is_equivalent(const std::map<std::string, Lines>& changes) {
    InputOptions inputs = inputs_;
    for (const auto& [path, lines] : changes) inputs.texts[path] = with_changes(texts_[path], lines);
    compiler::Compilation after;
    if (!load_rulesets(quiet_, inputs, after) || after.diagnostics.has_errors()) return false;
    const auto old_expanded = analyzer::expand_sets(before_.ruleset, before_.sets);
    const auto new_expanded = analyzer::expand_sets(after.ruleset, after.sets);
    analyzer::RegionOptions options;
    options.host = &host_;
    options.read_out = false;
    return analyzer::diff(old_expanded ? *old_expanded : before_.ruleset, new_expanded ? *new_expanded : after.ruleset,
                          options)
        .equivalent;
  }

  InputOptions inputs_;
  const CheckRequest& request_;
  const Project& project_;
  std::ostream nothing_;
  Terminal quiet_;
  compiler::Compilation before_;
  ir::Host host_;
  std::map<std::string, std::string> texts_;
  std::vector<Change> changes_;
  std::map<std::string, Lines> accepted_;
};

}  // namespace

FixResult find_fixes(const InputOptions& inputs, const CheckRequest& request, const Project& project) {
  return Fixer(inputs, request, project).run();
}

std::string unified_diff(const FixedFile& file) {
  constexpr std::size_t kContext = 3;
  const std::vector<std::string_view> before = lines_of(file.before), after = lines_of(file.after);
  // Lines are deleted or replaced one by one, so the two texts are walked side by side.
  std::vector<char> kinds;  // of each old line: ` ` kept, `-` gone
  std::size_t next = 0;
  for (const std::string_view line : before) {
    const bool kept = next < after.size() && after[next] == line;
    kinds.push_back(kept ? ' ' : '-');
    next += kept ? 1 : 0;
  }
  std::string text = "--- " + file.path + "\n+++ " + file.path + '\n';
  std::size_t gone_before = 0;
  for (std::size_t i = 0; i < kinds.size();) {
    if (kinds[i] == ' ') {
      ++i;
      continue;
    }
    const std::size_t first = i - std::min(i, kContext);
    std::size_t last = i;  // of the changes of the hunk
    for (std::size_t k = i; k < kinds.size() && k <= last + 2 * kContext + 1; ++k)
      if (kinds[k] == '-') last = k;
    const std::size_t end = std::min(kinds.size(), last + kContext + 1);
    const auto gone = static_cast<std::size_t>(std::count(kinds.begin() + static_cast<std::ptrdiff_t>(first),
                                                          kinds.begin() + static_cast<std::ptrdiff_t>(end), '-'));
    text += "@@ -" + std::to_string(first + 1) + ',' + std::to_string(end - first) + " +" +
            std::to_string(first + 1 - gone_before) + ',' + std::to_string(end - first - gone) + " @@\n";
    for (std::size_t k = first; k < end; ++k) {
      text += kinds[k];
      text += before[k];
      if (!before[k].ends_with('\n')) text += "\n\\ No newline at end of file\n";
    }
    gone_before += gone;
    i = end;
  }
  return text;
}

}  // namespace nfproof::cli
