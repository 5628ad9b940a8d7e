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
                                const std::vector<std::string>& words) {
  ParsedArguments result;
  std::vector<std::string> unavailable;
  CLI::App app("", std::string(command));
  for (const Arguments::Row& row : arguments.rows()) declare(app, row, unavailable);
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
  if (!unavailable.empty() && !result.help)
    result.error = "`" + unavailable.front() + "` is not available in this version";
  return result;
}

std::string help_text(const Arguments& arguments, std::string_view command, std::string_view summary) {
  std::string text = "usage: nfproof " + std::string(command) + " [OPTION]...";
  for (const Arguments::Row& row : arguments.rows())
    if (row.kind == Kind::kFiles) text += row.required ? ' ' + row.value_name : " [" + row.value_name + "]";
  text += "\n\n" + std::string(summary) + "\n\n";
  for (const Arguments::Row& row : arguments.rows()) {
    const bool hidden = row.kind == Kind::kUnavailableFlag || row.kind == Kind::kUnavailableValue;
    if (!hidden) append_row(text, row.kind == Kind::kFiles ? row.value_name : left_column(row), row.help);
  }
  append_row(text, "-h, --help", "this text");
  return text;
}

}  // namespace nfproof::cli
