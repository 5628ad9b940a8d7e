// SPDX-License-Identifier: Apache-2.0
// Declared options to the option parser, and to help text.
#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

namespace nfproof::cli {
namespace {

using Kind = Arguments::Row::Kind;

constexpr std::size_t kHelpColumn = 26;
constexpr std::size_t kHelpWidth = 100;

void declare(CLI::App& app, const Arguments::Row& row, std::vector<std::string>& used_unavailable) {
  switch (row.kind) {
    case Kind::kFiles: {
      CLI::Option* option = app.add_option("files", *row.values)->expected(row.required ? 1 : 0, 1 << 20);
      if (row.required) option->required();
      return;
    }
    case Kind::kFileAndRest: return;  // split off before
    case Kind::kFlag: app.add_flag(row.names, *row.flag); return;
    case Kind::kValue: app.add_option(row.names, *row.value); return;
    case Kind::kValues: {
      CLI::Option* option = app.add_option(row.names, *row.values)->allow_extra_args(false);
      if (row.commas) option->delimiter(',');
      return;
    }
    case Kind::kUnavailableFlag:
      app.add_flag_callback(row.names, [&used_unavailable, name = row.names] { used_unavailable.push_back(name); });
      return;
    case Kind::kUnavailableValue:
      app.add_option_function<std::string>(
          row.names, [&used_unavailable, name = row.names](const std::string&) { used_unavailable.push_back(name); });
      return;
  }
}

/// The row of an option as it was written (`--state=x`, `-o`); null for other words.
const Arguments::Row* option_row(const Arguments& arguments, std::string_view word) {
  if (word.size() < 2 || word[0] != '-') return nullptr;
  const std::string_view name = word.substr(0, word.find('='));
  for (const Arguments::Row& row : arguments.rows())
    for (std::string_view names = row.names; !names.empty();) {
      const std::size_t comma = std::min(names.find(','), names.size());
      if (names.substr(0, comma) == name) return &row;
      names.remove_prefix(std::min(comma + 1, names.size()));
    }
  return nullptr;
}

/// Takes the file and everything that follows the options after it out of the words.
void split_rest(const Arguments& arguments, const Arguments::Row& row, std::vector<std::string>& words) {
  std::vector<std::string> options;
  bool have_file = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const Arguments::Row* option = word == "--" ? nullptr : option_row(arguments, word);
    if (option != nullptr) {
      options.push_back(word);
      const bool takes_value =
          option->kind == Kind::kValue || option->kind == Kind::kValues || option->kind == Kind::kUnavailableValue;
      if (takes_value && word.find('=') == std::string::npos && i + 1 < words.size()) options.push_back(words[++i]);
    } else if (!have_file && word.size() > 1 && word[0] == '-' && word != "--") {
      options.push_back(word);  // help, or an error
    } else if (!have_file && word != "--") {
      have_file = true;
      row.values->push_back(word);
    } else {
      const auto from = static_cast<std::ptrdiff_t>(word == "--" ? i + 1 : i);
      row.values->insert(row.values->end(), words.begin() + from, words.end());
      break;
    }
  }
  words = std::move(options);
}

std::string left_column(const Arguments::Row& row) {
  std::string text = row.names;
  if (const std::size_t comma = text.find(','); comma != std::string::npos) text.replace(comma, 1, ", ");
  if (text.starts_with("--")) text.insert(0, "    ");
  if (!row.value_name.empty()) text += ' ' + row.value_name;
  return text;
}

void append_wrapped(std::string& out, std::string_view text) {
  std::size_t column = kHelpColumn;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column + end > kHelpWidth) {
      out += '\n' + std::string(kHelpColumn, ' ');
      column = kHelpColumn;
    } else if (column != kHelpColumn) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += '\n';
}

void append_row(std::string& out, const std::string& left, std::string_view help) {
  std::string line = "  " + left;
  if (line.size() + 2 > kHelpColumn) {
    out += line + '\n';
    line.clear();
  }
  line.resize(kHelpColumn, ' ');
  out += line;
  append_wrapped(out, help);
}

}  // namespace

Arguments::Row& Arguments::add(Row::Kind kind, std::string names, std::string value_name, std::string help) {
  Row& row = rows_.emplace_back();
  row.kind = kind;
  row.names = std::move(names);
  row.value_name = std::move(value_name);
  row.help = std::move(help);
  return row;
}

void Arguments::files(std::string name, std::vector<std::string>& to, std::string help, bool required) {
  Row& row = add(Kind::kFiles, "", std::move(name), std::move(help));
  row.required = required;
  row.values = &to;
}

void Arguments::file_and_rest(std::string name, std::vector<std::string>& to, std::string help) {
  Row& row = add(Kind::kFileAndRest, "", std::move(name), std::move(help));
  row.required = true;
  row.values = &to;
}

void Arguments::flag(std::string names, bool& to, std::string help) {
  add(Kind::kFlag, std::move(names), "", std::move(help)).flag = &to;
}

void Arguments::value(std::string names, std::string value_name, std::string& to, std::string help) {
  add(Kind::kValue, std::move(names), std::move(value_name), std::move(help)).value = &to;
}

void Arguments::values(std::string names, std::string value_name, std::vector<std::string>& to, std::string help,
                       bool commas) {
  Row& row = add(Kind::kValues, std::move(names), std::move(value_name), std::move(help));
  row.commas = commas;
  row.values = &to;
}

void Arguments::unavailable(std::string names, bool takes_value) {
  add(takes_value ? Kind::kUnavailableValue : Kind::kUnavailableFlag, std::move(names), "", "");
}

ParsedArguments parse_arguments(const Arguments& arguments, std::string_view command,
                                const std::vector<std::string>& all_words) {
  std::vector<std::string> words = all_words;
  ParsedArguments result;
  std::vector<std::string> unavailable;
  CLI::App app("", std::string(command));
  for (const Arguments::Row& row : arguments.rows()) declare(app, row, unavailable);
  bool lacks_file = false;
  for (const Arguments::Row& row : arguments.rows())
    if (row.kind == Kind::kFileAndRest) {
      split_rest(arguments, row, words);
      lacks_file = row.values->empty();
    }
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    result.help = true;
  } catch (const CLI::RequiredError&) {
    result.error = "a file is missing";
  } catch (const CLI::ExtrasError&) {
    const auto extra = app.remaining();
    result.error = "unexpected argument `" + (extra.empty() ? "" : extra.front()) + "`";
  } catch (const CLI::ParseError& failure) {
    result.error = failure.what();
  }
  if (lacks_file && !result.help && !result.error) result.error = "a file is missing";
  if (!unavailable.empty() && !result.help)
    result.error = "`" + unavailable.front() + "` is not available in this version";
  return result;
}

std::string help_text(const Arguments& arguments, std::string_view command, std::string_view summary) {
  std::string text = "usage: nfproof " + std::string(command) + " [OPTION]...";
  for (const Arguments::Row& row : arguments.rows())
    if (row.kind == Kind::kFiles || row.kind == Kind::kFileAndRest)
      text += row.required ? ' ' + row.value_name : " [" + row.value_name + "]";
  text += "\n\n" + std::string(summary) + "\n\n";
  for (const Arguments::Row& row : arguments.rows()) {
    const bool hidden = row.kind == Kind::kUnavailableFlag || row.kind == Kind::kUnavailableValue;
    if (!hidden) append_row(text, row.names.empty() ? row.value_name : left_column(row), row.help);
  }
  append_row(text, "-h, --help", "this text");
  return text;
}

}  // namespace nfproof::cli
