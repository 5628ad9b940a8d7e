// SPDX-License-Identifier: Apache-2.0
// Finds the public side and sends strangers against it.
#include "analyzer/checks/public_side.h"

#include <algorithm>

#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::u128;

constexpr std::size_t kMostInterfaces = 8;

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::vector<std::string> by_route(const Analysis& analysis, ir::Family family) {
  std::vector<std::string> names;
  const ir::Host* host = analysis.options().host;
  if (host == nullptr || host->assumed) return names;
  for (const ir::Route& route : host->routes)
    if (route.family == family && route.prefix == 0) add_once(names, route.interface);
  return names;
}

std::vector<std::string> by_translation(const Analysis& analysis, ir::Family family) {
  std::vector<std::string> names;
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    const auto* nat = effect_of<ir::Nat>(rule);
    if (nat == nullptr || is_managed(analysis.ruleset(), ref)) return;
    if (nat->kind != ir::Nat::Kind::kMasquerade && nat->kind != ir::Nat::Kind::kSnat) return;
    const auto* out = test_on(analysis.ruleset(), rule, FieldId::kOifname);
    if (out == nullptr || out->negated || out->values.interfaces() == nullptr) return;
    for (const ir::InterfacePattern& pattern : *out->values.interfaces())
      if (!pattern.wildcard) add_once(names, pattern.name);
  });
  return names;
}

PublicSide find_public_side(const Analysis& analysis, ir::Family family) {
  for (const auto& names : {by_route(analysis, family), by_translation(analysis, family)})
    if (!names.empty()) return {names, true};
  const ir::Family other = family == ir::Family::kIpv4 ? ir::Family::kIpv6 : ir::Family::kIpv4;
  if (const auto names = by_translation(analysis, other); !names.empty()) return {names, true};
  std::vector<std::string> names = analysis.structure().interfaces.mentioned();
  std::erase_if(names, [](const std::string& name) { return is_engine_bridge(name); });
  names.resize(std::min(names.size(), kMostInterfaces));
  if (names.size() != 1) names.push_back(analysis.structure().interfaces.fresh());
  return {names, false};
}

/// An uncertain test that lets some in and keeps the others out: an allow list, a country...
bool restricts(const ir::Ruleset& ruleset, ir::RuleRef ref) {
  const ir::Rule& rule = *ruleset.rule(ref);
  if (rule.verdict.kind == ir::VerdictKind::kAccept || rule.verdict.kind == ir::VerdictKind::kContinue) return false;
  std::vector<std::pair<ir::PredicateId, bool>> todo;
  for (const ir::Condition& condition : rule.when) todo.emplace_back(condition.predicate, false);
  while (!todo.empty()) {
    const auto [id, negated] = todo.back();
    todo.pop_back();
    const ir::Predicate& predicate = ruleset.predicates[id];
    if (const auto* any = std::get_if<ir::AnyOf>(&predicate))
      for (const ir::PredicateId part : any->any) todo.emplace_back(part, negated != any->negated);
    else if (const auto* lookup = std::get_if<ir::SetLookup>(&predicate); lookup != nullptr && lookup->negated)
      return true;
    else if (const auto* opaque = std::get_if<ir::Opaque>(&predicate);
             opaque != nullptr && opaque->arguments.starts_with("!"))
      return true;
    else if (const auto* test = std::get_if<ir::FieldTest>(&predicate);
             negated && (test == nullptr || (ir::needs_lookup(*test) && test->field != FieldId::kReversePath)))
      return true;
  }
  return false;
}

/// Walks the filter chain of the way once more to see who decides. Nothing when it is not accepted, or only for some.
std::optional<Opening> accepted(Analysis& analysis, const Candidate& candidate, Way way) {
  HookPaths& paths = analysis.paths(candidate.packet.family);
  const auto chain = paths.filter_chain(way);
  if (!chain || paths.walk(candidate, way)) return std::nullopt;
  // What nat sends elsewhere does not get here like this.
  const bool fresh = candidate.packet.ct_state() == ir::CtState::kNew;
  if (way == Way::kIn && fresh && translate_destination(analysis, candidate.packet)) return std::nullopt;
  std::vector<ir::RuleRef> asked;
  WalkRequest request;
  request.base = *chain;
  request.choices = candidate.choices;
  request.asked = &asked;
  const WalkResult result = paths.context().concrete.walk(candidate.packet, request);
  if (result.exhausted || result.fate.verdict != ir::VerdictKind::kAccept) return std::nullopt;
  if (std::any_of(asked.begin(), asked.end(), [&](ir::RuleRef ref) { return restricts(analysis.ruleset(), ref); }))
    return std::nullopt;
  WitnessClaim claim;
  claim.base = *chain;
  claim.fate = result.fate;
  claim.choices = candidate.choices;
  return Opening{{candidate.packet, std::move(claim)}, result.fate.decided_by};
}

/// From most strangers, over one interface.
std::optional<Opening> opening_on(Analysis& analysis, ir::Family family, Traffic traffic,
                                  const std::string& interface) {
  constexpr std::size_t kTolerated = 2;  // some may be on a block list
  traffic.in = interface;
  std::optional<Opening> found;
  std::size_t refused = 0;
  for (const u128 stranger : strangers(family)) {
    traffic.source = stranger;
    bool in = false;
    for (const Candidate& candidate : packets_of(analysis, family, traffic)) {
      auto result = accepted(analysis, candidate, traffic.way);
      in = in || result.has_value();
      if (result && !found) found = std::move(result);
      if (in) break;
    }
    refused += in ? 0 : 1;
    if (refused > kTolerated) return std::nullopt;
  }
  return found;
}

}  // namespace

