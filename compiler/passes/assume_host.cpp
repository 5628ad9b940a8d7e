// SPDX-License-Identifier: Apache-2.0
// Making up a host: see assume_host.h. What rules suggest:
// - an interface name is an interface; `eth+` is `eth0`;
// - a single destination address in rules that INPUT reaches, or source address in rules that OUTPUT reaches, is the
//   host's own, on the interface of the rule where it names one;
// - a source network beside an input interface (in rules of INPUT or FORWARD) lies behind that interface; its first
//   address is the host's, where nothing else is known.
// Interfaces without any such hint get an address of a documentation network.
#include "compiler/passes/assume_host.h"

#include <algorithm>
#include <array>
#include <string>
#include <variant>
#include <vector>

#include "compiler/passes/reach.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint8_t bit(ir::Hook hook) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(hook)); }

/// A ruleset with thousands of addresses does not need a host with as many.
constexpr std::size_t kMaxRoutes = 512;

/// What the basic tests of one rule say.
struct Hints {
  std::string in;
  std::string out;
  std::optional<ir::Interval> source;
  std::optional<ir::Interval> destination;
};

std::string interface_name(const ir::FieldTest& test) {
  const auto* patterns = test.values.interfaces();
  if (patterns == nullptr || patterns->size() != 1 || patterns->front().name.empty()) return {};
  return patterns->front().wildcard ? patterns->front().name + '0' : patterns->front().name;
}

std::optional<ir::Interval> single_interval(const ir::FieldTest& test) {
  const auto* intervals = test.values.intervals();
  if (intervals == nullptr || intervals->size() != 1) return std::nullopt;
  return intervals->front();
}

Hints hints_of(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  Hints hints;
  for (const ir::Condition& condition : rule.when) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr ||
        (test->negated && test->field != ir::FieldId::kIifname && test->field != ir::FieldId::kOifname))
      continue;
    if (test->field == ir::FieldId::kIifname) hints.in = interface_name(*test);
    if (test->field == ir::FieldId::kOifname) hints.out = interface_name(*test);
    if (test->field == ir::FieldId::kIpSaddr || test->field == ir::FieldId::kIp6Saddr)
      hints.source = single_interval(*test);
    if (test->field == ir::FieldId::kIpDaddr || test->field == ir::FieldId::kIp6Daddr)
      hints.destination = single_interval(*test);
  }
  return hints;
}

/// Loopback, multicast and broadcast addresses say nothing about interfaces.
bool is_unicast(ir::u128 address, ir::Family family) {
  if (family == ir::Family::kIpv4) {
    const auto top = static_cast<unsigned>(address >> 24);
    return top != 0 && top != 127 && top < 224;
  }
  return address > 1 && address >> 120 != 0xff;
}

bool has_address(const ir::Interface& interface, ir::Family family) {
  return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                     [family](const ir::InterfaceAddress& address) { return address.family == family; });
}

bool same_name(const ir::Interface& interface, std::string_view name) { return interface.name == name; }

class Maker {
 public:
  explicit Maker(const ir::Ruleset& ruleset) : ruleset_(ruleset), hooks_(reaching_hooks(ruleset)) {}

  ir::Host make() {
    host_.assumed = true;
    add_loopback();
    each_rule([this](const ir::Rule& rule, ir::Family, std::uint8_t) { name_interfaces(rule); });
    if (host_.interfaces.size() == 1) interface("eth0");
    each_rule(
        [this](const ir::Rule& rule, ir::Family family, std::uint8_t hooks) { place_addresses(rule, family, hooks); });
    fill_in();
    add_defaults();
    return std::move(host_);
  }

 private:
  template <typename Visit>
  void each_rule(Visit visit) {
    for (std::size_t c = 0; c < ruleset_.chains.size(); ++c) {
      const ir::Chain& chain = ruleset_.chains[c];
      for (const ir::Rule& rule : chain.rules) visit(rule, ruleset_.table(chain.table).family, hooks_[c]);
    }
  }

  void add_loopback() {
    ir::Interface lo;
    lo.name = "lo";
    lo.loopback = true;
    lo.addresses.push_back({ir::Family::kIpv4, 0x7F000001, 8, std::nullopt});
    lo.addresses.push_back({ir::Family::kIpv6, 1, 128, std::nullopt});
    host_.interfaces.push_back(std::move(lo));
  }

  ir::Interface& interface(const std::string& name) {
    const auto found = std::find_if(host_.interfaces.begin(), host_.interfaces.end(),
                                    [&](const ir::Interface& known) { return same_name(known, name); });
    if (found != host_.interfaces.end()) return *found;
    ir::Interface added;
    added.name = name;
    added.mac = 0x020000000000 + host_.interfaces.size();
    host_.interfaces.push_back(std::move(added));
    return host_.interfaces.back();
  }

  void name_interfaces(const ir::Rule& rule) {
    const Hints hints = hints_of(ruleset_, rule);
    for (const std::string& name : {hints.in, hints.out})
      if (!name.empty()) interface(name);
  }

