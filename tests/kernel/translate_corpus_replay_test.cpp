// SPDX-License-Identifier: Apache-2.0
// Every ruleset of the corpus (NFPROOF_CORPUS) that the kernel loads, against its translation, plain and optimised, and
// with fewer rules under iptables itself: the same fate and the same bytes for every packet. The packets are made of
// what the rules name: interfaces, addresses, ports. Rules without translation are left out of both;
// NFPROOF_REPLAY_PACKETS sets how many packets each gets.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>

#include "tests/kernel/harness/craft.h"
#include "tests/kernel/translate_compare.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  const char* told = std::getenv("NFPROOF_CORPUS");
  return told != nullptr ? fs::path(told) : fs::path(NFPROOF_SOURCE_DIR) / "../shared/corpus";
}

/// What the rules of a file name.
struct Vocabulary {
  std::vector<std::string> interfaces;
  std::vector<std::string> addresses;
  std::vector<std::uint16_t> ports = {22, 53, 80, 443, 50000};
};

template <typename Visit>
void for_each_match(const std::string& text, const std::string& pattern, Visit&& visit) {
  const std::regex expression(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) visit((*at)[1].str());
}

Vocabulary vocabulary(const std::string& text, bool v4) {
  Vocabulary words;
  std::set<std::string> interfaces = {"eth0", "eth1"};
  for_each_match(text, R"( -[io] ([A-Za-z][A-Za-z0-9.\-]{1,13})(?= ))", [&](const std::string& name) {
    if (name != "lo" && interfaces.size() < 8) interfaces.insert(name);
  });
  words.interfaces.assign(interfaces.begin(), interfaces.end());
  std::set<std::string> addresses;
  for_each_match(text, v4 ? R"( -[sd] ([0-9.]+))" : R"( -[sd] ([0-9a-f:]*:[0-9a-f:]*))",
                 [&](const std::string& address) {
                   if (addresses.size() < 400) addresses.insert(address);
                 });
  words.addresses.assign(addresses.begin(), addresses.end());
  for (const char* each : {"192.0.2.9", "198.51.100.7", "192.0.2.1", "198.51.100.1"})
    if (v4) words.addresses.emplace_back(each);
  for (const char* each : {"2001:db8::9", "2001:db8:1::7", "2001:db8::1", "2001:db8:1::1"})
    if (!v4) words.addresses.emplace_back(each);
  for_each_match(text, R"(ports? ([0-9]{1,5}))", [&](const std::string& port) {
    const unsigned long number = std::stoul(port);
    if (number > 0 && number < 65535 && words.ports.size() < 300)
      words.ports.push_back(static_cast<std::uint16_t>(number));
  });
  return words;
}

LabOptions lab_for(const Vocabulary& words) {
  LabOptions options;
  unsigned number = 0;
  for (const std::string& name : words.interfaces) {
    LabInterface made{name, {}};
    if (number == 0) made.addresses = {"192.0.2.1/24", "2001:db8::1/64"};
    if (number == 1) made.addresses = {"198.51.100.1/24", "2001:db8:1::1/64"};
    if (number > 1) made.addresses = {"198.18." + std::to_string(number) + ".1/24"};
    options.interfaces.push_back(std::move(made));
    ++number;
  }
  options.routes = {{"default", "192.0.2.254", words.interfaces[0]}, {"::/0", "2001:db8::fe", words.interfaces[0]}};
  return options;
}

std::vector<Packet> packets_of(const Vocabulary& words, bool v4, std::size_t count) {
  std::mt19937 random(1);
  const auto any = [&random](const auto& list) { return list[random() % list.size()]; };
  std::vector<Packet> packets;
  std::uint16_t from = 1024;
  while (packets.size() < count) {
    const std::string source = any(words.addresses);
    const std::string destination = any(words.addresses);
    const Endpoints ends{source, destination};
    const std::uint16_t port = any(words.ports);
    ++from;  // a port of its own for each: connections that clash get random ports
    Bytes bytes;
    switch (random() % 5) {
      case 0: bytes = craft_udp(ends, from, port); break;
      case 1: bytes = craft_echo(ends, false, from); break;
      case 2: bytes = craft_tcp(ends, from, port, kTcpAck, 7, 9); break;
      default: bytes = craft_tcp(ends, from, port, kTcpSyn); break;
    }
    if (bytes.empty()) continue;
    if (random() % 6 == 0) {
      const Endpoints own{v4 ? "192.0.2.1" : "2001:db8::1", destination};
      packets.push_back(Packet::local(craft_tcp(own, from, port, kTcpSyn)));
    } else {
      packets.push_back(Packet::arriving(any(words.interfaces), std::move(bytes)));
    }
  }
  return packets;
}

/// Without TCPMSS: it adds the option where it is missing, the translation (which says so) does not.
std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  for (std::string line; std::getline(in, line);)
    if (line.find("-j TCPMSS") == std::string::npos) text += line + "\n";
  return text;
}

/// What the kernel answers at random or by the clock.
bool is_left_to_chance(const std::string& text) {
  for (const char* word : {"--random", "--mode random", "-m time", "--probability"})
    if (text.find(word) != std::string::npos) return true;
  return false;
}

TEST(TranslateCorpusReplay, PacketsMeetTheSameFate) {
  NFPROOF_NEEDS_KERNEL();
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(corpus() / "rulesets", none))
    if (entry.path().extension() == ".v4" || entry.path().extension() == ".v6") files.push_back(entry.path());
  if (files.empty()) GTEST_SKIP() << "*** NO CORPUS at " << corpus() << ": set NFPROOF_CORPUS ***";
  std::sort(files.begin(), files.end());
  const char* told = std::getenv("NFPROOF_REPLAY_PACKETS");
  const std::size_t count = told != nullptr ? std::stoul(told) : 40;
  std::size_t loaded = 0;
  Replay replay;
  for (const fs::path& path : files) {
    const Family family = path.extension() == ".v4" ? Family::kIpv4 : Family::kIpv6;
    const std::string text = without_untranslatable(read_file(path), family);
    if (is_left_to_chance(text) || !Scratch::iptables(Backend::kLegacy, family, text).ok()) continue;
    ++loaded;
    const Vocabulary words = vocabulary(text, family == Family::kIpv4);
    const std::vector<Packet> packets = packets_of(words, family == Family::kIpv4, count);
    for (const bool optimize : {false, true}) {
      expect_same_fates(text, family, lab_for(words), packets, replay, optimize);
      if (HasFatalFailure()) {
        std::cout << "FILE " << path << (optimize ? " optimised\n" : "\n");
        return;
      }
    }
    const FewerRules fewer = fewer_rules(text, family);
    LabOptions options = lab_for(words);
    options.ipset = fewer.sets;
    expect_same_fates_of(text, fewer.text, family, options, packets, replay);
    if (HasFatalFailure()) {
      std::cout << "FILE " << path << " with fewer rules of iptables\n";
      return;
    }
  }
  std::cout << loaded << " of " << files.size() << " files, " << replay.summary() << "\n";
}

}  // namespace
}  // namespace nfproof::testing
