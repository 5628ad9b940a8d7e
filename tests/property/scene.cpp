// SPDX-License-Identifier: Apache-2.0
// Rulesets, their analysis and their traffic for the property tests.
#include "tests/property/scene.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/oracle.h"

namespace nfproof::testing {
namespace {

ir::Family family_of(const std::string& address) {
  return address.find(':') == std::string::npos ? ir::Family::kIpv4 : ir::Family::kIpv6;
}

ir::InterfaceAddress parse_prefix(const std::string& text) {
  const auto slash = text.find('/');
  const ir::Family family = family_of(text);
  return {family, *ir::parse_address(text.substr(0, slash), family),
          static_cast<unsigned>(std::stoul(text.substr(slash + 1))), std::nullopt};
}

void add_interface(ir::Host& host, const TrafficInterface& made) {
  ir::Interface interface;
  interface.name = made.name;
  for (const std::string& address : made.addresses) {
    interface.addresses.push_back(parse_prefix(address));
    const ir::InterfaceAddress& own = interface.addresses.back();
    ir::Route connected;
    connected.family = own.family;
    connected.destination = own.address & ir::prefix_mask(own.prefix, ir::address_bits(own.family));
    connected.prefix = own.prefix;
    connected.interface = made.name;
    host.routes.push_back(connected);
  }
  host.interfaces.push_back(interface);
}

/// The destination address decides which kind of Ethernet address the packet is sent to.
WireBytes make_frame(const TrafficPacket& packet) {
  const bool v4 = packet.bytes[0] >> 4 == 4;
  const WireBytes to = wire_ends(packet.bytes).destination;
  WireBytes frame = {2, 0, 0, 0, 0, 1};
  if (v4 && to[3] == 255) frame = WireBytes(6, 0xff);
  if (v4 && to[0] >> 4 == 0xe) frame = {1, 0, 0x5e, static_cast<std::uint8_t>(to[1] & 0x7f), to[2], to[3]};
  if (!v4 && to[0] == 0xff) frame = {0x33, 0x33, to[12], to[13], to[14], to[15]};
  const auto source = packet.source_mac.value_or(std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, 2});
  frame.insert(frame.end(), source.begin(), source.end());
  frame.push_back(v4 ? 0x08 : 0x86);
  frame.push_back(v4 ? 0x00 : 0xdd);
  frame.insert(frame.end(), packet.bytes.begin(), packet.bytes.end());
  return frame;
}

std::string line_of(std::string_view text, std::uint32_t line) {
  std::size_t at = 0;
  for (std::uint32_t i = 1; i < line && at != std::string_view::npos; ++i) {
    at = text.find('\n', at);
    if (at != std::string_view::npos) ++at;
  }
  if (at == std::string_view::npos) return {};
  return std::string(text.substr(at, text.find('\n', at) - at));
}

std::string fate_text(const Scene& scene, const ir::Fate& fate) {
  return std::to_string(static_cast<int>(fate.verdict)) + " by " + scene.ruleset().chain(fate.decided_by.chain).name +
         " " + std::to_string(fate.decided_by.index + 1);
}

/// Why a witness does not replay, for people.
std::string refusal(const Scene& scene, const ir::Packet& packet, const analyzer::WitnessClaim& claim) {
  sim::WitnessOptions options;
  options.table = scene.ruleset().chain(claim.base).table;
  options.choice = [&claim](ir::RuleRef rule, ir::PredicateId predicate) {
    for (const analyzer::Choice& choice : claim.choices)
      if ((!choice.rule || *choice.rule == rule) && choice.predicate == predicate) return choice.answer;
    return false;
  };
  const sim::WitnessReplay replay = sim::replay_witness(scene.ruleset(), scene.host, packet, options);
  std::string text = ir::packet_expression(packet) + ": claimed " + fate_text(scene, claim.fate);
  if (!replay.buildable) return text + ", cannot be built: " + replay.problem;
  text += replay.fate ? ", is " + fate_text(scene, *replay.fate) : ", has no fate";
  if (claim.reaches) {
    const std::string& chain = scene.ruleset().chain(claim.reaches->chain).name;
    text += ", reaches " + chain + " " + std::to_string(claim.reaches->index + 1) +
            (replay.matched(*claim.reaches)   ? " matched"
             : replay.reached(*claim.reaches) ? " not matched"
                                              : " no");
  }
  if (claim.fits) {
    const std::string& chain = scene.ruleset().chain(claim.fits->chain).name;
    text += ", fits " + chain + " " + std::to_string(claim.fits->index + 1);
    const auto fits = sim::rule_fits(scene.ruleset(), scene.host, *claim.fits, packet, options);
    text += fits ? *fits ? " yes" : " no" : " cannot be built";
  }
  return text + ", choices " + std::to_string(claim.choices.size());
}

}  // namespace

