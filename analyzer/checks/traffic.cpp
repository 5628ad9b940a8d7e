// SPDX-License-Identifier: Apache-2.0
// Traffic as accesses and as packets.
#include "analyzer/checks/traffic.h"

#include <algorithm>

#include "analyzer/checks/rule_facts.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::u128;
using ir::ValueSet;

constexpr std::size_t kMostInterfaces = 24;
constexpr std::uint16_t kClientPort = 40007;
constexpr std::uint16_t kUnnamedPort = 54321;

bool has_ports(std::uint8_t protocol) { return protocol == ir::kProtoTcp || protocol == ir::kProtoUdp; }

u128 own_address(const Analysis& analysis, ir::Family family) {
  const bool v4 = family == ir::Family::kIpv4;
  if (analysis.options().host != nullptr)
    for (const ir::Interface& interface : analysis.options().host->interfaces)
      for (const ir::InterfaceAddress& own : interface.addresses)
        if (own.family == family && !interface.loopback) return own.address;
  return v4 ? u128{0xC6336408} : (u128{0x20010db8} << 96) | (u128{0x77} << 64) | 8U;
}

ir::CtState state_of(Moment moment) {
  switch (moment) {
    case Moment::kNewConnection:
    case Moment::kTranslated: return ir::CtState::kNew;
    case Moment::kEstablished:
    case Moment::kReply: return ir::CtState::kEstablished;
    case Moment::kRelated: return ir::CtState::kRelated;
    case Moment::kUntracked: return ir::CtState::kUntracked;
  }
  return ir::CtState::kNew;
}

void set_connection(ir::Packet& packet, Moment moment) {
  ir::clear_connection(packet);
  packet.set(FieldId::kCtState, static_cast<u128>(state_of(moment)));
  if (moment == Moment::kUntracked) return;
  packet.set(FieldId::kCtDirection, moment == Moment::kReply || moment == Moment::kRelated ? 1 : 0);
  if (moment == Moment::kTranslated) packet.set(FieldId::kCtStatus, ir::kIpsDstNat);
}

void set_transport(ir::Packet& packet, const Traffic& traffic) {
  packet.set(FieldId::kL4Proto, traffic.protocol);
  if (traffic.moment == Moment::kUntracked) packet.set(FieldId::kIp6HopLimit, 255);
  if (has_ports(traffic.protocol)) {
    packet.set(FieldId::kThSport, traffic.sport.value_or(kClientPort));
    packet.set(FieldId::kThDport, traffic.dport.value_or(kUnnamedPort));
  }
  const bool fresh = traffic.moment == Moment::kNewConnection || traffic.moment == Moment::kTranslated ||
                     traffic.moment == Moment::kRelated;
  if (traffic.protocol == ir::kProtoTcp) packet.set(FieldId::kTcpFlags, fresh ? 2 : 16);
  if (traffic.icmp) {
    const bool v4 = packet.family == ir::Family::kIpv4;
    packet.set(v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode, traffic.icmp->lo);
  }
}

std::vector<std::string> links(const Analysis& analysis, const Traffic& traffic) {
  if (traffic.on_loopback) return {"lo"};
  std::vector<std::string> names = analysis.structure().interfaces.mentioned();
  names.resize(std::min(names.size(), kMostInterfaces));
  names.push_back(analysis.structure().interfaces.fresh());
  return names;
}

}  // namespace

const std::vector<u128>& strangers(ir::Family family) {
  static const std::vector<u128> kFour = {0xC6336447, 0x2D530C09, 0x65CC0309, 0xA0138201, 0x08080404};
  static const auto kSix = [] {
    const auto made = [](std::uint64_t high, std::uint64_t low) { return (u128{high} << 64) | low; };
    return std::vector{made(0x20010db800770000, 7), made(0x2a0104f800020000, 0x17), made(0x2600'1f00'0000'0000, 9),
                       made(0x2400cb0000000000, 0x12), made(0x2001067c00000000, 0x21)};
  }();
  return family == ir::Family::kIpv4 ? kFour : kSix;
}

Access Traffic::access(ir::Family family) const {
  const bool v4 = family == ir::Family::kIpv4;
  Access access;
  access.on_loopback = on_loopback;
  const auto demand = [&](FieldId field, ValueSet values) {
    access.when.push_back(access.pool.add(ir::FieldTest{field, 0, false, std::move(values)}));
  };
  demand(FieldId::kL4Proto, ValueSet::of_value(protocol));
  if (sport) demand(FieldId::kThSport, ValueSet::of_value(*sport));
  if (dport) demand(FieldId::kThDport, ValueSet::of_value(*dport));
  const ValueSet client = ValueSet::of_range(1024, 65535);
  const bool ports = has_ports(protocol);
  if (ports && !sport && moment == Moment::kNewConnection) demand(FieldId::kThSport, client);
  if (ports && !dport && moment == Moment::kReply) demand(FieldId::kThDport, client);
  if (icmp) demand(v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode, ValueSet::of_range(icmp->lo, icmp->hi));
  if (moment == Moment::kUntracked) demand(FieldId::kIp6HopLimit, ValueSet::of_value(255));
  if (source) demand(v4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr, ValueSet::of_value(*source));
  if (destination) demand(v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr, ValueSet::of_value(*destination));
  if (!in.empty()) demand(FieldId::kIifname, ValueSet::of_interfaces({{in, false}}));
  if (!out.empty()) demand(FieldId::kOifname, ValueSet::of_interfaces({{out, false}}));
  return access;
}

std::vector<Candidate> packets_of(Analysis& analysis, ir::Family family, const Traffic& traffic) {
  HookPaths& paths = analysis.paths(family);
  const auto chains = paths.chains(traffic.way);
  std::vector<Candidate> packets;
  if (chains.empty()) return packets;
  const ir::ChainId entry = paths.filter_chain(traffic.way).value_or(chains.back());
  const auto plain = paths.context().maker.make(entry, {}, 0);
  if (!plain) return packets;
  const bool v4 = family == ir::Family::kIpv4;
  const u128 loopback = v4 ? u128{0x7F000001} : u128{1};
  const u128 own = traffic.on_loopback ? loopback : own_address(analysis, family);
  const auto& others = strangers(family);
  const auto add = [&](const std::string& in, const std::string& out, u128 source, u128 destination) {
    Candidate made = *plain;
    ir::Packet& packet = made.packet;
    packet.in = in;
    packet.out = out;
    packet.set(packet.source_field(), traffic.source.value_or(source));
    packet.set(packet.destination_field(), traffic.destination.value_or(destination));
    if (in.empty() || in == "lo") packet.clear(FieldId::kEtherSaddr);
    set_transport(packet, traffic);
    set_connection(packet, traffic.moment);
    paths.context().maker.complete(packet, false);
    made.choices = analysis.everyday_choices();
    packets.push_back(std::move(made));
  };
  const std::vector<std::string> names = links(analysis, traffic);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& in = traffic.in.empty() ? names[i] : traffic.in;
    const std::string& next = names[(i + 1) % names.size()];
    const std::string& other = !traffic.out.empty() ? traffic.out : next != in ? next : names[(i + 2) % names.size()];
    for (std::size_t s = 0; s < (traffic.source || traffic.on_loopback ? 1 : 2); ++s) {
      const u128 stranger = traffic.on_loopback ? loopback : others[s];
      if (traffic.way == Way::kIn) add(in, "", stranger, own);
      if (traffic.way == Way::kOut) add("", traffic.out.empty() ? names[i] : traffic.out, own, stranger);
      if (traffic.way == Way::kThrough) add(in, other, stranger, others[s + 2]);
    }
    if (!traffic.in.empty() && traffic.way == Way::kIn) break;
    if (!traffic.out.empty() && traffic.way == Way::kOut) break;
  }
  return packets;
}

