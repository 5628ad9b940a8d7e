// SPDX-License-Identifier: Apache-2.0
// Ranges of the NAT targets: see nat_range.h.
#include "compiler/extensions/nat_range.h"

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

struct NatRange {
  std::optional<ir::Interval> addresses;  ///< as written: `lo` may be the larger one, then nothing is in it
  std::optional<ir::Interval> ports;
  std::uint16_t base_port = 0;
};

/// The range, or what is wrong with the text.
using NatRangeOrError = std::variant<NatRange, std::string>;

constexpr std::string_view kFlags[] = {"random", "random-fully", "persistent"};
constexpr std::array<std::uint8_t, 5> kWithPorts = {ir::kProtoTcp, ir::kProtoUdp, ir::kProtoSctp, ir::kProtoDccp,
                                                    ir::kProtoIcmp};

std::string bad_port(std::string_view text) {
  if (text.empty()) return "expected a port number or service name after the address or dash";
  return "expected a port number or service name, got `" + std::string(text) + '`' + value_hint(text);
}

bool is_number(std::string_view text) { return parse_number(text).has_value(); }

std::optional<ir::Interval> parse_addresses(std::string_view text, ir::Family family) {
  const std::size_t dash = text.find('-');
  const auto first = ir::parse_address(text.substr(0, dash), family);
  const auto last = dash == std::string_view::npos ? first : ir::parse_address(text.substr(dash + 1), family);
  if (!first || !last) return std::nullopt;
  return ir::Interval{*first, *last};
}

/// Where the address ends and where the ports begin (npos: no ports). Nothing when brackets do not close.
struct Split {
  std::string_view addresses;
  std::size_t ports = std::string_view::npos;
};
std::optional<Split> split_target(std::string_view text, ir::Family family) {
  if (family == ir::Family::kIpv4) {
    const std::size_t colon = text.find(':');
    return Split{text.substr(0, colon), colon == std::string_view::npos ? colon : colon + 1};
  }
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':') return std::nullopt;
    return Split{text.substr(1, close - 1), rest.empty() ? std::string_view::npos : close + 2};
  }
  if (text.starts_with(':') && !text.starts_with("::")) return Split{{}, 1};
  return Split{text};
}

/// `PORT`, `PORT-PORT` or (when `shifted`) `PORT-PORT/BASE`.
NatRangeOrError parse_ports(std::string_view text, bool shifted) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && !shifted) return "a base port for shifting is not possible here";
  const std::string_view range_text = text.substr(0, slash);
  NatRange range;
  // Service names may hold a dash: the whole is tried as a name first, and ranges are between numbers.
  if (const auto port = parse_port(range_text)) {
    range.ports = ir::Interval{*port, *port};
  } else {
    const std::size_t dash = range_text.find('-');
    const std::string_view low = range_text.substr(0, dash);
    const std::string_view high = dash == std::string_view::npos ? std::string_view{} : range_text.substr(dash + 1);
    const auto first = parse_port(low);
    const auto last = parse_port(high);
    if (!first || !is_number(low)) return bad_port(range_text);
    if (!last || !is_number(high)) return bad_port(high);
    if (*first > *last) return "the first port of `" + std::string(range_text) + "` is the larger one";
    range.ports = ir::Interval{*first, *last};
  }
  if (slash == std::string_view::npos) return range;
  const std::string_view base_text = text.substr(slash + 1);
  const auto base = parse_port(base_text);
  if (!base) return bad_port(base_text);
  if (range.ports->lo == range.ports->hi) return "a base port needs a port range before it";
  range.base_port = *base;
  return range;
}

NatRangeOrError parse_target(std::string_view text, ir::Family family, bool shifted) {
  const auto parts = split_target(text, family);
  if (!parts) return "expected an address, in brackets when ports follow, got `" + std::string(text) + '`';
  NatRange range;
  if (parts->ports != std::string_view::npos) {
    NatRangeOrError ports = parse_ports(text.substr(parts->ports), shifted);
    if (std::holds_alternative<std::string>(ports)) return ports;
    range = std::get<NatRange>(ports);
  }
  if (parts->addresses.empty() && range.ports) return range;
  range.addresses = parse_addresses(parts->addresses, family);
  if (!range.addresses)
    return "expected an address or a range `A-B`, got `" + std::string(parts->addresses) + '`' +
           value_hint(parts->addresses);
  return range;
}

std::string ports_text(const NatRange& range) {
  if (!range.ports) return {};
  std::string out = ir::format_number(range.ports->lo);
  if (range.ports->hi != range.ports->lo) out += '-' + ir::format_number(range.ports->hi);
  if (range.base_port != 0) out += '/' + std::to_string(range.base_port);
  return out;
}

std::string target_text(const NatRange& range, ir::Family family) {
  std::string out;
  if (range.addresses) {
    out = ir::format_address(range.addresses->lo, family);
    if (range.addresses->hi != range.addresses->lo) out += '-' + ir::format_address(range.addresses->hi, family);
    if (range.ports && family == ir::Family::kIpv6) out = '[' + out + ']';
  }
  if (range.ports) out += ':' + ports_text(range);
  return out;
}

bool has_addresses(ir::Nat::Kind kind) { return kind == ir::Nat::Kind::kDnat || kind == ir::Nat::Kind::kSnat; }

/// An empty range when the option was not given.
NatRangeOrError parse(const ModuleInput& module, const NatTarget& target) {
  const OptionUse* use = module.find(target.option);
  if (use == nullptr) return NatRange{};
  const bool shifted = target.kind == ir::Nat::Kind::kDnat;
  return has_addresses(target.kind) ? parse_target(use->text, module.family, shifted) : parse_ports(use->text, shifted);
}

/// The range of a use that was checked.
NatRange checked_range(const ModuleInput& module, const NatTarget& target) {
  const NatRangeOrError parsed = parse(module, target);
  const auto* range = std::get_if<NatRange>(&parsed);
  return range == nullptr ? NatRange{} : *range;
}

}  // namespace

void check_nat(const ModuleInput& module, const NatTarget& target) {
  const OptionUse* use = module.find(target.option);
  if (use == nullptr) return;
  const NatRangeOrError parsed = parse(module, target);
  if (const auto* problem = std::get_if<std::string>(&parsed)) {
    module.error(use->value_span, "`--" + std::string(target.option) + "`: " + *problem);
    return;
  }
  const bool ports =
      module.protocol && std::find(kWithPorts.begin(), kWithPorts.end(), *module.protocol) != kWithPorts.end();
  if (std::get<NatRange>(parsed).ports && !ports)
    module.error(use->value_span, "ports need `-p` with tcp, udp, sctp or dccp");
}

void print_nat(const ModuleInput& module, const NatTarget& target, std::string& out) {
  if (const OptionUse* use = module.find(target.option)) {
    const NatRange range = checked_range(module, target);
    append_option(out, *use, has_addresses(target.kind) ? target_text(range, module.family) : ports_text(range));
  }
  for (const std::string_view flag : kFlags)
    if (const OptionUse* use = module.find(flag)) append_option(out, *use);
}

void lower_nat(const ModuleInput& module, const NatTarget& target, Lowering& out) {
  const NatRange range = checked_range(module, target);
  ir::Nat nat{.kind = target.kind, .addresses = range.addresses, .ports = range.ports, .base_port = range.base_port};
  nat.random = module.has("random");
  nat.random_fully = module.has("random-fully");
  nat.persistent = module.has("persistent");
  out.effect(std::move(nat));
  out.verdict({.kind = ir::VerdictKind::kAccept});
}

}  // namespace nfproof::compiler
