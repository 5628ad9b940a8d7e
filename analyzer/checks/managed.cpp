// SPDX-License-Identifier: Apache-2.0
// Recognises managed chains by the beginnings of their names, and bridges of container engines by theirs.
#include "analyzer/checks/managed.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace nfproof::analyzer {
namespace {

constexpr std::array<std::string_view, 37> kChainPrefixes = {
    "DOCKER",        "KUBE-",          "CNI-",          "ISTIO_",         "cali-",
    "ANTREA-",       "neutron-",       "PROXY_INIT_",   "CILIUM_",        "FLANNEL-",
    "WEAVE",         "LIBVIRT_",       "f2b-",          "fail2ban-",      "ufw-",
    "ufw6-",         "sshguard",       "zone_",         "MULTI-",         "nova-",
    "FWDI_",         "FWDO_",          "ts-",           "NETAVARK",       "CROWDSEC",
    "INPUT_ZONES",   "INPUT_direct",   "FORWARD_IN_",   "FORWARD_OUT_",   "FORWARD_direct",
    "OUTPUT_direct", "PREROUTING_ZON", "PREROUTING_di", "POSTROUTING_ZO", "POSTROUTING_di",
    "AS0_",          "PVEFW-",
};

/// Zones of firewalld: `IN_public_allow`, `PRE_external_log`, `POST_home_deny`...
constexpr std::array<std::string_view, 3> kZonePrefixes = {"IN_", "PRE_", "POST_"};
constexpr std::array<std::string_view, 5> kZoneSuffixes = {"_allow", "_deny", "_log", "_pre", "_post"};

bool is_zone_chain(std::string_view name) {
  return std::any_of(kZonePrefixes.begin(), kZonePrefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); }) &&
         std::any_of(kZoneSuffixes.begin(), kZoneSuffixes.end(),
                     [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool names_engine_bridge(const ir::Predicate& predicate) {
  const auto* test = std::get_if<ir::FieldTest>(&predicate);
  if (test == nullptr || test->values.interfaces() == nullptr) return false;
  const auto& patterns = *test->values.interfaces();
  return std::any_of(patterns.begin(), patterns.end(),
                     [](const ir::InterfacePattern& pattern) { return is_engine_bridge(pattern.name); });
}

}  // namespace

bool is_engine_bridge(std::string_view name) {
  if (name == "docker0" || name == "docker_gwbridge" || name.starts_with("virbr") || name.starts_with("cni") ||
      name.starts_with("cali"))
    return true;
  return name.starts_with("br-") && name.size() == 15 && is_hex(name.substr(3));
}

bool is_managed(const ir::Chain& chain) {
  return std::any_of(kChainPrefixes.begin(), kChainPrefixes.end(),
                     [&](std::string_view prefix) { return chain.name.starts_with(prefix); }) ||
         is_zone_chain(chain.name);
}

bool is_managed(const ir::Ruleset& ruleset, ir::RuleRef ref) {
  if (is_managed(ruleset.chain(ref.chain))) return true;
  const ir::Rule& rule = *ruleset.rule(ref);
  const bool calls = rule.verdict.kind == ir::VerdictKind::kJump || rule.verdict.kind == ir::VerdictKind::kGoto;
  if (calls && is_managed(ruleset.chain(rule.verdict.chain))) return true;
  return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    return names_engine_bridge(ruleset.predicates[condition.predicate]);
  });
}

bool is_generated(const ir::Ruleset& ruleset, ir::RuleRef ref) {
  static constexpr std::array<std::string_view, 4> kFilledByHand = {"DOCKER-USER", "ufw-", "ufw6-", "zone_"};
  const std::string_view name = ruleset.chain(ref.chain).name;
  const bool by_hand =
      is_zone_chain(name) || std::any_of(kFilledByHand.begin(), kFilledByHand.end(),
                                         [&](std::string_view each) { return name.starts_with(each); });
  return !by_hand && is_managed(ruleset, ref);
}

}  // namespace nfproof::analyzer
