// SPDX-License-Identifier: Apache-2.0
// How fast the kernel is with a ruleset and with its translations: packets that the rules speak of, each a connection
// of its own, through a namespace.
//
//   translate_replay iptables|nft FILE RULES PACKETS [list]
//
// FILE is loaded; RULES, the original, says what packets to make: the sender of each is from one of its rules, with
// the interface that the rule or its chain names (`mac_96`: `eth1.96`), the receiver and the port from another one,
// whose interface it leaves by. Prints packets and seconds of the processor: half of the packets took less than that
// each, so that what else the machine does counts little. `list`: prints the rules with their counters behind it. Exit
// code 3, with a reason: not permitted here.
#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/kernel/harness/craft.h"
#include "tests/kernel/harness/lab.h"

namespace {

using namespace nfproof::testing;

struct Wish {
  std::string source, destination, in, protocol, mac;
  int port = 0;
};

struct World {
  std::vector<Wish> senders, receivers;
  std::set<std::string> interfaces;
  std::map<std::string, std::string> routes;  // network to interface
};

/// An interface with the number that the chain's name ends with.
std::string interface_of(const std::string& chain, const std::set<std::string>& interfaces) {
  const std::size_t at = chain.rfind('_');
  if (at == std::string::npos) return "";
  for (const std::string& name : interfaces)
    if (name.ends_with("." + chain.substr(at + 1))) return name;
  return "";
}

World read_world(const std::string& text) {
  World world;
  std::vector<std::pair<std::string, Wish>> rules;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("-A ")) continue;
    std::istringstream words(line);
    std::string word, chain, out;
    Wish wish;
    words >> word >> chain;
    for (bool negated = false; words >> word; negated = word == "!") {
      if (negated) continue;
      if (word == "-s") words >> wish.source;
      if (word == "-d") words >> wish.destination;
      if (word == "-i") words >> wish.in;
      if (word == "-o") words >> out;
      if (word == "-p") words >> wish.protocol;
      if (word == "--mac-source") words >> wish.mac;
      if (word == "--dport") words >> wish.port;
    }
    for (const std::string& name : {wish.in, out})
      if (!name.empty() && name != "lo" && name.find('+') == std::string::npos) world.interfaces.insert(name);
    if (!out.empty() && !wish.destination.empty()) world.routes.emplace(wish.destination, out);
    if (!wish.source.empty() || !wish.destination.empty()) rules.emplace_back(chain, wish);
  }
  for (auto& [chain, wish] : rules) {
    if (wish.in.empty()) wish.in = interface_of(chain, world.interfaces);
    if (!wish.source.empty() && !wish.in.empty()) world.senders.push_back(wish);
    if (!wish.destination.empty()) world.receivers.push_back(wish);
  }
  Wish anyone;
  anyone.source = "198.18.0.0/16";
  if (world.senders.empty()) world.senders.push_back(anyone);
  if (world.interfaces.empty()) world.interfaces = {"eth0", "eth1"};
  return world;
}

std::string host_of(const std::string& network, std::mt19937& random) {
  const std::size_t slash = network.find('/');
  in_addr address{};
  if (inet_pton(AF_INET, network.substr(0, slash).c_str(), &address) != 1) return "198.18.0.1";
  const unsigned length =
      slash == std::string::npos ? 32 : static_cast<unsigned>(std::atoi(network.c_str() + slash + 1));
  const std::uint32_t free = length >= 32 ? 0 : length <= 8 ? 0xffffff : 0xffffffffU >> length;
  address.s_addr = htonl((ntohl(address.s_addr) & ~free) | (static_cast<std::uint32_t>(random()) & free));
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, text, sizeof text);
}

MacAddress mac_of(const std::string& text) {
  MacAddress mac{};
  for (std::size_t i = 0; i < mac.size(); ++i)
    mac[i] = static_cast<std::uint8_t>(std::strtoul(text.c_str() + 3 * i, nullptr, 16));
  return mac;
}

