// SPDX-License-Identifier: Apache-2.0
// A policy file: assertions in TOML (docs/policy.md). Entry: `read_policy`, which knows keys and shapes; expressions
// and addresses stay texts with their places, for whoever can read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/regions/verify.h"
#include "analyzer/triage/settings.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::analyzer {

struct PolicyEntry {
  Assertion assertion;  ///< without what the texts below say
  std::optional<Setting> packets;
  std::vector<Setting> from, to;  ///< addresses, networks or names of groups, resolved already
  std::vector<Setting> open;      ///< expressions
  std::vector<Setting> arrives;   ///< addresses
  std::optional<Setting> arrives_port;
};

/// What was understood; errors are told. Nothing when the text is no TOML.
[[nodiscard]] std::optional<std::vector<PolicyEntry>> read_policy(const source::SourceFile& text, source::FileId file,
                                                                  source::Diagnostics& diagnostics);

}  // namespace nfproof::analyzer