ir::Host traffic_host() {
  ir::Host host;
  add_interface(host, {"lo", {"127.0.0.1/8", "::1/128"}});
  host.interfaces.back().loopback = true;
  for (const TrafficInterface& made : traffic_interfaces()) add_interface(host, made);
  for (const TrafficRoute& made : traffic_routes()) {
    ir::Route route;
    route.family = family_of(made.via);
    route.gateway = ir::parse_address(made.via, route.family);
    route.interface = made.interface;
    host.routes.push_back(route);
  }
  return host;
}

std::string Scene::problems() const {
  std::string text;
  if (!compilation.diagnostics.has_errors()) return text;
  for (const auto& diagnostic : compilation.diagnostics.all())
    text += "line " + std::to_string(diagnostic.span.line) + ": " + diagnostic.message + "\n";
  return text;
}

std::unique_ptr<Scene> make_scene(std::string text, ir::Family family) {
  auto scene = std::make_unique<Scene>();
  scene->host = traffic_host();
  compiler::add_text(scene->compilation, "random", std::move(text), {.family = family});
  compiler::finish(scene->compilation);
  return scene;
}

std::unique_ptr<Scene> make_scene(std::string v4, std::string v6) {
  auto scene = std::make_unique<Scene>();
  scene->host = traffic_host();
  compiler::add_text(scene->compilation, "random.v4", std::move(v4), {.family = ir::Family::kIpv4});
  compiler::add_text(scene->compilation, "random.v6", std::move(v6), {.family = ir::Family::kIpv6});
  compiler::finish(scene->compilation);
  return scene;
}

analyzer::AnalyzeResult analyze_scene(const Scene& scene) {
  analyzer::AnalyzeOptions options;
  options.host = &scene.host;
  std::vector<std::string> reasons;
  const auto oracle = cli::make_oracle(scene.ruleset(), scene.host);
  options.oracle = [&](const ir::Packet& packet, const analyzer::WitnessClaim& claim) {
    const bool good = oracle(packet, claim);
    if (!good) reasons.push_back(refusal(scene, packet, claim));
    return good;
  };
  analyzer::AnalyzeResult result = analyzer::analyze(scene.ruleset(), options);
  if (!result.internal_errors.empty())
    for (const std::string& reason : reasons) result.internal_errors.push_back("  refused: " + reason);
  return result;
}

Claims claims_of(const Scene& scene, const analyzer::AnalyzeResult& result) {
  Claims claims;
  for (const analyzer::Finding& finding : result.findings) {
    if (finding.id == "NF104") {
      const auto size = static_cast<std::uint32_t>(scene.ruleset().chain(finding.chain).rules.size());
      for (std::uint32_t i = 0; i < size; ++i) claims.dead.insert({finding.chain, i});
    }
    if (!finding.rule) continue;
    if (finding.id == "NF101" || finding.id == "NF103" || finding.id == "NF106") claims.dead.insert(*finding.rule);
    if (finding.id == "NF105") claims.useless.insert(*finding.rule);
    if (finding.id == "NF102") claims.redundant.insert(*finding.rule);
  }
  claims.useless.insert(claims.dead.begin(), claims.dead.end());
  return claims;
}

std::string without_rules(const Scene& scene, std::string_view text, const std::set<ir::RuleRef>& rules) {
  std::set<std::uint32_t> lines;
  for (const ir::RuleRef rule : rules) lines.insert(scene.ruleset().rule(rule)->span.line);
  std::string left;
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (!lines.contains(line)) left += text.substr(at, end - at);
    at = end;
  }
  return left;
}

sim::Result inject(sim::Simulator& simulator, const TrafficPacket& packet, sim::Nanoseconds time) {
  if (packet.local)
    return simulator.inject({.data = packet.bytes}, {.in = {}, .time = time, .direction = sim::Direction::kOutgoing});
  const WireBytes frame = make_frame(packet);
  return simulator.inject({.data = frame, .link = sim::LinkType::kEthernet},
                          {.in = packet.interface, .time = time, .direction = sim::Direction::kIncoming});
}

std::string describe(const Scene& scene, std::string_view text, ir::RuleRef ref) {
  const ir::Rule* rule = scene.ruleset().rule(ref);
  const std::string place = scene.ruleset().chain(ref.chain).name + " " + std::to_string(ref.index + 1);
  return rule == nullptr ? place + " (policy)" : place + ": " + line_of(text, rule->span.line);
}

}  // namespace nfproof::testing
