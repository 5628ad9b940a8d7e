// SPDX-License-Identifier: Apache-2.0
// -m hashlimit: one token bucket for each address or port (net/netfilter/xt_hashlimit.c, revision 3).  Rates are
// printed as the kernel rounds them.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/packet_rate.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint64_t kScale = 1000000;
constexpr std::uint64_t kDefaultBurst = 5;
constexpr std::uint64_t kMaxBurst = 1000000;
constexpr std::uint64_t kDefaultGcInterval = 1000;
constexpr std::uint64_t kMostBuckets = 1048576;  // the kernel takes no more, and says so
/// Rates in bytes are kept in steps of 16, as a share of 2^32.
constexpr unsigned kByteShift = 4;
constexpr std::uint64_t kMaxBytes = 0xffffffffULL << kByteShift;
constexpr std::uint64_t kByteExpire = 15000;
constexpr std::uint64_t kByteExpireWithBurst = 60000;

constexpr NameValue kModes[] = {{"srcip", ir::HashLimit::kSourceAddress},
                                {"srcport", ir::HashLimit::kSourcePort},
                                {"dstip", ir::HashLimit::kDestinationAddress},
                                {"dstport", ir::HashLimit::kDestinationPort}};

constexpr OptionRow kOptions[] = {
    {.name = "hashlimit-upto", .type = ValueType::kText, .negatable = true},
    {.name = "hashlimit-above", .type = ValueType::kText, .negatable = true},
    {.name = "hashlimit-burst", .type = ValueType::kText},
    {.name = "hashlimit-mode", .type = ValueType::kText},
    {.name = "hashlimit-name", .type = ValueType::kText, .required = true, .max = 254},
    {.name = "hashlimit-htable-size", .type = ValueType::kNumber},
    {.name = "hashlimit-htable-max", .type = ValueType::kNumber},
    {.name = "hashlimit-htable-gcinterval", .type = ValueType::kNumber, .min = 1},
    {.name = "hashlimit-htable-expire", .type = ValueType::kNumber, .min = 1},
    {.name = "hashlimit-srcmask", .type = ValueType::kNumber, .max = 128},
    {.name = "hashlimit-dstmask", .type = ValueType::kNumber, .max = 128},
    {.name = "hashlimit-rate-match"},
    {.name = "hashlimit-rate-interval", .type = ValueType::kText},
    {.name = "hashlimit", .negatable = true, .alias_of = "hashlimit-upto"},
};

struct Rate {
  bool bytes = false;
  std::uint64_t cost = 1;    ///< packets: 1/1000000 s for each; bytes: see cost_of
  std::uint64_t expire = 0;  ///< milliseconds after which an idle bucket goes, packets only
};

std::optional<std::uint64_t> parse_digits(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// `N`, `Nb`, `Nkb`, `Nmb` in bytes.
std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const std::size_t unit = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_digits(text.substr(0, unit));
  if (!number || *number > 0xffffffff) return std::nullopt;
  const std::string_view name = text.substr(unit);
  if (name == "b") return *number;
  if (name == "kb") return *number * 1024;
  if (name == "mb") return *number * 1024 * 1024;
  return std::nullopt;
}

std::uint64_t cost_of(std::uint64_t bytes) { return 0xffffffffULL / ((bytes >> kByteShift) + 1); }
std::uint64_t bytes_of(std::uint64_t cost) { return cost == 0 ? kMaxBytes : (0xffffffffULL / cost - 1) << kByteShift; }

std::optional<Rate> parse_byte_rate(std::string_view text) {
  if (!text.ends_with("b/s")) return std::nullopt;
  const auto bytes = parse_bytes(text.substr(0, text.size() - 2));
  if (!bytes || *bytes == 0 || *bytes > kMaxBytes) return std::nullopt;
  return Rate{true, cost_of(*bytes), 0};
}

std::optional<Rate> parse_rate(std::string_view text) {
  if (const auto bytes = parse_byte_rate(text)) return bytes;
  const auto packets = parse_packet_rate(text);
  const auto cost = packets ? packets->cost(kScale) : std::nullopt;
  if (!cost) return std::nullopt;
  return Rate{false, *cost, packets->unit_seconds * 1000};
}

