// SPDX-License-Identifier: Apache-2.0
// A small world in which everything can be tried: random rulesets over a handful of values, all packets, and a naive
// interpreter that knows nothing of the analyzer. Dead rules, redundant rules and lockouts must be the same for both.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "analyzer/analyze.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::FieldTest;
using ir::ValueSet;
using ir::VerdictKind;

struct SmallPacket {
  unsigned port, source, state;
  bool tcp;
  std::string in;
};

std::vector<SmallPacket> all_packets() {
  std::vector<SmallPacket> packets;
  for (unsigned port : {0U, 1U, 2U, 3U, 9U})
    for (unsigned source : {10U, 11U, 99U})
      for (unsigned state = 0; state < 5; ++state)
        for (bool tcp : {true, false})
          for (const char* in : {"eth0", "eth0x", "eth", "eth1", "wan0", "lo"})
            packets.push_back({port, source, state, tcp, in});
  return packets;
}

/// Evaluates a test without any of the analyzer's code.
bool holds(const FieldTest& test, const SmallPacket& packet) {
  switch (test.field) {
    case FieldId::kTcpDport: return packet.tcp && test.values.contains(ir::u128{packet.port}) != test.negated;
    case FieldId::kIpSaddr: return test.values.contains(ir::u128{packet.source}) != test.negated;
    case FieldId::kCtState: return test.values.contains(ir::u128{packet.state}) != test.negated;
    case FieldId::kL4Proto: return test.values.contains(ir::u128{packet.tcp ? 6U : 17U}) != test.negated;
    case FieldId::kIifname: return test.values.contains(std::string_view(packet.in)) != test.negated;
    default: ADD_FAILURE(); return false;
  }
}

class SmallWorld {
 public:
  explicit SmallWorld(unsigned seed) : random_(seed) {
    const ir::TableId table = ruleset_.add_table({"filter", ir::Family::kIpv4, {}, {}});
    for (const char* name : {"INPUT", "A", "B"}) {
      ir::Chain chain;
      chain.name = name;
      chain.table = table;
      ids_.push_back(ruleset_.add_chain(std::move(chain)));
    }
    ruleset_.chain(ids_[0]).base->policy = pick(2) == 0 ? VerdictKind::kAccept : VerdictKind::kDrop;
    for (std::size_t c = 0; c < ids_.size(); ++c)
      for (unsigned n = 2 + pick(4); n > 0; --n) ruleset_.chain(ids_[c]).rules.push_back(random_rule(c));
    admin_.family = ir::Family::kIpv4;
    admin_.text = "tcp dport 1";
    admin_.when.push_back(ruleset_.predicates.add(FieldTest{FieldId::kTcpDport, 0, false, ValueSet::of_value(1)}));
  }

  void check() {
    AnalyzeOptions options;
    options.admin.push_back(admin_);
    const AnalyzeResult result = analyze(ruleset_, options);
    ASSERT_TRUE(result.undecided.empty());
    std::map<ir::RuleRef, std::set<std::string>> said;
    std::set<std::string> general;
    std::set<ir::ChainId> dead_chains;
    for (const Finding& finding : result.findings) {
      if (finding.rule) said[*finding.rule].insert(std::string(finding.id));
      if (finding.id == "NF101")  // of two equal rules only the second is reported
        for (const Because& because : finding.because) said[because.rule].insert("taker");
      if (finding.id == "NF104") dead_chains.insert(finding.chain);
      general.insert(std::string(finding.id));
    }
    for (const ir::ChainId chain : ids_)
      for (std::uint32_t i = 0; i < ruleset_.chain(chain).rules.size(); ++i)
        check_rule({chain, i}, said[{chain, i}], dead_chains.contains(chain));
    EXPECT_EQ(general.contains("NF201"), !some_accepted(0)) << text();
    EXPECT_EQ(general.contains("NF203"), !some_accepted(1)) << text();
  }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

  ir::PredicateId random_test() {
    const bool negated = pick(4) == 0;
    switch (pick(5)) {
      case 0: {
        const unsigned lo = pick(4);
        return ruleset_.predicates.add(
            FieldTest{FieldId::kTcpDport, 0, negated, ValueSet::of_range(lo, lo + pick(4 - lo))});
      }
      case 1:
        return ruleset_.predicates.add(FieldTest{FieldId::kIpSaddr, 0, negated, ValueSet::of_value(10 + pick(2))});
      case 2: {
        const unsigned state = pick(5);
        return ruleset_.predicates.add(
            FieldTest{FieldId::kCtState, 0, negated, ValueSet::of_intervals({{state, state}, {1, 1U + pick(2)}})});
      }
      case 3: return ruleset_.predicates.add(FieldTest{FieldId::kL4Proto, 0, negated, ValueSet::of_value(6)});
      default:
        return ruleset_.predicates.add(FieldTest{
            FieldId::kIifname, 0, negated, ValueSet::of_interfaces({{pick(2) == 0 ? "eth0" : "eth", pick(2) == 0}})});
    }
  }

  ir::Rule random_rule(std::size_t chain) {
    ir::Rule rule;
    for (unsigned n = pick(3); n > 0; --n) rule.when.push_back({random_test(), ir::Condition::kBasic});
    const unsigned kind = pick(10);
    if (kind < 3) {
      rule.verdict.kind = VerdictKind::kAccept;
    } else if (kind < 5) {
      rule.verdict.kind = VerdictKind::kDrop;
    } else if (kind < 6) {
      rule.verdict.kind = VerdictKind::kReturn;
    } else if (chain + 1 < ids_.size()) {
      rule.verdict.kind = kind < 9 ? VerdictKind::kJump : VerdictKind::kGoto;
      rule.verdict.chain = ids_[chain + 1 + pick(static_cast<unsigned>(ids_.size() - chain - 1))];
    }
    return rule;
  }

