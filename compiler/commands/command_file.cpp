// SPDX-License-Identifier: Apache-2.0
// Commands of a file: see command_file.h.
#include "compiler/commands/command_file.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <vector>

#include "compiler/commands/run_program.h"
#include "compiler/frontend/input_file.h"

namespace nfproof::compiler {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_listing_line(std::string_view line) {
  static constexpr std::array<std::string_view, 3> kVerbs = {"-A ", "-P ", "-N "};
  return std::any_of(kVerbs.begin(), kVerbs.end(), [line](std::string_view verb) { return line.starts_with(verb); });
}

std::string_view first_word(std::string_view line) { return line.substr(0, line.find_first_of(" \t")); }

/// The line is a command, `sudo` before it or not.
bool is_command_line(std::string_view line) {
  if (first_word(line) == "sudo") line = trim(line.substr(4));
  const auto program = find_program(first_word(line));
  return program && program->kind == Program::Kind::kIptables;
}

struct Words {
  std::vector<Word> words;
  std::deque<std::string> unquoted;
  std::size_t bad = std::string_view::npos;  ///< where something begins that only a shell understands
};

/// Blanks separate words, quotes keep them, a `#` at the beginning of a word ends the line.
Words split(std::string_view line, source::Span place) {
  Words out;
  std::size_t at = 0;
  while (true) {
    at = std::min(line.find_first_not_of(" \t\r", at), line.size());
    if (at == line.size() || line[at] == '#') return out;
    const std::size_t begin = at;
    std::string& text = out.unquoted.emplace_back();
    for (char quote = '\0'; at < line.size(); ++at) {
      const char c = line[at];
      if (quote == '\0' && (c == ' ' || c == '\t' || c == '\r')) break;
      if (c == quote) {
        quote = '\0';
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == '\\' && quote != '\'' && at + 1 < line.size()) {
        text += line[++at];
      } else if (quote != '\'' && (c == '$' || c == '`')) {
        out.bad = at;
        return out;
      } else if (quote == '\0' && std::string_view(";&|<>(){}*?").find(c) != std::string_view::npos) {
        out.bad = at;
        return out;
      } else {
        text += c;
      }
    }
    const auto column = place.column + static_cast<std::uint32_t>(begin);
    out.words.push_back({text, {place.file, place.line, column, place.column + static_cast<std::uint32_t>(at)}, true});
  }
}

/// `iptables -S` does not say which table it shows, but no two tables that are in use have the same built-in chains.
std::string_view table_of_listing(const source::SourceFile& file) {
  std::set<std::string_view> chains;
  for (std::size_t number = 1; number <= file.line_count(); ++number) {
    const std::string_view line = trim(file.line(number));
    if (line.starts_with("-P ")) chains.insert(first_word(line.substr(3)));
  }
  if (chains.contains("FORWARD")) return chains.contains("PREROUTING") ? "mangle" : "filter";
  if (chains.contains("POSTROUTING")) return "nat";
  return chains.contains("PREROUTING") ? "raw" : "filter";
}

class CommandFile {
 public:
  CommandFile(Compilation& compilation, source::FileId id, ir::Family family)
      : compilation_(compilation), id_(id), family_(family), host_(compilation.ruleset.predicates) {}

  void read() {
    const source::SourceFile& file = compilation_.sources.file(id_);
    listing_table_ = table_of_listing(file);
    for (std::size_t number = 1; number <= file.line_count(); ++number)
      read_line(static_cast<std::uint32_t>(number), file.line(number));
    host_.copy_to(compilation_.ruleset);
  }

 private:
  void read_line(std::uint32_t number, std::string_view line) {
    const source::Span place{id_, number, 1, static_cast<std::uint32_t>(line.size() + 1)};
    Words split_line = split(line, place);
    if (split_line.bad != std::string_view::npos) {
      const auto column = static_cast<std::uint32_t>(split_line.bad + 1);
      compilation_.diagnostics.error("needs-shell", {id_, number, column, column + 1},
                                     "this needs a shell: `nfproof exec` follows scripts");
      return;
    }
    std::vector<Word>& words = split_line.words;
    if (words.empty()) return;
    if (words.front().text == "sudo") words.erase(words.begin());
    if (words.empty()) return;
    if (is_listing_line(trim(line))) return run({Program::Kind::kIptables, family_}, listing_words(words, place));
    const auto program = find_program(words.front().text);
    if (!program || program->kind != Program::Kind::kIptables) {
      compilation_.diagnostics.error(
          "unexpected-command", words.front().span,
          "expected `iptables` or `ip6tables`, got `" + std::string(words.front().text) + '`');
      return;
    }
    run(*program, {words.begin() + 1, words.end()});
  }

  [[nodiscard]] std::vector<Word> listing_words(const std::vector<Word>& words, source::Span place) const {
    std::vector<Word> all = {{"-t", place}, {listing_table_, place}};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }

  void run(const Program& program, const std::vector<Word>& words) {
    const ProgramResult result = run_program(host_, program, words);
    for (const source::Diagnostic& each : result.diagnostics.all()) {
      source::Diagnostic& added = compilation_.diagnostics.add(each.severity, each.id, each.span, each.message);
      added.labels = each.labels;
      added.tool = each.tool;
    }
  }

  Compilation& compilation_;
  source::FileId id_;
  ir::Family family_;
  std::string_view listing_table_;
  VirtualHost host_;
};

}  // namespace

bool is_command_file(std::string_view text) {
  bool found = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    if (!is_command_line(line) && !is_listing_line(line)) return false;
    found = true;
  }
  return found;
}

void add_command_file(Compilation& compilation, const std::string& path, const CompileOptions& options) {
  if (auto text = read_input(compilation, path))
    add_command_text(compilation, input_name(path), std::move(*text), options);
}

void add_command_text(Compilation& compilation, std::string path, std::string text, const CompileOptions& options) {
  read_as_file(compilation, std::move(path), std::move(text), options,
               [&compilation](source::FileId id, Compilation::File& entry) {
                 CommandFile(compilation, id, entry.family).read();
               });
}

}  // namespace nfproof::compiler
