// SPDX-License-Identifier: Apache-2.0
// Shell arithmetic: see arithmetic.h. Reads and computes at once; what is not to be evaluated (`0 && x++`) is read
// without effect.
#include "compiler/script/arithmetic.h"

#include <array>
#include <cctype>
#include <cstdint>
#include <string>

#include "compiler/script/parser_state.h"

namespace nfproof::script {
namespace {

constexpr int kMaxDepth = 100;

struct BinaryRow {
  std::string_view text;
  int strength;
};
// Longer spellings stand before their prefixes. Assignments and `?:` are not here.
constexpr std::array<BinaryRow, 19> kBinary = {{{"**", 12},
                                                {"<<", 9},
                                                {">>", 9},
                                                {"<=", 8},
                                                {">=", 8},
                                                {"==", 7},
                                                {"!=", 7},
                                                {"&&", 3},
                                                {"||", 2},
                                                {"*", 11},
                                                {"/", 11},
                                                {"%", 11},
                                                {"+", 10},
                                                {"-", 10},
                                                {"<", 8},
                                                {">", 8},
                                                {"&", 6},
                                                {"^", 5},
                                                {"|", 4}}};
constexpr std::array<std::string_view, 11> kAssignments = {
    "<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "="};

class Calculator {
 public:
  Calculator(Shell& shell, std::string_view text, source::Span span, int depth)
      : shell_(shell), text_(text), span_(span), depth_(depth) {}

  long long run() {
    skip();
    if (pos_ == text_.size()) return 0;
    const long long value = comma();
    if (pos_ < text_.size()) fail("unexpected `" + std::string(text_.substr(pos_, 1)) + '`');
    return value;
  }

 private:
  struct Place {
    std::string name;
    std::string index;
    bool has_index = false;
  };

  [[noreturn]] void fail(const std::string& problem) {
    shell_.refuse(span_, "arithmetic", "bad arithmetic in `" + std::string(text_) + "`: " + problem);
  }

  void skip() {
    while (pos_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[pos_])) != 0) ++pos_;
  }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0';
  }
  bool take(std::string_view what) {
    if (!text_.substr(pos_).starts_with(what)) return false;
    pos_ += what.size();
    skip();
    return true;
  }

  long long comma() {
    long long value = ternary();
    while (take(",")) value = ternary();
    return value;
  }

  long long ternary() {
    if (++nested_ > kMaxDepth) fail("it is nested too deeply");
    long long value = binary(2);
    if (take("?")) {
      const int before = skipped_;
      if (value == 0) ++skipped_;
      const long long yes = comma();
      skipped_ = before;
      if (!take(":")) fail("expected `:`");
      if (value != 0) ++skipped_;
      const long long no = ternary();
      skipped_ = before;
      value = value != 0 ? yes : no;
    }
    --nested_;
    return value;
  }

  const BinaryRow* operator_here() const {
    for (const BinaryRow& row : kBinary) {
      if (!text_.substr(pos_).starts_with(row.text)) continue;
      const char next = peek(row.text.size());
      const bool assigns = next == '=' && row.text != "<=" && row.text != ">=" && row.text != "==" &&
                           row.text != "!=" && row.text != "&&" && row.text != "||" && row.text != "**";
      return assigns && row.text != "<" && row.text != ">" ? nullptr : &row;
    }
    return nullptr;
  }

  long long binary(int least) {
    long long left = unary();
    for (const BinaryRow* row = operator_here(); row != nullptr && row->strength >= least; row = operator_here()) {
      take(row->text);
      const int before = skipped_;
      if ((row->text == "&&" && left == 0) || (row->text == "||" && left != 0)) ++skipped_;
      // `**` binds to the right, all others to the left.
      const long long right = binary(row->text == "**" ? row->strength : row->strength + 1);
      skipped_ = before;
      left = compute(row->text, left, right);
    }
    return left;
  }

  long long divide(long long left, long long right, bool remainder) {
    if (right == 0) {
      if (skipped_ > 0) return 0;
      fail("division by zero");
    }
    if (right == -1) return remainder ? 0 : wrap(0 - bits(left));
    return remainder ? left % right : left / right;
  }

  static std::uint64_t bits(long long value) { return static_cast<std::uint64_t>(value); }
  static long long wrap(std::uint64_t value) { return static_cast<long long>(value); }

  long long power(long long left, long long right) {
    if (right < 0) {
      if (skipped_ > 0) return 0;
      fail("a negative exponent");
    }
    std::uint64_t result = 1, base = bits(left);
    for (std::uint64_t rest = bits(right); rest != 0; rest >>= 1U) {
      if ((rest & 1U) != 0) result *= base;
      base *= base;
    }
    return wrap(result);
  }

  long long compute(std::string_view op, long long left, long long right) {
    if (op == "+") return wrap(bits(left) + bits(right));
    if (op == "-") return wrap(bits(left) - bits(right));
    if (op == "*") return wrap(bits(left) * bits(right));
    if (op == "/") return divide(left, right, false);
    if (op == "%") return divide(left, right, true);
    if (op == "**") return power(left, right);
    if (op == "<<") return wrap(bits(left) << (bits(right) & 63U));
    if (op == ">>") return left >> (bits(right) & 63U);
    if (op == "<") return left < right;
    if (op == ">") return left > right;
    if (op == "<=") return left <= right;
    if (op == ">=") return left >= right;
    if (op == "==") return left == right;
    if (op == "!=") return left != right;
    if (op == "&") return left & right;
    if (op == "^") return left ^ right;
    if (op == "|") return left | right;
    if (op == "&&") return left != 0 && right != 0;
    if (op == "||") return left != 0 || right != 0;
    return right;  // `=`
  }

