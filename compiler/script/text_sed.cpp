// SPDX-License-Identifier: Apache-2.0
// `sed` and `awk`, as far as firewall scripts use them: `s/.../.../`, `d` and `p` with simple addresses; `awk` that
// prints fields. Anything else makes their output unknown.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <memory>

#include "compiler/script/regex.h"
#include "compiler/script/text_input.h"

namespace nfproof::script {
namespace {

/// One command of sed.
struct SedCommand {
  std::unique_ptr<Regex> address;
  std::size_t line = 0;  ///< 0: none
  bool last_line = false;
  bool negated = false;
  char kind = '\0';  ///< s, d, p, q
  std::unique_ptr<Regex> pattern;
  std::string replacement;
  bool global = false;
  bool print = false;
};

class SedParser {
 public:
  SedParser(Shell& shell, const Call& call, const std::string& text, bool extended)
      : shell_(shell), call_(call), text_(text), extended_(extended) {}

  /// False when there is something that is not followed.
  bool parse(std::vector<SedCommand>& commands) {
    for (skip(" \t\n;"); pos_ < text_.size(); skip(" \t\n;")) {
      if (text_[pos_] == '#') {
        pos_ = std::min(text_.find('\n', pos_), text_.size());
        continue;
      }
      if (!one(commands.emplace_back())) return false;
      skip(" \t");
      if (pos_ < text_.size() && text_[pos_] != ';' && text_[pos_] != '\n') return false;
    }
    return true;
  }

 private:
  void skip(std::string_view what) {
    while (pos_ < text_.size() && what.find(text_[pos_]) != std::string_view::npos) ++pos_;
  }

  bool delimited(char end, std::string& part) {
    bool in_bracket = false;
    for (; pos_ < text_.size(); ++pos_) {
      const char c = text_[pos_];
      if (c == end && !in_bracket) {
        ++pos_;
        return true;
      }
      if (c == '\\' && pos_ + 1 < text_.size()) {
        ++pos_;
        if (text_[pos_] == 'n') {
          part += '\n';
        } else if (text_[pos_] == 't') {
          part += '\t';
        } else {
          if (text_[pos_] != end) part += '\\';
          part += text_[pos_];
        }
        continue;
      }
      if (c == '[') in_bracket = true;
      if (c == ']') in_bracket = false;
      part += c;
    }
    return false;
  }

  bool one(SedCommand& command) {
    if (std::isdigit(static_cast<unsigned char>(text_[pos_])) != 0) {
      while (pos_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[pos_])) != 0 &&
             command.line < 1000000)
        command.line = command.line * 10 + static_cast<std::size_t>(text_[pos_++] - '0');
    } else if (text_[pos_] == '$') {
      command.last_line = true;
      ++pos_;
    } else if (text_[pos_] == '/') {
      ++pos_;
      std::string pattern;
      if (!delimited('/', pattern)) return false;
      command.address = std::make_unique<Regex>(shell_, pattern, extended_, false, call_.span);
    }
    skip(" \t");
    if (pos_ < text_.size() && text_[pos_] == '!') {
      command.negated = true;
      ++pos_;
      skip(" \t");
    }
    if (pos_ >= text_.size()) return false;
    command.kind = text_[pos_++];
    if (command.kind == 'd' || command.kind == 'p' || command.kind == 'q') return true;
    if (command.kind != 's' || pos_ >= text_.size()) return false;
    const char end = text_[pos_++];
    std::string pattern;
    if (!delimited(end, pattern) || !replacement(end, command.replacement)) return false;
    bool ignore_case = false;
    for (; pos_ < text_.size() && std::string_view("gpIi").find(text_[pos_]) != std::string_view::npos; ++pos_) {
      command.global = command.global || text_[pos_] == 'g';
      command.print = command.print || text_[pos_] == 'p';
      ignore_case = ignore_case || text_[pos_] == 'I' || text_[pos_] == 'i';
    }
    command.pattern = std::make_unique<Regex>(shell_, pattern, extended_, ignore_case, call_.span);
    return true;
  }

