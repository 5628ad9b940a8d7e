// SPDX-License-Identifier: Apache-2.0
// Choosing interfaces, addresses and ports.
#include "sim/cover/fit.h"

#include <algorithm>
#include <array>
#include <string>

namespace nfproof::sim {
namespace {

using ir::FieldId;
using ir::u128;

constexpr std::size_t kMostInterfaces = 4;

bool is_group(u128 address, ir::Family family) {
  return family == ir::Family::kIpv4 ? address >> 28 == 0xe || address == 0xffffffff : address >> 120 == 0xff;
}

/// Can a packet from there arrive from outside?
bool is_plausible_source(const ir::Host& host, u128 address, ir::Family family) {
  if (is_group(address, family) || host.is_local(address, family)) return false;
  if (family == ir::Family::kIpv4) return address != 0 && address >> 24 != 127;
  return address > 1;
}

void add(std::vector<u128>& to, std::optional<u128> value) {
  if (value && std::find(to.begin(), to.end(), *value) == to.end()) to.push_back(*value);
}

std::vector<std::string> names(const ir::Host& host, const std::string& wanted) {
  if (host.find_interface(wanted) != nullptr) return {wanted};
  std::vector<std::string> all;
  for (const ir::Interface& each : host.interfaces)
    if (!each.loopback && all.size() < kMostInterfaces) all.push_back(each.name);
  all.emplace_back("lo");
  return all;
}

class Fitter {
 public:
  Fitter(const ir::Host& host, const ir::Packet& packet, std::uint16_t port)
      : host_(host), wanted_(packet), port_(port) {}

  std::vector<Fitted> all() {
    switch (wanted_.hook) {
      case ir::Hook::kPrerouting:
      case ir::Hook::kInput:
        for (const std::string& in : names(host_, wanted_.in)) arrive(in);
        break;
      case ir::Hook::kForward: forward(wanted_.in); break;
      case ir::Hook::kOutput: send(); break;
      case ir::Hook::kPostrouting:
        if (wanted_.in.empty()) send();
        forward(wanted_.in);
        if (!wanted_.in.empty()) send();
        break;
    }
    return std::move(made_);
  }

 private:
  /// What comes over the loopback interface was sent by the host itself.
  void arrive(const std::string& in) {
    if (in == "lo") return add_all(Course::kSent, in, local_destinations(in), sources_for_sending(in));
    const bool must_be_local = wanted_.hook == ir::Hook::kInput;
    std::vector<u128> destinations;
    if (must_be_local)
      destinations = local_destinations(in);
    else
      destinations.push_back(wanted_.destination());
    add_all(Course::kArrives, in, destinations, sources_behind(in));
  }

  void forward(const std::string& in) {
    for (const std::string& out : names(host_, wanted_.out)) {
      if (out == "lo") continue;
      std::vector<std::string> ins;
      if (host_.find_interface(in) != nullptr) {
        ins = {in};
      } else {
        for (const ir::Interface& each : host_.interfaces)
          if (!each.loopback && each.name != out && ins.size() < kMostInterfaces) ins.push_back(each.name);
        ins.push_back(out);
      }
      for (const std::string& name : ins) add_all(Course::kForwarded, name, destinations_by(out), sources_behind(name));
    }
  }

  void send() {
    for (const std::string& out : names(host_, wanted_.out))
      add_all(Course::kSent, "", out == "lo" ? local_destinations(out) : destinations_by(out),
              sources_for_sending(out));
  }

  [[nodiscard]] std::vector<u128> local_destinations(const std::string& in) const {
    std::vector<u128> values;
    const u128 wanted = wanted_.destination();
    if (host_.is_local(wanted, wanted_.family)) values.push_back(wanted);
    add(values, own_address(host_, in, wanted_.family));
    add(values, wanted);
    return values;
  }

  [[nodiscard]] std::vector<u128> destinations_by(const std::string& out) const {
    std::vector<u128> values;
    const u128 wanted = wanted_.destination();
    const ir::Route* route = host_.route_to(wanted, wanted_.family);
    const bool good = !host_.is_local(wanted, wanted_.family) && route != nullptr && route->interface == out;
    if (good) values.push_back(wanted);
    add(values, address_behind(host_, out, wanted_.family));
    add(values, wanted);
    return values;
  }

