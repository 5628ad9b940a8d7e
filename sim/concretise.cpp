// SPDX-License-Identifier: Apache-2.0
// Alternatives are tried one after another; within one, each field is chosen for itself.
#include "sim/concretise.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "sim/witness.h"

namespace nfproof::sim {
namespace {

using ir::Family;
using ir::FieldId;
using ir::Hook;
using ir::Presence;
using ir::u128;

constexpr u128 kStranger4 = 0xC6336407;                            // 198.51.100.7
constexpr u128 kStranger6 = (u128{0x20010DB8FFFF0000} << 64) | 7;  // 2001:db8:ffff::7
constexpr std::uint16_t kClientPort = 40007;
constexpr std::size_t kMostAlternatives = 4096;

/// A field must (or must not) have one of these values.
struct Demand {
  FieldId field{};
  const ir::ValueSet* values = nullptr;
  bool negated = false;

  [[nodiscard]] bool allows(u128 value) const { return values->contains(value) != negated; }
  [[nodiscard]] bool allows(const std::string& name) const { return values->contains(name) != negated; }
};

/// One way to fulfil the expression.
struct Alternative {
  std::vector<Demand> demands;
  std::vector<std::uint8_t> protocols;  ///< that present fields presuppose
};

/// Takes the expression apart into alternatives, one after another.
class Alternatives {
 public:
  explicit Alternatives(const ir::PredicatePool& pool) : pool_(pool) {}

  struct Goal {
    ir::PredicateId predicate{};
    bool truth = true;
  };
  std::vector<Alternative> of(std::vector<Goal> goals) {
    struct State {
      std::vector<Goal> open;
      Alternative done;
    };
    std::vector<State> states{{std::move(goals), {}}};
    std::vector<Alternative> result;
    while (!states.empty() && result.size() < kMostAlternatives) {
      State state = std::move(states.back());
      states.pop_back();
      if (state.open.empty()) {
        result.push_back(std::move(state.done));
        continue;
      }
      const Goal goal = state.open.back();
      state.open.pop_back();
      const ir::Predicate& predicate = pool_[goal.predicate];
      if (const auto* test = std::get_if<ir::FieldTest>(&predicate)) {
        take(*test, goal.truth, state.done);
      } else if (const auto* any = std::get_if<ir::AnyOf>(&predicate)) {
        const bool one = goal.truth != any->negated;
        if (one) {
          for (auto part = any->any.rbegin(); part != any->any.rend(); ++part) {
            State branch = state;
            branch.open.push_back({*part, true});
            states.push_back(std::move(branch));
          }
          continue;
        }
        for (const ir::PredicateId part : any->any) state.open.push_back({part, false});
      }
      states.push_back(std::move(state));
    }
    return result;
  }

 private:
  static void take(const ir::FieldTest& test, bool truth, Alternative& alternative) {
    alternative.demands.push_back({ir::field_info(test.field).storage, &test.values, test.negated == truth});
    if (!truth) return;
    switch (ir::field_info(test.field).presence) {
      case Presence::kTcp:
      case Presence::kTcpMss: alternative.protocols.push_back(ir::kProtoTcp); break;
      case Presence::kUdp: alternative.protocols.push_back(ir::kProtoUdp); break;
      case Presence::kUdplite: alternative.protocols.push_back(ir::kProtoUdplite); break;
      case Presence::kSctp: alternative.protocols.push_back(ir::kProtoSctp); break;
      case Presence::kDccp: alternative.protocols.push_back(ir::kProtoDccp); break;
      case Presence::kIcmp: alternative.protocols.push_back(ir::kProtoIcmp); break;
      case Presence::kIcmp6: alternative.protocols.push_back(ir::kProtoIcmp6); break;
      default: break;
    }
  }

  const ir::PredicatePool& pool_;
};

/// Fills one packet from one alternative.
class Maker {
 public:
  Maker(const ir::Host& host, Family family, std::optional<Hook> hook, const Alternative& alternative)
      : host_(host), alternative_(alternative), hook_(hook) {
    made_.packet.family = family;
    v4_ = family == Family::kIpv4;
  }

  /// Nothing when a field has no value that fits.
  std::optional<ConcretePacket> make() {
    if (!protocol() || !way() || !addresses() || !transport() || !rest()) return std::nullopt;
    ir::Packet& packet = made_.packet;
    packet.hook = made_.sent_by_host ? Hook::kOutput : Hook::kPrerouting;
    return std::move(made_);
  }

