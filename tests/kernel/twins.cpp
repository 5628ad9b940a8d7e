// SPDX-License-Identifier: Apache-2.0
// Twins: a lab and a simulator that know the same host.
#include "tests/kernel/twins.h"

#include <cstdlib>
#include <random>
#include <utility>

#include "tests/kernel/harness/process.h"
#include "tests/sim/scene.h"
#include "tests/support/random_packet.h"

namespace nfproof::testing {
namespace {

LabOptions lab_options(bool observe, bool answers, const std::string& ipset) {
  LabOptions options;
  options.ipset = ipset;
  for (const TrafficInterface& interface : traffic_interfaces())
    options.interfaces.push_back({interface.name, interface.addresses});
  for (const TrafficRoute& route : traffic_routes()) options.routes.push_back({route.to, route.via, route.interface});
  options.observe = observe;
  options.answers = answers;
  return options;
}

WireBytes make_frame(const Lab& lab, const TwinPacket& packet) {
  const MacAddress to = lab.mac(packet.interface), from = lab.peer_mac(packet.interface);
  WireBytes frame(to.begin(), to.end());
  frame.insert(frame.end(), from.begin(), from.end());
  const bool v4 = packet.bytes[0] >> 4 == 4;
  frame.push_back(v4 ? 0x08 : 0x86);
  frame.push_back(v4 ? 0x00 : 0xdd);
  frame.insert(frame.end(), packet.bytes.begin(), packet.bytes.end());
  return frame;
}

}  // namespace

Twins::Twins(const std::string& ruleset, bool v6, bool observe, bool answers, const std::string& ipset)
    : v6_(v6), host_(scene_host()) {
  const ir::Family family = v6 ? ir::Family::kIpv6 : ir::Family::kIpv4;
  compiler::add_text(compilation_, "twins", ruleset, {.family = family});
  if (!ipset.empty())
    compiler::add_text(compilation_, "sets", ipset, {.family = family, .format = compiler::Format::kIpsetSave});
  compiler::finish(compilation_);
  for (const auto& diagnostic : compilation_.diagnostics.all())
    if (compilation_.diagnostics.has_errors())
      problem_ += "line " + std::to_string(diagnostic.span.line) + ": " + diagnostic.message + "\n";
  if (!problem_.empty()) return;
  lab_ = Lab::create(lab_options(observe, answers, ipset), &problem_);
  if (!lab_) return;
  const ToolResult load = lab_->restore(Backend::kLegacy, v6 ? Family::kIpv6 : Family::kIpv4, ruleset);
  if (!load.ok()) problem_ = "not loaded: " + load.err + ruleset;
}

Outcome Twins::send(const std::vector<TwinPacket>& packets) {
  std::vector<Packet> wanted;
  for (const TwinPacket& packet : packets) {
    packets_.push_back(packet);
    frames_.push_back(packet.interface.empty() ? packet.bytes : make_frame(*lab_, packet));
    wanted.push_back(packet.interface.empty() ? Packet::local(packet.bytes)
                                              : Packet::frame(packet.interface, frames_.back()));
    wanted.back().at = packet.at;
  }
  Outcome outcome = lab_->send(wanted);
  for (const auto time : outcome.sent) sent_.push_back(time.time_since_epoch().count());
  return outcome;
}

std::vector<sim::Result> Twins::simulate(sim::SimOptions options, std::chrono::milliseconds late, std::uint64_t seed) {
  options.sets = &compilation_.sets;
  simulator_ = std::make_unique<sim::Simulator>(compilation_.ruleset, host_, std::move(options));
  std::mt19937_64 random(seed);
  const std::int64_t most = std::chrono::nanoseconds(late).count() + 1;
  std::vector<sim::Result> results;
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    const bool local = packets_[i].interface.empty();
    const sim::Nanoseconds time = sent_[i] + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most));
    results.push_back(
        simulator_->inject({.data = frames_[i], .link = local ? sim::LinkType::kRawIp : sim::LinkType::kEthernet},
                           {.in = packets_[i].interface,
                            .time = time,
                            .direction = local ? sim::Direction::kOutgoing : sim::Direction::kIncoming}));
  }
  return results;
}

std::vector<TwinCounter> Twins::counters() {
  const ir::Ruleset& ruleset = compilation_.ruleset;
  std::vector<TwinCounter> counters;
  const ToolResult saved = lab_->save(Backend::kLegacy, v6_ ? Family::kIpv6 : Family::kIpv4);
  for (const RuleCounter& counter : read_counters(saved.out)) {
    const auto table = ruleset.find_table(v6_ ? ir::Family::kIpv6 : ir::Family::kIpv4, counter.table);
    const auto chain = table ? ruleset.find_chain(*table, counter.chain) : std::nullopt;
    if (!chain) continue;
    const auto size = static_cast<std::uint32_t>(ruleset.chain(*chain).rules.size());
    const std::uint32_t index = counter.rule == 0 ? size : static_cast<std::uint32_t>(counter.rule - 1);
    counters.push_back({counter, simulator_->counters({*chain, index})});
  }
  return counters;
}

std::uint32_t kernel_hz() {
  const ToolResult config = run_tool({"sh", "-c", "zcat /proc/config.gz || cat /boot/config-$(uname -r)"});
  const auto at = config.out.find("\nCONFIG_HZ=");
  return at == std::string::npos ? 250 : static_cast<std::uint32_t>(std::atoi(config.out.c_str() + at + 11));
}

std::string disagreements(const std::vector<TwinCounter>& counters) {
  std::string text;
  for (const TwinCounter& counter : counters)
    if (!counter.agree())
      text += "  kernel " + describe(counter.kernel) + "\n  sim    [" + std::to_string(counter.simulated.packets) +
              ":" + std::to_string(counter.simulated.bytes) + "]\n";
  return text;
}

}  // namespace nfproof::testing
