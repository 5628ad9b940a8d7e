// SPDX-License-Identifier: Apache-2.0
// The option machinery: see options.h. Each value type has one reader and one printer.
#include "compiler/extensions/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

/// What could not be read, for the message: `expected ..., got ...`.
struct Problem {
  std::string expected;
};

using Read = std::variant<OptionValue, Problem>;

struct Context {
  const OptionRow& row;
  ir::Family family;
  std::string protocol;  ///< for service names
};

std::string bounds(const OptionRow& row) { return std::to_string(row.min) + " to " + std::to_string(row.max); }

Read read_text(const Context& context, std::string_view text) {
  if (text.size() > context.row.max) return Problem{"at most " + std::to_string(context.row.max) + " characters"};
  return OptionValue{std::string(text)};
}

Read read_number(const Context& context, std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number < context.row.min || *number > context.row.max)
    return Problem{"a number from " + bounds(context.row)};
  return OptionValue{*number};
}

/// `N`, `N:M`, `:M`, `N:`; ends that are missing are those of the row.
template <typename ReadEnd>
Read read_range(const OptionRow& row, std::string_view text, const std::string& expected, std::uint64_t max,
                ReadEnd read_end) {
  const std::size_t colon = text.find(':');
  NumberRange range{row.min, max};
  const std::string_view low = text.substr(0, colon);
  if (!low.empty() || colon == std::string_view::npos) {
    const auto end = read_end(low);
    if (!end) return Problem{expected};
    range.lo = *end;
  }
  if (colon == std::string_view::npos) return OptionValue{NumberRange{range.lo, range.lo}};
  if (const std::string_view high = text.substr(colon + 1); !high.empty()) {
    const auto end = read_end(high);
    if (!end) return Problem{expected};
    range.hi = *end;
  }
  if (range.lo > range.hi) return Problem{"a range whose first number is not the larger one"};
  return OptionValue{range};
}

Read read_number_range(const Context& context, std::string_view text) {
  const auto read_end = [&](std::string_view part) -> std::optional<std::uint64_t> {
    const auto number = parse_number(part);
    return number && *number >= context.row.min && *number <= context.row.max ? number : std::nullopt;
  };
  return read_range(context.row, text, "a number from " + bounds(context.row) + " or a range `N:M`", context.row.max,
                    read_end);
}

/// A service that the protocol does not have is looked for in all protocols.
std::optional<std::uint16_t> port_of(std::string_view text, std::string_view protocol) {
  const auto port = parse_port(text, protocol);
  return port || protocol.empty() ? port : parse_port(text);
}

Read read_port_range(const Context& context, std::string_view text) {
  const auto read_end = [&](std::string_view part) -> std::optional<std::uint64_t> {
    return port_of(part, context.protocol);
  };
  return read_range(context.row, text, "a port number or service name, or a range `P:Q`", 65535, read_end);
}

Read read_port_list(const Context& context, std::string_view text) {
  std::vector<NumberRange> ports;
  for (const std::string_view each : split(text, ',')) {
    Read part = read_port_range(context, each);
    if (auto* problem = std::get_if<Problem>(&part)) return Problem{problem->expected + " in a comma list"};
    ports.push_back(std::get<NumberRange>(std::get<OptionValue>(part)));
  }
  return OptionValue{std::move(ports)};
}

std::string address_kind(ir::Family family) {
  return family == ir::Family::kIpv4 ? "an IPv4 address" : "an IPv6 address";
}

Read read_network(const Context& context, std::string_view text) {
  if (const auto network = parse_network(text, context.family)) return OptionValue{*network};
  return Problem{address_kind(context.family) + ", optionally with `/prefix` or `/mask`"};
}

Read read_address_range(const Context& context, std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = ir::parse_address(text.substr(0, dash), context.family);
  const auto last = dash == std::string_view::npos ? first : ir::parse_address(text.substr(dash + 1), context.family);
  if (!first || !last) return Problem{address_kind(context.family) + " or a range `A-B`"};
  return OptionValue{Network{*first, *last}};
}

Read read_mark(const Context&, std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto value = parse_number(text.substr(0, slash));
  MarkMask mark;
  mark.has_mask = slash != std::string_view::npos;
  const auto mask = mark.has_mask ? parse_number(text.substr(slash + 1)) : std::uint64_t{0xffffffff};
  if (!value || !mask || *value > 0xffffffff || *mask > 0xffffffff)
    return Problem{"a 32-bit number, optionally with `/mask`"};
  mark.value = static_cast<std::uint32_t>(*value);
  mark.mask = static_cast<std::uint32_t>(*mask);
  return OptionValue{mark};
}

