// SPDX-License-Identifier: Apache-2.0
// Results as JUnit XML, which every CI server reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nfproof::report {

struct JunitCase {
  enum class Outcome {
    kPassed,
    kFailed,
    kError,    ///< could not be decided
    kSkipped,  ///< `message` says why
  };
  std::string name;
  Outcome outcome = Outcome::kPassed;
  std::string message;  ///< one line
  std::string type{};   ///< of the failure: an id
  std::string text{};   ///< the whole story
};

struct JunitSuite {
  std::string name;
  std::vector<JunitCase> cases{};
};

[[nodiscard]] std::string junit_text(const std::vector<JunitSuite>& suites);

/// Text as it may stand in XML, in attributes too; what XML cannot hold becomes `?`.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace nfproof::report
