// SPDX-License-Identifier: Apache-2.0
// Address translation: `dnat to 10.0.0.1:80`, `masquerade random`, `redirect to :8080`.
#include "compiler/extensions/values.h"
#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/effects.h"
#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = Expr::Kind;

struct AddressRange {
  ir::Family family{};
  ir::Interval range;
  bool network = false;
};

std::optional<AddressRange> one_address(std::string_view text) {
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
    if (const auto address = ir::parse_address(text, family)) return AddressRange{family, {*address, *address}, false};
  return std::nullopt;
}

std::optional<AddressRange> joined(const std::optional<AddressRange>& low, const std::optional<AddressRange>& high) {
  if (!low || !high || low->family != high->family || low->range.lo > high->range.lo) return std::nullopt;
  return AddressRange{low->family, {low->range.lo, high->range.lo}, false};
}

/// `10.0.0.1`, `10.0.0.1-10.0.0.9`, `10.0.0.0/24`
std::optional<AddressRange> read_address(const Expr& expr) {
  if (expr.kind == Kind::kRange) return joined(one_address(expr.parts[0].text), one_address(expr.parts[1].text));
  if (expr.kind != Kind::kWord && expr.kind != Kind::kString) return std::nullopt;
  const std::string_view text = expr.text;
  if (auto single = one_address(text)) return single;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos)
    return joined(one_address(text.substr(0, dash)), one_address(text.substr(dash + 1)));
  const std::size_t slash = text.find('/');
  auto network = one_address(text.substr(0, slash));
  const auto prefix = slash == std::string_view::npos ? std::nullopt : read_plain_number(text.substr(slash + 1));
  if (!network || !prefix || *prefix > ir::address_bits(network->family)) return std::nullopt;
  const unsigned bits = ir::address_bits(network->family);
  const ir::u128 mask = ir::prefix_mask(static_cast<unsigned>(*prefix), bits);
  network->range = {network->range.lo & mask, (network->range.lo & mask) | (ir::max_of_bits(bits) & ~mask)};
  network->network = true;
  return network;
}

std::optional<ir::Interval> read_ports(const Expr& expr) {
  const auto port = [](std::string_view text) { return parse_port(text); };
  if (expr.kind == Kind::kRange) {
    const auto lo = port(expr.parts[0].text), hi = port(expr.parts[1].text);
    if (!lo || !hi || *lo > *hi) return std::nullopt;
    return ir::Interval{*lo, *hi};
  }
  if (expr.kind != Kind::kWord && expr.kind != Kind::kString) return std::nullopt;
  if (const auto single = port(expr.text)) return ir::Interval{*single, *single};
  const std::size_t dash = expr.text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto lo = port(expr.text.substr(0, dash)), hi = port(expr.text.substr(dash + 1));
  if (!lo || !hi || *lo > *hi) return std::nullopt;
  return ir::Interval{*lo, *hi};
}

ir::Nat::Kind kind_of(std::string_view word) {
  if (word == "snat") return ir::Nat::Kind::kSnat;
  if (word == "dnat") return ir::Nat::Kind::kDnat;
  if (word == "redirect") return ir::Nat::Kind::kRedirect;
  return ir::Nat::Kind::kMasquerade;
}

}  // namespace

std::optional<Action> lower_nat(const LowerContext& context, const Statement& statement, const NatValues& to) {
  ir::Nat nat;
  nat.kind = kind_of(statement.words.front().text);
  std::optional<ir::Family> family;
  for (const Token& word : statement.words) {
    if (word.text == "ip") family = ir::Family::kIpv4;
    if (word.text == "ip6") family = ir::Family::kIpv6;
    if (word.text == "random") nat.random = true;
    if (word.text == "fully-random" || word.text == "random-fully") nat.random_fully = true;
    if (word.text == "persistent") nat.persistent = true;
  }
  bool network = false;
  if (to.address != nullptr) {
    const auto address = read_address(*to.address);
    if (!address)
      return context.unsupported(to.address->span.is_known() ? to.address->span : statement.span,
                                 "expected an address, a range or a network");
    nat.addresses = address->range;
    network = address->network;
    if (family && *family != address->family)
      return context.error(to.address->span, "the address has the other family");
    family = address->family;
    if (context.family != ir::Family::kInet && context.family != address->family)
      return context.error(to.address->span, "the table has the other family");
  }
  if (to.port != nullptr) {
    nat.ports = read_ports(*to.port);
    if (!nat.ports)
      return context.unsupported(to.port->span.is_known() ? to.port->span : statement.span,
                                 "expected a port or a range of ports");
  }
  for (const Token& word : statement.words)
    if (word.text == "prefix" && network) nat.kind = ir::Nat::Kind::kNetmap;
  Action action;
  if (family && context.family == ir::Family::kInet) action.tests.push_back(family_test(*family));
  action.effects.emplace_back(std::move(nat));
  action.verdict = ir::Verdict{.kind = ir::VerdictKind::kAccept};
  return action;
}

}  // namespace nfproof::compiler::nft
