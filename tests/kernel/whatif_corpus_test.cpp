// SPDX-License-Identifier: Apache-2.0
// `nfproof whatif` on firewalls of which the corpus has two states, with a capture made for their rules: the flows that
// it lists are exactly those that two replays in the kernel tell apart.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "compiler/frontend/compile.h"
#include "compiler/frontend/host_json.h"
#include "compiler/passes/assume_host.h"
#include "sim/build_packet.h"
#include "sim/bytes.h"
#include "sim/capture_writer.h"
#include "sim/concretise.h"
#include "tests/kernel/harness/lab.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kRulesOfEach = 250;

struct Pair {
  const char* name;
  const char* before;
  const char* after;
};

std::ostream& operator<<(std::ostream& out, const Pair& pair) { return out << pair.name; }

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// With a MAC address where whoever published the ruleset wrote none.
std::string with_macs(std::string text) {
  const std::string hidden = "XX:XX:XX:XX:XX:XX", some = "02:00:00:00:00:42";
  for (std::size_t at = 0; (at = text.find(hidden, at)) != std::string::npos;) text.replace(at, hidden.size(), some);
  return text;
}

fs::path rulesets() {
  const char* set = std::getenv("NFPROOF_CORPUS");
  return fs::path(set != nullptr ? set : NFPROOF_SOURCE_DIR "/../shared/corpus") / "rulesets";
}

/// A packet and the ends of its flow, whatever the direction.
struct Sent {
  ir::Packet fields;
  std::vector<std::uint8_t> bytes;
  bool local = false;

  /// Of the neighbour that sends it.
  [[nodiscard]] MacAddress mac() const {
    MacAddress address{};
    sim::store_number(address, 0, address.size(), fields.get_or(ir::FieldId::kEtherSaddr, 0x020000000007));
    return address;
  }

  [[nodiscard]] std::string flow() const {
    const auto end = [this](ir::u128 address, ir::FieldId port) {
      const bool ports = ir::is_present(fields, ir::Presence::kPorts);
      return ir::format_address(address, fields.family) + ' ' +
             std::to_string(ports ? static_cast<unsigned>(fields.get_or(port, 0)) : 0U);
    };
    const std::string a = end(fields.source(), ir::FieldId::kThSport);
    const std::string b = end(fields.destination(), ir::FieldId::kThDport);
    return ir::protocol_name(fields.protocol()) + ' ' + std::min(a, b) + ' ' + std::max(a, b);
  }
};

std::string flow_of(const Json& flow) {
  const auto port = [](const Json& value) { return std::to_string(value.is_null() ? 0U : value.get<unsigned>()); };
  const std::string a = flow["src"].get<std::string>() + ' ' + port(flow["sport"]);
  const std::string b = flow["dst"].get<std::string>() + ' ' + port(flow["dport"]);
  return flow["protocol"].get<std::string>() + ' ' + std::min(a, b) + ' ' + std::max(a, b);
}

/// Packets that fit rules: those of lines that only one of the rulesets has, and some of the others.
class TrafficForRules {
 public:
  TrafficForRules(const ir::Host& host, std::vector<Sent>& packets) : host_(host), packets_(packets) {}

  void add(const compiler::Compilation& rules, const std::set<std::string>& lines_of_other) {
    std::vector<ir::RuleRef> own, shared;
    for (std::size_t c = 0; c < rules.ruleset.chains.size(); ++c)
      for (std::uint32_t r = 0; r < rules.ruleset.chains[c].rules.size(); ++r) {
        const source::Span span = rules.ruleset.chains[c].rules[r].span;
        const std::string line(rules.sources.file(span.file).line(span.line));
        (lines_of_other.contains(line) ? shared : own).push_back({static_cast<ir::ChainId>(c), r});
      }
    std::mt19937_64 random(1);
    std::shuffle(own.begin(), own.end(), random);
    std::shuffle(shared.begin(), shared.end(), random);
    own.resize(std::min(own.size(), kRulesOfEach));
    shared.resize(std::min(shared.size(), kRulesOfEach));
    for (const auto& part : {own, shared})
      for (const ir::RuleRef ref : part) add_rule(rules.ruleset, ref);
  }

 private:
  void add_rule(const ir::Ruleset& ruleset, ir::RuleRef ref) {
    std::vector<ir::PredicateId> when;
    for (const ir::Condition& condition : ruleset.rule(ref)->when) when.push_back(condition.predicate);
    const auto& base = ruleset.chain(ref.chain).base;
    std::vector<std::optional<ir::Hook>> hooks = {ir::Hook::kInput, ir::Hook::kForward};
    if (base) hooks = {base->hook};
    for (const auto& hook : hooks) {
      const auto made = sim::concretise(ruleset.predicates, host_, {when, hook, ir::Family::kIpv4});
      if (made) add_flow(*made);
    }
  }