 private:
  [[nodiscard]] bool demanded(FieldId field) const {
    const FieldId storage = ir::field_info(field).storage;
    return std::any_of(alternative_.demands.begin(), alternative_.demands.end(),
                       [storage](const Demand& demand) { return demand.field == storage; });
  }
  template <typename Value>
  [[nodiscard]] bool allowed(FieldId field, const Value& value) const {
    const FieldId storage = ir::field_info(field).storage;
    return std::all_of(alternative_.demands.begin(), alternative_.demands.end(),
                       [&](const Demand& demand) { return demand.field != storage || demand.allows(value); });
  }

  /// The first of `wanted`, then of the telling values of its demands, that all demands allow.
  std::optional<u128> pick(FieldId field, const std::vector<u128>& wanted) const {
    const FieldId storage = ir::field_info(field).storage;
    const u128 largest = ir::max_of_bits(ir::field_info(storage).bits);
    std::vector<u128> values = wanted;
    for (const Demand& demand : alternative_.demands) {
      if (demand.field != storage) continue;
      if (const auto* intervals = demand.values->intervals())
        for (const ir::Interval& interval : *intervals)
          for (const u128 value : {interval.lo, interval.lo + 1, interval.hi, interval.hi + 1, interval.lo - 1})
            values.push_back(value);
      if (const auto* masks = demand.values->masks())
        for (const ir::Masked& masked : *masks)
          for (const u128 value : {masked.value, masked.value | 1, masked.value ^ masked.mask, largest & ~masked.mask})
            values.push_back(value);
    }
    for (const u128 value : values)
      if (value <= largest && allowed(field, value)) return value;
    return std::nullopt;
  }

  bool put(FieldId field, const std::vector<u128>& wanted) {
    const auto value = pick(field, wanted);
    if (value) made_.packet.set(field, *value);
    return value.has_value();
  }

  bool protocol() {
    std::vector<u128> wanted(alternative_.protocols.begin(), alternative_.protocols.end());
    const bool icmp = !v4_ && demanded(FieldId::kIcmp6TypeCode);
    if (wanted.empty() && icmp) wanted.push_back(ir::kProtoIcmp6);
    if (wanted.empty()) wanted = {ir::kProtoTcp, ir::kProtoUdp, v4_ ? ir::kProtoIcmp : ir::kProtoIcmp6};
    if (!put(FieldId::kL4Proto, wanted)) return false;
    if (alternative_.protocols.empty() && !demanded(FieldId::kL4Proto))
      choose("protocol " + ir::protocol_name(made_.packet.protocol()));
    return true;
  }

  /// Where it goes: to the host, through it or from it; by which interfaces.
  bool way() {
    const auto own_address = [this](FieldId field) {
      if (!demanded(field)) return false;
      const auto value = pick(field, {});
      return value && host_.is_local(*value, made_.packet.family);
    };
    const FieldId source = made_.packet.source_field(), destination = made_.packet.destination_field();
    const bool in = demanded(FieldId::kIifname) && !allowed(FieldId::kIifname, std::string());
    const bool out = demanded(FieldId::kOifname) && !allowed(FieldId::kOifname, std::string());
    if (!hook_ || *hook_ == Hook::kPrerouting || *hook_ == Hook::kPostrouting) {
      if (in && out)
        hook_ = Hook::kForward;
      else if (out || (!in && own_address(source) && !own_address(destination)))
        hook_ = Hook::kOutput;
      else if (demanded(destination) && !own_address(destination) && !own_neighbour(destination))
        hook_ = Hook::kForward;
      else
        hook_ = Hook::kInput;
    }
    made_.sent_by_host = *hook_ == Hook::kOutput;
    if (!interface(FieldId::kIifname, in_) || !interface(FieldId::kOifname, out_)) return false;
    return true;
  }

  /// Could an own address stand there?
  [[nodiscard]] bool own_neighbour(FieldId field) const {
    for (const ir::Interface& interface : host_.interfaces)
      for (const ir::InterfaceAddress& own : interface.addresses)
        if (own.family == made_.packet.family && allowed(field, own.address)) return true;
    return false;
  }

  /// A name that is demanded; empty when anything goes.
  bool interface(FieldId field, std::string& name) const {
    if (!demanded(field) || allowed(field, std::string())) return true;
    std::vector<std::string> names;
    for (const ir::Interface& known : host_.interfaces)
      if (!known.loopback) names.push_back(known.name);
    for (const Demand& demand : alternative_.demands)
      if (demand.field == field && demand.values->interfaces() != nullptr)
        for (const ir::InterfacePattern& pattern : *demand.values->interfaces())
          names.push_back(pattern.wildcard ? pattern.name + '0' : pattern.name);
    for (const ir::Interface& known : host_.interfaces)
      if (known.loopback) names.push_back(known.name);
    for (const std::string& candidate : names)
      if (!candidate.empty() && allowed(field, candidate)) {
        name = candidate;
        return true;
      }
    return false;
  }

