// SPDX-License-Identifier: Apache-2.0
// -m u32: numbers at places in the packet (net/netfilter/xt_u32.c). The text is
// `LOCATION=VALUES[&&...]`, where a location is a number followed by `&`, `<<`, `>>` or `@` and a number, any times.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxTests = 10;
constexpr std::size_t kMaxParts = 10;

/// In the order of `U32Test::Op`.
constexpr std::array<std::string_view, 4> kOps = {"&", "<<", ">>", "@"};

constexpr OptionRow kOptions[] = {
    {.name = "u32", .type = ValueType::kText, .negatable = true, .required = true},
};

/// Reads the text from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<ir::U32Test> read() {
    ir::U32Test all;
    while (all.tests.size() < kMaxTests) {
      ir::U32Test::Test& test = all.tests.emplace_back();
      if (!read_location(test) || !take("=") || !read_values(test)) return std::nullopt;
      skip_blanks();
      if (at_ == text_.size()) return all;
      if (!take("&&")) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  using Step = ir::U32Test::Step;

  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool read_number(std::uint32_t& number) {
    skip_blanks();
    std::string_view rest = text_.substr(at_);
    int base = 10;
    if (rest.starts_with("0x") || rest.starts_with("0X")) {
      base = 16;
      rest.remove_prefix(2);
    } else if (rest.size() > 1 && rest[0] == '0' && std::isdigit(static_cast<unsigned char>(rest[1])) != 0) {
      base = 8;
    }
    const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), number, base);
    if (failed != std::errc{}) return false;
    at_ = static_cast<std::size_t>(end - text_.data());
    return true;
  }
  bool read_location(ir::U32Test::Test& test) {
    if (!read_number(test.offset)) return false;
    for (std::size_t parts = 1; parts <= kMaxParts; ++parts) {
      const auto* found = std::find_if(kOps.begin(), kOps.end(), [this](std::string_view op) { return take(op); });
      if (found == kOps.end()) return true;
      Step& step = test.steps.emplace_back();
      step.op = static_cast<ir::U32Test::Op>(found - kOps.begin());
      if (!read_number(step.number)) return false;
    }
    return false;
  }
  bool read_values(ir::U32Test::Test& test) {
    while (test.values.size() < kMaxParts) {
      ir::U32Test::Range& range = test.values.emplace_back();
      if (!read_number(range.lo)) return false;
      range.hi = range.lo;
      if (take(":") && !read_number(range.hi)) return false;
      if (!take(",")) return true;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string canonical_text(const ir::U32Test& all) {
  std::string out;
  for (const ir::U32Test::Test& test : all.tests) {
    if (!out.empty()) out += "&&";
    out += hex(test.offset);
    for (const ir::U32Test::Step& step : test.steps)
      out += std::string(kOps[static_cast<std::size_t>(step.op)]) + hex(step.number);
    char separator = '=';
    for (const ir::U32Test::Range& range : test.values) {
      out += std::exchange(separator, ',') + hex(range.lo);
      if (range.hi != range.lo) out += ':' + hex(range.hi);
    }
  }
  return out;
}

void check(const ModuleInput& module) {
  const OptionUse& use = *module.find("u32");
  if (!Reader(use.text).read())
    module.error(use.value_span, "`--u32` expects tests such as `6&0xff=1 && 4&0x1fff=0`, got `" + use.text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("u32");
  append_option(out, use, '"' + canonical_text(Reader(use.text).read().value_or(ir::U32Test{})) + '"');
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("u32");
  out.when_not(use.negated, Reader(use.text).read().value_or(ir::U32Test{}));
}

}  // namespace

extern const Extension kMatchU32{
    .name = "u32",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
