// SPDX-License-Identifier: Apache-2.0
// Builtins that read: `read`, `mapfile`, `getopts`.
#include <algorithm>

#include "compiler/script/builtins.h"

namespace nfproof::script {
namespace {

struct ReadOptions {
  bool raw = false;
  bool array = false;
  int fd = 0;
  char delimiter = '\n';
  std::vector<std::string> names;
};

ReadOptions read_options(Shell& shell, const Call& call) {
  ReadOptions options;
  std::size_t i = 1;
  for (; i < call.words.size() && call.words[i].size() > 1 && call.words[i][0] == '-'; ++i) {
    if (call.words[i] == "--") {
      ++i;
      break;
    }
    for (std::size_t j = 1; j < call.words[i].size(); ++j) {
      const char c = call.words[i][j];
      if (c == 'r') options.raw = true;
      if (c == 'a') options.array = true;
      if (c == 'r' || c == 'a' || c == 'e' || c == 's') continue;
      // The others take a value, glued or as the next word.
      std::string value = call.words[i].substr(j + 1);
      if (value.empty() && i + 1 < call.words.size() && c != 'a') value = call.words[++i];
      if (c == 'u') {
        options.fd = value.size() == 1 && value[0] >= '0' && value[0] <= '9' ? value[0] - '0' : 0;
      } else if (c == 'd') {
        options.delimiter = value.empty() ? '\0' : value[0];
      } else if (c != 'p' && c != 't') {
        shell.refuse(call.span, "bad-option", std::string("`read -") + c + "` is not followed");
      }
      break;
    }
  }
  options.names.assign(call.words.begin() + static_cast<std::ptrdiff_t>(std::min(i, call.words.size())),
                       call.words.end());
  return options;
}

/// One line; `escaped` says which characters a backslash stood before. False at the end of the input.
bool read_line(Channel& channel, const ReadOptions& options, std::string& line, std::string& escaped) {
  if (!channel.text) return false;
  const std::string& text = *channel.text;
  while (channel.position < text.size()) {
    char c = text[channel.position++];
    if (c == options.delimiter) return true;
    bool protects = false;
    if (c == '\\' && !options.raw) {
      if (channel.position >= text.size()) return false;
      c = text[channel.position++];
      if (c == '\n') continue;
      protects = true;
    }
    line += c;
    escaped += protects ? 'x' : ' ';
  }
  return false;
}

/// Splits a line as `read` does: at most `count` fields, the last takes the rest.
std::vector<std::string> split_line(const std::string& ifs, const std::string& line, const std::string& escaped,
                                    std::size_t count) {
  const auto in_ifs = [&](std::size_t i) { return escaped[i] == ' ' && ifs.find(line[i]) != std::string::npos; };
  const auto is_space = [&](std::size_t i) {
    return in_ifs(i) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\n');
  };
  std::vector<std::string> fields;
  std::size_t i = 0;
  while (i < line.size() && is_space(i)) ++i;
  while (i < line.size()) {
    if (fields.size() + 1 == count) {
      std::size_t end = line.size();
      while (end > i && is_space(end - 1)) --end;
      // One delimiter at the very end belongs to a last field that has no other.
      if (end > i && in_ifs(end - 1) && !is_space(end - 1)) {
        bool only = true;
        for (std::size_t j = i; j + 1 < end; ++j) only = only && (!in_ifs(j) || is_space(j));
        if (only) --end;
        while (only && end > i && is_space(end - 1)) --end;
      }
      fields.push_back(line.substr(i, end - i));
      return fields;
    }
    const std::size_t from = i;
    while (i < line.size() && !in_ifs(i)) ++i;
    fields.push_back(line.substr(from, i - from));
    while (i < line.size() && is_space(i)) ++i;
    if (i < line.size() && in_ifs(i)) {
      ++i;
      while (i < line.size() && is_space(i)) ++i;
    }
  }
  return fields;
}

}  // namespace

Status do_read(Shell& shell, Call& call) {
  const ReadOptions options = read_options(shell, call);
  Channel& channel = shell.input(call.span, options.fd);
  if (channel.kind == Channel::Kind::kTerminal)
    shell.refuse(call.span, "unknown-input",
                 "what is read here is not known: the script asks a person or its standard input");
  std::string line, escaped;
  const bool complete = read_line(channel, options, line, escaped);
  shell.need_known(line, call.span);
  const Variable* ifs = shell.find("IFS");
  const std::string separators = ifs == nullptr ? " \t\n" : ifs->value;
  if (options.array && !options.names.empty()) {
    Variable& variable = shell.writable(options.names[0], call.span);
    const bool exported = variable.exported;
    variable = Variable();
    variable.kind = Variable::Kind::kArray;
    variable.is_set = true;
    variable.exported = exported;
    long long number = 0;
    for (std::string& field : split_line(separators, line, escaped, line.size() + 2))
      variable.elements[number++] = std::move(field);
  } else if (options.names.empty()) {
    shell.set("REPLY", line, call.span);
  } else {
    std::vector<std::string> fields = split_line(separators, line, escaped, options.names.size());
    fields.resize(options.names.size());
    for (std::size_t i = 0; i < fields.size(); ++i) shell.set(options.names[i], std::move(fields[i]), call.span);
  }
  return {complete ? 0 : 1, std::nullopt};
}

Status do_mapfile(Shell& shell, Call& call) {
  bool strip = false;
  std::string name = "MAPFILE";
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    if (call.words[i] == "-t") {
      strip = true;
    } else if (call.words[i].starts_with('-')) {
      shell.refuse(call.spans[i], "bad-option", "`" + call.words[0] + ' ' + call.words[i] + "` is not followed");
    } else {
      name = call.words[i];
    }
  }
  const std::string text = shell.read_all(call.span);
  shell.need_known(text, call.span);
  Variable& variable = shell.writable(name, call.span);
  variable = Variable();
  variable.kind = Variable::Kind::kArray;
  variable.is_set = true;
  long long number = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find('\n', i), text.size());
    variable.elements[number++] = text.substr(i, end - i) + (strip || end == text.size() ? "" : "\n");
    i = end + 1;
  }
  return {};
}

