// SPDX-License-Identifier: Apache-2.0
// Programs that read text and print text: `cat`, `grep`, `cut`, `head`, `tail`, `tr`, `sort`, `uniq`, `wc`, `tee`.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <memory>
#include <numeric>

#include "compiler/script/regex.h"
#include "compiler/script/restore.h"
#include "compiler/script/text_input.h"

namespace nfproof::script {
namespace {

std::optional<std::size_t> count_of(const std::string& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// Expands `a-z`, `[:class:]` and escapes of `tr`.
std::string tr_set(Shell& shell, const Call& call, const std::string& text) {
  std::string set;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "[:") == 0) {
      const std::size_t end = text.find(":]", i);
      if (end == std::string::npos) shell.refuse(call.span, "bad-option", "this set of `tr` is not followed");
      const std::string name = text.substr(i + 2, end - i - 2);
      const std::pair<std::string_view, int (*)(int)> classes[] = {
          {"upper", std::isupper}, {"lower", std::islower}, {"digit", std::isdigit}, {"space", std::isspace},
          {"alpha", std::isalpha}, {"alnum", std::isalnum}, {"blank", std::isblank}, {"punct", std::ispunct}};
      for (const auto& [known, test] : classes)
        for (int c = 1; known == name && c < 256; ++c)
          if (test(c) != 0) set += static_cast<char>(c);
      i = end + 1;
      continue;
    }
    char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      c = text[++i];
      c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
    if (i + 2 < text.size() && text[i + 1] == '-') {
      for (int each = static_cast<unsigned char>(c); each <= static_cast<unsigned char>(text[i + 2]); ++each)
        set += static_cast<char>(each);
      i += 2;
    } else {
      set += c;
    }
  }
  return set;
}

/// `1,3-5`: whether field `number` is listed.
bool is_listed(const std::string& list, std::size_t number) {
  for (std::size_t i = 0; i <= list.size();) {
    const std::size_t end = std::min(list.find(',', i), list.size());
    const std::string item = list.substr(i, end - i);
    i = end + 1;
    const std::size_t dash = item.find('-');
    const auto low = count_of(item.substr(0, dash));
    const auto high = dash == std::string::npos ? low : count_of(item.substr(dash + 1));
    if (number >= low.value_or(1) && number <= high.value_or(dash == std::string::npos ? 0 : std::string::npos))
      return true;
  }
  return false;
}

std::string cut_line(const std::string& line, const TextOptions& options) {
  const std::string delimiter = options.value('d').empty() ? "\t" : options.value('d');
  if (!options.value('c').empty()) {
    std::string result;
    for (std::size_t i = 0; i < line.size(); ++i)
      if (is_listed(options.value('c'), i + 1)) result += line[i];
    return result;
  }
  if (line.find(delimiter[0]) == std::string::npos) return line;
  std::string result;
  bool first = true;
  std::size_t number = 1;
  for (std::size_t i = 0; i <= line.size(); ++number) {
    const std::size_t end = std::min(line.find(delimiter[0], i), line.size());
    if (is_listed(options.value('f'), number)) {
      if (!first) result += delimiter[0];
      result += line.substr(i, end - i);
      first = false;
    }
    i = end + 1;
  }
  return result;
}

