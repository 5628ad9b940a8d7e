// SPDX-License-Identifier: Apache-2.0
// How fast the kernel is with a ruleset and with its translations: packets that the rules speak of, each the first one
// of a connection, through namespaces.
//
//   translate_replay RULES PACKETS ROUNDS iptables|nft:FILE...
//   translate_replay list RULES PACKETS iptables|nft:FILE
//
// RULES, the original, says what packets to make: the sender of each is from one of its rules, with the interface that
// the rule or its chain names (`mac_96`: `eth1.96`), the receiver and the port from another one, whose interface it
// leaves by.
//
// Each FILE gets a namespace of its own. All get the same packets in small batches, in turns, so that what else the
// machine does meets all alike; time is that of the processor, which does all work for a packet while it is sent. One
// more namespace has, instead of rules, the fates: the first FILE is asked what becomes of each packet, which is then
// told by a number in the packet's header, that one comparison in each chain looks at. What a batch costs more than
// there is what its rules cost. Prints a line for each FILE: microseconds for a packet (median of all batches), those
// of them that the rules cost (median of the differences, quartiles). The first line is for the namespace without
// rules.
//
// `list`: prints the rules with their counters. Exit code 3, with a reason: not permitted here.
#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
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

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What this process got of the processor: the kernel does all its work for a packet while it is sent.
double processor_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

/// The fates that stand in the identification of a packet.
enum Told : std::uint8_t { kPasses = 1, kDropped, kRejected, kRedirected, kBothTranslated, kSourceTranslated };

constexpr const char* kFatesFilter = R"(table ip fates {
  chain filter {
    type filter hook forward priority filter
    ip id 2 drop
    ip id 3 reject
  }
  chain tracked {
    type filter hook input priority filter
    ct state established accept
  }
}
)";
constexpr const char* kFatesNat = R"(table ip fates {
  chain pre {
    type nat hook prerouting priority dstnat
    ip id 4-5 dnat to 10.244.0.1
  }
  chain post {
    type nat hook postrouting priority srcnat
    ip id 5-6 masquerade fully-random
  }
}
)";

Told told(const Fate& fate, const Bytes& before) {
  const bool answered = std::any_of(fate.sightings.begin(), fate.sightings.end(),
                                    [](const Sighting& sighting) { return sighting.answer; });
  if (fate.end == End::kLost || fate.end == End::kDropped) return answered ? kRejected : kDropped;
  const auto changed = [&](std::ptrdiff_t at) {
    return !std::equal(before.begin() + at, before.begin() + at + 4, fate.bytes.begin() + at);
  };
  const bool source = changed(12);
  const bool destination = changed(16);
  return source && destination ? kBothTranslated : source ? kSourceTranslated : destination ? kRedirected : kPasses;
}

void put_identification(Bytes& packet, std::uint8_t number) {
  packet[4] = 0, packet[5] = number;
  packet[10] = packet[11] = 0;
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < 20; at += 2) sum += static_cast<std::uint32_t>(packet[at] << 8 | packet[at + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  packet[10] = static_cast<std::uint8_t>(~sum >> 8);
  packet[11] = static_cast<std::uint8_t>(~sum);
}

/// Rules of a file, or what stands for them.
struct Variant {
  std::string name;
  bool nft = true;
  std::string text;
  std::unique_ptr<Lab> lab = nullptr;
  std::vector<double> times = {};  ///< of each batch, for one packet
};

std::optional<Variant> read_variant(const std::string& argument) {
  const std::size_t colon = argument.find(':');
  const std::string kind = argument.substr(0, colon);
  if (colon == std::string::npos || (kind != "nft" && kind != "iptables")) return std::nullopt;
  const std::string path = argument.substr(colon + 1);
  return Variant{path, kind == "nft", content(path)};
}

LabOptions options_for(const World& world) {
  LabOptions options;
  unsigned number = 0;
  for (const std::string& name : world.interfaces)
    options.interfaces.push_back({name, {"198.19." + std::to_string(number++) + ".1/24"}});
  options.routes = {{"default", "", options.interfaces[0].name}};
  for (const auto& [network, interface] : world.routes)
    if (world.interfaces.contains(interface)) options.routes.push_back({network, "", interface});
  options.observe = false;
  return options;
}

bool load(const LabOptions& options, Variant& variant, std::string& error) {
  variant.lab = Lab::create(options, &error);
  if (!variant.lab) return false;
  const ToolResult loaded = variant.nft ? variant.lab->load_nft(variant.text)
                                        : variant.lab->restore(Backend::kNft, Family::kIpv4, variant.text);
  if (!loaded.ok()) error = variant.name + ": the kernel refuses the rules: " + loaded.err.substr(0, 2000);
  return loaded.ok();
}

/// Writes the fate of each packet into it.
bool tell_fates(LabOptions options, const Variant& like, std::vector<Packet>& packets, std::string& error) {
  options.observe = true;
  options.answers = true;
  Variant asked{like.name, like.nft, like.text};
  if (!load(options, asked, error)) return false;
  const Outcome outcome = asked.lab->send(packets);
  if (!outcome.ok()) return error = outcome.error, false;
  for (std::size_t i = 0; i < packets.size(); ++i)
    put_identification(packets[i].bytes, told(outcome.fates[i], packets[i].bytes));
  return true;
}

bool run(std::vector<Variant>& variants, const std::vector<Packet>& packets, unsigned rounds, std::string& error) {
  constexpr std::size_t kBatch = 2000;
  std::size_t first = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t from = 0; from < packets.size(); from += kBatch, ++first) {
      const std::size_t to = std::min(from + kBatch, packets.size());
      const std::vector<Packet> batch(packets.begin() + static_cast<std::ptrdiff_t>(from),
                                      packets.begin() + static_cast<std::ptrdiff_t>(to));
      for (std::size_t i = 0; i < variants.size(); ++i) {
        Variant& variant = variants[(first + i) % variants.size()];
        const double start = processor_microseconds();
        const Outcome outcome = variant.lab->send(batch);
        const double took = processor_microseconds() - start;
        if (!outcome.ok()) return error = outcome.error, false;
        variant.times.push_back(took / static_cast<double>(to - from));
      }
    }
    for (Variant& variant : variants) {
      const ToolResult flushed = variant.lab->run({"conntrack", "-F"});
      if (!flushed.ok()) return error = "conntrack -F: " + flushed.err, false;
    }
  }
  return true;
}