  long long unary() {
    if (++nested_ > kMaxDepth) fail("it is nested too deeply");
    long long value = 0;
    if (take("++") || take("--")) {
      const long long step = text_[text_.find_last_not_of(" \t\n", pos_ - 1)] == '+' ? 1 : -1;
      const Place place = variable();
      value = wrap(bits(load(place)) + bits(step));
      store(place, value);
    } else if (take("!")) {
      value = unary() == 0;
    } else if (take("~")) {
      value = ~unary();
    } else if (take("-")) {
      value = wrap(0 - bits(unary()));
    } else if (take("+")) {
      value = unary();
    } else {
      value = primary();
    }
    --nested_;
    return value;
  }

  long long primary() {
    if (take("(")) {
      const long long value = comma();
      if (!take(")")) fail("expected `)`");
      return value;
    }
    if (is_digit(peek())) return literal();
    if (!is_name_start(peek())) fail(pos_ == text_.size() ? "an operand is missing" : "expected a number or a name");
    const Place place = variable();
    if (take("++") || take("--")) {
      const long long value = load(place);
      const long long step = text_[text_.find_last_not_of(" \t\n", pos_ - 1)] == '+' ? 1 : -1;
      store(place, wrap(bits(value) + bits(step)));
      return value;
    }
    for (const std::string_view op : kAssignments) {
      if (op == "=" && text_.substr(pos_).starts_with("==")) continue;
      if (!take(op)) continue;
      const long long right = ternary();
      const long long value = op == "=" ? right : compute(op.substr(0, op.size() - 1), load(place), right);
      store(place, value);
      return value;
    }
    return load(place);
  }

  long long literal() {
    std::size_t end = pos_;
    while (end < text_.size() && (is_name_char(text_[end]) || text_[end] == '#' || text_[end] == '@')) ++end;
    const std::string word(text_.substr(pos_, end - pos_));
    pos_ = end;
    skip();
    std::string digits = word;
    int base = 10;
    if (const std::size_t hash = word.find('#'); hash != std::string::npos) {
      base = hash <= 2 ? std::stoi(word.substr(0, hash)) : 0;
      digits = word.substr(hash + 1);
    } else if (word.starts_with("0x") || word.starts_with("0X")) {
      base = 16;
      digits = word.substr(2);
    } else if (word.size() > 1 && word[0] == '0') {
      base = 8;
    }
    if (base < 2 || base > 36 || digits.empty()) fail('`' + word + "` is no number");
    std::uint64_t value = 0;
    for (const char c : digits) {
      const int digit = is_digit(c)                                        ? c - '0'
                        : std::isalpha(static_cast<unsigned char>(c)) != 0 ? std::tolower(c) - 'a' + 10
                                                                           : 99;
      if (digit >= base) fail('`' + word + "` is no number");
      value = value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit);
    }
    return wrap(value);
  }

  Place variable() {
    Place place;
    if (!is_name_start(peek())) fail("expected the name of a variable");
    while (is_name_char(peek())) place.name += text_[pos_++];
    if (peek() == '[') {
      const std::size_t close = text_.find(']', pos_);
      if (close == std::string_view::npos) fail("expected `]`");
      place.index = text_.substr(pos_ + 1, close - pos_ - 1);
      place.has_index = true;
      pos_ = close + 1;
    }
    skip();
    return place;
  }

  long long load(const Place& place) {
    if (skipped_ > 0) return 0;
    const auto value = place.has_index ? shell_.element(place.name, place.index, span_) : shell_.get(place.name, span_);
    if (!value && shell_.state().options.nounset) shell_.fatal(1, place.name + ": unbound variable");
    if (!value) return 0;
    shell_.need_known(*value, span_);
    if (depth_ > 20) fail("variables refer to each other");
    const std::size_t first = value->find_first_not_of(" \t\n+-");
    if (shell_.is_dash() && first != std::string::npos && !is_digit((*value)[first]))
      shell_.fatal(2, "Illegal number: " + *value);
    return evaluate_arithmetic(shell_, *value, span_, depth_ + 1);
  }

  void store(const Place& place, long long value) {
    if (skipped_ > 0) return;
    if (place.has_index) {
      shell_.set_element(place.name, place.index, std::to_string(value), span_);
    } else {
      shell_.set(place.name, std::to_string(value), span_);
    }
  }

  Shell& shell_;
  std::string_view text_;
  source::Span span_;
  int depth_;
  std::size_t pos_ = 0;
  int nested_ = 0;
  int skipped_ = 0;
};

}  // namespace

long long evaluate_arithmetic(Shell& shell, std::string_view text, source::Span span, int depth) {
  return Calculator(shell, text, span, depth).run();
}

}  // namespace nfproof::script
