// SPDX-License-Identifier: Apache-2.0
// -m string: the packet holds some bytes (net/netfilter/xt_string.c). `--hex-string` mixes
// text and hexadecimal between bars; bytes that can be printed come back as `--string`.
#include <algorithm>
#include <cctype>
#include <optional>
#include <variant>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxPattern = 128;
constexpr std::uint64_t kMaxOffset = 65535;
constexpr NameValue kAlgorithms[] = {{"bm", 0}, {"kmp", 1}};

constexpr OptionRow kOptions[] = {
    {.name = "string", .type = ValueType::kText, .negatable = true},
    {.name = "hex-string", .type = ValueType::kText, .negatable = true},
    {.name = "algo", .type = ValueType::kName, .required = true, .names = kAlgorithms},
    {.name = "from", .type = ValueType::kNumber, .max = kMaxOffset},
    {.name = "to", .type = ValueType::kNumber, .max = kMaxOffset},
    {.name = "icase"},
};

using Pattern = std::variant<std::string, const char*>;  // the bytes, or what is wrong

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// `text|0d 0a|more`; a backslash before a bar takes its meaning away.
Pattern parse_hex(std::string_view text) {
  std::string out;
  bool in_hex = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_hex && c == '\\' && i + 1 < text.size() && text[i + 1] == '|') {
      out += text[++i];
    } else if (c == '|') {
      in_hex = !in_hex;
    } else if (!in_hex) {
      out += c;
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      if (i + 1 >= text.size() || hex_digit(c) < 0 || hex_digit(text[i + 1]) < 0)
        return "expects two hexadecimal digits for each byte between bars";
      out += static_cast<char>(hex_digit(c) * 16 + hex_digit(text[++i]));
    }
  }
  if (in_hex) return "has a bar that is not closed";
  return out;
}

const OptionUse* pattern_use(const ModuleInput& module) {
  const OptionUse* use = module.find("string");
  return use == nullptr ? module.find("hex-string") : use;
}

Pattern pattern_of(const OptionUse& use) {
  return use.row->name == "string" ? Pattern{text_of(use)} : parse_hex(text_of(use));
}

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"string", "hex-string"})) return;
  const OptionUse* from = module.find("from");
  const OptionUse* to = module.find("to");
  if (from != nullptr && to != nullptr && number_of(*from) > number_of(*to))
    module.error(from->value_span, "`--from` expects a number that is not larger than that of `--to`");
  const OptionUse& use = *pattern_use(module);
  const Pattern pattern = pattern_of(use);
  if (const auto* problem = std::get_if<const char*>(&pattern)) {
    module.error(use.value_span, "`--hex-string` " + std::string(*problem));
    return;
  }
  const std::size_t size = std::get<std::string>(pattern).size();
  if (size == 0 || size > kMaxPattern)
    module.error(use.value_span,
                 "`--" + std::string(use.row->name) + "` expects 1 to 128 bytes, got " + std::to_string(size));
}

bool needs_hex(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isprint(byte) == 0 || byte > 127;
  });
}

std::string quoted(std::string_view bytes) {
  std::string out = "\"";
  if (needs_hex(bytes)) {
    out += '|';
    for (const char c : bytes) out += hex(static_cast<unsigned char>(c), 2).substr(2);
    return out + "|\"";
  }
  for (const char c : bytes) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *pattern_use(module);
  const Pattern pattern = pattern_of(use);
  const auto* bytes = std::get_if<std::string>(&pattern);
  if (bytes == nullptr) return;
  out += use.negated ? " ! --" : " --";
  out += needs_hex(*bytes) ? "hex-string " : "string ";
  out += quoted(*bytes);
  append_option(out, *module.find("algo"), name_of(kAlgorithms, number_of(*module.find("algo"))));
  if (const OptionUse* from = module.find("from"); from != nullptr && number_of(*from) != 0)
    append_option(out, *from, std::to_string(number_of(*from)));
  if (const OptionUse* to = module.find("to"); to != nullptr && number_of(*to) != kMaxOffset)
    append_option(out, *to, std::to_string(number_of(*to)));
  if (module.has("icase")) out += " --icase";
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *pattern_use(module);
  const auto offset = [&](std::string_view option, std::uint64_t otherwise) {
    const OptionUse* given = module.find(option);
    return static_cast<std::uint16_t>(given == nullptr ? otherwise : number_of(*given));
  };
  const Pattern pattern = pattern_of(use);
  ir::StringTest test;
  if (const auto* bytes = std::get_if<std::string>(&pattern)) test.pattern = *bytes;
  test.from = offset("from", 0);
  test.to = offset("to", kMaxOffset);
  test.algorithm = static_cast<ir::StringTest::Algorithm>(number_of(*module.find("algo")));
  test.ignore_case = module.has("icase");
  out.when_not(use.negated, std::move(test));
}

}  // namespace

extern const Extension kMatchString{
    .name = "string",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