  bool replacement(char end, std::string& part) {
    for (; pos_ < text_.size(); ++pos_) {
      if (text_[pos_] == end) {
        ++pos_;
        return true;
      }
      if (text_[pos_] == '\\' && pos_ + 1 < text_.size()) {
        if (std::isupper(static_cast<unsigned char>(text_[pos_ + 1])) != 0) return false;
        part += text_[pos_ + 1] == end ? std::string(1, end) : text_.substr(pos_, 2);
        ++pos_;
        continue;
      }
      part += text_[pos_];
    }
    return false;
  }

  Shell& shell_;
  const Call& call_;
  const std::string& text_;
  bool extended_;
  std::size_t pos_ = 0;
};

std::string replaced_once(const SedCommand& command, const std::string& line, const std::vector<Regex::Group>& groups) {
  std::string result;
  const std::string& by = command.replacement;
  const auto add_group = [&](std::size_t number) {
    if (number < groups.size()) result += line.substr(groups[number].from, groups[number].to - groups[number].from);
  };
  for (std::size_t i = 0; i < by.size(); ++i) {
    if (by[i] == '&') {
      add_group(0);
    } else if (by[i] == '\\' && i + 1 < by.size()) {
      const char c = by[++i];
      if (c >= '1' && c <= '9') {
        add_group(static_cast<std::size_t>(c - '0'));
      } else {
        result += c == 'n' ? '\n' : c == 't' ? '\t' : c;
      }
    } else {
      result += by[i];
    }
  }
  return result;
}

bool substitute(const SedCommand& command, std::string& line) {
  std::string result;
  std::size_t at = 0;
  bool changed = false;
  while (at <= line.size()) {
    const auto groups = command.pattern->match(line, at);
    if (groups.empty()) break;
    changed = true;
    result += line.substr(at, groups[0].from - at) + replaced_once(command, line, groups);
    at = groups[0].to;
    if (groups[0].to == groups[0].from) {
      if (at < line.size()) result += line[at];
      ++at;
    }
    if (!command.global) break;
  }
  if (at < line.size()) result += line.substr(at);
  if (changed) line = result;
  return changed;
}

std::string run_sed(const std::vector<SedCommand>& commands, const std::string& text, bool quiet) {
  std::string result;
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string line = lines[i];
    bool deleted = false, quit = false;
    for (const SedCommand& command : commands) {
      const bool addressed = command.address     ? !command.address->match(line).empty()
                             : command.last_line ? i + 1 == lines.size()
                             : command.line > 0  ? i + 1 == command.line
                                                 : true;
      if (addressed == command.negated) continue;
      if (command.kind == 's' && substitute(command, line) && command.print) result += line + '\n';
      if (command.kind == 'p') result += line + '\n';
      quit = command.kind == 'q';
      deleted = command.kind == 'd';
      if (quit || deleted) break;
    }
    if (!deleted && !quiet) result += line + '\n';
    if (quit) break;
  }
  return result;
}

/// `{print $1}`, `{ print $2, $4 }`, `/re/ {print $1}`: what is printed for a line; false when it is something else.
struct AwkProgram {
  std::unique_ptr<Regex> condition;
  std::vector<std::string> items;  ///< `$N`, or a text in quotes
};

bool parse_awk(Shell& shell, const Call& call, std::string text, AwkProgram& program) {
  const auto trim = [](std::string& value) {
    value.erase(0, std::min(value.find_first_not_of(" \t\n;"), value.size()));
    while (!value.empty() && std::string_view(" \t\n;").find(value.back()) != std::string_view::npos) value.pop_back();
  };
  trim(text);
  if (text.starts_with('/')) {
    const std::size_t end = text.find('/', 1);
    if (end == std::string::npos || text.find('\\') < end) return false;
    program.condition = std::make_unique<Regex>(shell, text.substr(1, end - 1), true, false, call.span);
    text.erase(0, end + 1);
    trim(text);
  }
  if (!text.starts_with('{') || !text.ends_with('}')) return false;
  text = text.substr(1, text.size() - 2);
  trim(text);
  if (!text.starts_with("print")) return false;
  text.erase(0, 5);
  trim(text);
  if (text.empty()) text = "$0";
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '$') {
      std::size_t end = i + 1;
      while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
      if (end == i + 1 || end > i + 4) return false;
      program.items.push_back(text.substr(i, end - i));
      i = end;
    } else if (text[i] == '"') {
      const std::size_t end = text.find('"', i + 1);
      if (end == std::string::npos || text.substr(i, end - i).find('\\') != std::string::npos) return false;
      program.items.push_back(text.substr(i, end - i));
      i = end + 1;
    } else if (text[i] == ',') {
      program.items.emplace_back("\" ");
      ++i;
    } else if (text[i] == ' ') {
      ++i;
    } else {
      return false;
    }
  }
  return true;
}

