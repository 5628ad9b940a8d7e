// SPDX-License-Identifier: Apache-2.0
// The list of all match and target modules. A new module is one file, one declaration and one row here.
#include <array>
#include <string>
#include <unordered_map>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

// Matches.
extern const Extension kMatchAddrtype;
extern const Extension kMatchComment;
extern const Extension kMatchConnmark;
extern const Extension kMatchConntrack;
extern const Extension kMatchDscp;
extern const Extension kMatchHl;
extern const Extension kMatchIcmp;
extern const Extension kMatchIcmp6;
extern const Extension kMatchIprange;
extern const Extension kMatchLength;
extern const Extension kMatchLimit;
extern const Extension kMatchMac;
extern const Extension kMatchMark;
extern const Extension kMatchMultiport;
extern const Extension kMatchPkttype;
extern const Extension kMatchSctp;
extern const Extension kMatchState;
extern const Extension kMatchStatistic;
extern const Extension kMatchTcp;
extern const Extension kMatchTcpmss;
extern const Extension kMatchTos;
extern const Extension kMatchTtl;
extern const Extension kMatchUdp;
// Targets.
extern const Extension kTargetAccept;
extern const Extension kTargetConnmark;
extern const Extension kTargetCt;
extern const Extension kTargetDnat;
extern const Extension kTargetDrop;
extern const Extension kTargetDscp;
extern const Extension kTargetHl;
extern const Extension kTargetLog;
extern const Extension kTargetMark;
extern const Extension kTargetMasquerade;
extern const Extension kTargetNflog;
extern const Extension kTargetNfqueue;
extern const Extension kTargetNotrack;
extern const Extension kTargetQueue;
extern const Extension kTargetRedirect;
extern const Extension kTargetReject;
extern const Extension kTargetReturn;
extern const Extension kTargetSnat;
extern const Extension kTargetTcpmss;
extern const Extension kTargetTos;
extern const Extension kTargetTtl;

namespace {

constexpr const Extension* kAll[] = {
    // Matches.
    &kMatchAddrtype,
    &kMatchComment,
    &kMatchConnmark,
    &kMatchConntrack,
    &kMatchDscp,
    &kMatchHl,
    &kMatchIcmp,
    &kMatchIcmp6,
    &kMatchIprange,
    &kMatchLength,
    &kMatchLimit,
    &kMatchMac,
    &kMatchMark,
    &kMatchMultiport,
    &kMatchPkttype,
    &kMatchSctp,
    &kMatchState,
    &kMatchStatistic,
    &kMatchTcp,
    &kMatchTcpmss,
    &kMatchTos,
    &kMatchTtl,
    &kMatchUdp,
    // Targets.
    &kTargetAccept,
    &kTargetConnmark,
    &kTargetCt,
    &kTargetDnat,
    &kTargetDrop,
    &kTargetDscp,
    &kTargetHl,
    &kTargetLog,
    &kTargetMark,
    &kTargetMasquerade,
    &kTargetNflog,
    &kTargetNfqueue,
    &kTargetNotrack,
    &kTargetQueue,
    &kTargetRedirect,
    &kTargetReject,
    &kTargetReturn,
    &kTargetSnat,
    &kTargetTcpmss,
    &kTargetTos,
    &kTargetTtl,
};

using Index = std::unordered_map<std::string_view, const Extension*>;

bool is_for(const Extension& extension, ir::Family family) {
  const auto bit = family == ir::Family::kIpv6 ? Families::kIpv6 : Families::kIpv4;
  return (static_cast<unsigned>(extension.families) & static_cast<unsigned>(bit)) != 0;
}

Index make_index(ExtensionKind kind, ir::Family family) {
  Index index;
  for (const Extension* extension : kAll) {
    if (extension->kind != kind || !is_for(*extension, family)) continue;
    index.emplace(extension->name, extension);
    for (const std::string_view alias : extension->aliases) index.emplace(alias, extension);
  }
  return index;
}

}  // namespace

const Extension* find_extension(ExtensionKind kind, std::string_view name, ir::Family family) {
  static const std::array<Index, 4> kIndexes = {
      make_index(ExtensionKind::kMatch, ir::Family::kIpv4), make_index(ExtensionKind::kTarget, ir::Family::kIpv4),
      make_index(ExtensionKind::kMatch, ir::Family::kIpv6), make_index(ExtensionKind::kTarget, ir::Family::kIpv6)};
  const std::size_t place = (kind == ExtensionKind::kTarget ? 1U : 0U) + (family == ir::Family::kIpv6 ? 2U : 0U);
  const auto found = kIndexes[place].find(name);
  return found == kIndexes[place].end() ? nullptr : found->second;
}

std::span<const Extension* const> all_extensions() { return kAll; }

}  // namespace nfproof::compiler