  enum class End { kBack, kAccept, kDrop };

  /// The naive interpreter. Chains call only later ones, so it ends.
  End run(ir::ChainId chain, const SmallPacket& packet, std::optional<ir::RuleRef> without) {
    const auto& rules = ruleset_.chain(chain).rules;
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
      if (without == ir::RuleRef{chain, i}) continue;
      bool matches = true;
      for (const ir::Condition& condition : rules[i].when)
        matches = matches && holds(std::get<FieldTest>(ruleset_.predicates[condition.predicate]), packet);
      if (!matches) continue;
      matched_.insert({chain, i});
      switch (rules[i].verdict.kind) {
        case VerdictKind::kAccept: return End::kAccept;
        case VerdictKind::kDrop: return End::kDrop;
        case VerdictKind::kReturn: return End::kBack;
        case VerdictKind::kGoto: return run(rules[i].verdict.chain, packet, without);
        case VerdictKind::kJump:
          if (const End end = run(rules[i].verdict.chain, packet, without); end != End::kBack) return end;
          break;
        case VerdictKind::kContinue:
        case VerdictKind::kReject:
        case VerdictKind::kQueue: break;
      }
    }
    return End::kBack;
  }

  bool accepted(const SmallPacket& packet, std::optional<ir::RuleRef> without = std::nullopt) {
    const End end = run(ids_[0], packet, without);
    if (end != End::kBack) return end == End::kAccept;
    return ruleset_.chain(ids_[0]).base->policy == VerdictKind::kAccept;
  }

  bool some_accepted(unsigned state) {
    for (const SmallPacket& packet : all_packets())
      if (packet.tcp && packet.port == 1 && packet.state == state && packet.in != "lo" && accepted(packet)) return true;
    return false;
  }

  void check_rule(ir::RuleRef ref, const std::set<std::string>& said, bool chain_is_dead) {
    bool alive = false;
    bool redundant = true;
    for (const SmallPacket& packet : all_packets()) {
      matched_.clear();
      const bool with = accepted(packet);
      alive = alive || matched_.contains(ref);
      redundant = redundant && with == accepted(packet, ref);
    }
    const bool dead = said.contains("NF101") || said.contains("NF103") || said.contains("NF106") || chain_is_dead;
    EXPECT_EQ(dead, !alive) << "rule " << ref.index + 1 << " of " << ruleset_.chain(ref.chain).name << "\n" << text();
    if (said.contains("NF102")) {
      EXPECT_TRUE(redundant) << "rule " << ref.index + 1 << " of " << ruleset_.chain(ref.chain).name << "\n" << text();
      ++redundant_found;
    }
    const VerdictKind kind = ruleset_.rule(ref)->verdict.kind;
    const bool judged = kind == VerdictKind::kAccept || kind == VerdictKind::kDrop;
    // In the base chain the answer is complete; behind several callers the proof may be more careful than the truth.
    if (alive && redundant && judged && ref.chain == ids_[0]) {
      EXPECT_TRUE(said.contains("NF102") || said.contains("taker")) << "rule " << ref.index + 1 << "\n" << text();
    }
    dead_found += dead ? 1 : 0;
  }

  std::string text() {
    std::string out;
    for (const ir::ChainId chain : ids_)
      for (const ir::Rule& rule : ruleset_.chain(chain).rules) {
        out += ruleset_.chain(chain).name + ":";
        for (const ir::Condition& condition : rule.when) {
          const auto& test = std::get<FieldTest>(ruleset_.predicates[condition.predicate]);
          out += (test.negated ? " !" : " ") + std::string(ir::field_info(test.field).name);
          if (const auto* intervals = test.values.intervals())
            for (const ir::Interval& i : *intervals)
              out += " " + ir::format_number(i.lo) + "-" + ir::format_number(i.hi);
          if (const auto* names = test.values.interfaces())
            out += " " + names->front().name + (names->front().wildcard ? "+" : "");
        }
        out += " -> " + std::string(ir::verdict_name(rule.verdict.kind));
        const bool calls = rule.verdict.kind == VerdictKind::kJump || rule.verdict.kind == VerdictKind::kGoto;
        if (calls) out += " " + ruleset_.chain(rule.verdict.chain).name;
        out += "\n";
      }
    return out + "policy " + std::string(ir::verdict_name(ruleset_.chain(ids_[0]).base->policy)) + "\n";
  }

  std::mt19937 random_;
  ir::Ruleset ruleset_;
  std::vector<ir::ChainId> ids_;
  AdminAccess admin_;
  std::set<ir::RuleRef> matched_;

 public:
  std::size_t dead_found = 0;
  std::size_t redundant_found = 0;
};

TEST(SmallWorld, AnalyzerAndEnumerationAgree) {
  std::size_t dead = 0;
  std::size_t redundant = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SmallWorld world(seed);
    world.check();
    dead += world.dead_found;
    redundant += world.redundant_found;
    if (HasFailure()) break;
  }
  EXPECT_GT(dead, 300U);
  EXPECT_GT(redundant, 50U);
  std::cout << dead << " dead rules, " << redundant << " redundant rules\n";
}

}  // namespace
}  // namespace nfproof::analyzer
