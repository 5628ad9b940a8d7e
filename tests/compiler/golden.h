// SPDX-License-Identifier: Apache-2.0
// Golden tests: text in, text out, the expectation in a file next to the input. NFPROOF_REWRITE=1 writes the
// expectations anew; `git diff` is the review.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nfproof::testing {

[[nodiscard]] std::string read_text(const std::filesystem::path& path);
/// Files under `folder` whose name ends with one of the extensions, sorted.
[[nodiscard]] std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                                          const std::vector<std::string>& extensions);
/// Fails the running test when the file does not hold the text (or writes it, see above).
void expect_golden(const std::filesystem::path& expectation, const std::string& text);

/// The corpus of real rulesets; empty when it is not there.
[[nodiscard]] std::filesystem::path corpus();

}  // namespace nfproof::testing
