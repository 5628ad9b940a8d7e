// SPDX-License-Identifier: Apache-2.0
// Interfaces and routes in JSON: see host_json.h.
#include "compiler/frontend/host_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

unsigned number_of(const Json& object, const char* key, unsigned otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<unsigned>() : otherwise;
}

/// The top array; reports and returns nothing when the text is not one.
std::optional<Json> parse_array(const source::SourceFile& file, source::FileId id, source::Diagnostics& diagnostics) {
  Json json = Json::parse(file.text(), nullptr, false);
  if (json.is_array() && std::all_of(json.begin(), json.end(), [](const Json& entry) { return entry.is_object(); }))
    return json;
  diagnostics.error("bad-host", {id, 1, 1, 2},
                    "expected a JSON array of objects, as `ip -j addr` and `ip -j route` print it");
  return std::nullopt;
}

bool bad_entry(source::FileId id, std::size_t index, const std::string& what, source::Diagnostics& diagnostics) {
  diagnostics.error("bad-host", {id, 1, 1, 2}, "entry " + std::to_string(index + 1) + ": " + what);
  return false;
}

std::optional<ir::InterfaceAddress> read_address(const Json& info) {
  const std::string family = text_of(info, "family");
  if (family != "inet" && family != "inet6") return std::nullopt;
  ir::InterfaceAddress address;
  address.family = family == "inet" ? ir::Family::kIpv4 : ir::Family::kIpv6;
  const auto local = ir::parse_address(text_of(info, "local"), address.family);
  if (!local) return std::nullopt;
  address.address = *local;
  const unsigned bits = ir::address_bits(address.family);
  address.prefix = std::min(number_of(info, "prefixlen", bits), bits);
  address.broadcast = ir::parse_address(text_of(info, "broadcast"), address.family);
  return address;
}

ir::Interface read_interface_entry(const Json& entry) {
  ir::Interface interface;
  interface.name = text_of(entry, "ifname");
  const auto flags = entry.find("flags");
  interface.loopback =
      flags != entry.end() && flags->is_array() && std::find(flags->begin(), flags->end(), "LOOPBACK") != flags->end();
  if (const auto mac = parse_mac(text_of(entry, "address")); mac && !interface.loopback) interface.mac = *mac;
  // Other names than `default` stand in a file of the host.
  if (const auto group = parse_number(text_of(entry, "group")); group && *group <= 0xffffffff)
    interface.group = static_cast<std::uint32_t>(*group);
  interface.has_master = entry.contains("master");
  interface.mtu = number_of(entry, "mtu", 0);
  const auto infos = entry.find("addr_info");
  if (infos == entry.end() || !infos->is_array()) return interface;
  for (const Json& info : *infos)
    if (info.is_object())
      if (const auto address = read_address(info)) interface.addresses.push_back(*address);
  return interface;
}

/// `"metrics":[{"mtu":1400}]`.
unsigned route_mtu(const Json& entry) {
  const auto metrics = entry.find("metrics");
  if (metrics == entry.end() || !metrics->is_array()) return 0;
  for (const Json& metric : *metrics)
    if (metric.is_object() && metric.contains("mtu")) return number_of(metric, "mtu", 0);
  return 0;
}

bool names_ipv6(const Json& entry) {
  return text_of(entry, "dst").find(':') != std::string::npos ||
         text_of(entry, "gateway").find(':') != std::string::npos;
}

/// `default`, `ADDRESS` or `ADDRESS/PREFIX` into a route; false when it is none of these.
bool read_destination(const std::string& text, ir::Route& route) {
  if (text == "default") return true;
  const auto network = parse_network(text, route.family);
  if (!network) return false;
  const auto prefix = ir::mask_prefix(network->mask, ir::address_bits(route.family));
  if (!prefix) return false;
  route.destination = network->value;
  route.prefix = *prefix;
  return true;
}

}  // namespace

