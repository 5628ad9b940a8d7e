// SPDX-License-Identifier: Apache-2.0
// Small programs: names of files, copies in memory, who runs the script, numbers.
#include <algorithm>
#include <charconv>

#include "compiler/script/arithmetic.h"
#include "compiler/script/regex.h"
#include "compiler/script/text_input.h"

namespace nfproof::script {
namespace {

std::string base_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path == "/" ? path : path.substr(path.rfind('/') + 1);
}

std::optional<long long> number_of(const std::string& text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// `expr`: the operators by strength, weakest first. Values are texts.
class Expr {
 public:
  Expr(Shell& shell, const Call& call) : shell_(shell), call_(call) {}

  std::string run() {
    std::string value = either();
    if (pos_ != call_.words.size()) bad();
    return value;
  }

 private:
  [[noreturn]] void bad() { shell_.refuse(call_.span, "bad-usage", "this use of `expr` is not followed"); }
  [[nodiscard]] bool at(std::string_view op) const { return pos_ < call_.words.size() && call_.words[pos_] == op; }
  static bool is_null(const std::string& value) { return value.empty() || value == "0"; }

  std::string either() {
    std::string left = both();
    while (at("|")) {
      ++pos_;
      const std::string right = both();
      if (is_null(left)) left = right.empty() ? "0" : right;
    }
    return left;
  }
  std::string both() {
    std::string left = compared();
    while (at("&")) {
      ++pos_;
      const std::string right = compared();
      if (is_null(left) || is_null(right)) left = "0";
    }
    return left;
  }
  std::string compared() {
    std::string left = sum();
    while (at("=") || at("==") || at("!=") || at("<") || at(">") || at("<=") || at(">=")) {
      const std::string op = call_.words[pos_++];
      const std::string right = sum();
      const auto a = number_of(left), b = number_of(right);
      const int order = a && b ? (*a < *b ? -1 : *a > *b ? 1 : 0) : left.compare(right);
      const bool value = op == "=" || op == "==" ? order == 0
                         : op == "!="            ? order != 0
                         : op == "<"             ? order < 0
                         : op == ">"             ? order > 0
                         : op == "<="            ? order <= 0
                                                 : order >= 0;
      left = value ? "1" : "0";
    }
    return left;
  }
  std::string sum() {
    std::string left = product();
    while (at("+") || at("-")) {
      const std::string& op = call_.words[pos_++];
      left = arithmetic(left, op, product());
    }
    return left;
  }
  std::string product() {
    std::string left = matched();
    while (at("*") || at("/") || at("%")) {
      const std::string& op = call_.words[pos_++];
      left = arithmetic(left, op, matched());
    }
    return left;
  }
  std::string arithmetic(const std::string& left, const std::string& op, const std::string& right) {
    if (!number_of(left) || !number_of(right)) bad();
    return std::to_string(evaluate_arithmetic(shell_, '(' + left + ')' + op + '(' + right + ')', call_.span));
  }
  std::string matched() {
    std::string left = primary();
    while (at(":")) {
      ++pos_;
      const std::string pattern = primary();
      const auto groups = Regex(shell_, "^\\(" + pattern + "\\)", false, false, call_.span).match(left);
      const bool captures = pattern.find("\\(") != std::string::npos;
      if (groups.empty()) {
        left = captures ? "" : "0";
      } else if (captures) {
        left = groups.size() > 2 ? left.substr(groups[2].from, groups[2].to - groups[2].from) : "";
      } else {
        left = std::to_string(groups[0].to);
      }
    }
    return left;
  }
  std::string primary() {
    if (pos_ >= call_.words.size() || ++depth_ > 100) bad();
    if (at("(")) {
      ++pos_;
      std::string value = either();
      if (!at(")")) bad();
      ++pos_;
      return value;
    }
    if (at("length") && pos_ + 1 < call_.words.size()) {
      pos_ += 2;
      return std::to_string(call_.words[pos_ - 1].size());
    }
    if (at("match") || at("substr") || at("index")) bad();
    shell_.need_known(call_.words[pos_], call_.spans[pos_]);
    return call_.words[pos_++];
  }

  Shell& shell_;
  const Call& call_;
  std::size_t pos_ = 1;
  int depth_ = 0;
};

}  // namespace

Status do_basename(Shell& shell, Call& call) {
  if (call.words.size() < 2) return {1, std::nullopt};
  if (Unknowns::is_in(call.words[1])) return unknown_output(shell, call);
  std::string name = base_of(call.words[1]);
  if (call.words.size() > 2 && name.ends_with(call.words[2]) && name != call.words[2])
    name.resize(name.size() - call.words[2].size());
  shell.out(name + '\n');
  return {};
}

Status do_dirname(Shell& shell, Call& call) {
  if (call.words.size() < 2) return {1, std::nullopt};
  const std::string& path = call.words[1] == "--" && call.words.size() > 2 ? call.words[2] : call.words[1];
  if (Unknowns::is_in(path)) return unknown_output(shell, call);
  std::string directory = path;
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  const std::size_t slash = directory.rfind('/');
  directory = slash == std::string::npos ? "." : slash == 0 ? "/" : directory.substr(0, slash);
  shell.out(directory + '\n');
  return {};
}

Status do_copy(Shell& shell, Call& call) {
  std::vector<std::string> operands;
  for (std::size_t i = 1; i < call.words.size(); ++i)
    if (!call.words[i].starts_with('-')) operands.push_back(call.words[i]);
  shell.not_done("files that the script writes are kept in memory only", call.span);
  if (operands.size() != 2) return {};
  const std::string& directory = shell.state().directory;
  const FileState from = shell.files().find(operands[0], directory);
  if (from.kind == FileState::Kind::kAbsent) {
    shell.err(call.words[0] + ": cannot stat '" + operands[0] + "': No such file or directory\n");
    return {1, std::nullopt};
  }
  std::string to = operands[1];
  if (shell.files().find(to, directory).kind == FileState::Kind::kDirectory) to += '/' + base_of(operands[0]);
  *shell.files().open(to, directory, true, {}) = from.text ? *from.text : shell.unknown_value(call.span, operands[0]);
  if (call.words[0].ends_with("mv")) shell.files().remove(operands[0], directory);
  return {};
}

Status do_remove(Shell& shell, Call& call) {
  for (std::size_t i = 1; i < call.words.size(); ++i)
    if (!call.words[i].starts_with('-')) shell.files().remove(call.words[i], shell.state().directory);
  shell.not_done("files that the script removes are removed in memory only", call.span);
  return {};
}

Status do_make_directory(Shell& shell, Call& call) {
  for (std::size_t i = 1; i < call.words.size(); ++i)
    if (!call.words[i].starts_with('-')) shell.files().make_directory(call.words[i], shell.state().directory);
  return {};
}

Status do_touch(Shell& shell, Call& call) {
  for (std::size_t i = 1; i < call.words.size(); ++i)
    if (!call.words[i].starts_with('-'))
      (void)shell.files().open(call.words[i], shell.state().directory, false,
                               shell.unknown_value(call.span, call.words[i]));
  return {};
}

Status do_id(Shell& shell, Call& call) {
  // A firewall script runs as root.
  const bool number = std::any_of(call.words.begin(), call.words.end(), [](const std::string& word) {
    return word == "-u" || word == "-g" || word == "-ru";
  });
  const bool name = std::any_of(call.words.begin(), call.words.end(),
                                [](const std::string& word) { return word == "-un" || word == "-nu" || word == "-n"; });
  if (!number && !name) return unknown_output(shell, call);
  shell.not_done("the script is taken to run as root", call.span);
  shell.out(name ? "root\n" : "0\n");
  return {};
}

Status do_whoami(Shell& shell, Call& call) {
  shell.not_done("the script is taken to run as root", call.span);
  shell.out("root\n");
  return {};
}

Status do_uname(Shell& shell, Call& call) {
  if (call.words.size() > 2 || (call.words.size() == 2 && call.words[1] != "-s")) return unknown_output(shell, call);
  shell.out("Linux\n");
  return {};
}

Status do_seq(Shell& shell, Call& call) {
  std::string separator = "\n";
  std::vector<long long> numbers;
  bool padded = false;
  std::size_t width = 0;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    shell.need_known(word, call.spans[i]);
    if (word == "-s" && i + 1 < call.words.size()) {
      separator = call.words[++i];
    } else if (word == "-w") {
      padded = true;
    } else if (const auto number = number_of(word)) {
      numbers.push_back(*number);
      width = std::max(width, word.size());
    } else {
      shell.refuse(call.spans[i], "bad-option", "`seq " + word + "` is not followed");
    }
  }
  if (numbers.empty() || numbers.size() > 3) shell.refuse(call.span, "bad-usage", "this use of `seq` is not followed");
  const long long last = numbers.back(), first = numbers.size() > 1 ? numbers[0] : 1;
  const long long step = numbers.size() > 2 ? numbers[1] : 1;
  if (step == 0) shell.refuse(call.span, "bad-usage", "`seq` with a step of 0");
  if ((last - first) / step > 1000000) throw LimitReached{call.span, "`seq` prints too many numbers"};
  std::string result;
  for (long long i = first; step > 0 ? i <= last : i >= last; i += step) {
    std::string digits = std::to_string(i);
    if (padded && digits.size() < width) digits.insert(0, width - digits.size(), '0');
    result += (result.empty() ? "" : separator) + digits;
  }
  if (!result.empty()) shell.out(result + '\n');
  return {};
}

Status do_expr(Shell& shell, Call& call) {
  for (const std::string& word : call.words)
    if (Unknowns::is_in(word)) return unknown_output(shell, call);
  const std::string value = Expr(shell, call).run();
  shell.out(value + '\n');
  return {value.empty() || value == "0" ? 1 : 0, std::nullopt};
}

}  // namespace nfproof::script
