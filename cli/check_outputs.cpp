// SPDX-License-Identifier: Apache-2.0
// Formats and files of `check`.
#include "cli/check_outputs.h"

#include <algorithm>
#include <array>

#include "cli/write_file.h"

namespace nfproof::cli {
namespace {

struct Format {
  std::string_view name;
  std::string (*text)(const report::CheckReport&);  ///< null: text for people, which depends on the terminal
};
constexpr std::array<Format, 5> kFormats = {{{"text", nullptr},
                                             {"json", report::findings_json},
                                             {"sarif", report::findings_sarif},
                                             {"github", report::findings_github},
                                             {"junit", report::findings_junit}}};
constexpr std::array<std::string_view, 5> kNames = {"text", "json", "sarif", "github", "junit"};

bool is_format(std::string_view name) { return std::find(kNames.begin(), kNames.end(), name) != kNames.end(); }

}  // namespace

std::span<const std::string_view> CheckOutputs::formats() { return kNames; }

void CheckOutputs::declare(Arguments& arguments) {
  arguments.values("-o,--output", "[FORMAT=]FILE", files_,
                   "write to FILE: the format that is named, or the --format that stands at the same place among its "
                   "kind; repeatable");
  arguments.flag("--json", json_, "the same as --format json");
}

bool CheckOutputs::plan(Terminal& terminal, const InputOptions& inputs) {
  for (const std::string& format : inputs.formats)
    if (is_format(format)) outputs_.push_back({format, {}});
  if (json_) outputs_.push_back({"json", {}});
  std::vector<Output> named;
  std::size_t next = 0;  // format without a file
  for (const std::string& word : files_) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos && is_format(word.substr(0, equals))) {
      named.push_back({word.substr(0, equals), word.substr(equals + 1)});
      if (named.back().file.empty()) return terminal.error("--output takes [FORMAT=]FILE"), false;
      continue;
    }
    if (next == outputs_.size()) return terminal.error("`-o " + word + "` has no --format of its own"), false;
    outputs_[next++].file = word == "-" ? "" : word;
  }
  if (outputs_.empty()) outputs_.push_back({"text", {}});
  outputs_.insert(outputs_.end(), named.begin(), named.end());
  const auto to_screen =
      std::count_if(outputs_.begin(), outputs_.end(), [](const Output& o) { return o.file.empty(); });
  if (to_screen <= 1) return true;
  return terminal.error("only one format goes to standard output; the others take -o FILE"), false;
}

bool CheckOutputs::write(Terminal& terminal, const report::CheckReport& report) const {
  bool good = true;
  for (const Output& output : outputs_) {
    const bool screen = output.file.empty();
    const auto format =
        std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& each) { return each.name == output.format; });
    const std::string text = format->text != nullptr
                                 ? format->text(report)
                                 : report::findings_text(screen ? terminal.out_style() : report::Style{}, report);
    if (screen)
      terminal.out(text);
    else
      good = write_file(terminal, output.file, text) && good;
  }
  return good;
}

bool CheckOutputs::tells_people() const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [](const Output& output) { return output.file.empty() && output.format == "text"; });
}

}  // namespace nfproof::cli
