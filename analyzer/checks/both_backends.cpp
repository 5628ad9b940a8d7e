// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Two firewalls on one host: the same table in two files of iptables-save (iptables-legacy and iptables-nft side by
// side), or rules of iptables and rules of nftables that filter at the same hook.
//
// Why it matters
//
// The kernel asks both. A packet that one of them accepts is dropped by the other all the same, and each of the tools
// lists its own half only. Mostly the older half was left behind when the host moved to nftables.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//     # nft
//     table ip web {
//       chain input {
//         type filter hook input priority filter; policy drop;
//         tcp dport { 80, 443 } accept
//       }
//     }
//
// Use instead
//
//     # nft
//     table ip web {
//       chain input {
//         type filter hook input priority filter; policy drop;
//         tcp dport 443 accept
//       }
//     }
//
// Witness
//
// None is needed: it is said of the files.
//
// How it is proved
//
// By looking at which tables and base chains the files hold. Chains without rules whose policy is ACCEPT do not count.
//
// When the fix is safe
//
// There is no automatic fix. `nfproof query` with both files shows what both let through together, `nfproof translate`
// moves the older half.
#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

bool decides(const ir::Chain& chain) { return !chain.rules.empty() || chain.base->policy == ir::VerdictKind::kDrop; }

/// The base chains of the hook that filter, of one syntax.
std::vector<ir::ChainId> filters_at(const ir::Ruleset& ruleset, ir::Family family, ir::Hook hook, bool nft) {
  std::vector<ir::ChainId> found;
  for (const ir::ChainId id : ruleset.base_chains(family, hook))
    if (ruleset.table_of(id).nft == nft && ruleset.filters(id) && decides(ruleset.chain(id))) found.push_back(id);
  return found;
}

Finding about(Analysis& analysis, const CheckInfo& info, ir::ChainId second, ir::ChainId first, std::string message) {
  Finding finding = analysis.at_chain(info, second, std::move(message));
  Because because = analysis.because({first, 0}, "is asked, too");
  because.span = analysis.ruleset().chain(first).span;
  finding.because.push_back(std::move(because));
  finding.proved = true;
  return finding;
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  for (const ir::Hook hook : {ir::Hook::kInput, ir::Hook::kForward, ir::Hook::kOutput}) {
    const auto xtables = filters_at(ruleset, family, hook, false);
    const auto nft = filters_at(ruleset, family, hook, true);
    const std::string name = xtables.empty() ? "" : ruleset.chain(xtables.front()).name;
    if (!xtables.empty() && !nft.empty())
      return analysis.report(about(analysis, info, nft.front(), xtables.front(),
                                   "rules of nftables and of iptables both decide at " + name +
                                       ": a packet gets through only if both accept it"));
    for (std::size_t i = 1; i < xtables.size(); ++i)
      if (ruleset.chain(xtables[i]).span.file != ruleset.chain(xtables[0]).span.file)
        return analysis.report(about(analysis, info, xtables[i], xtables[0],
                                     "two files hold `" + name +
                                         "` of the table filter: both are taken as loaded, one by iptables-legacy and "
                                         "one by iptables-nft, and a packet gets through only if both accept it"));
  }
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) look_at(analysis, info, family);
}

}  // namespace

const Check kBothBackends = {
    {"NF506", "both-backends", Level::kWarning, "two firewalls that decide about the same packets"}, run};

}  // namespace nfproof::analyzer