Status do_getopts(Shell& shell, Call& call) {
  if (call.words.size() < 3) shell.refuse(call.span, "bad-usage", "`getopts` needs its options and a variable");
  const std::string& known = call.words[1];
  const std::vector<std::string> arguments = call.words.size() > 3
                                                 ? std::vector<std::string>(call.words.begin() + 3, call.words.end())
                                                 : shell.state().arguments;
  std::size_t index = 1, within = 1;
  try {
    index = std::stoul(shell.get("OPTIND", call.span).value_or("1"));
    within = std::stoul(shell.get(" getopts", call.span).value_or("1"));
  } catch (const std::exception&) {
    index = 1;
  }
  if (index == 0) index = 1;
  const auto finish = [&](std::string letter, bool next_word) {
    shell.set("OPTIND", std::to_string(next_word ? index + 1 : index), call.span);
    shell.set(" getopts", next_word ? "1" : std::to_string(within + 1), call.span);
    shell.set(call.words[2], std::move(letter), call.span);
    return Status{};
  };
  if (index > arguments.size() || arguments[index - 1].size() < 2 || arguments[index - 1][0] != '-' ||
      arguments[index - 1] == "--") {
    if (index <= arguments.size() && arguments[index - 1] == "--")
      shell.set("OPTIND", std::to_string(index + 1), call.span);
    shell.set(call.words[2], "?", call.span);
    return {1, std::nullopt};
  }
  const std::string& word = arguments[index - 1];
  if (within >= word.size()) within = 1;
  const char letter = word[within];
  const bool last = within + 1 >= word.size();
  const std::size_t at = known.find(letter);
  if (letter == ':' || at == std::string::npos) {
    shell.set("OPTARG", std::string(1, letter), call.span);
    if (!known.starts_with(':')) shell.err(shell.state().name + ": illegal option -- " + letter + '\n');
    return finish("?", last);
  }
  if (at + 1 >= known.size() || known[at + 1] != ':') return finish(std::string(1, letter), last);
  if (!last) {
    shell.set("OPTARG", word.substr(within + 1), call.span);
    return finish(std::string(1, letter), true);
  }
  if (index >= arguments.size()) {
    shell.set("OPTARG", std::string(1, letter), call.span);
    if (!known.starts_with(':')) shell.err(shell.state().name + ": option requires an argument -- " + letter + '\n');
    return finish(known.starts_with(':') ? ":" : "?", true);
  }
  shell.set("OPTARG", arguments[index], call.span);
  ++index;
  return finish(std::string(1, letter), true);
}

}  // namespace nfproof::script
