// SPDX-License-Identifier: Apache-2.0
// Diagnostics as values: what is wrong with an input, and where. Library code collects them; a renderer in `report`
// prints them. Messages are lower case, without a full stop, code in backticks, the hint last.
#pragma once

#include <string>
#include <vector>

#include "compiler/source/span.h"

namespace nfproof::source {

enum class Severity { kNote, kWarning, kError };

/// A second place that belongs to a diagnostic ("first declared here").
struct Label {
  Span span;
  std::string message;
};

/// How iptables itself tells the same thing, for those who stand in for it.
struct ToolMessage {
  enum class Form {
    kNone,       ///< not known
    kParameter,  ///< `iptables vN: TEXT`, then where to find help; exit code 2
    kVersion,    ///< `iptables vN: TEXT`, then advice to upgrade; exit code 3
    kArgument,   ///< TEXT alone, then where to find help; exit code 2
    kFailure,    ///< `iptables: TEXT.`; exit code 1
    kKernel,     ///< the same, but only found out when the table is loaded
    kWarning,    ///< TEXT alone, and the command goes on
  };
  Form form = Form::kNone;
  std::string text;
};

/// Most of what the kernel refuses, it refuses with EINVAL and without a word.
[[nodiscard]] ToolMessage kernel_refuses();

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string id;  ///< stable kebab-case name, printed in brackets: `unknown-module`
  Span span;
  std::string message;
  std::vector<Label> labels;
  ToolMessage tool;
};

/// Collects the diagnostics of one run.
class Diagnostics {
 public:
  Diagnostic& add(Severity severity, std::string id, Span span, std::string message);
  Diagnostic& error(std::string id, Span span, std::string message);
  Diagnostic& warning(std::string id, Span span, std::string message);
  Diagnostic& note(std::string id, Span span, std::string message);

  /// Brings them into the order of the input: by file, line and column.
  void sort();

  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }
  [[nodiscard]] std::size_t error_count() const { return errors_; }
  [[nodiscard]] bool has_errors() const { return errors_ != 0; }

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

}  // namespace nfproof::source