  [[nodiscard]] std::vector<u128> sources_behind(const std::string& in) const {
    std::vector<u128> values;
    const u128 wanted = wanted_.source();
    const bool good = is_plausible_source(host_, wanted, wanted_.family);
    if (good) values.push_back(wanted);
    add(values, address_behind(host_, in, wanted_.family, 1));
    add(values, wanted);
    return values;
  }

  /// What a capture shows as sent by the host has one of its addresses.
  [[nodiscard]] std::vector<u128> sources_for_sending(const std::string& out) const {
    std::vector<u128> values;
    const u128 wanted = wanted_.source();
    if (host_.is_local(wanted, wanted_.family)) values.push_back(wanted);
    add(values, own_address(host_, out, wanted_.family));
    return values;
  }

  void add_all(Course course, const std::string& in, const std::vector<u128>& destinations,
               const std::vector<u128>& sources) {
    for (const u128 destination : destinations)
      for (const u128 source : sources) {
        Fitted fitted{course, wanted_};
        ir::Packet& packet = fitted.packet;
        packet.in = course == Course::kSent ? std::string() : in;
        packet.set(packet.source_field(), source);
        packet.set(packet.destination_field(), destination);
        const FieldId ttl = packet.family == ir::Family::kIpv4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit;
        const u128 left = packet.get_or(ttl, 64);
        if (course == Course::kForwarded) packet.set(ttl, left < 255 ? left + 1 : left);
        add_ports(std::move(fitted));
      }
  }

  void add_ports(Fitted fitted) {
    if (ir::is_present(wanted_, ir::Presence::kPorts)) {
      Fitted fresh = fitted;
      fresh.packet.set(FieldId::kThSport, port_);
      made_.push_back(std::move(fresh));
      fresh = fitted;
      fresh.packet.set(FieldId::kThDport, port_);
      made_.push_back(std::move(fresh));
    }
    made_.push_back(std::move(fitted));
  }

  const ir::Host& host_;
  const ir::Packet& wanted_;
  std::uint16_t port_;
  std::vector<Fitted> made_;
};

}  // namespace

std::vector<Fitted> fit(const ir::Host& host, const ir::Packet& at_hook, std::uint16_t fresh_port) {
  return Fitter(host, at_hook, fresh_port).all();
}

std::optional<u128> address_behind(const ir::Host& host, const std::string& interface, ir::Family family,
                                   unsigned nth) {
  // Far addresses first: a router's own network is a special case of what it forwards.
  const bool v4 = family == ir::Family::kIpv4;
  std::vector<u128> candidates;
  const std::array<u128, 3> far = {v4 ? u128{0xC6336407} : (u128{0x20010db8'ffff0000} << 64) | 7,
                                   v4 ? u128{0xCB00714D} : (u128{0x20010db8'fffe0000} << 64) | 8,
                                   v4 ? u128{0x08080404} : (u128{0x2a00'1450'4001'0000} << 64) | 9};
  for (const u128 address : far) candidates.push_back(address + nth);
  for (const ir::Route& route : host.routes)
    if (route.family == family && route.interface == interface)
      for (const u128 step : {u128{77} + nth, u128{5} + nth, u128{2} + nth, u128{0}, u128{1}})
        candidates.push_back(route.destination + step);
  const ir::Interface* owner = host.find_interface(interface);
  if (owner != nullptr)
    for (const ir::InterfaceAddress& own : owner->addresses)
      if (own.family == family)
        for (const u128 step : {u128{2} + nth, u128{1}, u128{3}}) candidates.push_back(own.address ^ step);
  for (const u128 address : candidates) {
    const ir::Route* route = host.route_to(address, family);
    const std::uint32_t broadcast = ir::addr_type_bit(ir::AddrType::kBroadcast);
    if (route != nullptr && route->interface == interface && !host.is_local(address, family) &&
        (host.address_type(address, family) & broadcast) == 0)
      return address;
  }
  return std::nullopt;
}

std::optional<u128> own_address(const ir::Host& host, const std::string& interface, ir::Family family) {
  std::optional<u128> other;
  for (const ir::Interface& each : host.interfaces)
    for (const ir::InterfaceAddress& own : each.addresses) {
      if (own.family != family) continue;
      if (each.name == interface) return own.address;
      if (!each.loopback && !other) other = own.address;
    }
  return other;
}

std::string side_of(const ir::Host& host, u128 address, ir::Family family) {
  const ir::Route* route = host.route_to(address, family);
  return route == nullptr ? std::string() : route->interface;
}

}  // namespace nfproof::sim
