// SPDX-License-Identifier: Apache-2.0
// The settings of a project: a TOML file (`.nfproof.toml`) that says which checks are run, how bad their findings are,
// who must keep access and what is open on purpose. Entry: `read_settings`. What a key means to whom stands in
// docs/configuration.md; keys that nobody knows are errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/analyze.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::analyzer {

/// A word or an expression, and where it stands.
struct Setting {
  std::string text;
  source::Span span;
};

/// The level of some checks; nothing: they are off.
struct LevelSetting {
  std::string checks;
  std::optional<Level> level;
};

struct Settings {
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  std::vector<Setting> admin;
  std::vector<Setting> expected_open;
  std::optional<std::vector<SensitivePort>> sensitive_ports;  ///< absent: the built-in list
  std::vector<LevelSetting> levels;
  std::optional<Level> fail_on;
  std::string baseline;  ///< relative to the settings file

  /// What is otherwise for the files whose path matches.
  struct ForFiles {
    std::string pattern;
    std::vector<std::string> ignore;
    std::vector<LevelSetting> levels;
  };
  std::vector<ForFiles> files;
};

/// Nothing after an error, which is told.
[[nodiscard]] std::optional<Settings> read_settings(const source::SourceFile& text, source::FileId file,
                                                    source::Diagnostics& diagnostics);

/// `error`, `warning`, `info`.
[[nodiscard]] std::optional<Level> level_of_name(std::string_view name);

/// The level that the settings give a finding's check, the most particular name first; nothing to say: `as_found`.
/// The result has nothing when the check is off.
[[nodiscard]] std::optional<Level> level_by(const std::vector<LevelSetting>& levels, const CheckInfo& check,
                                            std::optional<Level> as_found);

/// Does a path match a pattern: `*` and `?` within one name, `**` any number of names; a pattern without a slash is
/// about the last name.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view path);

}  // namespace nfproof::analyzer