bool some_pass(Analysis& analysis, ir::Family family, const Traffic& traffic) {
  HookPaths& paths = analysis.paths(family);
  for (const Candidate& packet : packets_of(analysis, family, traffic))
    if (!paths.walk(packet, traffic.way)) return true;
  return paths.can_pass(traffic.access(family), traffic.way, traffic.moment) == Outcome::kSat;
}

std::optional<Refusal> all_refused(Analysis& analysis, const CheckInfo& info, ir::Family family,
                                   const Traffic& traffic) {
  HookPaths& paths = analysis.paths(family);
  const auto packets = packets_of(analysis, family, traffic);
  std::optional<Refusal> refusal;
  for (const Candidate& packet : packets) {
    auto stopped = paths.walk(packet, traffic.way);
    if (!stopped) return std::nullopt;
    if (!refusal && !stopped->too_long) refusal = std::move(stopped);
  }
  if (!refusal) return std::nullopt;
  const Outcome outcome = paths.can_pass(traffic.access(family), traffic.way, traffic.moment);
  if (outcome == Outcome::kUnknown)
    analysis.undecided(info, refusal->witness.claim.fate.decided_by, "the solver gave up within its time limit");
  if (outcome != Outcome::kUnsat) return std::nullopt;
  return refusal;
}

bool family_lives(Analysis& analysis, ir::Family family) {
  auto& known = analysis.lives(family);
  if (known) return *known;
  const auto passes = [&](Way way, Moment moment, std::uint8_t protocol) {
    Traffic traffic;
    traffic.way = way;
    traffic.moment = moment;
    traffic.protocol = protocol;
    return some_pass(analysis, family, traffic);
  };
  known = false;
  for (const std::uint8_t protocol : {ir::kProtoTcp, ir::kProtoUdp})
    known = *known || passes(Way::kIn, Moment::kNewConnection, protocol) ||
            (passes(Way::kOut, Moment::kNewConnection, protocol) && passes(Way::kIn, Moment::kReply, protocol));
  return *known;
}

bool accepts_port(const Analysis& analysis, ir::Family family, Way way, std::uint8_t protocol, std::uint16_t port) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const CallGraph& graph = analysis.structure().graph;
  const ir::Hook hook = way == Way::kIn ? ir::Hook::kInput : way == Way::kOut ? ir::Hook::kOutput : ir::Hook::kForward;
  bool found = false;
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    if (found || rule.verdict.kind != ir::VerdictKind::kAccept || !ruleset.filters(ref.chain)) return;
    const auto ports = named_ports(ruleset, rule);
    if (std::find(ports.begin(), ports.end(), Port{protocol, port}) == ports.end()) return;
    const auto bases = graph.bases(ruleset, ref.chain);
    found = std::any_of(bases.begin(), bases.end(),
                        [&](ir::ChainId base) { return ruleset.chain(base).base->hook == hook; });
  });
  return found;
}

Finding refusal_finding(Analysis& analysis, const CheckInfo& info, const Refusal& refusal, std::string message) {
  const ir::RuleRef decided = refusal.witness.claim.fate.decided_by;
  const bool by_rule = analysis.ruleset().rule(decided) != nullptr;
  Finding finding = by_rule ? analysis.at_rule(info, decided, std::move(message))
                            : analysis.at_chain(info, decided.chain, std::move(message));
  finding.because.push_back(
      analysis.because(decided, by_rule ? "refuses this packet" : "refuses what no rule accepts"));
  finding.witness = refusal.witness;
  finding.proved = true;
  return finding;
}

}  // namespace nfproof::analyzer
