// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A jump to a chain that can only return: all its rules return, count, or jump to chains of the same kind. It is a
// warning when the chain asks questions and gives the same answer to all of them, and information when it is empty or
// holds nothing but a plain RETURN (programs keep such chains as places to fill later).
//
// Why it matters
//
// A list of exceptions without the rule that they are exceptions from does nothing: the author expected that what does
// not match is refused, but a packet that falls off the end of a chain goes on behind the jump.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :PARTNERS - [0:0]
//     -A INPUT -p tcp -m tcp --dport 8080 -j PARTNERS
//     -A PARTNERS -s 203.0.113.128/25 -j RETURN
//     -A PARTNERS -s 198.51.100.64/26 -j RETURN
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     :PARTNERS - [0:0]
//     -A INPUT -p tcp -m tcp --dport 8080 -j PARTNERS
//     -A PARTNERS -s 203.0.113.128/25 -j ACCEPT
//     -A PARTNERS -s 198.51.100.64/26 -j ACCEPT
//     COMMIT
//
// Witness
//
// None is needed: the chain's rules show it.
//
// How it is proved
//
// By the structure of the chain and of the chains that it calls.
//
// When the fix is safe
//
// Deleting the jump changes no verdict, but a program that fills the chain at run time would miss it, so the fix is
// only shown.
#include <algorithm>

#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"

namespace nfproof::analyzer {
namespace {

using ir::VerdictKind;

struct Shape {
  bool only_returns = true;
  bool asks = false;  ///< has a rule with tests
};

Shape shape_of(const ir::Chain& chain, const std::vector<Shape>& known) {
  Shape shape;
  for (const ir::Rule& rule : chain.rules) {
    const bool counts_or_returns =
        rule.verdict.kind == VerdictKind::kReturn || rule.verdict.kind == VerdictKind::kContinue;
    const bool calls = rule.verdict.kind == VerdictKind::kJump || rule.verdict.kind == VerdictKind::kGoto;
    const Shape callee = calls ? known[static_cast<std::size_t>(rule.verdict.chain)] : Shape{};
    if (!rule.effects.empty() || !(counts_or_returns || (calls && callee.only_returns))) shape.only_returns = false;
    // A rule without a target only counts; it asks on purpose.
    if (rule.verdict.kind == VerdictKind::kReturn && !rule.when.empty()) shape.asks = true;
    shape.asks = shape.asks || (calls && callee.asks);
  }
  return shape;
}

/// Tests that remember packets (recent and the like) do something even when the chain only returns.
bool remembers(const ir::Ruleset& ruleset, const ir::Chain& chain) {
  return std::any_of(chain.rules.begin(), chain.rules.end(), [&](const ir::Rule& rule) {
    return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
      const ir::Predicate& predicate = ruleset.predicates[condition.predicate];
      return ir::answers_by_rule(predicate) || std::holds_alternative<ir::Opaque>(predicate) ||
             std::holds_alternative<ir::SetLookup>(predicate);
    });
  });
}

/// The rules that jump there. A goto is not among them: behind it a packet does not come back to the next rule.
std::vector<ir::RuleRef> jumps_to(const Analysis& analysis, ir::ChainId chain) {
  std::vector<ir::RuleRef> jumps;
  for (const ir::RuleRef caller : analysis.structure().graph.callers(chain))
    if (analysis.ruleset().rule(caller)->verdict.kind == VerdictKind::kJump) jumps.push_back(caller);
  return jumps;
}

void report(Analysis& analysis, const CheckInfo& info, ir::ChainId chain, const Shape& shape) {
  const std::vector<ir::RuleRef> callers = jumps_to(analysis, chain);
  const ir::Chain& callee = analysis.ruleset().chain(chain);
  Finding finding = analysis.at_rule(
      info, callers.front(),
      "this jump does nothing: chain `" + callee.name + "` " + (callee.rules.empty() ? "is empty" : "can only return"));
  finding.level = shape.asks ? Level::kWarning : Level::kInfo;
  for (std::size_t i = 1; i < callers.size(); ++i)
    finding.because.push_back(analysis.because(callers[i], "jumps there as well"));
  for (std::size_t i = 0; i < callee.rules.size(); ++i) {
    const ir::RuleRef ref{chain, static_cast<std::uint32_t>(i)};
    const bool returns = callee.rules[i].verdict.kind == VerdictKind::kReturn;
    if (shape.asks) finding.because.push_back(analysis.because(ref, returns ? "returns" : "decides nothing"));
  }
  finding.proved = true;
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const CallGraph& graph = analysis.structure().graph;
  std::vector<Shape> shapes(ruleset.chains.size(), Shape{false, false});
  const auto& order = graph.order();
  for (auto chain = order.rbegin(); chain != order.rend(); ++chain) {
    Shape& shape = shapes[static_cast<std::size_t>(*chain)];
    shape = shape_of(ruleset.chain(*chain), shapes);
    if (remembers(ruleset, ruleset.chain(*chain))) shape.only_returns = false;
  }
  for (const ir::ChainId chain : order) {
    const Shape& shape = shapes[static_cast<std::size_t>(chain)];
    const bool called = !ruleset.chain(chain).base && !jumps_to(analysis, chain).empty() && graph.is_connected(chain);
    if (called && shape.only_returns && !is_managed(ruleset.chain(chain))) report(analysis, info, chain, shape);
  }
}

}  // namespace

const Check kUselessJump = {{"NF105", "useless-jump", Level::kWarning, "a jump to a chain that can only return"}, run};

}  // namespace nfproof::analyzer
