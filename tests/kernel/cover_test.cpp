// SPDX-License-Identifier: Apache-2.0
// `nfproof cover` against the kernel: its capture is sent through a namespace that has the host it wrote down. Every
// rule and policy that it calls hit has counted a packet, none that it calls dead has. The examples, random rulesets,
// and (NFPROOF_COVER_CORPUS=1) the rulesets of the corpus that the kernel loads.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <tuple>

#include "compiler/frontend/host_json.h"
#include "sim/capture.h"
#include "tests/kernel/harness/counters.h"
#include "tests/kernel/harness/lab.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct Totals {
  std::size_t rulesets = 0, places = 0, hit = 0, dead = 0, undecided = 0, outside = 0;
};

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A directory of its own, gone with the object.
class Folder {
 public:
  Folder() {
    static int made = 0;
    path_ = fs::temp_directory_path() / ("nfproof-cover-" + std::to_string(::getpid()) + '-' + std::to_string(++made));
    fs::create_directories(path_);
  }
  ~Folder() {
    if (std::getenv("NFPROOF_COVER_KEEP") == nullptr) fs::remove_all(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[65536];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, size);
  pclose(pipe);
  return text;
}

ir::Host read_host(const std::string& addr, const std::vector<std::string>& routes) {
  source::SourceManager sources;
  source::Diagnostics diagnostics;
  ir::Host host;
  const source::FileId addresses = sources.add(addr, read_text(addr));
  EXPECT_TRUE(compiler::read_addr_json(sources.file(addresses), addresses, host, diagnostics));
  for (const std::string& path : routes) {
    const source::FileId file = sources.add(path, read_text(path));
    EXPECT_TRUE(compiler::read_route_json(sources.file(file), file, host, diagnostics));
  }
  return host;
}

/// A route that the kernel makes by itself.
bool is_connected(const ir::Host& host, const ir::Route& route) {
  const ir::Interface* interface = host.find_interface(route.interface);
  return !route.gateway && interface != nullptr &&
         std::any_of(interface->addresses.begin(), interface->addresses.end(), [&](const ir::InterfaceAddress& own) {
           const ir::u128 mask = ir::prefix_mask(own.prefix, ir::address_bits(own.family));
           return own.family == route.family && own.prefix == route.prefix && (own.address & mask) == route.destination;
         });
}

LabOptions lab_of(const ir::Host& host) {
  LabOptions options;
  options.observe = false;
  for (const ir::Interface& interface : host.interfaces) {
    if (interface.loopback) continue;
    LabInterface& made = options.interfaces.emplace_back();
    made.name = interface.name;
    for (const ir::InterfaceAddress& own : interface.addresses)
      made.addresses.push_back(ir::format_address(own.address, own.family) + '/' + std::to_string(own.prefix));
  }
  for (const ir::Route& route : host.routes) {
    if (is_connected(host, route)) continue;
    const std::string via = route.gateway ? ir::format_address(*route.gateway, route.family) : std::string();
    std::string to = ir::format_address(route.destination, route.family) + '/' + std::to_string(route.prefix);
    if (route.prefix == 0 && route.gateway) to = "default";
    options.routes.push_back({to, via, route.interface});
  }
  return options;
}

std::vector<Packet> read_packets(const std::string& path) {
  std::vector<Packet> packets;
  sim::CaptureReader reader(path);
  while (const sim::CapturedPacket* captured = reader.next()) {
    const Bytes ip(captured->data.begin() + 14, captured->data.end());
    if (captured->direction == sim::Direction::kOutgoing) {
      packets.push_back(Packet::local(ip));
      continue;
    }
    MacAddress mac{};
    std::copy_n(captured->data.begin() + 6, mac.size(), mac.begin());
    packets.push_back(mac == MacAddress{} ? Packet::arriving(captured->interface, ip)
                                          : Packet::arriving_from(captured->interface, mac, ip));
  }
  EXPECT_EQ(reader.error(), "");
  return packets;
}

/// What the report says and the kernel counted otherwise, one line each. Nothing when the kernel takes no such ruleset.
std::optional<std::string> differences(const std::string& ruleset, const std::string& host_options, bool v6,
                                       Totals& totals) {
  const Folder folder;
  const std::string capture = folder / "cover.pcapng";
  const std::string text = output_of(std::string(NFPROOF_PROGRAM) + " cover --json '" + ruleset + "' -o '" + capture +
                                     "' --write-host '" + (folder / "") + "' " + host_options);
  const Json report = Json::parse(text, nullptr, false);
  if (report.is_discarded()) return "no report";
  const ir::Host host = read_host(folder / "addr.json", {folder / "route.json"});
  std::string error;
  const auto lab = Lab::create(lab_of(host), &error);
  if (!lab) return "no lab: " + error;
  const Family family = v6 ? Family::kIpv6 : Family::kIpv4;
  if (!lab->restore(Backend::kLegacy, family, read_text(ruleset)).ok()) return std::nullopt;
  const Outcome outcome = lab->send(read_packets(capture));
  if (!outcome.ok()) return "not sent: " + outcome.error;
  std::map<std::tuple<std::string, std::string, int>, std::uint64_t> counted;
  for (const RuleCounter& each : read_counters(lab->save(Backend::kLegacy, family).out))
    counted[{each.table, each.chain, each.rule}] = each.packets;
  std::string told;
  ++totals.rulesets;
  for (const Json& row : report["rules"]) {
    if (row["family"] != (v6 ? 6 : 4)) continue;
    const int rule = row["rule"].is_null() ? 0 : row["rule"].get<int>();
    const auto found = counted.find({row["table"], row["chain"], rule});
    const std::uint64_t packets = found == counted.end() ? 0 : found->second;
    const std::string status = row["status"];
    ++totals.places;
    totals.hit += status == "hit" ? 1 : 0;
    totals.dead += status == "dead" ? 1 : 0;
    totals.undecided += status == "undecided" ? 1 : 0;
    totals.outside += row.contains("outside") ? 1 : 0;
    if (status == "hit" && row["why"].is_string() &&
        row["why"].get<std::string>().find("statistic") != std::string::npos)
      continue;  // chance is another in the kernel
    if ((status == "hit" && packets == 0) || (status == "dead" && packets != 0))
      told += row.dump() + " counted " + std::to_string(packets) + "\n";
  }
  return told;
}

void print(const Totals& totals) {
  std::cout << totals.rulesets << " rulesets, " << totals.places << " places: " << totals.hit << " hit, " << totals.dead
            << " dead, " << totals.undecided << " undecided (" << totals.outside << " of them outside)\n";
}

TEST(Cover, TheKernelCountsWhatIsHitInTheExamples) {
  NFPROOF_NEEDS_KERNEL();
  const fs::path examples = fs::path(NFPROOF_SOURCE_DIR) / "examples";
  Totals totals;
  for (const std::string name : {"web-server", "home-router", "container-host", "kube-proxy-node", "mistakes"}) {
    const std::string base = (examples / name).string();
    const auto told =
        differences(base + ".v4", "--addr " + base + ".addr.json --route " + base + ".route.json", false, totals);
    ASSERT_TRUE(told) << name;
    EXPECT_EQ(*told, "") << name;
  }
  const std::string mail = (examples / "mail-server").string();
  for (const bool v6 : {false, true}) {
    const auto told = differences(
        mail + (v6 ? "/rules.v6" : "/rules.v4"),
        "--addr " + mail + "/addr.json --route " + mail + "/route.json --route " + mail + "/route6.json", v6, totals);
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, "") << (v6 ? "mail-server 6" : "mail-server 4");
  }
  print(totals);
  EXPECT_LE(totals.undecided, totals.places / 50);
}

