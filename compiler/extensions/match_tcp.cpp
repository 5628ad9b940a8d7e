// SPDX-License-Identifier: Apache-2.0
// `-m tcp`: ports, flags and options of the TCP header (net/netfilter/xt_tcpudp.c).
#include <algorithm>
#include <array>
#include <cctype>

#include "compiler/extensions/extension.h"
#include "compiler/extensions/options.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr std::array<OptionRow, 7> kOptions = {{
    {.name = "sport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "dport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "tcp-option", .type = ValueType::kNumber, .negatable = true, .min = 1, .max = 255},
    {.name = "tcp-flags", .type = ValueType::kTextPair, .negatable = true},
    {.name = "syn", .type = ValueType::kFlag, .negatable = true},
    {.name = "source-port", .alias_of = "sport"},
    {.name = "destination-port", .alias_of = "dport"},
}};

struct FlagName {
  std::string_view name;
  std::uint8_t bits;
};
constexpr std::array<FlagName, 8> kFlags = {{{"FIN", 0x01},
                                             {"SYN", 0x02},
                                             {"RST", 0x04},
                                             {"PSH", 0x08},
                                             {"ACK", 0x10},
                                             {"URG", 0x20},
                                             {"ALL", 0x3F},
                                             {"NONE", 0x00}}};

std::optional<std::uint8_t> parse_flags(std::string_view text) {
  std::uint8_t bits = 0;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    std::string name(text.substr(start, comma - start));
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto same = [&name](const FlagName& flag) { return flag.name == name; };
    const auto* found = std::find_if(kFlags.begin(), kFlags.end(), same);
    if (found == kFlags.end()) return std::nullopt;
    bits = static_cast<std::uint8_t>(bits | found->bits);
    start = comma + 1;
  }
  return bits;
}

std::string flags_text(std::uint8_t bits) {
  std::string out;
  for (std::size_t i = 0; i < 6; ++i) {
    if ((bits & kFlags[i].bits) == 0) continue;
    if (!out.empty()) out += ',';
    out += kFlags[i].name;
  }
  return out.empty() ? "NONE" : out;
}

struct FlagTest {
  std::uint8_t mask = 0;
  std::uint8_t value = 0;
  bool negated = false;
};

/// What `--syn` or `--tcp-flags` says; `check` has refused what cannot be read.
std::optional<FlagTest> flag_test(const ModuleInput& in) {
  if (const OptionUse* use = in.find("syn")) return FlagTest{0x17, 0x02, use->negated};
  const OptionUse* use = in.find("tcp-flags");
  if (use == nullptr) return std::nullopt;
  const auto& pair = std::get<TextPair>(use->value);
  return FlagTest{parse_flags(pair.first).value_or(0), parse_flags(pair.second).value_or(0), use->negated};
}

void check(const ModuleInput& in) {
  const OptionUse* flags = in.find("tcp-flags");
  if (flags == nullptr) return;
  if (const OptionUse* syn = in.find("syn")) in.error(syn->span, "only one of `--syn` and `--tcp-flags` is allowed");
  const auto& pair = std::get<TextPair>(flags->value);
  if (!parse_flags(pair.first) || !parse_flags(pair.second))
    in.error(
        flags->value_span,
        "`--tcp-flags` expects two comma lists of FIN, SYN, RST, PSH, ACK, URG, ALL, NONE, got `" + flags->text + '`');
}

bool is_all_ports(const OptionUse& use) { return std::get<NumberRange>(use.value) == NumberRange{0, 65535}; }

void print(const ModuleInput& in, std::string& out) {
  for (const std::string_view name : {"sport", "dport"}) {
    const OptionUse* use = in.find(name);
    if (use != nullptr && (use->negated || !is_all_ports(*use))) print_option(*use, in.family, out);
  }
  if (const OptionUse* use = in.find("tcp-option")) print_option(*use, in.family, out);
  const auto flags = flag_test(in);
  if (!flags || (flags->mask == 0 && !flags->negated)) return;
  out += flags->negated ? " ! --tcp-flags " : " --tcp-flags ";
  out += flags_text(flags->mask) + ' ' + flags_text(flags->value);
}

void lower(const ModuleInput& in, Lowering& to) {
  bool tested = false;
  const auto ports = [&](std::string_view option, ir::FieldId field) {
    const OptionUse* use = in.find(option);
    if (use == nullptr || (!use->negated && is_all_ports(*use))) return;
    tested = true;
    const auto& range = std::get<NumberRange>(use->value);
    to.when(ir::FieldTest{field, 0, use->negated, ir::ValueSet::of_range(range.lo, range.hi)});
  };
  ports("sport", ir::FieldId::kTcpSport);
  ports("dport", ir::FieldId::kTcpDport);
  if (const auto flags = flag_test(in); flags && (flags->mask != 0 || flags->value != 0 || flags->negated)) {
    tested = true;
    to.when(ir::FieldTest{ir::FieldId::kTcpFlags, 0, flags->negated,
                          ir::ValueSet::of_masks({{flags->value, flags->mask}})});
  }
  if (const OptionUse* use = in.find("tcp-option")) {
    tested = true;
    const auto kind = static_cast<std::uint16_t>(std::get<std::uint64_t>(use->value));
    to.when(ir::FieldTest{ir::FieldId::kTcpOption, kind, use->negated, ir::ValueSet::of_value(1)});
  }
  // The match itself needs a header: it never matches later fragments.
  if (!tested) to.when(ir::FieldTest{ir::FieldId::kTcpSport, 0, false, ir::ValueSet::all(16)});
}

}  // namespace

extern const Extension kMatchTcp;
constexpr Extension kMatchTcp = {
    .name = "tcp",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
