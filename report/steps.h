// SPDX-License-Identifier: Apache-2.0
// A script step by step: after which commands something is lost that was there before, and when it comes back. Collects
// what the analysis says after each step, then prints it as text or as one JSON document.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "report/findings.h"

namespace nfproof::report {

/// Something that is lost after one command.
struct StepLoss {
  analyzer::Finding finding;  ///< of the ruleset as it is then, placed at the command
  std::string command;
  std::string fate;  ///< of the finding's packet: `DROP by INPUT policy`
  std::string chain, table;
  source::Span regained_at;  ///< the command after which it is back; unknown: never
  std::string regained_by;
};

class StepReport {
 public:
  StepReport(const Style& style, const source::SourceManager& sources);
  ~StepReport();
  StepReport(const StepReport&) = delete;
  StepReport& operator=(const StepReport&) = delete;

  /// What was so before the first step is not a loss of any step.
  void begin(const CheckReport& before);
  /// After a command, which stands at `place`.
  void add(const source::Span& place, const std::string& command, const CheckReport& after);
  /// A step that was not analysed.
  void add_skipped(const source::Span& place, const std::string& command);

  [[nodiscard]] std::size_t losses() const;
  [[nodiscard]] std::size_t undecided() const;  ///< steps about which something stayed open

  [[nodiscard]] std::vector<StepLoss> found() const;
  [[nodiscard]] std::string text() const;
  /// One line of JSON with a newline.
  [[nodiscard]] std::string json() const;

 private:
  struct Data;
  std::unique_ptr<Data> data_;
};

}  // namespace nfproof::report
