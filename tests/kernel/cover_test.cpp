// SPDX-License-Identifier: Apache-2.0
// `nfproof cover` against the kernel: its capture is sent through a namespace that has the host it wrote down. Every
// rule and policy that it calls hit has counted a packet, none that it calls dead has. The examples, random rulesets,
// rulesets of the corpus that the kernel loads.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>
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
    static std::atomic<int> made = 0;
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

/// Packets keep their distance in time, for the sake of limits; but nobody waits for the night.
class Pace {
 public:
  std::chrono::microseconds at(sim::Nanoseconds time) {
    constexpr sim::Nanoseconds kMost = 20'000'000;
    if (last_ != 0) passed_ += std::clamp<sim::Nanoseconds>(time - last_, 0, kMost);
    last_ = time;
    return std::chrono::microseconds(passed_ / 1000);
  }

 private:
  sim::Nanoseconds last_ = 0, passed_ = 0;
};

std::vector<Packet> read_packets(const std::string& path) {
  std::vector<Packet> packets;
  Pace pace;
  sim::CaptureReader reader(path);
  while (const sim::CapturedPacket* captured = reader.next()) {
    const Bytes ip(captured->data.begin() + 14, captured->data.end());
    MacAddress mac{};
    std::copy_n(captured->data.begin() + 6, mac.size(), mac.begin());
    const bool to_group = (captured->data[0] & 1U) != 0;  // whatever the packet's own destination is
    const Bytes frame(captured->data.begin(), captured->data.end());
    Packet& packet = packets.emplace_back(captured->direction == sim::Direction::kOutgoing ? Packet::local(ip)
                                          : mac == MacAddress{} ? Packet::arriving(captured->interface, ip)
                                          : to_group            ? Packet::frame(captured->interface, frame)
                                                                : Packet::arriving_from(captured->interface, mac, ip));
    if (const auto& sender = captured->sender; sender && captured->direction == sim::Direction::kOutgoing)
      packet.user = sender->user, packet.group = sender->group, packet.mark = sender->mark;
    packet.at = pace.at(captured->time);
  }
  EXPECT_EQ(reader.error(), "");
  return packets;
}

/// What the program says about a ruleset, with its capture and host in a directory.
struct Report {
  std::string ruleset;
  bool v6 = false;
  Folder folder;
  Json rows;
};

std::unique_ptr<Report> report_on(const std::string& ruleset, const std::string& host_options, bool v6) {
  auto made = std::make_unique<Report>();
  made->ruleset = ruleset;
  made->v6 = v6;
  const std::string text =
      output_of(std::string(NFPROOF_PROGRAM) + " cover --json '" + ruleset + "' -o '" +
                (made->folder / "cover.pcapng") + "' --write-host '" + (made->folder / "") + "' " + host_options);
  const Json document = Json::parse(text, nullptr, false);
  if (document.is_object()) made->rows = document["rules"];
  return made;
}

Family family_of(bool v6) { return v6 ? Family::kIpv6 : Family::kIpv4; }

bool is_loaded(const std::string& ruleset, bool v6) {
  const auto lab = Lab::create({}, nullptr);
  return lab && lab->restore(Backend::kLegacy, family_of(v6), read_text(ruleset)).ok();
}

void count(const Json& row, Totals& totals) {
  const std::string status = row["status"];
  ++totals.places;
  totals.hit += status == "hit" ? 1 : 0;
  totals.dead += status == "dead" ? 1 : 0;
  totals.undecided += status == "undecided" ? 1 : 0;
  totals.outside += row.contains("outside") ? 1 : 0;
}

/// The programs that TPROXY gives packets to: without one it drops them.
std::vector<Descriptor> listen_as_told(const Lab& lab, const std::string& ruleset) {
  std::vector<Descriptor> sockets;
  static const std::regex port_option("--on-port[= ]+([0-9]+)");
  const Netns::Visit visit(lab.firewall());
  for (std::sregex_iterator at(ruleset.begin(), ruleset.end(), port_option), end; at != end; ++at)
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      Descriptor& made = sockets.emplace_back(socket(AF_INET6, type | SOCK_CLOEXEC, 0));
      const int on = 1;
      setsockopt(made.get(), SOL_IPV6, IPV6_TRANSPARENT, &on, sizeof on);
      setsockopt(made.get(), SOL_IP, IP_TRANSPARENT, &on, sizeof on);
      sockaddr_in6 any{};
      any.sin6_family = AF_INET6;
      any.sin6_port = htons(static_cast<std::uint16_t>(std::stoul((*at)[1])));
      if (bind(made.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0 && type == SOCK_STREAM)
        listen(made.get(), 1);
    }
  return sockets;
}

using Counted = std::map<std::tuple<std::string, std::string, int>, std::uint64_t>;

