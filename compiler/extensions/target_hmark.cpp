// SPDX-License-Identifier: Apache-2.0
// -j HMARK: the mark becomes a hash of the packet's (or connection's) tuple (net/netfilter/xt_HMARK.c). The packet goes
// on. `--hmark-tuple src,dst,...` is short for full masks, and comes back as such.
#include <algorithm>
#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

/// Bits 1 << XT_HMARK_* of include/uapi/linux/netfilter/xt_HMARK.h.
enum Flag : std::uint32_t {
  kSource = 1U << 0,
  kDestination = 1U << 1,
  kSpi = 1U << 2,
  kSpiMask = 1U << 3,
  kSport = 1U << 4,
  kDport = 1U << 5,
  kSportMask = 1U << 6,
  kDportMask = 1U << 7,
  kProtocolMask = 1U << 8,
  kSeed = 1U << 9,
  kModulus = 1U << 10,
  kOffset = 1U << 11,
  kConnection = 1U << 12,
};

constexpr OptionRow kOptions[] = {
    {.name = "hmark-src-prefix", .type = ValueType::kNumber, .max = 128},
    {.name = "hmark-dst-prefix", .type = ValueType::kNumber, .max = 128},
    {.name = "hmark-sport-mask", .type = ValueType::kNumber, .max = 0xffff},
    {.name = "hmark-dport-mask", .type = ValueType::kNumber, .max = 0xffff},
    {.name = "hmark-spi-mask", .type = ValueType::kNumber},
    {.name = "hmark-sport", .type = ValueType::kNumber, .max = 0xffff},
    {.name = "hmark-dport", .type = ValueType::kNumber, .max = 0xffff},
    {.name = "hmark-spi", .type = ValueType::kNumber},
    {.name = "hmark-proto-mask", .type = ValueType::kNumber, .max = 0xffff},
    {.name = "hmark-rnd", .type = ValueType::kNumber, .required = true},
    {.name = "hmark-mod", .type = ValueType::kNumber, .required = true, .min = 1},
    {.name = "hmark-offset", .type = ValueType::kNumber},
    {.name = "hmark-tuple", .type = ValueType::kText},
};

/// In the order in which abbreviations are tried.
constexpr NameValue kTuple[] = {{"ct", kConnection},   {"src", kSource},      {"dst", kDestination},
                                {"sport", kSportMask}, {"dport", kDportMask}, {"proto", kProtocolMask},
                                {"spi", kSpiMask}};

std::optional<std::uint32_t> parse_tuple(std::string_view text) {
  std::uint32_t flags = 0;
  for (const std::string_view part : split(text, ',')) {
    const auto flag = find_by_prefix(kTuple, part);
    if (!flag) return std::nullopt;
    flags |= static_cast<std::uint32_t>(*flag);
  }
  return flags;
}

/// Reads the options from left to right: a later one replaces what an earlier one said.
class Reader {
 public:
  explicit Reader(const ModuleInput& module) : bits_(ir::address_bits(module.family)) {
    for (const OptionUse& use : module.options) take(use);
  }
  ir::HashMark mark{.sport_mask = 0, .dport_mask = 0, .protocol_mask = 0};
  unsigned source_prefix = 0;
  unsigned destination_prefix = 0;