TEST(Cover, TheKernelCountsWhatIsHitInRandomRulesets) {
  NFPROOF_NEEDS_KERNEL();
  const char* set = std::getenv("NFPROOF_COVER_SEEDS");
  const std::uint64_t count = set != nullptr ? std::strtoull(set, nullptr, 10) : 50;
  Totals totals;
  const Folder folder;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    RulesetOptions options;
    options.v6 = seed % 3 == 0;
    options.rules = 30;
    // Chance is another in the kernel, and odd destinations are delivered and forwarded there in ways of their own.
    options.without = {"statistic", "pkttype", "addrtype"};
    const std::string path = folder / ("random" + std::to_string(seed) + (options.v6 ? ".v6" : ".v4"));
    std::ofstream(path) << random_ruleset(seed, options);
    const auto told = differences(path, "", options.v6, totals);
    ASSERT_TRUE(told) << "the kernel refuses the ruleset of seed " << seed;
    EXPECT_EQ(*told, "") << "seed " << seed << " in " << path;
  }
  print(totals);
}

TEST(Cover, TheKernelCountsWhatIsHitInTheCorpus) {
  NFPROOF_NEEDS_KERNEL();
  if (std::getenv("NFPROOF_COVER_CORPUS") == nullptr) GTEST_SKIP() << "NFPROOF_COVER_CORPUS=1 runs it (some minutes)";
  const char* set = std::getenv("NFPROOF_CORPUS");
  const fs::path corpus = fs::path(set != nullptr ? set : NFPROOF_SOURCE_DIR "/../shared/corpus") / "rulesets";
  if (!fs::exists(corpus)) GTEST_SKIP() << "NO CORPUS at " << corpus;
  Totals totals;
  std::size_t refused = 0;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".v4" && extension != ".v6") continue;
    const auto told = differences(entry.path().string(), "", extension == ".v6", totals);
    refused += told ? 0 : 1;
    if (told) {
      EXPECT_EQ(*told, "") << entry.path();
    }
  }
  std::cout << refused << " rulesets are refused by the kernel\n";
  print(totals);
}

}  // namespace
}  // namespace nfproof::testing
