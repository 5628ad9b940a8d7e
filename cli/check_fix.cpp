// SPDX-License-Identifier: Apache-2.0
// Fixes are tried all at once; where that is not proved equivalent, in halves. Those that change what happens to
// packets come last.
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
#include "cli/check_script.h"
#include "compiler/commands/command_file.h"
#include "compiler/frontend/detect.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

/// One fix: changes of lines by file, and what it is about.
struct Change {
  std::map<std::string, LineChanges> lines;
  const analyzer::Finding* finding = nullptr;
  bool moves = false;
};
using Changes = std::map<std::string, LineChanges>;

bool is_listing(std::string_view text) { return text.find("iptables ") == std::string_view::npos; }

class Fixer {
 public:
  Fixer(Terminal& terminal, const InputOptions& inputs, const CheckRequest& request, const Project& project)
      : terminal_(terminal),
        inputs_(inputs),
        request_(request),
        project_(project),
        nothing_(nullptr),
        quiet_(nothing_, nothing_, "never"),
        script_(find_script(inputs)) {
    inputs_.write_host.clear();
  }

  FixResult run(FixRequest how) {
    FixResult result;
    for (const std::string& path : inputs_.files) {
      source::FileText read = source::read_file(path);
      if (path == "-" || !read.error.empty()) return result;
      texts_[path] = std::move(read.text);
    }
    if (!load({}, before_)) return result;
    auto options = analyze_options(quiet_, request_, project_, before_);
    auto host = load_host(quiet_, inputs_, before_);
    if (!options || !host) return result;
    host_ = std::move(*host);
    for (const auto& [path, text] : texts_) lines_.emplace(path, FileLines(text, kind_of(path)));
    result.readable = true;
    collect(*options);
    accept_proved();
    if (how.anyway)
      accept_others();
    else
      leave_others();
    for (const auto& [path, changes] : accepted_) {
      FixedFile file = counts_[path];
      file.path = path;
      file.before = texts_[path];
      file.after = with_changes(file.before, changes);
      file.changes = changes;
      if (file.after != file.before) result.files.push_back(std::move(file));
    }
    result.left_out = report::diagnostics_text(terminal_.err_style(), before_.sources, left_out_);
    result.left_out_count = left_out_count_;
    return result;
  }

 private:
  [[nodiscard]] bool follows() const { return script_ && !script_->is_list; }

  /// The input with changes of its files. False: it has errors.
  bool load(const Changes& changes, compiler::Compilation& into) {
    if (follows()) {
      ScriptInput script = *script_;
      if (const auto changed = changes.find(script.path); changed != changes.end())
        script.text = with_changes(script.text, changed->second);
      return load_script(quiet_, script, into) && !into.diagnostics.has_errors();
    }
    InputOptions inputs = inputs_;
    for (const auto& [path, lines] : changes) inputs.texts[path] = with_changes(texts_[path], lines);
    return load_rulesets(quiet_, inputs, into) && !into.diagnostics.has_errors();
  }

  LineKind kind_of(const std::string& path) const {
    if (follows()) return LineKind::kScript;
    for (std::size_t i = 0; i < before_.sources.size(); ++i) {
      const source::SourceFile& file = before_.sources.file(static_cast<source::FileId>(i));
      if (file.path() != path) continue;
      if (compiler::is_command_file(file.text()))
        return is_listing(file.text()) ? LineKind::kSave : LineKind::kCommands;
      if (!compiler::is_nft_file(file)) return LineKind::kSave;
      return compiler::is_nft_json_file(file) ? LineKind::kJson : LineKind::kNft;
    }
    return LineKind::kSave;
  }

  void leave_out(const analyzer::Finding& finding, const std::string& reason, bool counts = true) {
    const source::Span place = finding.fix->edits.back().span;
    left_out_.note(std::string(finding.id), place, "not fixed: " + reason);
    left_out_count_ += counts ? 1 : 0;
  }

  /// The fixes of what a check would tell.
  void collect(const analyzer::AnalyzeOptions& options) {
    source::Diagnostics ignored;
    analyzer::Suppressions suppressions(before_.sources, before_.ruleset, ignored);
    found_ = analyse(quiet_, before_, host_, options);
    const analyzer::TriageOptions wanted{project_.settings, project_.directory};
    (void)analyzer::triage(before_.sources, before_.ruleset, wanted, suppressions, found_);
    std::set<std::pair<std::string, std::size_t>> taken;
    for (const analyzer::Finding& finding : found_.findings) {
      if (!finding.fix || finding.fix->edits.empty()) continue;
      const analyzer::Edit& removal = finding.fix->edits.back();
      const std::string& path = before_.sources.file(removal.span.file).path();
      if (lines_.find(path) == lines_.end() || !taken.insert({path, removal.span.line}).second) continue;
      const std::string_view reason = lines_.at(path).why_not(removal.span.line);
      if (!reason.empty()) {
        leave_out(finding, std::string(reason));
        continue;
      }
      Change change = change_of(finding, path);
      (finding.fix->safe || finding.fix->provable ? to_prove_ : others_).push_back(std::move(change));
    }
  }

  Change change_of(const analyzer::Finding& finding, const std::string& path) {
    Change change;
    change.finding = &finding;
    const FileLines& lines = lines_.at(path);
    for (const analyzer::Edit& edit : finding.fix->edits) {
      if (!edit.text_of.is_known()) {
        change.lines[path][edit.span.line].gone = true;
        continue;
      }
      // What is said above a rule goes with it.
      change.moves = true;
      std::string& text = change.lines[path][lines.first_remark(edit.span.line)].before;
      for (std::size_t line = lines.first_remark(edit.text_of.line); line <= edit.text_of.line; ++line) {
        text += lines.whole(line);
        change.lines[path][line].gone = true;
      }
    }
    return change;
  }

