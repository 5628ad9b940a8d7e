// SPDX-License-Identifier: Apache-2.0
// Runs the selected checks over a ruleset.
#include "analyzer/analyze.h"

#include <algorithm>
#include <cctype>

#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && std::equal(with.begin(), with.end(), text.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

bool names(const std::vector<std::string>& list, const CheckInfo& info) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& each) { return names_check(each, info); });
}

}  // namespace

bool names_check(std::string_view word, const CheckInfo& info) {
  if (word.empty()) return false;
  return begins(info.id, word) || (word.size() == info.name.size() && begins(info.name, word));
}

bool is_check_name(std::string_view word) {
  const auto all = check_catalogue();
  return std::any_of(all.begin(), all.end(), [word](const CheckInfo& info) { return names_check(word, info); });
}

bool is_asked_for(const AnalyzeOptions& options, const CheckInfo& info) {
  return std::any_of(options.select.begin(), options.select.end(), [&](const std::string& each) {
    return names_check(each, info) && each.size() >= info.id.size();
  });
}

bool is_selected(const AnalyzeOptions& options, const CheckInfo& info) {
  const bool selected = options.select.empty() || names(options.select, info);
  if (info.on_request && !is_asked_for(options, info)) return false;
  return selected && !names(options.ignore, info);
}

AnalyzeResult analyze(const ir::Ruleset& ruleset, const AnalyzeOptions& options) {
  Analysis analysis(ruleset, options);
  for (const Check& check : all_checks())
    if (is_selected(options, check.info)) check.run(analysis, check.info);
  return analysis.take_result();
}

}  // namespace nfproof::analyzer