/// What the kernel counts when it is sent the capture. False: `error` says why not.
bool play(const Report& report, Counted& counted, std::string& error) {
  const ir::Host host = read_host(report.folder / "addr.json", {report.folder / "route.json"});
  const auto lab = Lab::create(lab_of(host), &error);
  if (!lab) return false;
  const Family family = family_of(report.v6);
  const std::string ruleset = read_text(report.ruleset);
  const ToolResult loaded = lab->restore(Backend::kLegacy, family, ruleset);
  if (!loaded.ok()) return error = "the kernel refuses the ruleset: " + loaded.err, false;
  const auto programs = listen_as_told(*lab, ruleset);
  const Outcome outcome = lab->send(read_packets(report.folder / "cover.pcapng"));
  if (!outcome.ok()) return error = outcome.error, false;
  for (const RuleCounter& each : read_counters(lab->save(Backend::kLegacy, family).out))
    counted[{each.table, each.chain, each.rule}] = each.packets;
  return true;
}

/// What the report says and the kernel counted otherwise, one line each.
std::string wrong_rows(const Report& report, const Counted& counted) {
  std::string told;
  for (const Json& row : report.rows) {
    if (row["family"] != (report.v6 ? 6 : 4)) continue;
    const auto found = counted.find({row["table"], row["chain"], row["rule"].is_null() ? 0 : row["rule"].get<int>()});
    const std::uint64_t packets = found == counted.end() ? 0 : found->second;
    const std::string status = row["status"];
    if (status == "hit" && row["why"].is_string() &&
        row["why"].get<std::string>().find("statistic") != std::string::npos)
      continue;  // chance is another in the kernel
    if ((status == "hit" && packets == 0) || (status == "dead" && packets != 0))
      told += row.dump() + " counted " + std::to_string(packets) + "\n";
  }
  return told;
}

/// Limits look at the clock: on a busy machine the packets are sent again.
std::string differences(const Report& report, Totals& totals) {
  constexpr int kTries = 12;
  if (!report.rows.is_array()) return "no report";
  std::string told;
  for (int i = 0; i < kTries; ++i) {
    Counted counted;
    std::string error;
    if (!play(report, counted, error)) return error;
    told = wrong_rows(report, counted);
    if (told.empty()) break;
  }
  ++totals.rulesets;
  for (const Json& row : report.rows)
    if (row["family"] == (report.v6 ? 6 : 4)) count(row, totals);
  return told;
}

std::string differences(const std::string& ruleset, const std::string& host_options, bool v6, Totals& totals) {
  return differences(*report_on(ruleset, host_options, v6), totals);
}

/// Reports on many rulesets, made on all processors; in the order of the files.
std::vector<std::unique_ptr<Report>> reports_on(const std::vector<std::string>& files) {
  std::vector<std::unique_ptr<Report>> made(files.size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(2U, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < files.size(); at = next++)
        made[at] = report_on(files[at], "", files[at].ends_with(".v6"));
    });
  for (std::thread& thread : threads) thread.join();
  return made;
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
    EXPECT_EQ(differences(base + ".v4", "--addr " + base + ".addr.json --route " + base + ".route.json", false, totals),
              "")
        << name;
  }
  const std::string mail = (examples / "mail-server").string();
  for (const bool v6 : {false, true}) {
    const std::string host =
        "--addr " + mail + "/addr.json --route " + mail + "/route.json --route " + mail + "/route6.json";
    EXPECT_EQ(differences(mail + (v6 ? "/rules.v6" : "/rules.v4"), host, v6, totals), "");
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
  std::vector<std::string> files;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    RulesetOptions options;
    options.v6 = seed % 3 == 0;
    options.rules = 30;
    options.without = {"statistic"};  // chance is another in the kernel
    files.push_back(folder / ("random" + std::to_string(seed) + (options.v6 ? ".v6" : ".v4")));
    std::ofstream(files.back()) << random_ruleset(seed, options);
  }
  for (const auto& report : reports_on(files)) EXPECT_EQ(differences(*report, totals), "") << report->ruleset;
  print(totals);
}

/// All of the corpus takes some minutes: without NFPROOF_COVER_CORPUS=1 every eighth ruleset is tried.
TEST(Cover, TheKernelCountsWhatIsHitInTheCorpus) {
  NFPROOF_NEEDS_KERNEL();
  const std::size_t step = std::getenv("NFPROOF_COVER_CORPUS") == nullptr ? 8 : 1;
  const char* set = std::getenv("NFPROOF_CORPUS");
  const fs::path corpus = fs::path(set != nullptr ? set : NFPROOF_SOURCE_DIR "/../shared/corpus") / "rulesets";
  if (!fs::exists(corpus)) GTEST_SKIP() << "NO CORPUS at " << corpus;
  std::vector<std::string> all, files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus))
    if (entry.path().extension() == ".v4" || entry.path().extension() == ".v6") all.push_back(entry.path().string());
  std::sort(all.begin(), all.end());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < all.size(); i += step)
    if (is_loaded(all[i], all[i].ends_with(".v6")))
      files.push_back(all[i]);
    else
      ++refused;
  Totals totals;
  for (const auto& report : reports_on(files)) EXPECT_EQ(differences(*report, totals), "") << report->ruleset;
  std::cout << refused << " rulesets are refused by the kernel\n";
  print(totals);
  if (step == 1) {
    EXPECT_LE(totals.undecided, totals.places / 50);
  }
}

}  // namespace
}  // namespace nfproof::testing