std::string list_names(std::span<const NameValue> names) {
  constexpr std::size_t kShown = 24;
  return names_text(names.first(std::min(names.size(), kShown))) + (names.size() > kShown ? ", ..." : "");
}

std::optional<std::uint64_t> find_name(std::span<const NameValue> names, std::string_view text) {
  const auto same = [text](const NameValue& known) { return equal_ignoring_case(known.name, text); };
  const auto found = std::find_if(names.begin(), names.end(), same);
  if (found == names.end()) return std::nullopt;
  return found->value;
}

Read read_name(const Context& context, std::string_view text) {
  if (const auto value = find_name(context.row.names, text)) return OptionValue{*value};
  return Problem{"one of " + list_names(context.row.names)};
}

Read read_name_list(const Context& context, std::string_view text) {
  std::uint64_t bits = 0;
  for (const std::string_view each : split(text, ',')) {
    const auto value = find_name(context.row.names, each);
    if (!value) return Problem{"a comma list of " + list_names(context.row.names)};
    bits |= *value;
  }
  return OptionValue{bits};
}

Read read(const Context& context, std::span<const Word> values) {
  const std::string_view text = values.empty() ? std::string_view{} : values[0].text;
  switch (context.row.type) {
    case ValueType::kFlag: return OptionValue{std::monostate{}};
    case ValueType::kOptionalText:
    case ValueType::kText: return read_text(context, text);
    case ValueType::kNumber: return read_number(context, text);
    case ValueType::kNumberRange: return read_number_range(context, text);
    case ValueType::kPort:
      if (const auto port = port_of(text, context.protocol)) return OptionValue{std::uint64_t{*port}};
      return Problem{"a port number or service name"};
    case ValueType::kPortRange: return read_port_range(context, text);
    case ValueType::kPortList: return read_port_list(context, text);
    case ValueType::kNetwork: return read_network(context, text);
    case ValueType::kAddressRange: return read_address_range(context, text);
    case ValueType::kMarkMask: return read_mark(context, text);
    case ValueType::kMac:
      if (const auto mac = parse_mac(text)) return OptionValue{*mac};
      return Problem{"a hardware address such as `00:11:22:aa:bb:cc`"};
    case ValueType::kName: return read_name(context, text);
    case ValueType::kNameList: return read_name_list(context, text);
    case ValueType::kTextPair: return OptionValue{TextPair{std::string(values[0].text), std::string(values[1].text)}};
  }
  return Problem{};
}

void print_value(const OptionUse& use, ir::Family family, std::string& out) {
  const OptionRow& row = *use.row;
  switch (row.type) {
    case ValueType::kFlag: return;
    case ValueType::kOptionalText:
      if (std::get<std::string>(use.value).empty()) return;
      [[fallthrough]];
    case ValueType::kText: append_quoted(out, std::get<std::string>(use.value)); return;
    case ValueType::kNumber:
    case ValueType::kPort: out += ' ' + std::to_string(std::get<std::uint64_t>(use.value)); return;
    case ValueType::kNumberRange:
    case ValueType::kPortRange: append_range(out, std::get<NumberRange>(use.value)); return;
    case ValueType::kPortList: {
      std::string list;
      for (const NumberRange& range : std::get<std::vector<NumberRange>>(use.value)) {
        append_range(list, range);
        list[list.rfind(' ')] = ',';
      }
      out += ' ' + list.substr(1);
      return;
    }
    case ValueType::kNetwork: out += ' ' + network_text(std::get<Network>(use.value), family); return;
    case ValueType::kAddressRange: {
      const auto& range = std::get<Network>(use.value);
      out += ' ' + ir::format_address(range.value, family);
      if (range.mask != range.value) out += '-' + ir::format_address(range.mask, family);
      return;
    }
    case ValueType::kMarkMask:
      append_mark(out, std::get<MarkMask>(use.value).value, std::get<MarkMask>(use.value).mask);
      return;
    case ValueType::kMac: out += ' ' + ir::format_mac(std::get<std::uint64_t>(use.value)); return;
    case ValueType::kName: {
      const std::string_view name = name_of(row.names, std::get<std::uint64_t>(use.value));
      out += ' ' + (name.empty() ? use.text : std::string(name));
      return;
    }
    case ValueType::kNameList: {
      std::string list;
      const auto bits = std::get<std::uint64_t>(use.value);
      for (const NameValue& known : row.names)
        if (known.value != 0 && (bits & known.value) == known.value) list += ',' + std::string(known.name);
      out += ' ' + (list.empty() ? use.text : list.substr(1));
      return;
    }
    case ValueType::kTextPair: {
      const auto& pair = std::get<TextPair>(use.value);
      out += ' ' + pair.first + ' ' + pair.second;
      return;
    }
  }
}

}  // namespace