/// The patterns of one call of `grep`.
class Grep {
 public:
  Grep(Shell& shell, const Call& call, const TextOptions& options, const std::string& patterns) : options_(options) {
    const bool extended = options.has('E') || call.words[0].ends_with("egrep");
    fixed_ = options.has('F') || call.words[0].ends_with("fgrep");
    for (const std::string& pattern : lines_of(patterns.empty() ? "\n" : patterns)) {
      shell.need_known(pattern, call.span);
      std::string text = pattern;
      if (fixed_) {
        fixed_patterns_.push_back(pattern);
        if (!options.has('i') && !options.has('w') && !options.has('x') && !options.has('o')) continue;
        text.clear();
        for (const char c : pattern)
          text += std::string(std::ispunct(static_cast<unsigned char>(c)) != 0 ? "[" : "") + c +
                  (std::ispunct(static_cast<unsigned char>(c)) != 0 ? "]" : "");
        if (pattern.find_first_of("^\\[]") != std::string::npos)
          shell.refuse(call.span, "bad-regex", "this pattern of `grep -F` is not followed with these options");
        fixed_patterns_.clear();
      }
      if (options.has('x')) text = (extended ? "^(" : "^\\(") + text + (extended ? ")$" : "\\)$");
      regexes_.push_back(std::make_unique<Regex>(shell, text, extended, options.has('i'), call.span));
    }
  }

  [[nodiscard]] bool selects(const std::string& line) const {
    bool found = false;
    for (const std::string& pattern : fixed_patterns_) found = found || line.find(pattern) != std::string::npos;
    for (const auto& regex : regexes_) found = found || matches(*regex, line);
    return found != options_.has('v');
  }

  [[nodiscard]] std::string only_matching(const std::string& line) const {
    std::string result;
    for (std::size_t at = 0; at < line.size();) {
      const auto groups = regexes_.empty() ? std::vector<Regex::Group>() : regexes_[0]->match(line, at);
      if (groups.empty()) break;
      if (groups[0].to > groups[0].from) result += line.substr(groups[0].from, groups[0].to - groups[0].from) + '\n';
      at = std::max(groups[0].to, at + 1);
    }
    return result;
  }

 private:
  [[nodiscard]] bool matches(const Regex& regex, const std::string& line) const {
    const auto is_word = [&](std::size_t i) {
      return std::isalnum(static_cast<unsigned char>(line[i])) != 0 || line[i] == '_';
    };
    for (std::size_t at = 0; at <= line.size();) {
      const auto groups = regex.match(line, at);
      if (groups.empty()) return false;
      if (!options_.has('w')) return true;
      const auto [set, from, to] = groups[0];
      if ((from == 0 || !is_word(from - 1)) && (to == line.size() || !is_word(to))) return true;
      at = from + 1;
    }
    return false;
  }

  const TextOptions& options_;
  bool fixed_ = false;
  std::vector<std::string> fixed_patterns_;
  std::vector<std::unique_ptr<Regex>> regexes_;
};

}  // namespace

Status do_cat(Shell& shell, Call& call) {
  const TextOptions options = text_options(shell, call, "sv", "");
  if (options.has('s')) shell.refuse(call.span, "bad-option", "`cat -s` is not followed");
  const TextInput input = text_input(shell, call, options.operands);
  shell.out(input.text);
  if (const auto unknown = shell.unknowns().first(input.text)) return {0, unknown};
  return {input.failed ? 1 : 0, std::nullopt};
}

Status do_tee(Shell& shell, Call& call) {
  const TextOptions options = text_options(shell, call, "ai", "");
  const TextInput input = text_input(shell, call, {});
  for (const std::string& file : options.operands) {
    if (file == "/dev/null" || file.starts_with("/proc/") || file.starts_with("/sys/")) continue;
    *shell.files().open(file, shell.state().directory, !options.has('a'), shell.unknown_value(call.span, file)) +=
        input.text;
  }
  shell.out(input.text);
  return {};
}

