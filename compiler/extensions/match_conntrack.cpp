// SPDX-License-Identifier: Apache-2.0
// -m conntrack: the connection entry of the packet (net/netfilter/xt_conntrack.c, revision 3).
//
// Without an entry the match is false, except that a `--ctstate` which is true then decides alone: the other options
// are not looked at.
#include <array>
#include <optional>
#include <utility>

#include "compiler/extensions/common.h"
#include "compiler/extensions/ct_states.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kDirections[] = {{"ORIGINAL", 0}, {"REPLY", 1}};
constexpr NameValue kStatus[] = {{"NONE", 0},
                                 {"EXPECTED", ir::kIpsExpected},
                                 {"SEEN_REPLY", ir::kIpsSeenReply},
                                 {"ASSURED", ir::kIpsAssured},
                                 {"CONFIRMED", ir::kIpsConfirmed}};

// In the order of iptables-save.
constexpr OptionRow kOptions[] = {
    {.name = "ctstate", .type = ValueType::kText, .negatable = true},
    {.name = "ctproto", .type = ValueType::kText, .negatable = true},
    {.name = "ctorigsrc", .type = ValueType::kNetwork, .negatable = true},
    {.name = "ctorigdst", .type = ValueType::kNetwork, .negatable = true},
    {.name = "ctreplsrc", .type = ValueType::kNetwork, .negatable = true},
    {.name = "ctrepldst", .type = ValueType::kNetwork, .negatable = true},
    {.name = "ctorigsrcport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "ctorigdstport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "ctreplsrcport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "ctrepldstport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "ctstatus", .type = ValueType::kText, .negatable = true},
    {.name = "ctexpire", .type = ValueType::kNumberRange, .negatable = true},
    {.name = "ctdir", .type = ValueType::kName, .names = kDirections},
};

struct FieldOfOption {
  std::string_view option;
  ir::FieldId ipv4;
  ir::FieldId ipv6;
};
constexpr std::array<FieldOfOption, 8> kFields = {{
    {"ctorigsrc", ir::FieldId::kCtOrigSaddr, ir::FieldId::kCtOrigSaddr6},
    {"ctorigdst", ir::FieldId::kCtOrigDaddr, ir::FieldId::kCtOrigDaddr6},
    {"ctreplsrc", ir::FieldId::kCtReplSaddr, ir::FieldId::kCtReplSaddr6},
    {"ctrepldst", ir::FieldId::kCtReplDaddr, ir::FieldId::kCtReplDaddr6},
    {"ctorigsrcport", ir::FieldId::kCtOrigSport, ir::FieldId::kCtOrigSport},
    {"ctorigdstport", ir::FieldId::kCtOrigDport, ir::FieldId::kCtOrigDport},
    {"ctreplsrcport", ir::FieldId::kCtReplSport, ir::FieldId::kCtReplSport},
    {"ctrepldstport", ir::FieldId::kCtReplDport, ir::FieldId::kCtReplDport},
}};

std::optional<std::uint32_t> parse_status(std::string_view text) {
  std::uint32_t bits = 0;
  for (const std::string_view part : split(text, ',')) {
    const auto status = find_by_prefix(kStatus, part);
    if (!status) return std::nullopt;
    bits |= static_cast<std::uint32_t>(*status);
  }
  return bits;
}

void check(const ModuleInput& module) {
  if (module.options.empty()) {
    module.error(module.span, "`conntrack` needs at least one option");
    return;
  }
  if (const OptionUse* use = module.find("ctstate")) check_states(module, *use, true);
  if (const OptionUse* use = module.find("ctproto")) {
    if (const auto protocol = parse_protocol(use->text); !protocol || *protocol == 0)
      module.error(use->value_span, "`--ctproto` expects a protocol, got `" + use->text + '`');
  }
  if (const OptionUse* use = module.find("ctstatus"); use != nullptr && !parse_status(use->text))
    module.error(use->value_span,
                 "`--ctstatus` expects a comma list of " + names_text(kStatus) + ", got `" + use->text + '`');
}