std::vector<Packet> make_packets(const World& world, std::size_t count) {
  std::mt19937 random(1);
  const auto any = [&random](const auto& list) {
    return *std::next(list.begin(), static_cast<long>(random() % list.size()));
  };
  std::vector<Packet> packets;
  for (std::size_t i = 0; i < count; ++i) {
    const Wish& sender = world.senders[random() % world.senders.size()];
    const Wish& receiver = world.receivers[random() % world.receivers.size()];
    const std::string source = host_of(sender.source, random);
    const std::string destination = host_of(receiver.destination, random);
    const Endpoints ends{source, destination};
    const auto from = static_cast<std::uint16_t>(1024 + i % 60000);
    const auto to =
        static_cast<std::uint16_t>(receiver.port != 0 ? receiver.port : 1 + static_cast<int>(random() % 65535));
    Bytes bytes = receiver.protocol == "udp" ? craft_udp(ends, from, to) : craft_tcp(ends, from, to, kTcpSyn);
    const std::string in = world.interfaces.contains(sender.in) ? sender.in : any(world.interfaces);
    packets.push_back(sender.mac.empty() ? Packet::arriving(in, std::move(bytes))
                                         : Packet::arriving_from(in, mac_of(sender.mac), std::move(bytes)));
  }
  return packets;
}

std::string content(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What this process got of the processor: the kernel does all its work for a packet while it is sent.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Sends the packets in batches; the median of their times, for all of them.
std::optional<double> usual_seconds(Lab& lab, const std::vector<Packet>& packets, std::string& error) {
  constexpr std::size_t kBatch = 500;
  std::vector<double> times;
  for (std::size_t from = 0; from < packets.size(); from += kBatch) {
    const std::size_t to = std::min(from + kBatch, packets.size());
    const std::vector<Packet> batch(packets.begin() + static_cast<std::ptrdiff_t>(from),
                                    packets.begin() + static_cast<std::ptrdiff_t>(to));
    const double start = processor_seconds();
    const Outcome outcome = lab.send(batch);
    const double elapsed = processor_seconds() - start;
    if (!outcome.ok()) return error = outcome.error, std::nullopt;
    times.push_back(elapsed / static_cast<double>(to - from));
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2] * static_cast<double>(packets.size());
}

int fail(const std::string& message, int code) { return std::fprintf(stderr, "%s\n", message.c_str()), code; }

}  // namespace

int main(int argc, char** argv) {
  const bool list = argc == 6 && std::string(argv[5]) == "list";
  if (argc != 5 && !list) return fail("usage: translate_replay iptables|nft FILE RULES PACKETS [list]", 2);
  std::string error;
  if (!permitted(&error)) return fail(error, 3);
  const World world = read_world(content(argv[3]));
  if (world.receivers.empty()) return fail("no rule names a destination", 2);
  const std::vector<Packet> packets = make_packets(world, std::strtoul(argv[4], nullptr, 10));
  LabOptions options;
  unsigned number = 0;
  for (const std::string& name : world.interfaces)
    options.interfaces.push_back({name, {"198.19." + std::to_string(number++) + ".1/24"}});
  options.routes = {{"default", "", options.interfaces[0].name}};
  for (const auto& [network, interface] : world.routes)
    if (world.interfaces.contains(interface)) options.routes.push_back({network, "", interface});
  options.observe = false;
  const auto lab = Lab::create(options, &error);
  if (!lab) return fail(error, 3);
  const std::string text = content(argv[2]);
  const ToolResult loaded =
      std::string(argv[1]) == "nft" ? lab->load_nft(text) : lab->restore(Backend::kNft, Family::kIpv4, text);
  if (!loaded.ok()) return fail("the kernel refuses the rules: " + loaded.err.substr(0, 2000), 2);
  const auto seconds = usual_seconds(*lab, packets, error);
  if (!seconds) return fail(error, 2);
  std::printf("%zu %.6f\n", packets.size(), *seconds);
  if (list) {
    const bool nft = std::string(argv[1]) == "nft";
    std::fputs((nft ? lab->list_nft() : lab->save(Backend::kNft, Family::kIpv4)).out.c_str(), stdout);
  }
  return 0;
}