const PublicSide& public_side(Analysis& analysis, ir::Family family) {
  auto& known = analysis.public_side(family);
  if (!known) known = std::make_shared<const PublicSide>(find_public_side(analysis, family));
  return *known;
}

bool is_public(const PublicSide& side, const std::string& interface) {
  return side.known && std::find(side.interfaces.begin(), side.interfaces.end(), interface) != side.interfaces.end();
}

std::optional<Opening> opening(Analysis& analysis, ir::Family family, Traffic traffic) {
  const PublicSide& side = public_side(analysis, family);
  std::optional<Opening> found;
  for (const std::string& interface : side.interfaces) {
    auto here = opening_on(analysis, family, traffic, interface);
    if (here && side.known) return here;
    if (!here && !side.known) return std::nullopt;
    if (!found) found = std::move(here);
  }
  return found;
}

bool is_expected(Analysis& analysis, const ir::Packet& packet) {
  const ConcreteWalk& walk = analysis.paths(packet.family).context().concrete;
  const auto& expected = analysis.options().expected_open;
  return std::any_of(expected.begin(), expected.end(), [&](const AdminAccess& access) {
    return access.family == packet.family &&
           std::all_of(access.when.begin(), access.when.end(),
                       [&](ir::PredicateId id) { return walk.holds(id, {}, packet, {}); });
  });
}

std::vector<ir::ChainId> chains_below(const Analysis& analysis, ir::ChainId base) {
  std::vector<bool> seen(analysis.ruleset().chains.size(), false);
  std::vector<ir::ChainId> found{base};
  seen[static_cast<std::size_t>(base)] = true;
  for (std::size_t next = 0; next < found.size(); ++next)
    for (const ir::Rule& rule : analysis.ruleset().chain(found[next]).rules) {
      if (!calls(rule.verdict.kind) || seen[static_cast<std::size_t>(rule.verdict.chain)]) continue;
      seen[static_cast<std::size_t>(rule.verdict.chain)] = true;
      found.push_back(rule.verdict.chain);
    }
  return found;
}

bool accepts_services(const Analysis& analysis, ir::ChainId base) {
  const Structure& structure = analysis.structure();
  for (const ir::ChainId chain : chains_below(analysis, base)) {
    const auto& rules = analysis.ruleset().chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const ir::RuleRef ref{chain, static_cast<std::uint32_t>(i)};
      const bool names_a_port = (structure.boxes.of(ref).used >> Box::kDport & 1U) != 0;
      if (names_a_port && rules[i].verdict.kind == ir::VerdictKind::kAccept && !is_managed(analysis.ruleset(), ref))
        return true;
    }
  }
  return false;
}

std::optional<Translation> translate_destination(Analysis& analysis, const ir::Packet& packet) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  HookPaths& paths = analysis.paths(packet.family);
  for (const ir::ChainId chain : ruleset.base_chains(packet.family, ir::Hook::kPrerouting)) {
    if (!ruleset.translates(chain)) continue;
    Candidate candidate{packet, analysis.everyday_choices()};
    candidate.packet.hook = ir::Hook::kPrerouting;
    candidate.packet.out.clear();
    WalkRequest request;
    request.base = chain;
    request.choices = candidate.choices;
    const WalkResult result = paths.context().concrete.walk(candidate.packet, request);
    const ir::Rule* rule = ruleset.rule(result.fate.decided_by);
    const auto* nat = rule != nullptr ? effect_of<ir::Nat>(*rule) : nullptr;
    if (result.exhausted || nat == nullptr ||
        (nat->kind != ir::Nat::Kind::kDnat && nat->kind != ir::Nat::Kind::kRedirect))
      return std::nullopt;
    Translation made{result.fate.decided_by, packet, false};
    ir::Packet& after = made.packet;
    if (nat->addresses) after.set(after.destination_field(), nat->addresses->lo);
    if (nat->ports && ir::is_present(after, ir::Presence::kPorts)) after.set(FieldId::kThDport, nat->ports->lo);
    const ir::Host* host = analysis.options().host;
    made.local =
        nat->kind == ir::Nat::Kind::kRedirect || (host != nullptr && host->is_local(after.destination(), after.family));
    after.hook = made.local ? ir::Hook::kInput : ir::Hook::kForward;
    after.set(FieldId::kCtStatus, ir::kIpsDstNat);
    if (made.local) return made;
    const ir::Route* route = host != nullptr ? host->route_to(after.destination(), after.family) : nullptr;
    after.out = route != nullptr ? route->interface : analysis.structure().interfaces.fresh();
    after.set(after.family == ir::Family::kIpv4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit, 63);
    return made;
  }
  return std::nullopt;
}

std::optional<Opening> forwarded(Analysis& analysis, const Translation& translation) {
  return accepted(analysis, {translation.packet, analysis.everyday_choices()}, Way::kThrough);
}

}  // namespace nfproof::analyzer