std::vector<std::string> awk_fields(const std::string& line, const std::string& separator) {
  std::vector<std::string> fields;
  if (separator == " ") {
    for (std::size_t i = line.find_first_not_of(" \t"); i != std::string::npos && i < line.size();) {
      const std::size_t end = std::min(line.find_first_of(" \t", i), line.size());
      fields.push_back(line.substr(i, end - i));
      i = line.find_first_not_of(" \t", end);
    }
    return fields;
  }
  for (std::size_t i = 0; i <= line.size() && !line.empty();) {
    const std::size_t end = std::min(line.find(separator, i), line.size());
    fields.push_back(line.substr(i, end - i));
    i = end + separator.size();
  }
  return fields;
}

}  // namespace

Status do_sed(Shell& shell, Call& call) {
  const std::string none;
  TextOptions options = text_options(shell, call, "nrEi", "e");
  std::string program;
  for (const auto& [letter, value] : options.values) program += value + '\n';
  if (options.values.empty()) {
    if (options.operands.empty()) shell.refuse(call.span, "bad-usage", "`sed` needs its commands");
    program = options.operands.front();
    options.operands.erase(options.operands.begin());
  }
  shell.need_known(program, call.span);
  const TextInput input = text_input(shell, call, options.operands);
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  std::vector<SedCommand> commands;
  const bool extended = options.has('r') || options.has('E');
  if (options.has('i') || !SedParser(shell, call, program, extended).parse(commands)) {
    if (!options.has('i')) return unknown_output(shell, call);
    shell.refuse(call.span, "bad-option", "`sed -i` changes files: not followed");
  }
  shell.out(run_sed(commands, input.text, options.has('n')));
  return {input.failed ? 2 : 0, std::nullopt};
}

Status do_awk(Shell& shell, Call& call) {
  if (call.words.size() < 2) shell.refuse(call.span, "bad-usage", "`awk` needs a program");
  std::string separator = " ";
  std::vector<std::string> operands;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word == "-F" && i + 1 < call.words.size()) {
      separator = call.words[++i];
    } else if (word.starts_with("-F") && word.size() > 2) {
      separator = word.substr(2);
    } else if (word.starts_with('-') && word.size() > 1) {
      return unknown_output(shell, call);
    } else {
      operands.push_back(word);
    }
  }
  if (!operands.empty() && operands[0].find("system") != std::string::npos)
    shell.refuse(call.span, "changes-ruleset", "`awk` runs other commands here: not followed");
  AwkProgram program;
  if (operands.empty() || Unknowns::is_in(operands[0]) || !parse_awk(shell, call, operands[0], program) ||
      (separator != " " && (separator.size() != 1 || std::string_view("|.*+?[\\(^$").find(separator) == 0)))
    return unknown_output(shell, call);
  operands.erase(operands.begin());
  const TextInput input = text_input(shell, call, operands);
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  std::string result;
  for (const std::string& line : lines_of(input.text)) {
    if (program.condition && program.condition->match(line).empty()) continue;
    const std::vector<std::string> fields = awk_fields(line, separator);
    for (const std::string& item : program.items) {
      if (item[0] == '"') {
        result += item.substr(1);
        continue;
      }
      const auto number = static_cast<std::size_t>(std::stoi(item.substr(1)));
      if (number == 0) result += line;
      if (number > 0 && number <= fields.size()) result += fields[number - 1];
    }
    result += '\n';
  }
  shell.out(result);
  return {input.failed ? 2 : 0, std::nullopt};
}

}  // namespace nfproof::script
