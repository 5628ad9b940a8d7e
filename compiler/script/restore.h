// SPDX-License-Identifier: Apache-2.0
// Small helpers of the shell's own files.
#pragma once

#include <string>
#include <utility>

#include "compiler/source/span.h"

namespace nfproof::script {

/// Gives a variable its old value back when the scope ends, in whichever way.
template <typename T>
class Restore {
 public:
  explicit Restore(T& variable) : variable_(variable), old_(variable) {}
  ~Restore() {
    if (active_) variable_ = std::move(old_);
  }
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;
  /// Lets the new value stay.
  void dismiss() { active_ = false; }

 private:
  T& variable_;
  T old_;
  bool active_ = true;
};

/// A redirection that a shell could not do: its command fails, the script goes on.
struct RedirectFailure {
  source::Span span;
  std::string message;
};

}  // namespace nfproof::script