Status do_grep(Shell& shell, Call& call) {
  Call known = call;
  for (std::string& word : known.words) {
    if (word == "--quiet" || word == "--silent") word = "-q";
    if (word == "--invert-match") word = "-v";
    if (word == "--extended-regexp") word = "-E";
    if (word == "--fixed-strings") word = "-F";
    if (word == "--ignore-case") word = "-i";
    if (word == "--line-regexp") word = "-x";
    if (word == "--word-regexp") word = "-w";
    if (word == "--count") word = "-c";
    if (word == "--only-matching") word = "-o";
    if (word == "--color=never" || word == "--line-buffered" || word == "--no-messages") word = "-s";
  }
  TextOptions options = text_options(shell, known, "EFGcihoqsvwxna", "em");
  std::string patterns;
  for (const auto& [letter, value] : options.values)
    if (letter == 'e') patterns += value + '\n';
  if (patterns.empty()) {
    if (options.operands.empty()) shell.refuse(call.span, "bad-usage", "`grep` needs a pattern");
    patterns = options.operands.front() + '\n';
    options.operands.erase(options.operands.begin());
  }
  if (options.operands.size() > 1 && !options.has('h') && !options.has('q'))
    shell.refuse(call.span, "bad-option", "`grep` over several files is not followed");
  const TextInput input = text_input(shell, call, options.operands);
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  const Grep grep(shell, call, options, patterns);
  const std::size_t most = count_of(options.value('m')).value_or(std::string::npos);
  std::size_t count = 0, number = 0;
  std::string result;
  for (const std::string& line : lines_of(input.text)) {
    ++number;
    if (count >= most || !grep.selects(line)) continue;
    ++count;
    const std::string prefix = options.has('n') ? std::to_string(number) + ':' : "";
    result += options.has('o') ? grep.only_matching(line) : prefix + line + '\n';
  }
  if (options.has('c')) result = std::to_string(count) + '\n';
  if (!options.has('q')) shell.out(result);
  if (input.failed) return {2, std::nullopt};
  return {count > 0 ? 0 : 1, std::nullopt};
}

Status do_cut(Shell& shell, Call& call) {
  const TextOptions options = text_options(shell, call, "s", "dfcb");
  const TextInput input = text_input(shell, call, options.operands);
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  if (options.has('s') || !options.value('b').empty() || options.value('f').empty() == options.value('c').empty())
    shell.refuse(call.span, "bad-option", "these options of `cut` are not followed");
  std::string result;
  for (const std::string& line : lines_of(input.text)) result += cut_line(line, options) + '\n';
  shell.out(result);
  return {input.failed ? 1 : 0, std::nullopt};
}

Status do_head(Shell& shell, Call& call) {
  const bool tail = call.words[0].ends_with("tail");
  Call known = call;
  for (std::string& word : known.words)
    if (word.size() > 1 && (word[0] == '-') && std::isdigit(static_cast<unsigned char>(word[1])) != 0)
      word.insert(1, "n");
  const TextOptions options = text_options(shell, known, "q", "nc");
  const TextInput input = text_input(shell, call, options.operands);
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  std::string wanted = options.value('n').empty() ? "10" : options.value('n');
  const bool from_line = tail && wanted.starts_with('+');
  const bool all_but = !tail && wanted.starts_with('-');
  if (from_line || all_but || (tail && wanted.starts_with('-'))) wanted.erase(0, 1);
  const auto count = count_of(wanted);
  if (!count || !options.value('c').empty() || options.operands.size() > 1)
    shell.refuse(call.span, "bad-option", "these options of `" + call.words[0] + "` are not followed");
  const std::vector<std::string> lines = lines_of(input.text);
  std::size_t from = 0, to = lines.size();
  if (from_line) {
    from = std::min(*count == 0 ? 0 : *count - 1, to);
  } else if (tail) {
    from = to - std::min(*count, to);
  } else {
    to = all_but ? to - std::min(*count, to) : std::min(*count, to);
  }
  std::string result;
  for (std::size_t i = from; i < to; ++i) result += lines[i] + '\n';
  shell.out(result);
  return {input.failed ? 1 : 0, std::nullopt};
}