std::string status_text(std::uint32_t bits) {
  std::string out;
  for (const NameValue& status : kStatus) {
    if (status.value == 0 || (bits & status.value) == 0) continue;
    if (!out.empty()) out += ',';
    out += status.name;
  }
  return out.empty() ? "NONE" : out;
}

void print_option(const OptionUse& use, ir::Family family, std::string& out) {
  const std::string_view name = use.row->name;
  append_option(out, use);
  if (name == "ctstate") {
    out += ' ' + states_text(parse_states(use.text, true).value_or(0));
  } else if (name == "ctproto") {
    out += ' ' + std::to_string(parse_protocol(use.text).value_or(0));
  } else if (name == "ctstatus") {
    out += ' ' + status_text(parse_status(use.text).value_or(0));
  } else if (name == "ctdir") {
    out += ' ';
    out += name_of(kDirections, number_of(use));
  } else if (use.row->type == ValueType::kNetwork) {
    out += ' ' + host_text(use, family, false);
  } else {
    append_range(out, range_of(use));
  }
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions)
    if (const OptionUse* use = module.find(row.name)) print_option(*use, module.family, out);
}

ir::ValueSet range_set(const OptionUse& use) { return ir::ValueSet::of_range(range_of(use).lo, range_of(use).hi); }

std::optional<ir::FieldTest> address_or_port_test(const ModuleInput& module, const OptionUse& use) {
  for (const FieldOfOption& row : kFields) {
    if (row.option != use.row->name) continue;
    const ir::FieldId field = by_family(module, row.ipv4, row.ipv6);
    if (use.row->type == ValueType::kPortRange) return field_test(field, range_set(use), use.negated);
    const auto& network = std::get<Network>(use.value);
    return field_test(field, ir::ValueSet::of_network(network.value, network.mask, address_bits(module.family)),
                      use.negated);
  }
  return std::nullopt;
}

/// Any option but `--ctstate`: a test that is false without an entry.
ir::FieldTest entry_test(const ModuleInput& module, const OptionUse& use) {
  if (auto test = address_or_port_test(module, use)) return *std::move(test);
  const std::string_view name = use.row->name;
  if (name == "ctproto")
    return field_test(ir::FieldId::kCtProto, ir::ValueSet::of_value(parse_protocol(use.text).value_or(0)), use.negated);
  if (name == "ctexpire") return field_test(ir::FieldId::kCtExpiration, range_set(use), use.negated);
  if (name == "ctdir") return field_test(ir::FieldId::kCtDirection, ir::ValueSet::of_value(number_of(use)));
  const std::uint32_t bits = parse_status(use.text).value_or(0);
  ir::ValueSet::Masks masks;
  for (const NameValue& status : kStatus)
    if (status.value != 0 && (bits & status.value) != 0) masks.push_back({status.value, status.value});
  return field_test(ir::FieldId::kCtStatus, ir::ValueSet::of_masks(std::move(masks)), use.negated);
}

void lower(const ModuleInput& module, Lowering& out) {
  bool no_entry_is_enough = false;
  if (const OptionUse* use = module.find("ctstate")) {
    const unsigned states = parse_states(use->text, true).value_or(0);
    lower_states(states, use->negated, out);
    no_entry_is_enough = states_allow_no_entry(states, use->negated);
  }
  const ir::ValueSet no_entry = ir::ValueSet::of_intervals(
      {{static_cast<unsigned>(ir::CtState::kInvalid), static_cast<unsigned>(ir::CtState::kInvalid)},
       {static_cast<unsigned>(ir::CtState::kUntracked), static_cast<unsigned>(ir::CtState::kUntracked)}});
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr || row.name == "ctstate") continue;
    ir::FieldTest test = entry_test(module, *use);
    if (no_entry_is_enough)
      out.when(
          ir::AnyOf{{out.intern(std::move(test)), out.intern(field_test(ir::FieldId::kCtState, no_entry))}, false});
    else
      out.when(std::move(test));
  }
}

}  // namespace

extern const Extension kMatchConntrack{
    .name = "conntrack",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
