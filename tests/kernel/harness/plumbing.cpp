// SPDX-License-Identifier: Apache-2.0
// Builds the two namespaces with `ip -batch`. Interfaces are NOARP, which makes every neighbour resolved at once.
#include "tests/kernel/harness/plumbing.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace nfproof::testing {
namespace {

// Settings of every namespace of a lab, so that nothing depends on what the machine is set to. Those that need not
// exist on every kernel are in the second list.
constexpr std::pair<const char*, const char*> kSettings[] = {
    {"net.ipv4.conf.all.rp_filter", "0"},         {"net.ipv4.conf.default.rp_filter", "0"},
    {"net.ipv4.conf.all.accept_local", "0"},      {"net.ipv4.conf.all.route_localnet", "0"},
    {"net.ipv4.conf.all.send_redirects", "0"},    {"net.ipv4.conf.default.send_redirects", "0"},
    {"net.ipv6.conf.all.accept_ra", "0"},         {"net.ipv6.conf.default.accept_ra", "0"},
    {"net.ipv6.conf.default.accept_dad", "0"},    {"net.ipv6.conf.default.dad_transmits", "0"},
    {"net.ipv6.conf.default.addr_gen_mode", "1"}, {"net.ipv6.conf.default.router_solicitations", "0"},
};
constexpr std::pair<const char*, const char*> kOptionalSettings[] = {
    {"net.ipv4.icmp_ratelimit", "0"},
    {"net.ipv6.icmp.ratelimit", "0"},
    // The limit of errors for all destinations together spends its credits at random.
    {"net.ipv4.icmp_msgs_per_sec", "1000000"},
    {"net.ipv4.icmp_msgs_burst", "1000000"},
};

bool complain(std::string* error, const std::string& message) {
  if (error) *error = message;
  return false;
}

std::string mac_text(const MacAddress& mac) {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  return text;
}

MacAddress numbered_mac(std::uint8_t side, std::size_t number) {
  return {0x02, side, 0, 0, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

bool is_ipv6(const std::string& address) { return address.find(':') != std::string::npos; }

bool run_ip(const char* family, const std::string& commands, std::string* error) {
  if (commands.empty()) return true;
  std::vector<std::string> arguments = {"ip"};
  if (*family) arguments.emplace_back(family);
  arguments.insert(arguments.end(), {"-batch", "-"});
  const ToolResult result = run_tool(arguments, commands);
  return result.ok() || complain(error, "ip refuses the lab's interfaces:\n" + result.err + commands);
}

bool settle(const LabOptions& options, bool is_peer, std::string* error) {
  for (const auto& [key, value] : kSettings) {
    if (!write_sysctl(key, value)) return complain(error, std::string("cannot set ") + key);
  }
  for (const auto& [key, value] : kOptionalSettings) static_cast<void>(write_sysctl(key, value));
  const char* forwarding = options.forwarding && !is_peer ? "1" : "0";
  const bool done = write_sysctl("net.ipv4.conf.all.forwarding", forwarding) &&
                    write_sysctl("net.ipv6.conf.all.forwarding", forwarding) &&
                    write_sysctl("net.ipv6.conf.default.disable_ipv6", is_peer ? "1" : "0");
  return done || complain(error, "cannot set forwarding");
}

std::vector<std::uint32_t> broadcasts_of(const LabInterface& interface) {
  std::vector<std::uint32_t> result;
  for (const std::string& address : interface.addresses) {
    const std::size_t slash = address.find('/');
    in_addr parsed{};
    if (slash == std::string::npos || inet_pton(AF_INET, address.substr(0, slash).c_str(), &parsed) != 1) continue;
    unsigned length = 32;
    std::from_chars(address.data() + slash + 1, address.data() + address.size(), length);
    if (length < 31) result.push_back(ntohl(parsed.s_addr) | (0xffffffffU >> length));
  }
  return result;
}

std::string address_commands(const LabOptions& options) {
  std::string commands;
  for (const LabInterface& interface : options.interfaces) {
    for (const std::string& address : interface.addresses) {
      commands += "addr add " + address + (is_ipv6(address) ? " nodad" : " brd +") + " dev " + interface.name + "\n";
    }
  }
  return commands;
}

std::string route_commands(const LabOptions& options, bool ipv6) {
  std::string commands;
  for (const LabRoute& route : options.routes) {
    if ((is_ipv6(route.to) || is_ipv6(route.via)) != ipv6) continue;
    commands +=
        "route add " + route.to + (route.via.empty() ? "" : " via " + route.via) + " dev " + route.interface + "\n";
  }
  return commands + (ipv6 ? options.more_ip6 : options.more_ip4);
}

std::vector<LabInterface> all_interfaces(const LabOptions& options) {
  std::vector<LabInterface> result = options.interfaces;
  result.push_back({kBarrierInterface, {}});
  return result;
}

bool make_links(const LabOptions& options, Plumbing* plumbing, std::string* error) {
  std::string inside = "link set dev lo up\n";
  std::string outside;
  const std::string peer_path =
      "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(plumbing->peer.descriptor());
  const std::string mtu = " mtu " + std::to_string(options.mtu);
  std::size_t number = 0;
  for (const LabInterface& interface : all_interfaces(options)) {
    Port port;
    port.mac = numbered_mac(0xf1, ++number);
    port.peer_mac = numbered_mac(0xfe, number);
    port.broadcasts = broadcasts_of(interface);
    inside += "link add name " + interface.name + mtu + " address " + mac_text(port.mac) + " type veth peer name " +
              interface.name + mtu + " address " + mac_text(port.peer_mac) + " netns " + peer_path + "\n";
    outside += "link set dev " + interface.name + " arp off up\n";
    plumbing->ports[interface.name] = port;
  }
  {
    const Netns::Visit visit(plumbing->firewall);
    if (!run_ip("", inside, error)) return false;
    if (!write_sysctl(std::string("net/ipv6/conf/") + kBarrierInterface + "/disable_ipv6", "1")) {
      return complain(error, "cannot switch IPv6 off on the barrier's interface");
    }
  }
  const Netns::Visit visit(plumbing->peer);
  return run_ip("", outside, error);
}

bool number_ports(Plumbing* plumbing) {
  {
    const Netns::Visit visit(plumbing->peer);
    for (auto& [name, port] : plumbing->ports) port.peer_index = if_nametoindex(name.c_str());
  }
  const Netns::Visit visit(plumbing->firewall);
  plumbing->loopback_index = if_nametoindex("lo");
  plumbing->names[plumbing->loopback_index] = "lo";
  bool complete = plumbing->loopback_index != 0;
  for (auto& [name, port] : plumbing->ports) {
    port.firewall_index = if_nametoindex(name.c_str());
    plumbing->names[port.firewall_index] = name;
    complete = complete && port.firewall_index != 0 && port.peer_index != 0;
  }
  return complete;
}

// The addresses of IPv6 as /proc/net/ipv6_route writes the routes of the host's own: 32 hexadecimal digits.
std::vector<std::string> own_ipv6(const LabOptions& options) {
  std::vector<std::string> result;
  for (const LabInterface& interface : options.interfaces) {
    for (const std::string& address : interface.addresses) {
      in6_addr parsed{};
      if (inet_pton(AF_INET6, address.substr(0, address.find('/')).c_str(), &parsed) != 1) continue;
      std::string digits;
      for (const std::uint8_t byte : parsed.s6_addr) {
        char text[3];
        std::snprintf(text, sizeof text, "%02x", byte);
        digits += text;
      }
      result.push_back(digits);
    }
  }
  return result;
}

bool has_local_route(const std::string& address) {
  std::ifstream routes("/proc/thread-self/net/ipv6_route");
  for (std::string line; std::getline(routes, line);) {
    if (!line.starts_with(address + " 80 ")) continue;
    std::istringstream words(line);
    std::vector<std::string> columns{std::istream_iterator<std::string>(words), {}};
    constexpr unsigned long kLocal = 0x80000000;  // RTF_LOCAL of include/uapi/linux/ipv6_route.h
    if (columns.size() > 8 && (std::stoul(columns[8], nullptr, 16) & kLocal) != 0) return true;
  }
  return false;
}

// A worker of the kernel makes an IPv6 address the host's own some time after `ip` is done (net/ipv6/addrconf.c,
// addrconf_dad_work, also without duplicate detection); before, packets to it are forwarded.
bool await_own_ipv6(const LabOptions& options, std::string* error) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (const std::string& address : own_ipv6(options)) {
    while (!has_local_route(address)) {
      if (std::chrono::steady_clock::now() > patience) return complain(error, "an IPv6 address does not come up");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  return true;
}

bool configure_firewall(const LabOptions& options, Plumbing* plumbing, std::string* error) {
  const Netns::Visit visit(plumbing->firewall);
  std::string up;
  for (const auto& [name, port] : plumbing->ports) up += "link set dev " + name + " arp off up\n";
  // Asking for a link makes the kernel finish bringing it up, before its addresses count.
  for (const auto& [name, port] : plumbing->ports) up += "link show dev " + name + "\n";
  if (!run_ip("", up + address_commands(options), error)) return false;
  if (!run_ip("-4", route_commands(options, false), error)) return false;
  if (!run_ip("-6", route_commands(options, true), error)) return false;
  if (!options.ipset.empty()) {
    const ToolResult sets = run_tool({"ipset", "restore"}, options.ipset);
    if (!sets.ok()) return complain(error, "ipset refuses: " + sets.err);
  }
  for (const auto& [key, value] : options.sysctls) {
    if (!write_sysctl(key, value)) return complain(error, "cannot set " + key);
  }
  return await_own_ipv6(options, error);
}

// A new interface sends nothing until a kernel worker has given it its queue.
bool await_queues(const Plumbing& plumbing, std::string* error) {
  const Netns::Visit visit(plumbing.firewall);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < give_up) {
    const ToolResult links = run_tool({"ip", "-o", "link"});
    if (links.ok() && links.out.find(" qdisc noop ") == std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return complain(error, "an interface got no queue");
}

bool open_sockets(bool leave, Plumbing* plumbing, std::string* error) {
  {
    const Netns::Visit visit(plumbing->peer);
    plumbing->link = Descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (leave) {
      const int kind = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
      plumbing->arrivals4 = Descriptor(socket(AF_PACKET, kind, htons(ETH_P_IP)));
      plumbing->arrivals6 = Descriptor(socket(AF_PACKET, kind, htons(ETH_P_IPV6)));
      if (!plumbing->arrivals4.valid() || !plumbing->arrivals6.valid()) return complain(error, "cannot listen");
    }
  }
  const Netns::Visit visit(plumbing->firewall);
  plumbing->raw4 = Descriptor(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  plumbing->raw6 = Descriptor(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!plumbing->link.valid() || !plumbing->raw4.valid() || !plumbing->raw6.valid()) {
    return complain(error, std::string("cannot open raw sockets: ") + std::strerror(errno));
  }
  const int on = 1;
  setsockopt(plumbing->raw4.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  // The queue of a new interface silently drops everything until a kernel worker has noticed that the link is up.
  if (setsockopt(plumbing->link.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0) {
    return complain(error, "cannot bypass the queues");
  }
  const int big = 1 << 20;
  for (const Descriptor* one : {&plumbing->link, &plumbing->raw4, &plumbing->raw6}) {
    setsockopt(one->get(), SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof big);
  }
  return true;
}

}  // namespace

bool set_up(const LabOptions& options, Plumbing* plumbing, std::string* error) {
  if (!Netns::create(&plumbing->firewall, error) || !Netns::create(&plumbing->peer, error)) return false;
  for (const bool is_peer : {false, true}) {
    const Netns::Visit visit(is_peer ? plumbing->peer : plumbing->firewall);
    if (!settle(options, is_peer, error)) return false;
  }
  if (!make_links(options, plumbing, error)) return false;
  if (!number_ports(plumbing)) return complain(error, "an interface is missing");
  return configure_firewall(options, plumbing, error) && open_sockets(options.leave, plumbing, error) &&
         (!options.leave || await_queues(*plumbing, error));
}

}  // namespace nfproof::testing