bool read_addr_json(const source::SourceFile& file, source::FileId id, ir::Host& host,
                    source::Diagnostics& diagnostics) {
  const auto json = parse_array(file, id, diagnostics);
  if (!json) return false;
  std::vector<ir::Interface> interfaces;
  for (std::size_t i = 0; i < json->size(); ++i) {
    if ((*json)[i].empty()) continue;  // `ip` prints `{}` for what was filtered out
    ir::Interface interface = read_interface_entry((*json)[i]);
    if (interface.name.empty()) return bad_entry(id, i, "an interface without `ifname`", diagnostics);
    interfaces.push_back(std::move(interface));
  }
  std::move(interfaces.begin(), interfaces.end(), std::back_inserter(host.interfaces));
  return true;
}

std::map<std::uint32_t, std::string> read_interface_numbers(std::string_view text) {
  std::map<std::uint32_t, std::string> names;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_array()) return names;
  for (const Json& entry : json) {
    if (!entry.is_object()) continue;
    const unsigned number = number_of(entry, "ifindex", 0);
    if (number != 0) names.emplace(number, text_of(entry, "ifname"));
  }
  return names;
}

bool read_route_json(const source::SourceFile& file, source::FileId id, ir::Host& host,
                     source::Diagnostics& diagnostics) {
  const auto json = parse_array(file, id, diagnostics);
  if (!json) return false;
  const bool file_is_ipv6 = std::any_of(json->begin(), json->end(), names_ipv6);
  std::vector<ir::Route> routes;
  for (std::size_t i = 0; i < json->size(); ++i) {
    const Json& entry = (*json)[i];
    if (entry.empty()) continue;
    ir::Route route;
    const bool ipv4 = text_of(entry, "dst").find('.') != std::string::npos ||
                      text_of(entry, "gateway").find('.') != std::string::npos;
    route.family = file_is_ipv6 && !ipv4 ? ir::Family::kIpv6 : ir::Family::kIpv4;
    route.interface = text_of(entry, "dev");
    if (!read_destination(text_of(entry, "dst"), route))
      return bad_entry(id, i, "a route without a readable `dst`", diagnostics);
    route.gateway = ir::parse_address(text_of(entry, "gateway"), route.family);
    route.metric = number_of(entry, "metric", 0);
    route.mtu = route_mtu(entry);
    if (!route.interface.empty()) routes.push_back(std::move(route));
  }
  std::move(routes.begin(), routes.end(), std::back_inserter(host.routes));
  return true;
}

std::string write_addr_json(const ir::Host& host) {
  Json json = Json::array();
  for (const ir::Interface& interface : host.interfaces) {
    Json entry = {{"ifname", interface.name}, {"flags", Json::array({"UP"})}, {"addr_info", Json::array()}};
    if (interface.loopback) entry["flags"].insert(entry["flags"].begin(), "LOOPBACK");
    if (interface.mtu != 0) entry["mtu"] = interface.mtu;
    if (interface.mac) entry["address"] = ir::format_mac(*interface.mac);
    for (const ir::InterfaceAddress& address : interface.addresses) {
      Json info = {{"family", address.family == ir::Family::kIpv4 ? "inet" : "inet6"},
                   {"local", ir::format_address(address.address, address.family)},
                   {"prefixlen", address.prefix}};
      if (address.broadcast) info["broadcast"] = ir::format_address(*address.broadcast, address.family);
      entry["addr_info"].push_back(std::move(info));
    }
    json.push_back(std::move(entry));
  }
  return json.dump(2) + '\n';
}

std::string write_route_json(const ir::Host& host) {
  Json json = Json::array();
  for (const ir::Route& route : host.routes) {
    const std::string destination =
        ir::format_address(route.destination, route.family) + '/' + std::to_string(route.prefix);
    const bool is_default = route.prefix == 0 && (route.gateway || route.family == ir::Family::kIpv4);
    Json entry = {{"dst", is_default ? std::string("default") : destination}, {"dev", route.interface}};
    if (route.gateway) entry["gateway"] = ir::format_address(*route.gateway, route.family);
    if (route.metric != 0) entry["metric"] = route.metric;
    if (route.mtu != 0) entry["metrics"] = Json::array({Json{{"mtu", route.mtu}}});
    json.push_back(std::move(entry));
  }
  return json.dump(2) + '\n';
}

}  // namespace nfproof::compiler
