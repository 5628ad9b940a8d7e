// SPDX-License-Identifier: Apache-2.0
// The options of one subcommand: declared once, used for parsing and for its help text. The parser's own headers stay
// in `arguments.cpp`.
//
// Entries: `Arguments` (declared by each subcommand), `parse_arguments`, `help_text`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::cli {

/// Where values go must outlive the parsing.
class Arguments {
 public:
  /// Input files; `name` as the usage line shows it.
  void files(std::string name, std::vector<std::string>& to, std::string help, bool required = true);
  /// One file, and all words after it: options of this command may follow the file, the first other word (or `--`)
  /// begins the rest.
  void file_and_rest(std::string name, std::vector<std::string>& to, std::string help);
  /// `names`: `-c`, `--json` or `-o,--output`.
  void flag(std::string names, bool& to, std::string help);
  void value(std::string names, std::string value_name, std::string& to, std::string help);
  /// May be given several times; with `commas` one value holds several.
  void values(std::string names, std::string value_name, std::vector<std::string>& to, std::string help,
              bool commas = false);
  /// An option that scripts may use with other versions; using it here is an error that says so.
  void unavailable(std::string names, bool takes_value);

  struct Row {
    enum class Kind { kFiles, kFileAndRest, kFlag, kValue, kValues, kUnavailableFlag, kUnavailableValue };
    Kind kind{};
    std::string names;
    std::string value_name;
    std::string help;
    bool required = false;
    bool commas = false;
    bool* flag = nullptr;
    std::string* value = nullptr;
    std::vector<std::string>* values = nullptr;
  };
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  Row& add(Row::Kind kind, std::string names, std::string value_name, std::string help);

  std::vector<Row> rows_;
};

struct ParsedArguments {
  bool help = false;
  std::optional<std::string> error;
};

[[nodiscard]] ParsedArguments parse_arguments(const Arguments& arguments, std::string_view command,
                                              const std::vector<std::string>& words);

[[nodiscard]] std::string help_text(const Arguments& arguments, std::string_view command, std::string_view summary);

}  // namespace nfproof::cli
