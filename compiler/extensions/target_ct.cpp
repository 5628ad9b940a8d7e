// SPDX-License-Identifier: Apache-2.0
// -j CT: how the packet is to be tracked (net/netfilter/xt_CT.c); `-j NOTRACK` is the old way to write
// `CT --notrack`.
#include <algorithm>
#include <iterator>
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "notrack"},
    {.name = "helper", .type = ValueType::kText, .max = 15},
    {.name = "timeout", .type = ValueType::kText, .max = 31},
    {.name = "ctevents", .type = ValueType::kText},
    {.name = "expevents", .type = ValueType::kText},
    {.name = "zone-orig", .type = ValueType::kText},
    {.name = "zone-reply", .type = ValueType::kText},
    {.name = "zone", .type = ValueType::kText},
};
constexpr std::string_view kTables[] = {"raw"};

constexpr NameValue kEvents[] = {
    {"new", 1U << 0},       {"related", 1U << 1}, {"destroy", 1U << 2}, {"reply", 1U << 3},      {"assured", 1U << 4},
    {"protoinfo", 1U << 5}, {"helper", 1U << 6},  {"mark", 1U << 7},    {"natseqinfo", 1U << 8}, {"secmark", 1U << 9}};
constexpr NameValue kExpectEvents[] = {{"new", 1U << 0}};
constexpr std::string_view kZones[] = {"zone-orig", "zone-reply", "zone"};

std::optional<std::uint64_t> parse_events(std::string_view text, std::span<const NameValue> names) {
  std::uint64_t bits = 0;
  for (const std::string_view part : split(text, ',')) {
    std::uint64_t bit = 0;
    for (const NameValue& name : names)
      if (equal_ignoring_case(name.name, part)) bit = name.value;
    if (bit == 0) return std::nullopt;
    bits |= bit;
  }
  return bits;
}

void check_events(const ModuleInput& module, std::string_view option, std::span<const NameValue> names) {
  const OptionUse* use = module.find(option);
  if (use == nullptr || parse_events(use->text, names)) return;
  module.error(use->value_span, "`--" + std::string(option) + "` expects a comma list of " + names_text(names) +
                                    ", got `" + use->text + '`');
}

void check(const ModuleInput& module) {
  check_events(module, "ctevents", kEvents);
  check_events(module, "expevents", kExpectEvents);
  for (const std::string_view option : kZones) {
    const OptionUse* use = module.find(option);
    if (use == nullptr || use->text == "mark") continue;
    if (const auto zone = parse_number(use->text); !zone || *zone > 65535)
      module.error(use->value_span, "`--" + std::string(option) +
                                        "` expects a number from 0 to 65535 or `mark`, got `" + use->text + '`');
  }
  if (const OptionUse* use = module.find("helper");
      use != nullptr && !module.has("notrack") && (!module.protocol || module.protocol_negated))
    module.error(use->span, "`--helper` needs `-p`");
}

/// Empty for zone 0, which is what there is without the option.
std::string zone_text(const OptionUse& use) {
  if (use.text == "mark") return use.text;
  const auto zone = parse_number(use.text).value_or(0);
  return zone == 0 ? std::string() : std::to_string(zone);
}

/// The last one holds.
const OptionUse* zone_use(const ModuleInput& module) {
  const OptionUse* zone = nullptr;
  for (const OptionUse& use : module.options)
    if (std::find(std::begin(kZones), std::end(kZones), use.row->name) != std::end(kZones)) zone = &use;
  return zone;
}

void print_events(const ModuleInput& module, std::string_view option, std::span<const NameValue> names,
                  std::string& out) {
  const OptionUse* use = module.find(option);
  if (use == nullptr) return;
  const std::uint64_t bits = parse_events(use->text, names).value_or(0);
  std::string list;
  for (const NameValue& name : names)
    if ((bits & name.value) != 0) list += (list.empty() ? "" : ",") + std::string(name.name);
  append_option(out, *use, list);
}

void print(const ModuleInput& module, std::string& out) {
  if (module.has("notrack")) out += " --notrack";
  if (const OptionUse* use = module.find("helper")) append_option(out, *use, use->text);
  if (const OptionUse* use = module.find("timeout")) append_option(out, *use, use->text);
  print_events(module, "ctevents", kEvents, out);
  print_events(module, "expevents", kExpectEvents, out);
  const OptionUse* zone = zone_use(module);
  if (zone != nullptr && !zone_text(*zone).empty()) append_option(out, *zone, zone_text(*zone));
}

void lower(const ModuleInput& module, Lowering& out) {
  if (module.has("notrack")) {
    out.effect(ir::Notrack{});
    return;
  }
  ir::TrackAs effect;
  if (const OptionUse* use = module.find("helper")) effect.helper = use->text;
  if (const OptionUse* use = module.find("timeout")) effect.timeout = use->text;
  const auto events = [&](std::string_view option, std::span<const NameValue> names) -> std::optional<std::uint32_t> {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(parse_events(use->text, names).value_or(0));
  };
  effect.events = events("ctevents", kEvents);
  effect.expect_events = events("expevents", kExpectEvents);
  if (const OptionUse* use = zone_use(module); use != nullptr && !zone_text(*use).empty()) {
    effect.zone = use->row->name == "zone-orig"    ? ir::TrackAs::Zone::kOriginal
                  : use->row->name == "zone-reply" ? ir::TrackAs::Zone::kReply
                                                   : ir::TrackAs::Zone::kBoth;
    effect.zone_from_mark = use->text == "mark";
    effect.zone_id = static_cast<std::uint16_t>(parse_number(use->text).value_or(0));
  }
  out.effect(std::move(effect));
}

void lower_notrack(const ModuleInput&, Lowering& out) { out.effect(ir::Notrack{}); }

}  // namespace

extern const Extension kTargetCt{
    .name = "CT",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .tables = kTables,
};

extern const Extension kTargetNotrack{
    .name = "NOTRACK",
    .kind = ExtensionKind::kTarget,
    .lower = lower_notrack,
    .tables = kTables,
};

}  // namespace nfproof::compiler
