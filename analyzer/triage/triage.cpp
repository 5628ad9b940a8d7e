// SPDX-License-Identifier: Apache-2.0
// Sorting findings.
#include "analyzer/triage/triage.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "analyzer/triage/fingerprint.h"

namespace nfproof::analyzer {
namespace {

/// The settings that hold for each file.
class FileRules {
 public:
  FileRules(const source::SourceManager& sources, const TriageOptions& options)
      : sources_(sources), options_(options) {}

  /// The level of the finding, nothing when it is not wanted.
  std::optional<Level> level(const Finding& finding) {
    const CheckInfo* check = find_check(finding.id);
    if (check == nullptr) return finding.level;
    // A check that is off is only run when it was asked for by name.
    std::optional<Level> level = level_by(options_.settings.levels, *check, finding.level).value_or(finding.level);
    if (!finding.span.is_known()) return level;
    for (const Settings::ForFiles* rules : of(finding.span.file)) {
      const auto ignored = [&](const std::string& word) { return names_check(word, *check); };
      if (std::any_of(rules->ignore.begin(), rules->ignore.end(), ignored)) return std::nullopt;
      level = level_by(rules->levels, *check, level);
    }
    return level;
  }

 private:
  const std::vector<const Settings::ForFiles*>& of(source::FileId file) {
    const auto [at, is_new] = by_file_.emplace(file, std::vector<const Settings::ForFiles*>());
    if (!is_new || options_.settings.files.empty()) return at->second;
    namespace fs = std::filesystem;
    std::error_code failure;
    const fs::path here = fs::current_path(failure);
    const fs::path root = (here / options_.root).lexically_normal();
    const std::string path =
        (here / sources_.file(file).path()).lexically_normal().lexically_proximate(root).generic_string();
    for (const Settings::ForFiles& rules : options_.settings.files)
      if (matches_pattern(rules.pattern, path)) at->second.push_back(&rules);
    return at->second;
  }

  const source::SourceManager& sources_;
  const TriageOptions& options_;
  std::map<source::FileId, std::vector<const Settings::ForFiles*>> by_file_;
};

}  // namespace

std::vector<HiddenFinding> triage(const source::SourceManager& sources, const ir::Ruleset& ruleset,
                                  const TriageOptions& options, Suppressions& suppressions, AnalyzeResult& result) {
  using By = HiddenFinding::By;
  set_fingerprints(ruleset, result.findings);
  FileRules rules(sources, options);
  std::vector<Finding> shown;
  std::vector<HiddenFinding> hidden;
  for (Finding& finding : result.findings) {
    const auto level = rules.level(finding);
    if (!level) continue;
    finding.level = *level;
    const Suppression* comment = suppressions.hiding(finding);
    const bool in_baseline = options.baseline != nullptr && options.baseline->contains(finding.fingerprint);
    const bool in_old = options.old != nullptr && options.old->contains(finding.fingerprint);
    if (comment == nullptr && !in_baseline && !in_old) {
      shown.push_back(std::move(finding));
      continue;
    }
    HiddenFinding& made = hidden.emplace_back();
    made.finding = std::move(finding);
    made.was_there = in_baseline || in_old;
    made.by = comment != nullptr ? By::kComment : in_baseline ? By::kBaseline : By::kOld;
    if (comment == nullptr) continue;
    made.reason = comment->reason;
    made.place = comment->place;
  }
  result.findings = std::move(shown);
  return hidden;
}

std::vector<std::string> checks_off(const Settings& settings) {
  std::vector<std::string> off;
  for (const CheckInfo& check : check_catalogue())
    if (!level_by(settings.levels, check, check.level)) off.emplace_back(check.id);
  return off;
}

}  // namespace nfproof::analyzer