  /// Own addresses, those of the interface first.
  [[nodiscard]] std::vector<u128> own_addresses(const std::string& interface) const {
    std::vector<u128> first, others, last;
    for (const ir::Interface& known : host_.interfaces)
      for (const ir::InterfaceAddress& own : known.addresses) {
        if (own.family != made_.packet.family) continue;
        const bool link_local = !v4_ && own.address >> 118 == 0x3fa;
        (known.loopback || link_local ? last : known.name == interface ? first : others).push_back(own.address);
      }
    first.insert(first.end(), others.begin(), others.end());
    first.insert(first.end(), last.begin(), last.end());
    return first;
  }

  /// Strangers that the host reaches by this interface: behind its default route, then neighbours.
  [[nodiscard]] std::vector<u128> strangers(const std::string& interface, u128 but_not) const {
    std::vector<u128> all = {v4_ ? kStranger4 : kStranger6};
    const unsigned bits = ir::address_bits(made_.packet.family);
    for (const ir::Route& route : host_.routes)
      if (route.family == made_.packet.family && route.prefix < bits)
        for (const u128 step : {7U, 9U, 2U, 1U}) all.push_back(route.destination | step);
    std::erase_if(all, [&](u128 address) {
      const ir::Route* route = host_.route_to(address, made_.packet.family);
      return address == but_not || route == nullptr || host_.is_local(address, made_.packet.family) ||
             (!interface.empty() && route->interface != interface);
    });
    return all;
  }

  bool addresses() {
    ir::Packet& packet = made_.packet;
    const FieldId source = packet.source_field(), destination = packet.destination_field();
    const bool loopback = is_loopback(in_) || is_loopback(out_);
    const std::vector<u128> own = own_addresses(made_.sent_by_host ? out_ : in_);
    std::vector<u128> from, to;
    if (loopback) {
      from = to = own;
      made_.sent_by_host = true;
    } else {
      from = made_.sent_by_host ? own : strangers(in_, 0);
    }
    if (from.empty() && !demanded(source)) return false;
    if (!put(source, from)) return false;
    if (!loopback) to = *hook_ == Hook::kInput ? own : destinations();
    if (to.empty() && !demanded(destination)) return false;
    if (!put(destination, to)) return false;
    if (!demanded(source)) choose("source " + ir::format_address(packet.source(), packet.family));
    if (!demanded(destination)) choose("destination " + ir::format_address(packet.destination(), packet.family));
    return arrival();
  }

  /// Of a forwarded or sent packet: by the wanted interface, better not the one it came by.
  [[nodiscard]] std::vector<u128> destinations() const {
    const u128 source = made_.packet.source();
    std::vector<u128> all = strangers(out_, source);
    if (*hook_ != Hook::kForward || !out_.empty()) return all;
    const ir::Route* back = host_.route_to(source, made_.packet.family);
    const std::string came_by = !in_.empty() || back == nullptr ? in_ : back->interface;
    std::stable_partition(all.begin(), all.end(), [&](u128 address) {
      const ir::Route* route = host_.route_to(address, made_.packet.family);
      return route != nullptr && route->interface != came_by;
    });
    return all;
  }

  [[nodiscard]] bool is_loopback(const std::string& name) const {
    const ir::Interface* found = host_.find_interface(name);
    return found != nullptr && found->loopback;
  }

  bool arrival() {
    ir::Packet& packet = made_.packet;
    if (made_.sent_by_host) return true;
    const ir::Route* route = host_.route_to(packet.source(), packet.family);
    packet.in = !in_.empty() ? in_ : route == nullptr ? first_interface() : route->interface;
    if (in_.empty()) choose("input interface " + packet.in);
    return true;
  }

  [[nodiscard]] std::string first_interface() const {
    for (const ir::Interface& known : host_.interfaces)
      if (!known.loopback) return known.name;
    return {};
  }