  /// Its first packet, the same again, and an answer.
  void add_flow(const sim::ConcretePacket& made) {
    ir::Packet first = made.packet;
    for (const std::string& choice : made.chosen)
      if (choice.starts_with("source port")) first.set(ir::FieldId::kThSport, 20000 + flows_ % 40000);
    ++flows_;
    add_packet(first, made.sent_by_host);
    add_packet(first, made.sent_by_host);
    if (made.sent_by_host || host_.is_local(first.destination(), first.family)) return;
    ir::Packet answer = first;
    answer.set(first.source_field(), first.destination());
    answer.set(first.destination_field(), first.source());
    answer.set(ir::FieldId::kThSport, first.get_or(ir::FieldId::kThDport, 0));
    answer.set(ir::FieldId::kThDport, first.get_or(ir::FieldId::kThSport, 0));
    if (first.protocol() == ir::kProtoTcp) answer.set(ir::FieldId::kTcpFlags, 0x12);
    if (first.protocol() == ir::kProtoIcmp) answer.set(ir::FieldId::kIcmpTypeCode, 0);
    const ir::Route* route = host_.route_to(answer.source(), answer.family);
    if (route == nullptr) return;
    answer.in = route->interface;
    add_packet(answer, false);
  }

  void add_packet(const ir::Packet& packet, bool local) {
    std::string problem;
    if (local && !host_.is_local(packet.source(), packet.family)) return;  // a capture shows a forwarded one there
    auto bytes = sim::build_packet(packet, problem);
    const ir::Interface* in = host_.find_interface(packet.in);
    if (!bytes || (!local && (in == nullptr || in->loopback))) return;
    packets_.push_back({packet, std::move(*bytes), local});
  }

  const ir::Host& host_;
  std::vector<Sent>& packets_;
  std::size_t flows_ = 0;
};

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
  for (const ir::Interface& interface : host.interfaces) {
    if (interface.loopback) continue;
    LabInterface& made = options.interfaces.emplace_back();
    made.name = interface.name;
    for (const ir::InterfaceAddress& own : interface.addresses)
      if (own.family == ir::Family::kIpv4)
        made.addresses.push_back(ir::format_address(own.address, own.family) + '/' + std::to_string(own.prefix));
  }
  for (const ir::Route& route : host.routes) {
    if (route.family != ir::Family::kIpv4 || is_connected(host, route)) continue;
    const std::string via = route.gateway ? ir::format_address(*route.gateway, route.family) : std::string();
    const std::string to = ir::format_address(route.destination, route.family) + '/' + std::to_string(route.prefix);
    options.routes.push_back({route.prefix == 0 ? "default" : to, via, route.interface});
  }
  return options;
}

/// What becomes of each packet in the kernel: in words, so that two replays can be compared.
void replay_in_kernel(const LabOptions& options, const std::string& ruleset, const std::vector<Sent>& packets,
                      std::vector<std::string>& fates) {
  std::string error;
  const auto lab = Lab::create(options, &error);
  ASSERT_TRUE(lab) << error;
  const ToolResult restored = lab->restore(Backend::kLegacy, Family::kIpv4, ruleset);
  ASSERT_TRUE(restored.ok()) << restored.err;
  std::vector<Packet> sent;
  for (const Sent& packet : packets)
    sent.push_back(packet.local ? Packet::local(packet.bytes)
                                : Packet::arriving_from(packet.fields.in, packet.mac(), packet.bytes));
  const Outcome outcome = lab->send(sent);
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  for (const Fate& fate : outcome.fates) {
    const bool through = fate.end == End::kDelivered || fate.end == End::kForwarded || fate.end == End::kSent;
    std::string text = through ? fate.out_interface + " gets " : "lost";
    if (through) text.append(fate.bytes.begin(), fate.bytes.end());
    fates.push_back(std::move(text));
  }
}

/// Files for the command line, gone with the object.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("nfproof-whatif-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

 private:
  fs::path path_;
};

