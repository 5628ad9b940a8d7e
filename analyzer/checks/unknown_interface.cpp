// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// When the host is known (`--addr`): rules for an interface that it does not have. It is information for names that
// come and go with programs (tun, ppp, wg, docker, veth and the like). Each name is told once.
//
// Why it matters
//
// Interfaces are renamed by new kernels and new hardware: `eth0` becomes `enp3s0`, and the rule that let the office in,
// or kept the Internet out, matches nothing any more.
//
// Example
//
//     # address: enp3s0 203.0.113.10/24
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     # address: enp3s0 203.0.113.10/24
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -i enp3s0 -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// None: no packet has that interface.
//
// How it is proved
//
// By comparing the names with the host's interfaces.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>
#include <array>
#include <map>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

constexpr std::array<std::string_view, 20> kComeAndGo = {"tun",   "tap",  "ppp",   "wg",  "docker", "br-",  "veth",
                                                         "virbr", "vnet", "lxc",   "lxd", "cni",    "cali", "flannel",
                                                         "zt",    "tail", "ipsec", "gre", "sit",    "vpn"};

bool comes_and_goes(std::string_view name) {
  return std::any_of(kComeAndGo.begin(), kComeAndGo.end(),
                     [&](std::string_view each) { return name.starts_with(each); });
}

bool exists(const ir::Host& host, const ir::InterfacePattern& pattern) {
  return std::any_of(host.interfaces.begin(), host.interfaces.end(),
                     [&](const ir::Interface& interface) { return pattern.matches(interface.name); });
}

struct Use {
  ir::RuleRef first;
  std::size_t count = 0;
};

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Host* host = analysis.options().host;
  if (host == nullptr || host->assumed || host->interfaces.empty()) return;
  std::map<std::pair<ir::Family, std::string>, Use> missing;
  for (const ir::Family family : analysis.families())
    for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
      if (is_managed(analysis.ruleset(), ref)) return;
      for (const ir::FieldId field : {ir::FieldId::kIifname, ir::FieldId::kOifname}) {
        const auto* test = test_on(analysis.ruleset(), rule, field);
        if (test == nullptr || test->values.interfaces() == nullptr) continue;
        for (const ir::InterfacePattern& pattern : *test->values.interfaces()) {
          if (exists(*host, pattern)) continue;
          Use& use = missing[{family, pattern.name + (pattern.wildcard ? "+" : "")}];
          if (use.count++ == 0) use.first = ref;
        }
      }
    });
  for (const auto& [key, use] : missing) {
    const std::string others = use.count == 1 ? "" : "; " + std::to_string(use.count) + " rules name it";
    Finding finding = analysis.at_rule(info, use.first, "this host has no interface `" + key.second + "`" + others);
    if (comes_and_goes(key.second)) finding.level = Level::kInfo;
    finding.proved = true;
    analysis.report(std::move(finding));
  }
}

}  // namespace

const Check kUnknownInterface = {
    {"NF309", "unknown-interface", Level::kWarning, "rules for an interface that the host does not have"}, run};

}  // namespace nfproof::analyzer