  bool transport() {
    ir::Packet& packet = made_.packet;
    const bool reply = demanded(FieldId::kCtDirection) && pick(FieldId::kCtDirection, {}) == u128{1};
    if (ir::is_present(packet, Presence::kPorts)) {
      const std::uint16_t service = packet.protocol() == ir::kProtoUdp ? 53 : 80;
      const bool source_given = demanded(FieldId::kThSport), destination_given = demanded(FieldId::kThDport);
      if (!put(FieldId::kThSport, {reply ? service : kClientPort, 1024, 1})) return false;
      if (!put(FieldId::kThDport, {reply ? kClientPort : service, 80, 53, 1})) return false;
      if (!source_given) choose("source port " + ir::format_number(packet.get_or(FieldId::kThSport, 0)));
      if (!destination_given) choose("destination port " + ir::format_number(packet.get_or(FieldId::kThDport, 0)));
    }
    const bool icmp4 = ir::is_present(packet, Presence::kIcmp);
    if (icmp4 || ir::is_present(packet, Presence::kIcmp6)) {
      const FieldId field = icmp4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode;
      if (!put(field, {icmp4 ? 0x0800U : 0x8000U})) return false;
      if (!demanded(field)) choose("echo request");
    }
    if (packet.protocol() == ir::kProtoTcp && !flags()) return false;
    return true;
  }

  bool flags() {
    ir::Packet& packet = made_.packet;
    constexpr std::uint8_t kSyn = 2, kAck = 16;
    const bool begins = allowed(FieldId::kCtState, u128{0});
    const bool given = demanded(FieldId::kTcpFlags);
    const u128 usual = begins ? kSyn : kAck;
    if (!put(FieldId::kTcpFlags, {usual, kAck, kSyn, kSyn | kAck, 0x18, 0x11, 4, 0})) return false;
    if (!given) choose("flags " + ir::tcp_flags_text(static_cast<std::uint8_t>(packet.get_or(FieldId::kTcpFlags, 0))));
    return true;
  }

  /// Fields that an ordinary packet has at a value of their own, or not at all.
  bool rest() {
    ir::Packet& packet = made_.packet;
    if (!put(v4_ ? FieldId::kIpTtl : FieldId::kIp6HopLimit, {64})) return false;
    for (std::size_t i = 0; i < ir::kFieldCount; ++i) {
      const auto field = static_cast<FieldId>(i);
      const ir::FieldInfo& info = ir::field_info(field);
      if (info.storage != field || !demanded(field) || packet.get(field)) continue;
      if (info.kind == ir::FieldKind::kInterface || info.kind == ir::FieldKind::kAddrType) continue;
      if (!put(field, {0})) return false;
    }
    return true;
  }

  void choose(std::string text) { made_.chosen.push_back(std::move(text)); }

  const ir::Host& host_;
  const Alternative& alternative_;
  std::optional<Hook> hook_;
  bool v4_ = true;
  std::string in_, out_;
  ConcretePacket made_;
};

/// Interfaces and addresses of a packet on its way out are known only when it is routed: tests of `oifname` are left to
/// the choice of the destination.
bool fulfils(const ir::PredicatePool& predicates, const ir::Host& host, const ConcretePacket& made,
             std::span<const ir::PredicateId> when) {
  ir::Packet probe = made.packet;
  if (const ir::Route* route = host.route_to(probe.destination(), probe.family);
      route != nullptr && !host.is_local(probe.destination(), probe.family))
    probe.out = route->interface;
  if (made.sent_by_host && host.is_local(probe.destination(), probe.family)) probe.in = probe.out = "lo";
  return std::all_of(when.begin(), when.end(), [&](ir::PredicateId predicate) {
    return evaluate(predicates, predicate, host, probe, true).value_or(false);
  });
}

}  // namespace

std::optional<ConcretePacket> concretise(const ir::PredicatePool& predicates, const ir::Host& host,
                                         const PacketWish& wish) {
  std::vector<Alternatives::Goal> goals;
  for (auto predicate = wish.when.rbegin(); predicate != wish.when.rend(); ++predicate)
    goals.push_back({*predicate, true});
  const std::vector<Alternative> alternatives = Alternatives(predicates).of(std::move(goals));
  const std::array<Family, 2> families = {Family::kIpv4, Family::kIpv6};
  for (const Family family : families) {
    if (wish.family && *wish.family != family) continue;
    for (const Alternative& alternative : alternatives) {
      std::vector<std::optional<Hook>> hooks{wish.hook};
      if (!wish.hook) hooks.insert(hooks.end(), {Hook::kInput, Hook::kForward, Hook::kOutput});
      for (const std::optional<Hook> hook : hooks) {
        auto made = Maker(host, family, hook, alternative).make();
        if (made && fulfils(predicates, host, *made, wish.when)) return made;
      }
    }
  }
  return std::nullopt;
}

}  // namespace nfproof::sim
