// SPDX-License-Identifier: Apache-2.0
// Types and codes of ICMP: see icmp_types.h.
#include "compiler/extensions/icmp_types.h"

#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

std::optional<std::uint8_t> parse_byte(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number > 255) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

std::optional<IcmpType> parse_numbers(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto type = parse_byte(text.substr(0, slash));
  if (!type) return std::nullopt;
  if (slash == std::string_view::npos) return IcmpType{*type};
  const std::string_view codes = text.substr(slash + 1);
  const std::size_t colon = codes.find(':');
  const auto low = parse_byte(codes.substr(0, colon));
  const auto high = colon == std::string_view::npos ? low : parse_byte(codes.substr(colon + 1));
  if (!low || !high || *low > *high) return std::nullopt;
  return IcmpType{*type, *low, *high};
}

}  // namespace

std::variant<IcmpType, std::string> parse_icmp_type(std::string_view text, std::span<const IcmpName> names) {
  const IcmpName* found = nullptr;
  for (const IcmpName& known : names) {
    if (text.empty() || !starts_with_ignoring_case(known.name, text)) continue;
    if (found != nullptr)
      return '`' + std::string(text) + "` may be `" + std::string(found->name) + "` or `" + std::string(known.name) +
             '`';
    found = &known;
  }
  if (found != nullptr) return found->type;
  if (const auto type = parse_numbers(text)) return *type;
  return "expected a type name or `TYPE/CODE` with numbers up to 255, got `" + std::string(text) + '`';
}

std::string icmp_type_text(const IcmpType& type) {
  std::string out = std::to_string(type.type);
  if (type.code_lo == 0 && type.code_hi == 255) return out;
  out += '/' + std::to_string(type.code_lo);
  if (type.code_lo != type.code_hi) out += ':' + std::to_string(type.code_hi);
  return out;
}

ir::ValueSet icmp_type_values(const IcmpType& type) {
  const unsigned base = static_cast<unsigned>(type.type) << 8;
  return ir::ValueSet::of_range(base | type.code_lo, base | type.code_hi);
}

}  // namespace nfproof::compiler