Status do_tr(Shell& shell, Call& call) {
  const TextOptions options = text_options(shell, call, "ds", "");
  const TextInput input = text_input(shell, call, {});
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  if (options.operands.empty() || options.operands.size() > 2)
    shell.refuse(call.span, "bad-usage", "this use of `tr` is not followed");
  const std::string from = tr_set(shell, call, options.operands[0]);
  std::string to = options.operands.size() > 1 ? tr_set(shell, call, options.operands[1]) : std::string();
  const std::string& squeezed = to.empty() ? from : to;
  std::string result;
  for (char c : input.text) {
    const std::size_t at = from.find(c);
    if (options.has('d') && at != std::string::npos) continue;
    if (!options.has('d') && at != std::string::npos && !to.empty()) c = to[std::min(at, to.size() - 1)];
    if (options.has('s') && !result.empty() && result.back() == c && squeezed.find(c) != std::string::npos) continue;
    result += c;
  }
  shell.out(result);
  return {};
}

Status do_sort(Shell& shell, Call& call) {
  const TextOptions options = text_options(shell, call, "unrsVb", "kt");
  const TextInput input = text_input(shell, call, options.operands);
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  if (options.has('V') || !options.values.empty())
    shell.refuse(call.span, "bad-option", "these options of `" + call.words[0] + "` are not followed");
  std::vector<std::string> lines = lines_of(input.text);
  if (call.words[0].ends_with("tac")) {
    std::reverse(lines.begin(), lines.end());
  } else {
    const auto number = [](const std::string& line) {
      double value = 0;
      const std::size_t from = std::min(line.find_first_not_of(" \t"), line.size());
      std::from_chars(line.data() + from, line.data() + line.size(), value, std::chars_format::fixed);
      return value;
    };
    const bool numeric = options.has('n');
    std::stable_sort(lines.begin(), lines.end(), [&](const std::string& a, const std::string& b) {
      if (numeric && number(a) != number(b)) return options.has('r') ? number(a) > number(b) : number(a) < number(b);
      return options.has('r') ? b < a : a < b;
    });
    if (options.has('u'))
      lines.erase(std::unique(lines.begin(), lines.end(),
                              [&](const std::string& a, const std::string& b) {
                                return numeric ? number(a) == number(b) : a == b;
                              }),
                  lines.end());
  }
  std::string result;
  for (const std::string& line : lines) result += line + '\n';
  shell.out(result);
  return {input.failed ? 2 : 0, std::nullopt};
}

Status do_uniq(Shell& shell, Call& call) {
  const TextOptions options = text_options(shell, call, "du", "");
  const TextInput input = text_input(shell, call, options.operands);
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  const std::vector<std::string> lines = lines_of(input.text);
  std::string result;
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t end = i;
    while (end < lines.size() && lines[end] == lines[i]) ++end;
    const bool repeated = end - i > 1;
    if (options.has('d') ? repeated : options.has('u') ? !repeated : true) result += lines[i] + '\n';
    i = end;
  }
  shell.out(result);
  return {};
}

Status do_wc(Shell& shell, Call& call) {
  const TextOptions options = text_options(shell, call, "lwc", "");
  const TextInput input = text_input(shell, call, options.operands);
  if (Unknowns::is_in(input.text)) return unknown_output(shell, call);
  if (options.letters.size() != 1 || options.operands.size() > 1)
    shell.refuse(call.span, "bad-option", "these options of `wc` are not followed");
  std::size_t count = input.text.size();
  if (options.has('l')) count = static_cast<std::size_t>(std::count(input.text.begin(), input.text.end(), '\n'));
  if (options.has('w')) {
    count = 0;
    for (std::size_t i = 0; i < input.text.size(); ++i) {
      const auto space = [&](std::size_t at) { return std::isspace(static_cast<unsigned char>(input.text[at])) != 0; };
      if (!space(i) && (i == 0 || space(i - 1))) ++count;
    }
  }
  shell.out(std::to_string(count) + (options.operands.empty() ? "" : ' ' + options.operands[0]) + '\n');
  return {input.failed ? 1 : 0, std::nullopt};
}

}  // namespace nfproof::script