  static void merge(Changes& into, const Change& change) {
    for (const auto& [path, lines] : change.lines)
      for (const auto& [number, line] : lines) {
        LineChange& merged = into[path][number];
        merged.gone = merged.gone || line.gone;
        merged.before += line.before;
      }
  }

  void count(const Change& change, bool proved) {
    FixedFile& file = counts_[change.lines.begin()->first];
    ++(!change.moves ? file.deleted : proved ? file.moved : file.moved_anyway);
  }

  void accept_proved() {
    std::vector<std::vector<Change>> groups;
    if (!to_prove_.empty()) groups.push_back(to_prove_);
    while (!groups.empty()) {
      const std::vector<Change> group = std::move(groups.back());
      groups.pop_back();
      auto trial = accepted_;
      for (const Change& change : group) merge(trial, change);
      if (is_equivalent(trial)) {
        accepted_ = std::move(trial);
        for (const Change& change : group) count(change, true);
      } else if (group.size() > 1) {
        const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
        groups.emplace_back(middle, group.end());
        groups.emplace_back(group.begin(), middle);
      } else if (group.front().moves) {
        others_.push_back(group.front());
      } else {
        leave_out(*group.front().finding, reason_against(*group.front().finding));
      }
    }
  }

  /// Why the last trial, of this fix alone, failed.
  std::string reason_against(const analyzer::Finding& finding) const {
    std::size_t rules = 0;
    for (const ir::Chain& chain : before_.ruleset.chains)
      if (before_.ruleset.table(chain.table).family == finding.family)
        for (const ir::Rule& rule : chain.rules)
          rules += rule.span.file == finding.span.file && rule.span.line == finding.span.line ? 1 : 0;
    if (rules > 1) return "the line makes " + std::to_string(rules) + " rules, and not all can go";
    return std::string(against_);
  }

  /// Moves that were not asked for.
  void leave_others() {
    for (const Change& change : others_)
      leave_out(*change.finding, "moved up, the rule changes what happens to some packets; `--unsafe-fixes` moves it",
                false);
  }

  /// Moves that change something: the rules are the same afterwards, in another order.
  void accept_others() {
    for (const Change& change : others_) {
      auto trial = accepted_;
      merge(trial, change);
      compiler::Compilation before, after;
      const bool good =
          load(accepted_, before) && load(trial, after) && before.ruleset.rule_count() == after.ruleset.rule_count();
      if (!good) {
        leave_out(*change.finding, "moving the line changes more than the order of the rules");
        continue;
      }
      accepted_ = std::move(trial);
      count(change, false);
    }
    others_.clear();
  }

  /// Compiled again, with the same host: does every packet meet the same fate, and no step of a script lose more?
  bool is_equivalent(const Changes& changes) {
    compiler::Compilation after;
    if (!load(changes, after)) return against_ = "the file has errors without the line", false;
    const auto old_expanded = analyzer::expand_sets(before_.ruleset, before_.sets);
    const auto new_expanded = analyzer::expand_sets(after.ruleset, after.sets);
    analyzer::RegionOptions options;
    options.host = &host_;
    options.read_out = false;
    const bool equivalent = analyzer::diff(old_expanded ? *old_expanded : before_.ruleset,
                                           new_expanded ? *new_expanded : after.ruleset, options)
                                .equivalent;
    if (!equivalent) return against_ = "the result is not proved equivalent", false;
    if (script_ && loses_more(changes)) return against_ = "access would be lost on the way", false;
    return true;
  }

  /// How many findings and open questions there are about single steps; nothing: an error.
  std::optional<std::size_t> step_losses(const Changes& changes) {
    ScriptInput script = *script_;
    compiler::Compilation compilation;
    if (const auto changed = changes.find(script.path); changed != changes.end())
      script.text = with_changes(script.text, changed->second);
    if (!load(changes, compilation)) return std::nullopt;
    std::vector<std::string> admin = request_.admin;
    if (admin.empty())
      for (const analyzer::Setting& setting : project_.settings.admin) admin.push_back(setting.text);
    std::size_t open = 0;
    const auto lost = lost_on_the_way(quiet_, script, admin, host_, compilation, open);
    return lost ? std::optional(lost->size() + open) : std::nullopt;
  }

  bool loses_more(const Changes& changes) {
    if (!losses_before_) losses_before_ = step_losses({});
    const auto after = step_losses(changes);
    return !losses_before_ || !after || *after > *losses_before_;
  }

  Terminal& terminal_;
  InputOptions inputs_;
  const CheckRequest& request_;
  const Project& project_;
  std::ostream nothing_;
  Terminal quiet_;
  std::optional<ScriptInput> script_;
  compiler::Compilation before_;
  ir::Host host_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, FileLines> lines_;
  analyzer::AnalyzeResult found_;
  std::vector<Change> to_prove_, others_;
  Changes accepted_;
  std::map<std::string, FixedFile> counts_;
  std::optional<std::size_t> losses_before_;
  source::Diagnostics left_out_;
  std::size_t left_out_count_ = 0;
  std::string_view against_;  ///< the last trial
};

}  // namespace

FixResult find_fixes(Terminal& terminal, const InputOptions& inputs, const CheckRequest& request,
                     const Project& project, FixRequest how) {
  return Fixer(terminal, inputs, request, project).run(how);
}

}  // namespace nfproof::cli
