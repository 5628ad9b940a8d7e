// SPDX-License-Identifier: Apache-2.0
// Each assertion becomes the region of the packets that break it.
#include "analyzer/regions/verify.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <unordered_map>

#include "analyzer/regions/readout.h"

namespace nfproof::analyzer {

using ir::Family;
using ir::FieldId;
using ir::ValueSet;
using regions::Engine;
using regions::kNo;
using regions::kYes;
using regions::Leaf;
using regions::Ref;

namespace {

bool fulfils(Assertion::Verdict wanted, ir::VerdictKind verdict) {
  switch (wanted) {
    case Assertion::Verdict::kAccept: return verdict == ir::VerdictKind::kAccept;
    case Assertion::Verdict::kDrop: return verdict == ir::VerdictKind::kDrop || verdict == ir::VerdictKind::kReject;
    case Assertion::Verdict::kReject: return verdict == ir::VerdictKind::kReject;
  }
  return false;
}

bool accepted(const Leaf& leaf) { return leaf.kind == Leaf::Kind::kEnds && leaf.verdict == ir::VerdictKind::kAccept; }

FieldId destination(Family family) { return family == Family::kIpv4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr; }

class Verifier {
 public:
  Verifier(const ir::Ruleset& ruleset, const std::vector<Assertion>& assertions, const RegionOptions& options,
           VerifyResult& result)
      : ruleset_(ruleset), options_(options), result_(result) {
    for (const Assertion& assertion : assertions)
      extra_.insert(extra_.end(), assertion.arrives.begin(), assertion.arrives.end());
  }

  AssertionResult check(const Assertion& assertion) {
    AssertionResult answer;
    answer.name = assertion.name;
    answer.span = assertion.span;
    if (assertion.kind == Assertion::Kind::kFamiliesAgree) {
      compare_families(assertion, answer);
      return answer;
    }
    RegionOptions asked = options_;
    asked.families = assertion.families;
    bool meant = false;
    bool found = false;
    for (const Family family : regions::families_of({&ruleset_}, asked)) {
      Engine& engine = engine_of(family);
      const Ref packets = meaning(engine, assertion);
      const Ref function = engine.way(0, assertion.way, {.deciders = true, .effects = false, .within = packets});
      const Ref there = engine.where(function, [](const Leaf& leaf) { return leaf.kind == Leaf::Kind::kEnds; });
      const Ref breaks = breaking(engine, assertion, function);
      if (const std::string trouble = engine.trouble(); !trouble.empty()) return undecided(answer, trouble);
      meant = meant || there != kNo;
      found = found || breaks != there;
      if (assertion.some || breaks == kNo) continue;
      show(engine, assertion, function, breaks, answer);
      return answer;
    }
    answer.holds = assertion.some ? found : true;
    if (!meant) answer.reason = "no packet is meant";
    if (assertion.some && !found && meant) answer.reason = "there is no such packet";
    return answer;
  }

 private:
  static AssertionResult& undecided(AssertionResult& answer, const std::string& reason) {
    answer.holds.reset();
    answer.reason = reason;
    return answer;
  }

  Engine& engine_of(Family family) {
    auto& made = engines_[family];
    // One that ran out of its budget is no use for the next question.
    if (!made || made->space.store().exhausted())
      made = std::make_unique<Engine>(family, std::vector<const ir::Ruleset*>{&ruleset_}, options_, extra_);
    return *made;
  }

  Ref meaning(Engine& engine, const Assertion& assertion) const {
    regions::DiagramStore& store = engine.space.store();
    const Ref packets = engine.side(0).all_of(assertion.packets);
    if (assertion.kind == Assertion::Kind::kVerdict) return packets;
    const Ref fresh = store.both(packets, engine.space.is(FieldId::kCtState, 0));
    if (assertion.kind == Assertion::Kind::kArrives || assertion.way == HostWay::kOutput) return fresh;
    const auto loopback = ValueSet::of_interfaces({{"lo", false}});
    return store.without(fresh, engine.space.in(FieldId::kIifname, loopback));
  }

  Ref breaking(Engine& engine, const Assertion& assertion, Ref function) {
    regions::DiagramStore& store = engine.space.store();
    if (assertion.kind == Assertion::Kind::kVerdict)
      return engine.where(function, [&](const Leaf& leaf) {
        return leaf.kind == Leaf::Kind::kEnds && !fulfils(assertion.verdict, leaf.verdict);
      });
    if (assertion.kind == Assertion::Kind::kNothingElseOpen) {
      Ref open = engine.where(function, accepted);
      for (const auto& allowed : assertion.open) open = store.without(open, engine.side(0).all_of(allowed));
      return open;
    }
    Ref breaks = engine.where(function, [](const Leaf& leaf) {
      return leaf.kind == Leaf::Kind::kEnds && leaf.verdict != ir::VerdictKind::kAccept;
    });
    for (const Ref ref : store.terminals(function)) {
      const Leaf& leaf = engine.leaves[ref];
      if (!accepted(leaf)) continue;
      const Ref here = store.map_terminals(function, [&](Ref other) { return other == ref ? kYes : kNo; });
      breaks = store.either(breaks, store.without(here, arrives(engine, assertion, leaf)));
    }
    return breaks;
  }