 private:
  void take(const OptionUse& use) {
    const std::string_view name = use.row->name;
    if (name == "hmark-tuple") return take_tuple(parse_tuple(use.text).value_or(0));
    const auto number = static_cast<std::uint32_t>(number_of(use));
    const auto half = static_cast<std::uint16_t>(number);
    if (name == "hmark-src-prefix") set(kSource, source_prefix, std::min(number, bits_));
    if (name == "hmark-dst-prefix") set(kDestination, destination_prefix, std::min(number, bits_));
    if (name == "hmark-sport-mask") set(kSportMask, mark.sport_mask, half);
    if (name == "hmark-dport-mask") set(kDportMask, mark.dport_mask, half);
    if (name == "hmark-spi-mask") set(kSpiMask, mark.spi_mask, number);
    if (name == "hmark-sport") set(kSport, mark.sport_set, half);
    if (name == "hmark-dport") set(kDport, mark.dport_set, half);
    if (name == "hmark-spi") set(kSpi, mark.spi_set, number);
    if (name == "hmark-proto-mask") set(kProtocolMask, mark.protocol_mask, half);
    if (name == "hmark-rnd") set(kSeed, mark.seed, number);
    if (name == "hmark-mod") set(kModulus, mark.modulus, number);
    if (name == "hmark-offset") set(kOffset, mark.offset, number);
  }
  void take_tuple(std::uint32_t flags) {
    mark.flags |= flags;
    if ((flags & kSource) != 0) source_prefix = bits_;
    if ((flags & kDestination) != 0) destination_prefix = bits_;
    if ((flags & kSportMask) != 0) mark.sport_mask = 0xffff;
    if ((flags & kDportMask) != 0) mark.dport_mask = 0xffff;
    if ((flags & kProtocolMask) != 0) mark.protocol_mask = 0xffff;
    if ((flags & kSpiMask) != 0) mark.spi_mask = 0xffffffff;
  }
  template <typename Number>
  void set(Flag flag, Number& place, Number value) {
    mark.flags |= flag;
    place = value;
  }

  unsigned bits_;
};

void check(const ModuleInput& module) {
  const OptionUse* tuple = module.find("hmark-tuple");
  if (tuple != nullptr && !parse_tuple(tuple->text)) {
    module.error(tuple->value_span,
                 "`--hmark-tuple` expects a comma list of " + names_text(kTuple) + ", got `" + tuple->text + '`');
    return;
  }
  // With IPv4 the tool takes longer ones for all bits.
  for (const std::string_view option : {"hmark-src-prefix", "hmark-dst-prefix"})
    if (const OptionUse* use = module.find(option);
        use != nullptr && module.family == ir::Family::kIpv6 && number_of(*use) > ir::address_bits(module.family))
      module.error(use->value_span, "`--" + std::string(option) + "` expects a prefix length, got `" + use->text + '`');
  const std::uint32_t flags = Reader(module).mark.flags;
  if ((flags & kSpiMask) != 0 && (flags & (kSportMask | kDportMask)) != 0)
    module.error(module.span, "`HMARK` cannot hash ports and the security parameter index at the same time");
  if ((flags & ~(kSeed | kModulus | kOffset)) == 0) module.error(module.span, "`HMARK` needs `--hmark-tuple`");
}

void print(const ModuleInput& module, std::string& out) {
  const Reader read(module);
  const ir::HashMark& mark = read.mark;
  const auto print_if = [&](Flag flag, std::string_view option, const std::string& value) {
    if ((mark.flags & flag) != 0) out.append(" --hmark-").append(option).append(" ").append(value);
  };
  print_if(kSource, "src-prefix", std::to_string(read.source_prefix));
  print_if(kDestination, "dst-prefix", std::to_string(read.destination_prefix));
  print_if(kSportMask, "sport-mask", hex(mark.sport_mask, 4));
  print_if(kDportMask, "dport-mask", hex(mark.dport_mask, 4));
  print_if(kSpiMask, "spi-mask", hex(mark.spi_mask, 8));
  print_if(kSport, "sport", hex(mark.sport_set, 4));
  print_if(kDport, "dport", hex(mark.dport_set, 4));
  print_if(kSpi, "spi", hex(mark.spi_set, 8));
  print_if(kProtocolMask, "proto-mask", hex(mark.protocol_mask, 2));
  print_if(kSeed, "rnd", hex(mark.seed, 8));
  print_if(kModulus, "mod", std::to_string(mark.modulus));
  print_if(kOffset, "offset", std::to_string(mark.offset));
  print_if(kConnection, "tuple", "ct");
}

void lower(const ModuleInput& module, Lowering& out) {
  const Reader read(module);
  ir::HashMark mark = read.mark;
  const auto mask = [&](unsigned prefix) {
    return address_bytes(ir::prefix_mask(prefix, ir::address_bits(module.family)), module.family);
  };
  mark.source_mask = mask(read.source_prefix);
  mark.destination_mask = mask(read.destination_prefix);
  out.effect(mark);
}

}  // namespace

extern const Extension kTargetHmark{
    .name = "HMARK",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
