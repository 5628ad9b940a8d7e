// SPDX-License-Identifier: Apache-2.0
// `[`, `test` and the tests of `[[`.
#include "compiler/script/tests.h"

#include <array>
#include <charconv>

#include "compiler/script/builtins.h"
#include "compiler/script/regex.h"

namespace nfproof::script {
namespace {

/// Unary operators that ask about a file.
constexpr std::string_view kFileTests = "abcdefghkprstuwxLOGNS";

bool is_unary(const std::string& op) {
  return op.size() == 2 && op[0] == '-' &&
         std::string_view("abcdefghknoprstuvwxzLOGNSR").find(op[1]) != std::string_view::npos;
}

bool is_binary(const std::string& op) {
  static constexpr std::array<std::string_view, 14> kNames = {"=",   "==",  "!=",  "<",   ">",   "-eq", "-ne",
                                                              "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
  for (const std::string_view name : kNames)
    if (name == op) return true;
  return false;
}

bool file_test(Shell& shell, char op, const std::string& path, source::Span span) {
  shell.need_known(path, span);
  if (path.empty()) return false;
  if (path == "/dev/null") return op != 'f' && op != 'd' && op != 's' && op != 'x' && op != 'L' && op != 'h';
  const FileState found = shell.files().find(path, shell.state().directory);
  const bool is_kernel_directory =
      !path.ends_with('/') && (path.ends_with("/sys") || path.ends_with("/net") || path.ends_with("/ipv4") ||
                               path.ends_with("/ipv6") || path.ends_with("/conf") || path.ends_with("/netfilter"));
  switch (found.kind) {
    case FileState::Kind::kAbsent: return false;
    case FileState::Kind::kFile:
      if (op == 's' && Unknowns::is_in(*found.text)) shell.need_known(*found.text, span);
      if (op == 's') return !found.text->empty();
      return op == 'e' || op == 'f' || op == 'r' || op == 'w' || op == 'a' || op == 'O' || op == 'G' ||
             (op == 'x' && (path.ends_with(".sh") || found.text->starts_with("#!")));
    case FileState::Kind::kDirectory:
      return op == 'e' || op == 'd' || op == 'r' || op == 'w' || op == 'x' || op == 'a' || op == 's' || op == 'O';
    case FileState::Kind::kProgram:
      return op == 'e' || op == 'f' || op == 'r' || op == 'x' || op == 'a' || op == 's' || op == 'w';
    case FileState::Kind::kKernel:
      shell.not_done("files below /proc and /sys that the script asks for are taken to be there", span);
      if (op == 'd') return is_kernel_directory;
      return op == 'e' || op == 'r' || op == 'w' || op == 'a' || (op == 'f' && !is_kernel_directory);
    case FileState::Kind::kUnknown: break;
  }
  shell.refuse(span, "unknown-file",
               "whether `" + path + "` exists is not known: it is on the firewall's own disk; `--file " + path +
                   "=LOCAL` gives the file, `--file " + path +
                   "=` says that there is none, `--root DIR` gives all files of the host");
}

/// Evaluates the words of `[`, by their number as POSIX says, and with -a, -o and parentheses as bash does.
class Test {
 public:
  Test(Shell& shell, const Call& call, std::size_t first, std::size_t last)
      : shell_(shell), call_(call), pos_(first), last_(last) {}

  Status run() {
    if (pos_ == last_) return {1, std::nullopt};
    const bool value = any();
    if (bad_ || pos_ != last_) return bad_number_ ? wrong(problem_) : wrong("too many arguments");
    return {value ? 0 : 1, std::nullopt};
  }

 private:
  [[nodiscard]] const std::string& word(std::size_t ahead = 0) const { return call_.words[pos_ + ahead]; }
  [[nodiscard]] std::size_t left() const { return last_ - pos_; }

  Status wrong(const std::string& problem) {
    shell_.err(shell_.place_text(call_.span) + ": " + call_.words[0] + ": " + problem + '\n');
    return {2, std::nullopt};
  }

  bool any() {
    bool value = all();
    while (left() > 0 && word() == "-o" && !bad_) {
      ++pos_;
      const bool right = all();
      value = value || right;
    }
    return value;
  }

  bool all() {
    bool value = one();
    while (left() > 0 && word() == "-a" && !bad_) {
      ++pos_;
      const bool right = one();
      value = value && right;
    }
    return value;
  }

  bool one() {
    if (left() == 0) return fail("argument expected");
    if (++depth_ > 100) return fail("too many arguments");
    if (word() == "!" && left() > 1 && !(left() == 3 && is_binary(word(1)))) {
      ++pos_;
      return !one();
    }
    if (word() == "(" && left() > 2 && !(left() == 3 && is_binary(word(1)))) {
      ++pos_;
      const bool value = any();
      if (left() == 0 || word() != ")") return fail("`)' expected");
      ++pos_;
      return value;
    }
    if (left() >= 3 && is_binary(word(1))) return binary();
    if (left() >= 2 && is_unary(word()) && !(left() > 2 && (word(1) == "-a" || word(1) == "-o"))) {
      pos_ += 2;
      return unary_test(shell_, call_.words[pos_ - 2], call_.words[pos_ - 1], call_.spans[pos_ - 1]);
    }
    shell_.need_known(word(), call_.spans[pos_]);
    if (left() == 2 && word(1) != "-a" && word(1) != "-o" && word(1) != ")")
      return fail(word() + ": unary operator expected");
    return !call_.words[pos_++].empty();
  }

  bool binary() {
    const std::string &a = word(), &op = word(1), &b = word(2);
    shell_.need_known(a, call_.spans[pos_]);
    shell_.need_known(b, call_.spans[pos_ + 2]);
    const source::Span span = call_.spans[pos_ + 1];
    pos_ += 3;
    if (op == "=" || op == "==") return a == b;
    if (op == "!=") return a != b;
    if (op == "<") return a < b;
    if (op == ">") return a > b;
    if (op == "-nt" || op == "-ot" || op == "-ef")
      shell_.refuse(span, "file-test", "`" + op + "` compares files of the machine: not followed");
    const auto left_number = number(a), right_number = number(b);
    return left_number && right_number && compare_numbers(op, *left_number, *right_number);
  }

  std::optional<long long> number(const std::string& text) {
    const std::size_t from = text.find_first_not_of(" \t\n");
    const std::size_t to = text.find_last_not_of(" \t\n");
    if (from != std::string::npos) {
      const char* begin = text.data() + from + (text[from] == '+' ? 1 : 0);
      long long value = 0;
      const auto [end, error] = std::from_chars(begin, text.data() + to + 1, value);
      if (error == std::errc() && end == text.data() + to + 1) return value;
    }
    fail(text + ": integer expression expected");
    return std::nullopt;
  }

  bool fail(std::string problem) {
    if (!bad_) problem_ = std::move(problem);
    bad_ = bad_number_ = true;
    return false;
  }

  Shell& shell_;
  const Call& call_;
  std::size_t pos_, last_;
  int depth_ = 0;
  bool bad_ = false;
  bool bad_number_ = false;
  std::string problem_;
};

}  // namespace

bool compare_numbers(const std::string& op, long long a, long long b) {
  if (op == "-eq") return a == b;
  if (op == "-ne") return a != b;
  if (op == "-lt") return a < b;
  if (op == "-le") return a <= b;
  if (op == "-gt") return a > b;
  return a >= b;
}

bool unary_test(Shell& shell, const std::string& op, const std::string& operand, source::Span span) {
  const char c = op[1];
  if (c == 'v' || c == 'R') {
    const std::size_t bracket = operand.find('[');
    if (bracket != std::string::npos && operand.ends_with(']'))
      return shell.element(operand.substr(0, bracket), operand.substr(bracket + 1, operand.size() - bracket - 2), span)
          .has_value();
    return shell.find(operand) != nullptr;
  }
  if (c == 't') {
    shell.not_done("no terminal is taken to be there (`-t`)", span);
    return false;
  }
  if (kFileTests.find(c) != std::string_view::npos) return file_test(shell, c, operand, span);
  if (c == 'o') shell.refuse(span, "file-test", "`-o` with an option of the shell is not followed");
  shell.need_known(operand, span);
  return operand.empty() == (c == 'z');
}

bool regex_test(Shell& shell, const std::string& text, const std::string& pattern, source::Span span) {
  const auto groups = Regex(shell, pattern, true, shell.state().options.nocasematch, span).match(text);
  Variable& variable = shell.writable("BASH_REMATCH", span);
  variable = Variable();
  variable.kind = Variable::Kind::kArray;
  variable.is_set = true;
  for (std::size_t i = 0; i < groups.size(); ++i)
    variable.elements[static_cast<long long>(i)] = text.substr(groups[i].from, groups[i].to - groups[i].from);
  return !groups.empty();
}

Status do_test(Shell& shell, Call& call) {
  std::size_t last = call.words.size();
  if (call.words[0] == "[" || call.words[0].ends_with("/[")) {
    if (last < 2 || call.words[last - 1] != "]") {
      shell.err(shell.place_text(call.span) + ": [: missing `]'\n");
      return {2, std::nullopt};
    }
    --last;
  }
  // `[ $x = y ]` with an unknown, unquoted $x could be any number of words.
  return Test(shell, call, 1, last).run();
}

}  // namespace nfproof::script
