// SPDX-License-Identifier: Apache-2.0
// -m u32: numbers at places in the packet (net/netfilter/xt_u32.c). Known, without meaning here. The text is
// `LOCATION=VALUES[&&...]`, where a location is a number followed by `&`, `<<`, `>>` or `@` and a number, any times.
#include <cctype>
#include <charconv>
#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxTests = 10;
constexpr std::size_t kMaxParts = 10;

constexpr OptionRow kOptions[] = {
    {.name = "u32", .type = ValueType::kText, .negatable = true, .required = true},
};

/// Reads the text once and writes it in canonical form.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<std::string> read() {
    for (std::size_t tests = 1; tests <= kMaxTests; ++tests) {
      if (!read_location() || !take("=")) return std::nullopt;
      out_ += '=';
      if (!read_values()) return std::nullopt;
      skip_blanks();
      if (at_ == text_.size()) return out_;
      if (!take("&&")) return std::nullopt;
      out_ += "&&";
    }
    return std::nullopt;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool read_number() {
    skip_blanks();
    std::string_view rest = text_.substr(at_);
    int base = 10;
    if (rest.starts_with("0x") || rest.starts_with("0X")) {
      base = 16;
      rest.remove_prefix(2);
    } else if (rest.size() > 1 && rest[0] == '0' && std::isdigit(static_cast<unsigned char>(rest[1])) != 0) {
      base = 8;
    }
    std::uint32_t number = 0;
    const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), number, base);
    if (failed != std::errc{}) return false;
    at_ = static_cast<std::size_t>(end - text_.data());
    out_ += hex(number);
    return true;
  }
  bool read_location() {
    if (!read_number()) return false;
    for (std::size_t parts = 1; parts <= kMaxParts; ++parts) {
      std::string_view found;
      for (const std::string_view op : {"<<", ">>", "&", "@"})
        if (found.empty() && take(op)) found = op;
      if (found.empty()) return true;
      out_ += found;
      if (!read_number()) return false;
    }
    return false;
  }
  bool read_values() {
    for (std::size_t values = 1; values <= kMaxParts; ++values) {
      if (!read_number()) return false;
      if (take(":")) {
        out_ += ':';
        if (!read_number()) return false;
      }
      if (!take(",")) return true;
      out_ += ',';
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

void check(const ModuleInput& module) {
  const OptionUse& use = *module.find("u32");
  if (!Reader(use.text).read())
    module.error(use.value_span, "`--u32` expects tests such as `6&0xff=1 && 4&0x1fff=0`, got `" + use.text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("u32");
  append_option(out, use, '"' + Reader(use.text).read().value_or("") + '"');
}

}  // namespace

extern const Extension kMatchU32{
    .name = "u32",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
};

}  // namespace nfproof::compiler
