// SPDX-License-Identifier: Apache-2.0
// The table of all checks, and looking them up. To add a check: its file, its row here, its name in `check.h`.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "analyzer/checks/check.h"
#include "analyzer/checks/manual.h"

namespace nfproof::analyzer {
namespace {

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::span<const Check> all_checks() {
  static const std::array kAll = {
      kShadowedRule,      kRedundantRule,
      kContradictoryRule, kUnreachableChain,
      kUselessJump,       kExcludedRule,
      kDuplicateRule,     kLateBan,
      kUselessLimit,      kLockoutNew,
      kLockoutReplies,    kLockoutEstablished,
      kLoopbackBlocked,   kNeighbourDiscoveryBlocked,
      kPathMtuBlocked,    kNameResolutionBlocked,
      kDhcpBlocked,       kFlushedChain,
      kLockoutStep,
      kOpenInput,         kSensitivePortOpen,
      kAcceptAllRule,     kOpenForward,
      kFamilyParity,      kPublishedPortBypass,
      kSpoofedSource,     kPrivateSourceOutside,
      kUnknownInterface,  kRelatedTooWide,
      kAcceptOnlyChain,   kMissingEstablished,
      kLateEstablished,   kStateAfterNotrack,
      kInvalidAccepted,   kDnatRefused,
      kMasqueradeWide,    kSnatNotLocal,
      kNatFilters,        kNewWithoutSyn,
      kOneWayRule,        kMarkNeverSet,
      kMarkNeverTested,   kDeprecatedModule,
      kNoNftEquivalent,   kUnusedSet,
      kMissingComment,    kOrderDependent,
      kBothBackends,
  };
  return kAll;
}

std::span<const CheckInfo> check_catalogue() {
  static const auto kInfos = [] {
    std::vector<CheckInfo> infos;
    for (const Check& check : all_checks()) infos.push_back(check.info);
    return infos;
  }();
  return kInfos;
}

const CheckInfo* find_check(std::string_view id_or_name) {
  for (const CheckInfo& info : check_catalogue())
    if (same_text(info.id, id_or_name) || same_text(info.name, id_or_name)) return &info;
  return nullptr;
}

std::string_view check_manual(const CheckInfo& check) {
  for (const Manual& manual : manuals())
    if (manual.name == check.name) return manual.text;
  return {};
}

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kInfo: return "info";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
  }
  return "";
}

}  // namespace nfproof::analyzer
