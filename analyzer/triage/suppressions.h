// SPDX-License-Identifier: Apache-2.0
// Comments that hide findings. In any input with `#` comments:
//
//     # nfproof: ignore NF101 reason        about the next line that is no comment
//     iptables -A ... # nfproof: ignore NF101,NF102 reason      about its own line (files of commands)
//     # nfproof: ignore-file NF5 reason     about the whole file
//
// and in a rule, with a comment match: `-m comment --comment "nfproof: ignore NF101 reason"`. Ids are ids, beginnings
// of ids or names. Ids that no check has, and comments that hide nothing, are told.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/analyze.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::analyzer {

struct Suppression {
  std::vector<std::string> ids;
  std::string reason;
  source::Span place;
  bool used = false;
};

class Suppressions {
 public:
  /// Of all files of `sources` and all rules.
  Suppressions(const source::SourceManager& sources, const ir::Ruleset& ruleset, source::Diagnostics& diagnostics);

  /// The comment that hides the finding, which then counts as used; null when there is none.
  [[nodiscard]] const Suppression* hiding(const Finding& finding);
  /// Those that hid nothing although their checks were run.
  void tell_unused(const AnalyzeOptions& options, source::Diagnostics& diagnostics) const;

 private:
  void read_file(const source::SourceManager& sources, source::FileId file, source::Diagnostics& diagnostics);
  /// The text after `nfproof:`; nothing when it is no directive.
  std::optional<std::size_t> add(std::string_view directive, const source::Span& place,
                                 source::Diagnostics& diagnostics, bool* whole_file);
  [[nodiscard]] const Suppression* pick(const std::vector<std::size_t>& candidates, const Finding& finding);

  std::vector<Suppression> all_;
  std::map<std::pair<source::FileId, std::uint32_t>, std::vector<std::size_t>> by_line_;
  std::map<source::FileId, std::vector<std::size_t>> by_file_;
  std::map<ir::RuleRef, std::vector<std::size_t>> by_rule_;
};

}  // namespace nfproof::analyzer