void write_capture(const std::string& path, const std::vector<Sent>& packets) {
  sim::CaptureWriter writer(path, sim::LinkType::kEthernet, true);
  sim::Nanoseconds time = 1'700'000'000'000'000'000;
  for (const Sent& packet : packets) {
    std::array<std::uint8_t, 14> header = {2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 8, 0};
    const MacAddress mac = packet.mac();
    std::copy(mac.begin(), mac.end(), header.begin() + 6);
    sim::WrittenPacket written;
    written.link = sim::LinkType::kEthernet;
    written.link_header = header;
    written.ip = packet.bytes;
    written.time = time += 10'000;
    written.interface = packet.fields.in;
    written.direction = packet.local ? sim::Direction::kOutgoing : sim::Direction::kIncoming;
    writer.write(written);
  }
  ASSERT_TRUE(writer.close()) << writer.error();
}

Json run_whatif(const std::string& arguments) {
  std::FILE* pipe = popen((std::string(NFPROOF_PROGRAM) + " whatif --json " + arguments).c_str(), "r");
  std::string output;
  std::array<char, 65536> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), got);
  const int code = pclose(pipe);
  EXPECT_TRUE(WIFEXITED(code) && WEXITSTATUS(code) <= 1) << "exit " << code;
  return Json::parse(output, nullptr, false);
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

class WhatIfCorpus : public ::testing::TestWithParam<Pair> {};

TEST_P(WhatIfCorpus, ListsTheFlowsThatTheKernelTellsApart) {
  NFPROOF_NEEDS_KERNEL();
  const fs::path corpus = rulesets();
  if (!fs::exists(corpus / GetParam().before)) GTEST_SKIP() << "*** NOT TESTED: no corpus at " << corpus;
  const std::string before_text = with_macs(read_text(corpus / GetParam().before));
  const std::string after_text = with_macs(read_text(corpus / GetParam().after));
  compiler::Compilation old_rules, new_rules;
  compiler::add_text(old_rules, "old", before_text, {.family = ir::Family::kIpv4});
  compiler::add_text(new_rules, "new", after_text, {.family = ir::Family::kIpv4});
  compiler::finish(old_rules);
  compiler::finish(new_rules);
  const ir::Host host = compiler::assume_host(old_rules.ruleset);

  std::vector<Sent> packets;
  TrafficForRules traffic(host, packets);
  traffic.add(old_rules, lines_of(after_text));
  traffic.add(new_rules, lines_of(before_text));
  ASSERT_GT(packets.size(), 100U);

  std::vector<std::string> old_fates, new_fates;
  replay_in_kernel(lab_of(host), before_text, packets, old_fates);
  ASSERT_FALSE(HasFatalFailure());
  replay_in_kernel(lab_of(host), after_text, packets, new_fates);
  ASSERT_FALSE(HasFatalFailure());
  std::set<std::string> kernel, all;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    all.insert(packets[i].flow());
    if (old_fates[i] != new_fates[i]) kernel.insert(packets[i].flow());
  }

  const Folder folder;
  folder.write("addr.json", compiler::write_addr_json(host));
  folder.write("route.json", compiler::write_route_json(host));
  folder.write("old.v4", before_text);
  folder.write("new.v4", after_text);
  write_capture(folder / "traffic.pcapng", packets);
  const Json report =
      run_whatif((folder / "old.v4") + ' ' + (folder / "new.v4") + " -r " + (folder / "traffic.pcapng") + " --addr " +
                 (folder / "addr.json") + " --route " + (folder / "route.json"));
  ASSERT_TRUE(report.is_object());
  std::set<std::string> listed;
  for (const Json& group : report["groups"]) {
    // Refused by both, in another way: the replays in the kernel do not look at answers.
    if (group["old"]["verdict"] != "ACCEPT" && group["new"]["verdict"] != "ACCEPT") continue;
    for (const Json& flow : group["flows"]) listed.insert(flow_of(flow));
  }
  EXPECT_EQ(listed, kernel);
  std::cout << GetParam().name << ": " << packets.size() << " packets of " << all.size() << " flows, " << kernel.size()
            << " of them change their fate\n";
}

std::string pair_name(const ::testing::TestParamInfo<Pair>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(All, WhatIfCorpus,
                         ::testing::Values(Pair{"TumChair", "tum-chair/iptables-save-2015-05-15_15-11-14.v4",
                                                "tum-chair/iptables-save-2015-05-15_15-23-41.v4"},
                                           Pair{"MediumCompany",
                                                "medium-company/iptables-save.iptables_mainfw_30.01.2016.v4",
                                                "medium-company/iptables-save.iptables_mainfw_31.01.2016.v4"},
                                           Pair{"PsaLab", "psa-lab/team_a__iptables-save.2016-01-27.v4",
                                                "psa-lab/team_a__iptables-save.2016-03-02.v4"}),
                         pair_name);

}  // namespace
}  // namespace nfproof::testing