  /// Packets whose destination is the one that is wanted after what the leaf says was done to them.
  static Ref arrives(Engine& engine, const Assertion& assertion, const Leaf& leaf) {
    const std::optional<ir::Nat> nat = engine.effects.destination(leaf.effects);
    const FieldId address = destination(engine.space.family());
    const auto inside = [](const ValueSet& set, const ir::Interval& range) {
      return std::any_of(set.intervals()->begin(), set.intervals()->end(),
                         [&](const ir::Interval& each) { return each.lo <= range.lo && range.hi <= each.hi; });
    };
    Ref all = kNo;
    bool of_family = false;
    for (const ir::FieldTest& test : assertion.arrives)
      if (test.field == address) {
        of_family = true;
        all = nat && nat->addresses ? (inside(test.values, *nat->addresses) ? kYes : kNo) : engine.space.test(test);
        if (nat && nat->kind == ir::Nat::Kind::kRedirect) all = kNo;
      }
    if (!of_family) return kNo;
    for (const ir::FieldTest& test : assertion.arrives)
      if (test.field == FieldId::kThDport)
        all = engine.space.store().both(
            all, nat && nat->ports ? (inside(test.values, *nat->ports) ? kYes : kNo) : engine.space.test(test));
    return all;
  }

  void show(Engine& engine, const Assertion& assertion, Ref function, Ref breaks, AssertionResult& answer) {
    answer.holds = false;
    // The first decision that breaks it, so that the packet and the rule belong together.
    const regions::Specimen one = engine.specimen(breaks, assertion.way);
    const Ref leaf = engine.space.store().follow(
        function, [&](regions::Variable variable) { return one.atoms[variable].value_or(0); });
    const Leaf end = engine.leaves[leaf];
    regions::Reader reader(engine, assertion.way, options_, 1);
    const Ref same = engine.space.store().both(breaks, engine.where(function, [&](const Leaf& each) {
      return each.kind == end.kind && each.verdict == end.verdict && each.decider == end.decider &&
             each.hook == end.hook;
    }));
    PacketRegion region = reader.read(same, {&end}, result_.internal_errors);
    if (const std::string trouble = engine.trouble(); !trouble.empty()) return void(undecided(answer, trouble));
    answer.counterexample = std::move(region.witness);
    answer.supposed = std::move(region.supposed);
    answer.deciding = regions::fate_of(engine, end);
    answer.region = same == breaks ? std::move(region.expression)
                                   : regions::RegionWriter(engine.space, regions::world(engine.space, assertion.way))
                                         .write(breaks, regions::kMostCubes)
                                         .expression;
  }

  /// New connections of a family that are let in: by interface, protocol and port alone.
  Ref ports_open(Engine& engine, const Assertion& assertion, Ref& function) {
    regions::DiagramStore& store = engine.space.store();
    const Ref asked = store.both(meaning(engine, assertion), engine.space.presence(ir::Presence::kPorts));
    function = engine.way(0, assertion.way, {.deciders = true, .effects = false, .within = asked});
    const Ref open = engine.where(function, accepted);
    std::vector<bool> hidden(store.variables(), true);
    for (const FieldId field : {FieldId::kIifname, FieldId::kOifname, FieldId::kL4Proto, FieldId::kThDport})
      for (const regions::Variable variable : engine.space.variables_of(field)) hidden[variable] = false;
    return store.exists(open, hidden);
  }

  /// The same function in the space of the other family: what it is of is cut alike there.
  static Ref moved(const Engine& from, Engine& to, Ref ref, std::unordered_map<Ref, Ref>& done) {
    if (regions::is_terminal(ref)) return ref;
    if (const auto found = done.find(ref); found != done.end()) return found->second;
    const auto& store = from.space.store();
    const regions::VariableInfo& info = from.space.info(store.variable_of(ref));
    const regions::Variable variable = to.space.variables_of(info.field, info.argument)[0];
    std::vector<regions::Edge> edges;
    for (const regions::Edge& edge : store.edges(ref)) edges.push_back({edge.last, moved(from, to, edge.to, done)});
    const Ref result = to.space.store().node(variable, edges);
    done.emplace(ref, result);
    return result;
  }

  void compare_families(const Assertion& assertion, AssertionResult& answer) {
    Engine& v4 = engine_of(Family::kIpv4);
    Engine& v6 = engine_of(Family::kIpv6);
    Ref function4 = kNo;
    Ref function6 = kNo;
    const Ref open4 = ports_open(v4, assertion, function4);
    const Ref open6 = ports_open(v6, assertion, function6);
    for (Engine* engine : {&v4, &v6})
      if (const std::string trouble = engine->trouble(); !trouble.empty()) {
        undecided(answer, trouble);
        return;
      }
    std::unordered_map<Ref, Ref> done4, done6;
    const Ref only6 = v6.space.store().without(open6, moved(v4, v6, open4, done4));
    const Ref only4 = v4.space.store().without(open4, moved(v6, v4, open6, done6));
    answer.holds = only4 == kNo && only6 == kNo;
    if (*answer.holds) return;
    Engine& engine = only6 != kNo ? v6 : v4;
    const Ref open = engine.where(only6 != kNo ? function6 : function4, accepted);
    const Ref breaks = engine.space.store().both(open, only6 != kNo ? only6 : only4);
    show(engine, assertion, only6 != kNo ? function6 : function4, breaks, answer);
    answer.reason = only6 != kNo ? "open over IPv6 and not over IPv4" : "open over IPv4 and not over IPv6";
  }

  const ir::Ruleset& ruleset_;
  const RegionOptions& options_;
  VerifyResult& result_;
  std::vector<ir::FieldTest> extra_;
  std::map<Family, std::unique_ptr<Engine>> engines_;
};

}  // namespace

VerifyResult verify(const ir::Ruleset& ruleset, const std::vector<Assertion>& assertions,
                    const RegionOptions& options) {
  VerifyResult result;
  regions::note_assumptions({&ruleset}, options, result.assumptions);
  Verifier verifier(ruleset, assertions, options, result);
  for (const Assertion& assertion : assertions) result.assertions.push_back(verifier.check(assertion));
  return result;
}

}  // namespace nfproof::analyzer