/// Decimal only, as the tool reads it.
std::optional<std::uint32_t> parse_interval(std::string_view text) {
  const auto number = parse_digits(text);
  if (!number || *number == 0 || *number > 0x7fffffff) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// In seconds.
std::uint32_t interval_of(const ModuleInput& module) {
  const OptionUse* use = module.find("hashlimit-rate-interval");
  return use == nullptr ? 1 : parse_interval(use->text).value_or(1);
}

const OptionUse* rate_use(const ModuleInput& module) {
  const OptionUse* use = module.find("hashlimit-upto");
  return use == nullptr ? module.find("hashlimit-above") : use;
}

std::optional<unsigned> parse_modes(std::string_view text) {
  unsigned modes = 0;
  if (text.empty()) return modes;
  for (const std::string_view part : split(text, ',')) {
    unsigned bit = 0;
    for (const NameValue& mode : kModes)
      if (mode.name == part) bit = static_cast<unsigned>(mode.value);
    if (bit == 0) return std::nullopt;
    modes |= bit;
  }
  return modes;
}

/// Does the bucket overflow the kernel's 64-bit arithmetic? It counts in HZ * CREDITS_PER_JIFFY credits a second, which
/// is 137438953 for each unit of the cost with 250 and 1000 ticks a second.
bool overflows(std::uint64_t cost, std::uint64_t burst) {
  constexpr std::uint64_t kCredits = 137438953;
  return cost * burst * kCredits < cost * kCredits;
}

void check_burst(const ModuleInput& module, const Rate& rate) {
  const OptionUse* use = module.find("hashlimit-burst");
  if (rate.bytes) {
    const auto bytes = use == nullptr ? std::nullopt : parse_bytes(use->text);
    if (use != nullptr && (!bytes || *bytes < bytes_of(rate.cost)))
      module.error(use->value_span,
                   "`--hashlimit-burst` expects bytes such as `1mb`, not less than the rate of one second, got `" +
                       use->text + '`');
    return;
  }
  const auto burst = use == nullptr ? kDefaultBurst : parse_digits(use->text);
  if (use != nullptr && (!burst || *burst == 0 || *burst > kMaxBurst))
    module.error(use->value_span, "`--hashlimit-burst` expects a number from 1 to 1000000, got `" + use->text + '`');
  else if (!module.has("hashlimit-rate-match") && overflows(rate.cost, *burst))
    module.error(use == nullptr ? module.span : use->value_span,
                 "the kernel cannot hold a burst of " + std::to_string(*burst) +
                     " packets at this rate, choose a smaller one or a faster rate");
}

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"hashlimit-upto", "hashlimit-above"})) return;
  const OptionUse& use = *rate_use(module);
  const auto rate = parse_rate(use.text);
  if (!rate) {
    module.error(use.value_span, "`--" + std::string(use.row->name) +
                                     "` expects a rate such as `3/hour` or `512kb/s`, got `" + use.text + '`');
    return;
  }
  check_burst(module, *rate);
  if (const OptionUse* mode = module.find("hashlimit-mode"); mode != nullptr && !parse_modes(mode->text))
    module.error(mode->value_span,
                 "`--hashlimit-mode` expects a comma list of " + names_text(kModes) + ", got `" + mode->text + '`');
  const OptionUse& name = *module.find("hashlimit-name");
  if (name.text.empty() || name.text.find('/') != std::string::npos)
    module.error(name.value_span, "`--hashlimit-name` expects a name without `/`, got `" + name.text + '`');
  if (const OptionUse* interval = module.find("hashlimit-rate-interval"); interval && !parse_interval(interval->text))
    module.error(interval->value_span,
                 "`--hashlimit-rate-interval` expects a decimal number of seconds from 1 to 2147483647, got `" +
                     interval->text + '`');
  for (const std::string_view option : {"hashlimit-srcmask", "hashlimit-dstmask"})
    if (const OptionUse* mask = module.find(option);
        mask != nullptr && number_of(*mask) > ir::address_bits(module.family))
      module.error(mask->value_span,
                   "`--" + std::string(option) + "` expects a prefix length, got `" + mask->text + '`');
}

constexpr std::array<NameValue, 3> kByteUnits = {{{"mb", 1024 * 1024}, {"kb", 1024}, {"b", 1}}};

/// In the largest unit in which the rounded rate is still the same; bursts simply in the largest unit.
std::string bytes_text(std::uint64_t bytes, bool exact) {
  for (const NameValue& unit : kByteUnits) {
    const bool same = cost_of(bytes) == cost_of(bytes & ~(unit.value - 1));
    if (bytes < unit.value || (exact && !same)) continue;
    return std::to_string(bytes / unit.value) + std::string(unit.name);
  }
  return "0b";
}

/// Bursts are kept in multiples of the rate of one second.
std::uint64_t rounded_burst(std::uint64_t burst, std::uint64_t rate) {
  return rate == 0 ? burst : (burst + rate - 1) / rate * rate;
}

/// Appends a rate in bytes and its burst; returns the default expiration in milliseconds.
std::uint64_t print_byte_rate(const Rate& rate, const OptionUse* burst, std::string& out) {
  const std::uint64_t bytes = bytes_of(rate.cost);
  out += bytes_text(bytes, true) + "/s";
  if (burst == nullptr) return kByteExpire;
  out += " --hashlimit-burst " + bytes_text(rounded_burst(parse_bytes(burst->text).value_or(0), bytes), false);
  return kByteExpireWithBurst;
}

/// Appends the rate and returns after how many milliseconds an idle bucket goes by default.
std::uint64_t print_rate(const Rate& rate, std::string& out) {
  const PacketRate packets = rate_of_cost(rate.cost, kScale);
  out += packet_rate_text(packets);
  return packets.unit_seconds * 1000;
}