/// A quarter is below `of(values, 1)`.
double quartile(std::vector<double> values, std::size_t quarters) {
  const std::size_t at = (values.size() - 1) * quarters / 4;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

void print(const Variant& variant, const Variant& nothing) {
  std::vector<double> rules;
  for (std::size_t i = 0; i < variant.times.size(); ++i) rules.push_back(variant.times[i] - nothing.times[i]);
  std::printf("%.3f %.3f %.3f %.3f\n", quartile(variant.times, 2), quartile(rules, 2), quartile(rules, 1),
              quartile(rules, 3));
}

int fail(const std::string& message, int code) { return std::fprintf(stderr, "%s\n", message.c_str()), code; }

int list(const LabOptions& options, Variant variant, const std::vector<Packet>& packets) {
  std::string error;
  if (!load(options, variant, error)) return fail(error, 2);
  const Outcome outcome = variant.lab->send(packets);
  if (!outcome.ok()) return fail(outcome.error, 2);
  std::fputs((variant.nft ? variant.lab->list_nft() : variant.lab->save(Backend::kNft, Family::kIpv4)).out.c_str(),
             stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool lists = !arguments.empty() && arguments[0] == "list";
  if (lists) arguments[0] = "0", std::rotate(arguments.begin(), arguments.begin() + 1, arguments.begin() + 3);
  if (arguments.size() < 4)
    return fail("usage: translate_replay RULES PACKETS ROUNDS iptables|nft:FILE..., or list RULES PACKETS FILE", 2);
  std::string error;
  if (!permitted(&error)) return fail(error, 3);
  const std::string rules = content(arguments[0]);
  const World world = read_world(rules);
  if (world.receivers.empty()) return fail("no rule names a destination", 2);
  std::vector<Packet> packets = make_packets(world, std::strtoul(arguments[1].c_str(), nullptr, 10));
  std::vector<Variant> variants;
  const bool nat = rules.find("*nat") != std::string::npos;
  variants.push_back({"fates", true, std::string(kFatesFilter) + (nat ? kFatesNat : "")});
  for (std::size_t i = 3; i < arguments.size(); ++i) {
    std::optional<Variant> variant = read_variant(arguments[i]);
    if (!variant) return fail("not iptables:FILE or nft:FILE: " + arguments[i], 2);
    variants.push_back(std::move(*variant));
  }
  const LabOptions options = options_for(world);
  if (lists) return list(options, std::move(variants[1]), packets);
  if (!tell_fates(options, variants[1], packets, error)) return fail(error, 2);
  for (Variant& variant : variants)
    if (!load(options, variant, error)) return fail(error, 2);
  const auto rounds = static_cast<unsigned>(std::strtoul(arguments[2].c_str(), nullptr, 10));
  if (!run(variants, packets, std::max(rounds, 1U), error)) return fail(error, 2);
  for (const Variant& variant : variants) print(variant, variants[0]);
  return 0;
}
