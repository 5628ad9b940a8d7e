// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// MASQUERADE that hides more than it should: without `-o`, source, destination or mark it takes whatever leaves by any
// interface (a warning; information when only a source is named), and a source network that is wider than the private
// range in it takes public addresses as well. The jumps that lead to the rule count. What programs wrote is left alone.
//
// Why it matters
//
// Without `-o` packets into the local network get the router's address, too: servers there see all clients as one, and
// their logs and access lists are worth nothing.
//
// Example
//
//     *nat
//     :POSTROUTING ACCEPT [0:0]
//     -A POSTROUTING -j MASQUERADE
//     COMMIT
//
// Use instead
//
//     *nat
//     :POSTROUTING ACCEPT [0:0]
//     -A POSTROUTING -s 192.168.1.0/24 -o eth0 -j MASQUERADE
//     COMMIT
//
// Witness
//
// None is needed: the rule shows it.
//
// How it is proved
//
// By the tests of the rule and of the jumps that lead to it.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>
#include <array>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::u128;

enum class Aspect : std::uint8_t { kOut, kSource, kOther };

bool tests(const ir::Ruleset& ruleset, const ir::Rule& rule, Aspect aspect) {
  switch (aspect) {
    case Aspect::kOut: return test_on(ruleset, rule, FieldId::kOifname) != nullptr;
    case Aspect::kSource: return source_test(ruleset, rule) != nullptr;
    case Aspect::kOther:  // a port or protocol alone says nothing about where packets go
      return destination_test(ruleset, rule) != nullptr || is_uncertain(ruleset, rule) ||
             test_on(ruleset, rule, FieldId::kMark) != nullptr ||
             test_on(ruleset, rule, FieldId::kIifname) != nullptr ||
             test_on(ruleset, rule, FieldId::kCtMark) != nullptr ||
             test_on(ruleset, rule, FieldId::kCtStatus) != nullptr ||
             test_on(ruleset, rule, FieldId::kSaddrType) != nullptr ||
             test_on(ruleset, rule, FieldId::kDaddrType) != nullptr ||
             test_on(ruleset, rule, FieldId::kCtOrigDaddr) != nullptr;
  }
  return false;
}

/// The rule tests it, or every way to its chain does.
bool is_narrowed(const Analysis& analysis, ir::RuleRef rule, Aspect aspect) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  std::vector<ir::RuleRef> todo{rule};
  std::vector<bool> seen(ruleset.chains.size(), false);
  while (!todo.empty()) {
    const ir::RuleRef ref = todo.back();
    todo.pop_back();
    if (tests(ruleset, *ruleset.rule(ref), aspect)) continue;
    if (ruleset.chain(ref.chain).base) return false;
    if (seen[static_cast<std::size_t>(ref.chain)]) continue;
    seen[static_cast<std::size_t>(ref.chain)] = true;
    const auto& callers = analysis.structure().graph.callers(ref.chain);
    todo.insert(todo.end(), callers.begin(), callers.end());
  }
  return true;
}

/// A private range inside a source network that holds public addresses as well.
bool is_slip_of_the_mask(const ir::Interval& range) {
  constexpr std::array<ir::Interval, 3> kPrivate = {
      ir::Interval{0x0A000000, 0x0AFFFFFF}, {0xAC100000, 0xAC1FFFFF}, {0xC0A80000, 0xC0A8FFFF}};
  const bool everything = range.lo == 0 && range.hi == 0xFFFFFFFF;
  return !everything && std::any_of(kPrivate.begin(), kPrivate.end(), [&](const ir::Interval& own) {
    return range.lo <= own.lo && range.hi >= own.hi && (range.lo != own.lo || range.hi != own.hi);
  });
}

/// Rules before it take out what stays local.
bool has_exceptions(const Analysis& analysis, ir::RuleRef ref) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const auto& rules = ruleset.chain(ref.chain).rules;
  return std::any_of(rules.begin(), rules.begin() + ref.index, [&](const ir::Rule& rule) {
    const bool leaves = rule.verdict.kind == ir::VerdictKind::kAccept || rule.verdict.kind == ir::VerdictKind::kReturn;
    return leaves && (tests(ruleset, rule, Aspect::kOut) || tests(ruleset, rule, Aspect::kOther));
  });
}

void report(Analysis& analysis, const CheckInfo& info, ir::RuleRef ref, std::string message, Level level) {
  Finding finding = analysis.at_rule(info, ref, std::move(message));
  finding.level = level;
  finding.proved = true;
  analysis.report(std::move(finding));
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::RuleRef ref, const ir::Rule& rule) {
  const auto* nat = effect_of<ir::Nat>(rule);
  if (nat == nullptr || nat->kind != ir::Nat::Kind::kMasquerade || is_managed(analysis.ruleset(), ref)) return;
  if (!analysis.structure().graph.is_connected(ref.chain)) return;
  const auto* source = test_on(analysis.ruleset(), rule, FieldId::kIpSaddr);
  const auto* ranges = source != nullptr && !source->negated ? source->values.intervals() : nullptr;
  if (ranges != nullptr && std::any_of(ranges->begin(), ranges->end(), is_slip_of_the_mask))
    return report(analysis, info, ref, "the source of this MASQUERADE holds public addresses beside private ones",
                  Level::kWarning);
  if (is_narrowed(analysis, ref, Aspect::kOut) || is_narrowed(analysis, ref, Aspect::kOther)) return;
  if (has_exceptions(analysis, ref)) return;
  const bool has_source = is_narrowed(analysis, ref, Aspect::kSource);
  report(analysis, info, ref,
         has_source ? "this MASQUERADE names no interface: it also hides these sources from the local networks"
                    : "this MASQUERADE takes whatever leaves by any interface, also into the local networks",
         has_source ? Level::kInfo : Level::kWarning);
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) { look_at(analysis, info, ref, rule); });
}

}  // namespace

const Check kMasqueradeWide = {
    {"NF406", "masquerade-wide", Level::kWarning, "MASQUERADE that hides more than it should"}, run};

}  // namespace nfproof::analyzer
