// SPDX-License-Identifier: Apache-2.0
// The list of all match and target modules. A new module is one file, one declaration and one row here.
#include <array>
#include <string>
#include <unordered_map>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

// Matches.
extern const Extension kMatchAddrtype;
extern const Extension kMatchAh;
extern const Extension kMatchAh6;
extern const Extension kMatchBpf;
extern const Extension kMatchCgroup;
extern const Extension kMatchCluster;
extern const Extension kMatchComment;
extern const Extension kMatchConnbytes;
extern const Extension kMatchConnlabel;
extern const Extension kMatchConnlimit;
extern const Extension kMatchConnmark;
extern const Extension kMatchConntrack;
extern const Extension kMatchCpu;
extern const Extension kMatchDccp;
extern const Extension kMatchDevgroup;
extern const Extension kMatchDscp;
extern const Extension kMatchDst;
extern const Extension kMatchEcn;
extern const Extension kMatchEsp;
extern const Extension kMatchEui64;
extern const Extension kMatchFrag;
extern const Extension kMatchHashlimit;
extern const Extension kMatchHbh;
extern const Extension kMatchHelper;
extern const Extension kMatchHl;
extern const Extension kMatchIcmp;
extern const Extension kMatchIcmp6;
extern const Extension kMatchIpcomp;
extern const Extension kMatchIprange;
extern const Extension kMatchIpv6header;
extern const Extension kMatchIpvs;
extern const Extension kMatchL2tp;
extern const Extension kMatchLength;
extern const Extension kMatchLimit;
extern const Extension kMatchMac;
extern const Extension kMatchMark;
extern const Extension kMatchMh;
extern const Extension kMatchMultiport;
extern const Extension kMatchNfacct;
extern const Extension kMatchOsf;
extern const Extension kMatchOwner;
extern const Extension kMatchPhysdev;
extern const Extension kMatchPkttype;
extern const Extension kMatchPolicy;
extern const Extension kMatchQuota;
extern const Extension kMatchRateest;
extern const Extension kMatchRealm;
extern const Extension kMatchRecent;
extern const Extension kMatchRpfilter;
extern const Extension kMatchRt;
extern const Extension kMatchSctp;
extern const Extension kMatchSet;
extern const Extension kMatchSocket;
extern const Extension kMatchSrh;
extern const Extension kMatchState;
extern const Extension kMatchStatistic;
extern const Extension kMatchString;
extern const Extension kMatchTcp;
extern const Extension kMatchTcpmss;
extern const Extension kMatchTime;
extern const Extension kMatchTos;
extern const Extension kMatchTtl;
extern const Extension kMatchU32;
extern const Extension kMatchUdp;
// Targets.
extern const Extension kTargetAccept;
extern const Extension kTargetAudit;
extern const Extension kTargetChecksum;
extern const Extension kTargetClassify;
extern const Extension kTargetClusterip;
extern const Extension kTargetConnmark;
extern const Extension kTargetConnsecmark;
extern const Extension kTargetCt;
extern const Extension kTargetDnat;
extern const Extension kTargetDnpt;
extern const Extension kTargetDrop;
extern const Extension kTargetDscp;
extern const Extension kTargetEcn;
extern const Extension kTargetHl;
extern const Extension kTargetHmark;
extern const Extension kTargetIdletimer;
extern const Extension kTargetLed;
extern const Extension kTargetLog;
extern const Extension kTargetMark;
extern const Extension kTargetMasquerade;
extern const Extension kTargetNetmap;
extern const Extension kTargetNflog;
extern const Extension kTargetNfqueue;
extern const Extension kTargetNotrack;
extern const Extension kTargetQueue;
extern const Extension kTargetRateest;
extern const Extension kTargetRedirect;
extern const Extension kTargetReject;
extern const Extension kTargetReturn;
extern const Extension kTargetSecmark;
extern const Extension kTargetSet;
extern const Extension kTargetSnat;
extern const Extension kTargetSnpt;
extern const Extension kTargetSynproxy;
extern const Extension kTargetTcpmss;
extern const Extension kTargetTcpoptstrip;
extern const Extension kTargetTee;
extern const Extension kTargetTos;
extern const Extension kTargetTproxy;
extern const Extension kTargetTrace;
extern const Extension kTargetTtl;
extern const Extension kTargetUlog;

namespace {

constexpr const Extension* kAll[] = {
    // Matches.
    &kMatchAddrtype,
    &kMatchAh,
    &kMatchAh6,
    &kMatchBpf,
    &kMatchCgroup,
    &kMatchCluster,
    &kMatchComment,
    &kMatchConnbytes,
    &kMatchConnlabel,
    &kMatchConnlimit,
    &kMatchConnmark,
    &kMatchConntrack,
    &kMatchCpu,
    &kMatchDccp,
    &kMatchDevgroup,
    &kMatchDscp,
    &kMatchDst,
    &kMatchEcn,
    &kMatchEsp,
    &kMatchEui64,
    &kMatchFrag,
    &kMatchHashlimit,
    &kMatchHbh,
    &kMatchHelper,
    &kMatchHl,
    &kMatchIcmp,
    &kMatchIcmp6,
    &kMatchIpcomp,
    &kMatchIprange,
    &kMatchIpv6header,
    &kMatchIpvs,
    &kMatchL2tp,
    &kMatchLength,
    &kMatchLimit,
    &kMatchMac,
    &kMatchMark,
    &kMatchMh,
    &kMatchMultiport,
    &kMatchNfacct,
    &kMatchOsf,
    &kMatchOwner,
    &kMatchPhysdev,
    &kMatchPkttype,
    &kMatchPolicy,
    &kMatchQuota,
    &kMatchRateest,
    &kMatchRealm,
    &kMatchRecent,
    &kMatchRpfilter,
    &kMatchRt,
    &kMatchSctp,
    &kMatchSet,
    &kMatchSocket,
    &kMatchSrh,
    &kMatchState,
    &kMatchStatistic,
    &kMatchString,
    &kMatchTcp,
    &kMatchTcpmss,
    &kMatchTime,
    &kMatchTos,
    &kMatchTtl,
    &kMatchU32,
    &kMatchUdp,
    // Targets.
    &kTargetAccept,
    &kTargetAudit,
    &kTargetChecksum,
    &kTargetClassify,
    &kTargetClusterip,
    &kTargetConnmark,
    &kTargetConnsecmark,
    &kTargetCt,
    &kTargetDnat,
    &kTargetDnpt,
    &kTargetDrop,
    &kTargetDscp,
    &kTargetEcn,
    &kTargetHl,
    &kTargetHmark,
    &kTargetIdletimer,
    &kTargetLed,
    &kTargetLog,
    &kTargetMark,
    &kTargetMasquerade,
    &kTargetNetmap,
    &kTargetNflog,
    &kTargetNfqueue,
    &kTargetNotrack,
    &kTargetQueue,
    &kTargetRateest,
    &kTargetRedirect,
    &kTargetReject,
    &kTargetReturn,
    &kTargetSecmark,
    &kTargetSet,
    &kTargetSnat,
    &kTargetSnpt,
    &kTargetSynproxy,
    &kTargetTcpmss,
    &kTargetTcpoptstrip,
    &kTargetTee,
    &kTargetTos,
    &kTargetTproxy,
    &kTargetTrace,
    &kTargetTtl,
    &kTargetUlog,
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
