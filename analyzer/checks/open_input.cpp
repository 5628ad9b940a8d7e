// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// The policy of INPUT is ACCEPT and decides ordinary new connections from outside, on every interface: the host answers
// on every port that no rule names. It is a warning when rules accept some services (which then means nothing), and
// information when INPUT holds no such rules. A chain that ends with a DROP or REJECT for the rest is not open, and
// neither is one that closes at least one interface.
//
// Why it matters
//
// Rules that accept ports 22 and 443 look like a firewall. With an ACCEPT policy and nothing that refuses the rest they
// accept what would have been accepted anyway.
//
// Example
//
//     *filter
//     :INPUT ACCEPT [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     COMMIT
//
// Witness
//
// The first packet of a connection to a port that no rule names, accepted by the policy.
//
// How it is proved
//
// By the witness, for one interface after the other.
//
// When the fix is safe
//
// Never: closing what is open changes what the host does.
#include <algorithm>

#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/public_side.h"

namespace nfproof::analyzer {
namespace {

/// A new connection to a port that nobody names, on one interface, as it enters filter INPUT.
std::optional<Candidate> stranger(const FamilyContext& context, ir::ChainId input, const std::string& interface) {
  auto candidate = context.maker.make(input, {}, 0);
  if (candidate) candidate->packet.in = interface;
  return candidate;
}

/// The rule that decides, when the packet gets through everything.
std::optional<Witness> accepted_by_policy(Analysis& analysis, ir::Family family, ir::ChainId input,
                                          const std::string& interface) {
  HookPaths& paths = analysis.paths(family);
  const auto candidate = stranger(paths.context(), input, interface);
  if (!candidate || paths.walk(*candidate, Way::kIn)) return std::nullopt;
  WalkRequest request;
  request.base = input;
  const WalkResult result = paths.context().concrete.walk(candidate->packet, request);
  const bool by_policy = analysis.ruleset().rule(result.fate.decided_by) == nullptr;
  if (!by_policy || result.fate.verdict != ir::VerdictKind::kAccept) return std::nullopt;
  WitnessClaim claim;
  claim.base = input;
  claim.fate = result.fate;
  return Witness{candidate->packet, std::move(claim)};
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const auto input = analysis.paths(family).filter_chain(Way::kIn);
    if (!input || !analysis.ruleset().chain(*input).declared) continue;
    if (analysis.ruleset().chain(*input).base->policy != ir::VerdictKind::kAccept) continue;
    std::vector<std::string> interfaces = analysis.structure().interfaces.mentioned();
    if (interfaces.empty()) interfaces.push_back(analysis.structure().interfaces.fresh());
    std::optional<Witness> witness;
    bool open = true;
    for (const std::string& interface : interfaces) {
      auto here = accepted_by_policy(analysis, family, *input, interface);
      open = open && here.has_value();
      // Rather one that comes from elsewhere than one of a container.
      if (here && (!witness || is_engine_bridge(witness->packet.in) || witness->packet.in == "lo"))
        witness = std::move(here);
    }
    if (!open || !witness) continue;
    Finding finding = analysis.at_chain(
        info, *input, "the policy of `INPUT` is ACCEPT and nothing refuses the rest: every port is open");
    finding.level = accepts_services(analysis, *input) ? Level::kWarning : Level::kInfo;
    finding.because.push_back(analysis.because(witness->claim.fate.decided_by, "accepts this packet"));
    finding.witness = std::move(witness);
    finding.proved = true;
    analysis.report(std::move(finding));
  }
}

}  // namespace

const Check kOpenInput = {{"NF301", "open-input", Level::kWarning, "an ACCEPT policy that leaves INPUT open"}, run};

}  // namespace nfproof::analyzer
