// SPDX-License-Identifier: Apache-2.0
// -m mh: the type of a mobility header (net/ipv6/netfilter/ip6t_mh.c).
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/names.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

// The types of RFC 6275 and others; the first name of a type is not printed, its number is.
constexpr NameValue kTypes[] = {{"binding-refresh-request", 0},
                                {"brr", 0},
                                {"home-test-init", 1},
                                {"hoti", 1},
                                {"careof-test-init", 2},
                                {"coti", 2},
                                {"home-test", 3},
                                {"hot", 3},
                                {"careof-test", 4},
                                {"cot", 4},
                                {"binding-update", 5},
                                {"bu", 5},
                                {"binding-acknowledgement", 6},
                                {"ba", 6},
                                {"binding-error", 7},
                                {"be", 7}};

std::optional<std::uint64_t> parse_type(std::string_view text) {
  if (const auto type = find_by_prefix(kTypes, text)) return type;
  const auto number = parse_number(text);
  return number && *number <= 255 ? number : std::nullopt;
}

std::optional<NumberRange> parse_types(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view low = text.substr(0, colon);
  const std::string_view high = colon == std::string_view::npos ? low : text.substr(colon + 1);
  const auto first = low.empty() && colon != std::string_view::npos ? std::uint64_t{0} : parse_type(low);
  const auto last = high.empty() && colon != std::string_view::npos ? std::uint64_t{255} : parse_type(high);
  if (!first || !last || *first > *last) return std::nullopt;
  return NumberRange{*first, *last};
}

constexpr OptionRow kOptions[] = {
    {.name = "mh-type", .type = ValueType::kText, .negatable = true},
};
constexpr std::string_view kAliases[] = {"mobility-header", "ipv6-mh"};

void check(const ModuleInput& module) {
  const OptionUse* use = module.find("mh-type");
  if (use != nullptr && !parse_types(use->text))
    module.error(use->value_span,
                 "`--mh-type` expects a type or a range of types from 0 to 255, got `" + use->text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse* use = module.find("mh-type");
  if (use == nullptr) return;
  const NumberRange types = parse_types(use->text).value_or(NumberRange{});
  if (types == NumberRange{0, 255} && !use->negated) return;
  append_option(out, *use);
  append_range(out, types);
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse* use = module.find("mh-type");
  const NumberRange types = use == nullptr ? NumberRange{0, 255} : parse_types(use->text).value_or(NumberRange{});
  out.when_looked_up(field_test(ir::FieldId::kMhType, ir::ValueSet::of_range(types.lo, types.hi)),
                     use != nullptr && use->negated);
}

}  // namespace

std::string_view mh_type_name(std::uint64_t type) { return name_of(kTypes, type); }

extern const Extension kMatchMh{
    .name = "mh",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .aliases = kAliases,
    .protocol = 135,
};

}  // namespace nfproof::compiler
