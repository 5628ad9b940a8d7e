// SPDX-License-Identifier: Apache-2.0
// One typical use of each module, from which the support table is made.
#pragma once

#include <span>
#include <string_view>

namespace nfproof::cli {

struct ModuleSample {
  std::string_view module;
  std::string_view table;
  std::string_view rule;  ///< `-A CHAIN ...`
};

[[nodiscard]] std::span<const ModuleSample> module_samples();

}  // namespace nfproof::cli