void print_numbers(const ModuleInput& module, std::uint64_t default_expire, std::uint64_t expire, std::string& out) {
  const auto number = [&module](std::string_view option, std::uint64_t otherwise) {
    const OptionUse* use = module.find(option);
    return use == nullptr ? otherwise : number_of(*use);
  };
  const auto print = [&](std::string_view option, std::uint64_t value, std::uint64_t left_out) {
    if (value != left_out) out += " --" + std::string(option) + ' ' + std::to_string(value);
  };
  const std::uint64_t bits = ir::address_bits(module.family);
  print("hashlimit-htable-size", std::min(number("hashlimit-htable-size", 0), kMostBuckets), 0);
  print("hashlimit-htable-max", std::min(number("hashlimit-htable-max", 0), kMostBuckets), 0);
  print("hashlimit-htable-gcinterval", number("hashlimit-htable-gcinterval", kDefaultGcInterval), kDefaultGcInterval);
  print("hashlimit-htable-expire", number("hashlimit-htable-expire", expire), default_expire);
  print("hashlimit-srcmask", number("hashlimit-srcmask", bits), bits);
  print("hashlimit-dstmask", number("hashlimit-dstmask", bits), bits);
  if (!module.has("hashlimit-rate-match")) return;
  out += " --hashlimit-rate-match";
  print("hashlimit-rate-interval", interval_of(module), 1);
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *rate_use(module);
  const Rate rate = parse_rate(use.text).value_or(Rate{});
  const OptionUse* burst = module.find("hashlimit-burst");
  const bool above = (use.row->name == "hashlimit-above") != use.negated;
  out += above ? " --hashlimit-above " : " --hashlimit-upto ";
  std::uint64_t default_expire = 0;
  if (rate.bytes) {
    default_expire = print_byte_rate(rate, burst, out);
  } else {
    default_expire = print_rate(rate, out);
    out += " --hashlimit-burst ";
    out += std::to_string(burst == nullptr ? kDefaultBurst : parse_digits(burst->text).value_or(kDefaultBurst));
  }
  std::string modes;
  if (const OptionUse* mode = module.find("hashlimit-mode")) {
    const unsigned bits = parse_modes(mode->text).value_or(0);
    for (const NameValue& row : kModes)
      if ((bits & row.value) != 0) modes += (modes.empty() ? "" : ",") + std::string(row.name);
  }
  if (!modes.empty()) out += " --hashlimit-mode " + modes;
  out += " --hashlimit-name " + module.find("hashlimit-name")->text;
  print_numbers(module, default_expire, rate.bytes ? default_expire : rate.expire, out);
}

ir::HashLimit hash_limit_of(const ModuleInput& module) {
  const auto number = [&module](std::string_view option, std::uint64_t otherwise) {
    const OptionUse* use = module.find(option);
    return static_cast<std::uint32_t>(use == nullptr ? otherwise : number_of(*use));
  };
  const std::uint64_t bits = ir::address_bits(module.family);
  ir::HashLimit test;
  test.name = module.find("hashlimit-name")->text;
  test.size = static_cast<std::uint32_t>(std::min<std::uint64_t>(number("hashlimit-htable-size", 0), kMostBuckets));
  test.max = static_cast<std::uint32_t>(std::min<std::uint64_t>(number("hashlimit-htable-max", 0), kMostBuckets));
  test.gc_interval = number("hashlimit-htable-gcinterval", kDefaultGcInterval);
  test.source_prefix = static_cast<std::uint8_t>(number("hashlimit-srcmask", bits));
  test.destination_prefix = static_cast<std::uint8_t>(number("hashlimit-dstmask", bits));
  if (const OptionUse* mode = module.find("hashlimit-mode")) test.mode = parse_modes(mode->text).value_or(0);
  if (module.has("hashlimit-rate-match")) {
    test.mode |= ir::HashLimit::kRateMatch;
    test.interval = interval_of(module);
  }
  return test;
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *rate_use(module);
  const Rate rate = parse_rate(use.text).value_or(Rate{});
  const OptionUse* burst = module.find("hashlimit-burst");
  ir::HashLimit test = hash_limit_of(module);
  test.average = rate.cost;
  test.expire = static_cast<std::uint32_t>(rate.expire);
  if ((use.row->name == "hashlimit-above") != use.negated) test.mode |= ir::HashLimit::kInvert;
  if (rate.bytes) {
    test.mode |= ir::HashLimit::kBytes;
    const std::uint64_t bytes = bytes_of(rate.cost);
    if (burst != nullptr && bytes != 0) test.burst = (parse_bytes(burst->text).value_or(0) + bytes - 1) / bytes;
    test.expire = static_cast<std::uint32_t>(burst == nullptr ? kByteExpire : kByteExpireWithBurst);
  } else {
    test.burst = burst == nullptr ? kDefaultBurst : parse_digits(burst->text).value_or(kDefaultBurst);
  }
  if (const OptionUse* expire = module.find("hashlimit-htable-expire"))
    test.expire = static_cast<std::uint32_t>(number_of(*expire));
  out.when(std::move(test));
}

}  // namespace

extern const Extension kMatchHashlimit{
    .name = "hashlimit",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
