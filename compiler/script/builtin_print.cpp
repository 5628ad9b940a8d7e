// SPDX-License-Identifier: Apache-2.0
// `echo` and `printf`.
#include <cstdio>

#include "compiler/script/arithmetic.h"
#include "compiler/script/builtins.h"
#include "compiler/script/escapes.h"
#include "compiler/script/parser_state.h"

namespace nfproof::script {
namespace {

/// One run through a format of `printf`.
class Formatter {
 public:
  Formatter(Shell& shell, const Call& call, std::string_view format, std::size_t first)
      : shell_(shell), call_(call), format_(format), next_(first) {}

  std::string run() {
    const std::size_t first = next_;
    do {
      const std::size_t before = next_;
      once();
      if (next_ == before && next_ == first) break;  // the format takes no arguments
      if (next_ == before) break;
    } while (next_ < call_.words.size() && !stop_ && result_.size() < (16U << 20U));
    return result_;
  }

 private:
  std::string argument(bool& given) {
    given = next_ < call_.words.size();
    return given ? call_.words[next_++] : std::string();
  }

  void once() {
    for (std::size_t i = 0; i < format_.size() && !stop_;) {
      const std::size_t percent = std::min(format_.find('%', i), format_.size());
      result_ += unescape(format_.substr(i, percent - i), EscapeStyle::kPrintf).text;
      i = percent;
      if (i < format_.size()) directive(i);
    }
  }

  void directive(std::size_t& i) {
    std::string spec = "%";
    for (++i; i < format_.size() && std::string_view("-+ #0'").find(format_[i]) != std::string_view::npos; ++i)
      if (format_[i] != '\'') spec += format_[i];
    number(i, spec);
    if (i < format_.size() && format_[i] == '.') {
      spec += format_[i++];
      number(i, spec);
    }
    while (i < format_.size() && (format_[i] == 'l' || format_[i] == 'h')) ++i;
    const char kind = i < format_.size() ? format_[i++] : '\0';
    convert(kind, spec);
  }

  void number(std::size_t& i, std::string& spec) {
    if (i < format_.size() && format_[i] == '*') {
      ++i;
      bool given = false;
      spec += std::to_string(std::min(integer(argument(given)), 10000LL));
      return;
    }
    std::string digits;
    while (i < format_.size() && is_digit(format_[i])) digits += format_[i++];
    if (digits.size() > 4) digits = "9999";
    spec += digits;
  }

  long long integer(const std::string& text) {
    if (text.empty()) return 0;
    shell_.need_known(text, call_.span);
    if ((text[0] == '"' || text[0] == '\'') && text.size() > 1) return static_cast<unsigned char>(text[1]);
    return evaluate_arithmetic(shell_, text, call_.span);
  }

  void convert(char kind, std::string spec) {
    bool given = false;
    switch (kind) {
      case '%': result_ += '%'; return;
      case 's': return text(spec, argument(given));
      case 'b': {
        const Unescaped value = unescape(argument(given), EscapeStyle::kEcho);
        text(spec, value.text);
        stop_ = value.stop;
        return;
      }
      case 'q': {
        const std::string value = argument(given);
        if (value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=+-,@%") !=
            std::string::npos)
          shell_.refuse(call_.span, "bad-format", "`%q` of this text is not followed");
        result_ += value.empty() ? "''" : value;
        return;
      }
      case 'c': {
        const std::string value = argument(given);
        return text(spec, value.substr(0, 1));
      }
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X': {
        const long long value = integer(argument(given));
        spec += "ll";
        spec += kind;
        char buffer[10100];
        const int length = std::snprintf(buffer, sizeof buffer, spec.c_str(), value);  // NOLINT
        result_.append(buffer, static_cast<std::size_t>(std::min<int>(length, sizeof buffer - 1)));
        return;
      }
      default: shell_.refuse(call_.span, "bad-format", std::string("`%") + kind + "` of `printf` is not followed");
    }
  }

  void text(const std::string& spec, std::string value) {
    // Marks have no known width: they pass as they are.
    std::size_t width = 0, precision = std::string::npos;
    bool left = false, dot = false;
    for (const char c : spec) {
      if (c == '-') left = true;
      if (c == '.') {
        dot = true;
        precision = 0;
      } else if (is_digit(c)) {
        (dot ? precision : width) = (dot ? precision : width) * 10 + static_cast<std::size_t>(c - '0');
      }
    }
    if (!Unknowns::is_in(value) && value.size() > precision) value.resize(precision);
    const std::string padding(value.size() < width ? width - value.size() : 0, ' ');
    result_ += left ? value + padding : padding + value;
  }

  Shell& shell_;
  const Call& call_;
  std::string_view format_;
  std::size_t next_;
  std::string result_;
  bool stop_ = false;
};

}  // namespace

Status do_echo(Shell& shell, Call& call) {
  bool newline = true, escapes = shell.is_dash();
  std::size_t i = 1;
  for (; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    const std::string_view allowed = shell.is_dash() ? "n" : "neE";
    if (word.size() < 2 || word[0] != '-' || word.find_first_not_of(allowed, 1) != std::string::npos) break;
    if (shell.is_dash() && word != "-n") break;
    if (word.find('n') != std::string::npos) newline = false;
    for (const char c : word) {
      if (c == 'e') escapes = true;
      if (c == 'E') escapes = false;
    }
  }
  std::string text;
  for (std::size_t first = i; i < call.words.size(); ++i) text += (i > first ? " " : "") + call.words[i];
  if (escapes) {
    Unescaped value = unescape(text, EscapeStyle::kEcho);
    text = std::move(value.text);
    newline = newline && !value.stop;
  }
  shell.out(newline ? text + '\n' : text);
  return {};
}

Status do_printf(Shell& shell, Call& call) {
  std::size_t i = 1;
  std::string variable;
  if (i + 1 < call.words.size() && call.words[i] == "-v") {
    variable = call.words[i + 1];
    i += 2;
  }
  if (i < call.words.size() && call.words[i] == "--") ++i;
  if (i >= call.words.size()) return {2, std::nullopt};
  std::string text = Formatter(shell, call, call.words[i], i + 1).run();
  if (variable.empty()) {
    shell.out(text);
  } else {
    shell.set(variable, std::move(text), call.span);
  }
  return {};
}

}  // namespace nfproof::script
