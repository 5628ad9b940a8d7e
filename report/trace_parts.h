// SPDX-License-Identifier: Apache-2.0
// What the text and the JSON of a trace share: why a rule did not match, and what changed. Internal to this room.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/packet.h"

namespace nfproof::report {

/// A test that was not true: `-m tcp --dport 22`, and what the packet has instead: `tcp.dport is 80`.
struct FailedTest {
  std::string test;
  std::string instead;
};
[[nodiscard]] FailedTest failed_test(const ir::Ruleset& ruleset, const ir::Rule& rule, std::size_t condition,
                                     const ir::Packet& packet);

/// A field that is not what it was.
struct FieldChange {
  std::string field;
  std::string from;  ///< empty: it was not there
  std::string to;
};
[[nodiscard]] std::vector<FieldChange> changes(const ir::Packet& before, const ir::Packet& after);

/// A rule as it was written, without the chain it is appended to.
[[nodiscard]] std::string rule_text(const ir::Rule& rule);

}  // namespace nfproof::report