const OptionUse* ModuleInput::find(std::string_view option) const {
  const auto same = [option](const OptionUse& use) { return use.row->name == option; };
  const auto found = std::find_if(options.begin(), options.end(), same);
  return found == options.end() ? nullptr : &*found;
}

void ModuleInput::error(source::Span where, std::string message, source::ToolMessage tool) const {
  diagnostics->error("bad-option", where, std::move(message)).tool = std::move(tool);
}

void Lowering::comment(std::string_view text) {
  rule_->comment = rule_->comment.empty() ? ir::Text(text) : ir::Text(rule_->comment + " " + std::string(text));
}

const OptionRow* find_option(const Extension& extension, std::string_view name) {
  const auto same = [name](const OptionRow& row) { return row.name == name; };
  const auto found = std::find_if(extension.options.begin(), extension.options.end(), same);
  if (found == extension.options.end()) return nullptr;
  return found->alias_of.empty() ? &*found : find_option(extension, found->alias_of);
}

std::size_t value_words(const OptionRow& row) {
  if (row.type == ValueType::kFlag) return 0;
  return row.type == ValueType::kTextPair ? 2 : 1;
}

bool read_value(const ModuleInput& module, std::span<const Word> values, OptionUse& use) {
  for (const Word& word : values) {
    if (!use.text.empty()) use.text += ' ';
    use.text += word.text;
  }
  const bool ports = use.row->type == ValueType::kPort || use.row->type == ValueType::kPortRange ||
                     use.row->type == ValueType::kPortList;
  std::string protocol;
  if (ports && module.protocol && !module.protocol_negated) protocol = protocol_text(*module.protocol);
  Read result = read(Context{*use.row, module.family, protocol}, values);
  if (auto* value = std::get_if<OptionValue>(&result)) {
    use.value = std::move(*value);
    return true;
  }
  module.diagnostics->error("bad-value", use.value_span,
                            "`--" + std::string(use.row->name) + "` expects " + std::get<Problem>(result).expected +
                                ", got `" + use.text + '`' + value_hint(use.text));
  return false;
}

bool check_module(const Extension& extension, const ModuleInput& module) {
  const std::size_t before = module.diagnostics->error_count();
  for (const OptionRow& row : extension.options) {
    if (!row.required || !row.alias_of.empty() || module.has(row.name)) continue;
    module.diagnostics
        ->error("missing-option", module.span,
                '`' + std::string(extension.name) + "` needs the option `--" + std::string(row.name) + '`')
        .tool = {source::ToolMessage::Form::kParameter,
                 std::string(extension.name) + ": option \"--" + std::string(row.name) + "\" must be specified\n"};
  }
  if (extension.protocol != 0 && (module.protocol != extension.protocol || module.protocol_negated)) {
    module.diagnostics
        ->error("missing-protocol", module.span,
                '`' + std::string(extension.name) + "` needs `-p " + protocol_text(extension.protocol) + '`')
        .tool = source::kernel_refuses();
  }
  if (module.diagnostics->error_count() == before && extension.check != nullptr) extension.check(module);
  return module.diagnostics->error_count() == before;
}

void print_option(const OptionUse& use, ir::Family family, std::string& out) {
  append_option(out, use);
  print_value(use, family, out);
}

std::string print_module(const Extension& extension, const ModuleInput& module) {
  std::string out;
  if (extension.print != nullptr) {
    extension.print(module, out);
  } else {
    for (const OptionRow& row : extension.options)
      for (const OptionUse& use : module.options)
        if (use.row == &row) print_option(use, module.family, out);
  }
  if (!out.empty() && out[0] == ' ') out.erase(0, 1);
  return out;
}

}  // namespace nfproof::compiler
