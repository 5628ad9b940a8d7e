// SPDX-License-Identifier: Apache-2.0
// A packet of a region: from the top of its diagram down, each time the most ordinary value that some packet of the
// region has.
#include <algorithm>

#include "analyzer/paths/candidate.h"
#include "analyzer/paths/header_sizes.h"
#include "analyzer/regions/engine.h"
#include "compiler/ir/reverse_path.h"

namespace nfproof::analyzer::regions {

using ir::FieldId;
using ir::u128;

namespace {

/// Addresses of an interface and its neighbours, then of everybody.
std::vector<u128> addresses(const ir::Host* host, ir::Family family, const std::string& interface, bool own,
                            bool source) {
  const bool v4 = family == ir::Family::kIpv4;
  std::vector<u128> found;
  if (host != nullptr)
    for (const bool same : {true, false})
      for (const ir::Interface& each : host->interfaces) {
        if (each.loopback || (each.name == interface) != same) continue;
        for (const ir::InterfaceAddress& address : each.addresses) {
          if (address.family != family) continue;
          if (own) {
            found.push_back(address.address);
            continue;
          }
          const u128 mask = ir::prefix_mask(address.prefix, v4 ? 32 : 128);
          const u128 neighbour = (address.address & mask) | (u128{77} & ~mask);
          if (same && neighbour != address.address && address.prefix < (v4 ? 30 : 126)) found.push_back(neighbour);
        }
      }
  if (v4)
    for (const u128 value : {u128{0xC6336407}, u128{0xCB00714D}, u128{0xC0000221}, u128{0x08080404}, u128{0x0A4D4D4D}})
      found.push_back(value + (source ? 0 : 1));
  else
    for (const u128 low : {u128{0x77}, u128{0xabcd}})
      found.push_back((u128{0x20010db8} << 96) | (low << 64) | (source ? 7U : 8U));
  return found;
}

}  // namespace

/// Gives the fields that masks with holes test a value of the same class that fits them; false: none was found.
bool Engine::fit_holes(Specimen& found) const {
  for (Variable variable = 0; variable < found.atoms.size(); ++variable) {
    const auto& holes = space.info(variable).holes;
    if (!holes || !found.atoms[variable]) continue;
    const auto field = space.variables_of(holes->field)[0];
    const auto fits = [&](u128 value) {
      for (Variable other = 0; other < found.atoms.size(); ++other)
        if (const auto& test = space.info(other).holes; test && found.atoms[other] && test->field == holes->field)
          if (test->values.contains(value) != (*found.atoms[other] == 1)) return false;
      return !found.atoms[field] || space.atom_of(field, value) == *found.atoms[field];
    };
    const u128 now = found.packet.get_or(holes->field, 0);
    std::vector<u128> candidates{now};
    for (const ir::Masked& masked : *holes->values.masks()) {
      const u128 kept = now & ~masked.mask;
      candidates.push_back(kept | masked.value);
      candidates.push_back(kept | (masked.value ^ (masked.mask & (~masked.mask + 1))));
      if (found.atoms[field])
        for (const ir::Interval& range : space.info(field).classes[*found.atoms[field]])
          for (const u128 end : {range.lo, range.hi}) {
            candidates.push_back((end & ~masked.mask) | masked.value);
            candidates.push_back(end);
          }
    }
    const auto good = std::find_if(candidates.begin(), candidates.end(), fits);
    if (good == candidates.end()) return false;
    found.packet.set(holes->field, *good);
  }
  return true;
}

std::vector<u128> Engine::wishes(const VariableInfo& info, HostWay way, const ir::Packet& so_far) const {
  const auto names = [&] {
    std::vector<u128> found;
    if (names_ != nullptr)
      for (const ir::Interface& interface : names_->interfaces)
        if (!interface.loopback) found.push_back(space.interfaces().index_of(interface.name));
    for (const std::string& name : space.interfaces().mentioned()) found.push_back(space.interfaces().index_of(name));
    found.push_back(space.interfaces().index_of(space.interfaces().fresh()));
    return found;
  };
  const bool fresh = so_far.ct_state() == ir::CtState::kNew;
  switch (info.field) {
    case FieldId::kIifname: return names();
    case FieldId::kOifname: {  // rather another one than it came in by
      auto found = names();
      std::stable_partition(found.begin(), found.end(), [&](u128 index) {
        return space.interfaces().name(static_cast<std::size_t>(index)) != so_far.in;
      });
      return found;
    }
    case FieldId::kCtState: return {0, 1, 2, 3, 4};
    case FieldId::kIpSaddr:
    case FieldId::kIp6Saddr:
      return addresses(names_, space.family(), way == HostWay::kOutput ? so_far.out : so_far.in,
                       way == HostWay::kOutput, true);
    case FieldId::kIpDaddr:
    case FieldId::kIp6Daddr:
      return addresses(names_, space.family(), way == HostWay::kInput ? so_far.in : so_far.out, way == HostWay::kInput,
                       false);
    case FieldId::kL4Proto: {
      const bool v4 = space.family() == ir::Family::kIpv4;
      return {6, 17, v4 ? ir::kProtoIcmp : ir::kProtoIcmp6, 47, 132, 50};
    }
    case FieldId::kThSport: return {40007, 51234, 33333, 999};
    case FieldId::kThDport: return {54321, 38383, 11117, 777};
    case FieldId::kTcpFlags: return fresh ? std::vector<u128>{2, 16} : std::vector<u128>{16, 24, 2};
    case FieldId::kIcmpTypeCode: return {8U << 8U, 0};
    case FieldId::kIcmp6TypeCode: return {128U << 8U, 135U << 8U};
    case FieldId::kIpFragOffset:
    case FieldId::kIp6FragOffset: return {0, 100};
    case FieldId::kIpTtl:
    case FieldId::kIp6HopLimit: return {64, 63};
    case FieldId::kLength: return {80, 100, 60, 40, 1500};
    case FieldId::kEtherSaddr: return {0x020000000001};
    case FieldId::kSaddrType:
    case FieldId::kDaddrType: return {2, 4};
    case FieldId::kCtStatus: return {fresh ? 0U : ir::kIpsSeenReply | ir::kIpsAssured | ir::kIpsConfirmed};
    case FieldId::kCtExpiration: return {120};
    default: return {0};
  }
}

/// Neighbour discovery and listener reports go untracked by themselves (nf_conntrack_proto_icmpv6.c).
void Engine::untrack_discovery(Ref region, Specimen& found) const {
  const auto type = found.packet.get(FieldId::kIcmp6TypeCode).value_or(0) >> 8U;
  const bool discovery = (type >= 130 && type <= 136) || type == 143;
  if (!discovery || found.packet.ct_state() != ir::CtState::kInvalid) return;
  const Variable state = space.variables_of(FieldId::kCtState)[0];
  Specimen trial = found;
  trial.atoms[state] = space.atom_of(state, static_cast<u128>(ir::CtState::kUntracked));
  Ref at = region;
  while (!is_terminal(at)) {
    const auto atom = trial.atoms[space.store().variable_of(at)];
    if (!atom) return;
    at = space.store().child(at, *atom);
  }
  if (at == kNo) return;
  trial.packet.set(FieldId::kCtState, static_cast<u128>(ir::CtState::kUntracked));
  found = std::move(trial);
}

/// Is it the answer after something changed? Such a one no packet shows from the beginning.
static bool is_later(const VariableInfo& info) { return info.key.find(" after ") != std::string::npos; }

/// Tests of fields in headers: only where those are.
void Engine::answer_headers(Specimen& found) const {
  for (Variable variable = 0; variable < found.atoms.size(); ++variable)
    for (const AnswerUse& use : space.uses(variable)) {
      if (!use.header || is_later(space.info(variable)) || !found.atoms[variable]) continue;
      const bool there = !found.atoms[*use.header] || *found.atoms[*use.header] == 1;
      found.choices[use.side].push_back(
          {use.rule, use.predicate, there && (*found.atoms[variable] == 1) != use.inverted});
    }
}

/// What `rpfilter` answers where that follows from the packet and from what `fib` answers.
void Engine::answer_reverse_paths(Specimen& found) const {
  const auto holds = [&](const ir::FieldTest& test) {
    const ir::Packet& packet = found.packet;
    if (test.field == FieldId::kIifname) return test.values.contains(std::string_view(packet.in)) != test.negated;
    u128 value = packet.get_or(test.field, 0);
    if (test.field == FieldId::kSaddrType && space.host() != nullptr) {
      const bool by_interface = test.argument == static_cast<std::uint16_t>(ir::AddrTypeScope::kInputInterface);
      value = space.host()->address_type(packet.source(), packet.family,
                                         by_interface ? std::string_view(packet.in) : std::string_view());
    }
    return test.values.contains(value) != test.negated;
  };
  for (Variable variable = 0; variable < found.atoms.size(); ++variable)
    for (const AnswerUse& use : space.uses(variable)) {
      if (!use.derived || is_later(space.info(variable))) continue;
      const auto* test = std::get_if<ir::FieldTest>(&sides_[use.side]->ruleset().predicates[use.predicate]);
      if (test == nullptr) continue;
      bool answer = found.atoms[variable] && *found.atoms[variable] == 1;
      for (const ir::ReversePathCase& each : ir::reverse_path_cases(space.family(), test->argument))
        if (std::all_of(each.when.begin(), each.when.end(), holds)) answer = each.answer;
      found.choices[use.side].push_back({use.rule, use.predicate, answer});
    }
}

Specimen Engine::specimen(Ref region, HostWay way) const {
  const DiagramStore& store = space.store();
  Specimen found;
  found.atoms.resize(store.variables());
  found.choices.resize(sides_.size());
  ir::Packet& packet = found.packet;
  packet.family = space.family();
  packet.hook = way == HostWay::kOutput ? ir::Hook::kOutput : ir::Hook::kPrerouting;
  const auto write = [&](Variable variable, Atom atom) {
    const VariableInfo& info = space.info(variable);
    const bool absent = info.may_be_absent && atom == kAbsent;
    const auto wished = wishes(info, way, packet);
    u128 wish = wished.front();
    for (const u128 each : wished)
      if (!absent && space.atom_of(variable, each) == atom) {
        wish = each;
        break;
      }
    if (info.field == FieldId::kIifname || info.field == FieldId::kOifname) {
      const auto index = static_cast<std::size_t>(space.value_of(variable, atom, wish));
      (info.field == FieldId::kIifname ? packet.in : packet.out) = space.interfaces().name(index);
      return;
    }
    const bool type = info.field == FieldId::kSaddrType || info.field == FieldId::kDaddrType;
    if (info.field == FieldId::kTcpOption || (type && info.argument != 0)) {
      found.certain = false;
      return;
    }
    if (absent) return;
    const u128 value = space.value_of(variable, atom, wish);
    packet.set(info.field, info.kind == VariableInfo::Kind::kBits ? packet.get_or(info.field, 0) | value : value);
  };
  Ref at = region;
  for (Variable variable = 0; variable < store.variables(); ++variable) {
    const VariableInfo& info = space.info(variable);
    const bool asked = store.variable_of(at) == variable;
    const bool field = info.kind == VariableInfo::Kind::kValues || info.kind == VariableInfo::Kind::kBits;
    const auto good = [&](Atom atom) { return !asked || store.child(at, atom) != kNo; };
    std::optional<Atom> chosen;
    if (field && !(info.may_be_absent && !asked))
      for (const u128 wish : wishes(info, way, packet))
        if (const Atom atom = space.atom_of(variable, wish); !chosen && good(atom)) chosen = atom;
    if (!chosen && asked) {
      Atom first = 0;
      for (const Edge& edge : store.edges(at)) {
        if (edge.to != kNo) {
          chosen = first;
          break;
        }
        first = edge.last + 1;
      }
    }
    if (!chosen) continue;
    if (asked) at = store.child(at, *chosen);
    found.atoms[variable] = chosen;
    if (field) {
      write(variable, *chosen);
    } else if (asked) {
      const bool shown = info.kind == VariableInfo::Kind::kAnswer && !is_later(info);
      found.certain = found.certain && shown;
      for (const AnswerUse& use : space.uses(variable))
        if (shown && !use.derived && !use.header)
          found.choices[use.side].push_back({use.rule, use.predicate, *chosen == 1});
    }
  }
  answer_reverse_paths(found);
  answer_headers(found);
  found.certain = fit_holes(found) && found.certain;
  // What no rule asks for.
  for (const FieldId field :
       {FieldId::kThSport, FieldId::kThDport, FieldId::kTcpFlags, FieldId::kIcmpTypeCode, FieldId::kIcmp6TypeCode}) {
    VariableInfo info;
    info.field = field;
    if (!packet.get(field) && ir::is_present(packet, ir::field_info(field).presence))
      packet.set(field, wishes(info, way, packet).front());
  }
  untrack_discovery(region, found);
  const CandidateMaker maker(sides_[0]->ruleset(), space.family(), space.host(), space.interfaces());
  maker.complete(packet, false);
  const FieldId length = FieldId::kLength;
  packet.set(length,
             std::max<u128>(packet.get_or(length, 0), space.variables_of(length).empty() ? least_length(packet) : 0));
  return found;
}

}  // namespace nfproof::analyzer::regions
