// SPDX-License-Identifier: Apache-2.0
// Helpers of the modules: see common.h.
#include "compiler/extensions/common.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

std::string option_text(std::string_view option) { return "`--" + std::string(option) + '`'; }

std::string option_list(std::initializer_list<std::string_view> options) {
  std::string out;
  for (const std::string_view option : options) {
    if (!out.empty()) out += ", ";
    out += option_text(option);
  }
  return out;
}

source::ToolMessage tool_refusal(const ModuleInput& module, std::string_view option, std::string text) {
  return {source::ToolMessage::Form::kParameter,
          std::string(module.name) + ": option \"--" + std::string(option) + "\" " + std::move(text) + '\n'};
}

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool equal_bytes(char a, char b) { return lower(a) == lower(b); }

}  // namespace

bool at_most_one(const ModuleInput& module, std::initializer_list<std::string_view> options) {
  const OptionUse* first = nullptr;
  for (const std::string_view option : options) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) continue;
    if (first != nullptr) {
      module.error(
          use->span, option_text(option) + " cannot be used together with " + option_text(first->row->name),
          tool_refusal(module, first->row->name, "cannot be used together with \"--" + std::string(option) + "\"."));
      return false;
    }
    first = use;
  }
  return true;
}

bool at_least_one(const ModuleInput& module, std::initializer_list<std::string_view> options) {
  const auto given = [&module](std::string_view option) { return module.has(option); };
  if (std::any_of(options.begin(), options.end(), given)) return true;
  module.error(module.span, '`' + std::string(module.name) + "` needs " +
                                (options.size() > 1 ? "one of the options " : "the option ") + option_list(options));
  return false;
}

bool exactly_one(const ModuleInput& module, std::initializer_list<std::string_view> options) {
  return at_most_one(module, options) && at_least_one(module, options);
}

bool needs_also(const ModuleInput& module, std::string_view option, std::string_view other) {
  const OptionUse* use = module.find(option);
  if (use == nullptr || module.has(other)) return true;
  module.error(use->span, option_text(option) + " also needs " + option_text(other),
               tool_refusal(module, option, "also requires \"--" + std::string(other) + "\"."));
  return false;
}

bool needs_protocol(const ModuleInput& module, std::initializer_list<std::uint8_t> protocols, std::string_view text) {
  if (module.protocol && !module.protocol_negated &&
      std::find(protocols.begin(), protocols.end(), *module.protocol) != protocols.end())
    return true;
  module.error(module.span, '`' + std::string(module.name) + "` needs " + std::string(text));
  return false;
}

bool refuse_chains(const ModuleInput& module, std::string_view option, std::initializer_list<std::string_view> chains) {
  const OptionUse* use = module.find(option);
  if (use == nullptr || std::find(chains.begin(), chains.end(), module.chain) == chains.end()) return true;
  module.error(use->span, option_text(option) + " is not possible in `" + std::string(module.chain) + '`');
  return false;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal_bytes);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::optional<std::uint64_t> find_by_prefix(std::span<const NameValue> names, std::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const NameValue& known : names)
    if (starts_with_ignoring_case(known.name, text)) return known.value;
  return std::nullopt;
}

std::string_view name_of(std::span<const NameValue> names, std::uint64_t value) {
  for (const NameValue& known : names)
    if (known.value == value) return known.name;
  return {};
}

std::string names_text(std::span<const NameValue> names) {
  std::string out;
  for (const NameValue& known : names) {
    if (!out.empty()) out += ", ";
    out += '`' + std::string(known.name) + '`';
  }
  return out;
}

std::string hex(std::uint64_t number, unsigned digits) {
  std::array<char, 16> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, 16).ptr;
  const auto length = static_cast<std::size_t>(end - buffer.data());
  std::string out = "0x";
  if (length < digits) out.append(digits - length, '0');
  return out.append(buffer.data(), length);
}

void append_option(std::string& out, const OptionUse& use) {
  out += use.negated ? " ! --" : " --";
  out += use.row->name;
}

void append_option(std::string& out, const OptionUse& use, std::string_view value) {
  append_option(out, use);
  out += ' ';
  out += value;
}

void lower_range(const ModuleInput& module, std::string_view option, ir::FieldId field, Lowering& out) {
  const OptionUse* use = module.find(option);
  const unsigned bits = ir::field_info(field).bits;
  if (use == nullptr) return out.when(field_test(field, ir::ValueSet::all(bits)));
  NumberRange range;
  if (const auto* given = std::get_if<NumberRange>(&use->value)) range = *given;
  if (const auto* number = std::get_if<std::uint64_t>(&use->value)) range = {*number, *number};
  const auto last = static_cast<std::uint64_t>(ir::max_of_bits(bits));
  ir::ValueSet values;
  if (range.lo <= last) values = ir::ValueSet::of_range(range.lo, std::min(range.hi, last));
  out.when_looked_up(field_test(field, std::move(values)), use->negated);
}

std::string host_text(const OptionUse& use, ir::Family family, bool always_mask) {
  const auto& network = std::get<Network>(use.value);
  const auto written = parse_network(std::string_view(use.text).substr(0, use.text.find('/')), family);
  const std::string text = network_text(network, family);
  const bool whole = network.mask == ir::max_of_bits(ir::address_bits(family));
  const std::string mask = whole && !always_mask ? std::string() : text.substr(text.find('/'));
  return ir::format_address(written ? written->value : network.value, family) + mask;
}

std::array<std::uint8_t, 16> address_bytes(ir::u128 address, ir::Family family) {
  std::array<std::uint8_t, 16> bytes{};
  for (unsigned left = ir::address_bits(family) / 8; left-- > 0; address >>= 8)
    bytes[left] = static_cast<std::uint8_t>(address);
  return bytes;
}

bool is_whole_range(const OptionUse& use) {
  const auto* range = std::get_if<NumberRange>(&use.value);
  return range != nullptr && !use.negated && *range == NumberRange{use.row->min, use.row->max};
}

}  // namespace nfproof::compiler
