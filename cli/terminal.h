// SPDX-License-Identifier: Apache-2.0
// Where output goes: standard output for results, standard error for everything about them, and how each is to look.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "report/style.h"

namespace nfproof::cli {

class Terminal {
 public:
  /// `colour`: `auto`, `always` or `never`.
  Terminal(std::ostream& out, std::ostream& err, std::string_view colour);

  void out(std::string_view text);
  void err(std::string_view text);
  /// `nfproof: error: message` on standard error.
  void error(std::string_view message);
  void note(std::string_view message);
  /// The input has errors, which were told: what follows is about the rest of it.
  void set_incomplete() { incomplete_ = true; }
  [[nodiscard]] bool incomplete() const { return incomplete_; }

  [[nodiscard]] const report::Style& out_style() const { return out_style_; }
  [[nodiscard]] const report::Style& err_style() const { return err_style_; }

 private:
  std::ostream& out_;
  std::ostream& err_;
  report::Style out_style_;
  report::Style err_style_;
  bool incomplete_ = false;
};

}  // namespace nfproof::cli