  void place_addresses(const ir::Rule& rule, ir::Family family, std::uint8_t hooks) {
    if (family == ir::Family::kInet) return;
    const Hints hints = hints_of(ruleset_, rule);
    const auto single = [](const std::optional<ir::Interval>& range) { return range && range->lo == range->hi; };
    if ((hooks & bit(ir::Hook::kInput)) != 0 && (hooks & bit(ir::Hook::kForward)) == 0 && single(hints.destination))
      add_address(hints.in, hints.destination->lo, family);
    if ((hooks & bit(ir::Hook::kOutput)) != 0 && (hooks & bit(ir::Hook::kForward)) == 0 && single(hints.source))
      add_address(hints.out, hints.source->lo, family);
    const bool arrives = (hooks & (bit(ir::Hook::kInput) | bit(ir::Hook::kForward))) != 0;
    if (arrives && hints.source && !hints.in.empty()) add_network(hints.in, *hints.source, family);
  }

  /// Without an interface it goes to the first one that is not loopback.
  void add_address(const std::string& name, ir::u128 address, ir::Family family) {
    if (host_.routes.size() >= kMaxRoutes || !is_unicast(address, family) || host_.is_local(address, family)) return;
    ir::Interface& owner = name.empty() || name == "lo" ? host_.interfaces[1] : interface(name);
    if (owner.loopback) return;
    const unsigned prefix = family == ir::Family::kIpv4 ? 24 : 64;
    std::optional<ir::u128> broadcast;
    if (family == ir::Family::kIpv4) broadcast = address | 0xff;
    if (broadcast == address || (address & 0xff) == 0) return;
    owner.addresses.push_back({family, address, prefix, broadcast});
    host_.routes.push_back(
        {family, address & ir::prefix_mask(prefix, ir::address_bits(family)), prefix, owner.name, {}, 0});
  }

  void add_network(const std::string& name, const ir::Interval& range, ir::Family family) {
    if (host_.routes.size() >= kMaxRoutes || name == "lo" || !is_unicast(range.lo, family) || range.lo == range.hi)
      return;
    const unsigned bits = ir::address_bits(family);
    unsigned prefix = bits;
    while (prefix > 0 && (range.lo | ir::max_of_bits(bits - prefix)) < range.hi) --prefix;
    if (prefix < 8 || (range.lo | ir::max_of_bits(bits - prefix)) != range.hi) return;
    const auto same = [&](const ir::Route& route) {
      return route.family == family && route.destination == range.lo && route.prefix == prefix;
    };
    if (std::any_of(host_.routes.begin(), host_.routes.end(), same)) return;
    host_.routes.push_back({family, range.lo, prefix, name, {}, 0});
    ir::Interface& owner = interface(name);
    if (prefix + 2 > bits || has_address(owner, family)) return;
    const std::optional<ir::u128> broadcast = family == ir::Family::kIpv4 ? std::optional(range.hi) : std::nullopt;
    owner.addresses.push_back({family, range.lo + 1, prefix, broadcast});
  }

  /// Every interface gets an address of each family.
  void fill_in() {
    static constexpr std::array<ir::u128, 3> kDocumentation = {0xCB007101, 0xC6336401, 0xC0000201};
    for (std::size_t i = 1; i < host_.interfaces.size(); ++i) {
      ir::Interface& owner = host_.interfaces[i];
      const ir::u128 v4 =
          i <= kDocumentation.size() ? kDocumentation[i - 1] : ir::u128{0xC6120001} + (ir::u128{i} << 8);
      if (!has_address(owner, ir::Family::kIpv4)) add_address(owner.name, v4, ir::Family::kIpv4);
      if (!has_address(owner, ir::Family::kIpv6))
        add_address(owner.name, (ir::u128{0x20010DB8} << 96) | (ir::u128{i} << 64) | 1, ir::Family::kIpv6);
    }
  }

  /// The default routes leave by the interface of a masquerading or source-translating rule, else by the first.
  void add_defaults() {
    std::string out = host_.interfaces[1].name;
    bool found = false;
    each_rule([&](const ir::Rule& rule, ir::Family, std::uint8_t) {
      const bool translates = std::any_of(rule.effects.begin(), rule.effects.end(), [](const ir::Effect& effect) {
        const auto* nat = std::get_if<ir::Nat>(&effect);
        return nat != nullptr && (nat->kind == ir::Nat::Kind::kMasquerade || nat->kind == ir::Nat::Kind::kSnat);
      });
      const std::string name = translates && !found ? hints_of(ruleset_, rule).out : std::string{};
      if (!name.empty() && name != "lo") out = name, found = true;
    });
    for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6}) {
      const ir::Interface* owner = host_.find_interface(out);
      for (const ir::InterfaceAddress& address : owner->addresses) {
        if (address.family != family) continue;
        // A neighbour in the same network: the address with its lowest bits changed.
        host_.routes.push_back({family, 0, 0, out, address.address ^ 0x3, 0});
        break;
      }
    }
  }

  const ir::Ruleset& ruleset_;
  std::vector<std::uint8_t> hooks_;
  ir::Host host_;
};

}  // namespace

ir::Host assume_host(const ir::Ruleset& ruleset) { return Maker(ruleset).make(); }

}  // namespace nfproof::compiler
