// SPDX-License-Identifier: Apache-2.0
// See settings.h.
#include "compiler/ipset/settings.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace nfproof::compiler::ipset {
namespace {

struct SettingRow {
  std::string_view letter;
  std::string_view name;
  bool Settings::*flag;  ///< null: takes a value, or does nothing
  bool takes_value;
};

// `-resolve` does nothing: addresses stay addresses.
constexpr std::array<SettingRow, 8> kSettings = {{
    {"-!", "exist", &Settings::exist, false},
    {"-q", "quiet", &Settings::quiet, false},
    {"-s", "sorted", &Settings::sorted, false},
    {"-n", "name", &Settings::names_only, false},
    {"-t", "terse", &Settings::terse, false},
    {"-r", "resolve", nullptr, false},
    {"-o", "output", nullptr, true},
    {"-f", "file", nullptr, true},
}};

const SettingRow* find_setting(std::string_view word) {
  const std::string_view whole = word;
  if (word.starts_with("--")) word.remove_prefix(1);
  const auto* found = std::find_if(kSettings.begin(), kSettings.end(), [&](const SettingRow& row) {
    return whole == row.letter || (word.starts_with('-') && word.substr(1) == row.name);
  });
  return found == kSettings.end() ? nullptr : found;
}

bool set_output(Settings& settings, std::string_view value) {
  static constexpr std::array<std::pair<std::string_view, Output>, 3> kModes = {
      {{"plain", Output::kPlain}, {"save", Output::kSave}, {"xml", Output::kXml}}};
  for (const auto& [name, mode] : kModes) {
    if (name != value) continue;
    settings.output = mode;
    return true;
  }
  return false;
}

}  // namespace

std::optional<Failure> take_settings(std::vector<Word>& words, Settings& settings) {
  const auto take = [&words](std::size_t index) {
    Word word = std::move(words[index]);
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(index));
    return word;
  };
  for (std::size_t i = 0; i < words.size();) {
    const SettingRow* row = find_setting(words[i].text);
    if (row == nullptr) {
      ++i;
      continue;
    }
    take(i);
    if (row->flag != nullptr) settings.*row->flag = true;
    if (!row->takes_value) continue;
    if (i >= words.size())
      return usage_failure("Missing mandatory argument to option " + std::string(row->letter), i == 0 ? 0 : i - 1);
    const std::string value = take(i).text;
    if (row->name == "file")
      settings.file = value;
    else if (!set_output(settings, value))
      return syntax_failure("unknown output mode '" + value + "'", 0);
  }
  return std::nullopt;
}

}  // namespace nfproof::compiler::ipset
