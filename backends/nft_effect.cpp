// SPDX-License-Identifier: Apache-2.0
// Effects and verdicts as nftables statements.
#include "backends/nft_effect.h"

#include <array>
#include <cstdlib>
#include <variant>

#include "backends/nft_formula.h"
#include "backends/nft_module.h"
#include "backends/nft_names.h"
#include "backends/nft_set.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;

constexpr std::uint32_t kAllBits = 0xffffffff;

NftEffect statement(std::string text) {
  NftEffect effect;
  effect.statement = std::move(text);
  return effect;
}

NftEffect problem(std::string why) {
  NftEffect effect;
  effect.problem = std::move(why);
  return effect;
}

NftEffect no_translation(std::string_view target) {
  return problem("target `" + std::string(target) + "` has no translation to nftables");
}

NftLine step(NftTests tests, std::string statement, bool returns = false) {
  NftLine line;
  line.tests = std::move(tests);
  line.statements.push_back(std::move(statement));
  if (returns) {
    line.end = NftEnd::kReturn;
    line.verdict = "return";
  }
  return line;
}

/// The byte has two names, DSCP (the upper six bits) and ECN, and nft sets each only to a constant: where bits stay,
/// there is one step for each value they can have. They are read raw: nft 1.0.6 gets masks of `ip6 dscp` wrong.
NftEffect set_traffic_class(std::uint32_t value, std::uint32_t mask, bool v4) {
  const std::string dscp = v4 ? "ip dscp" : "ip6 dscp";
  const std::string ecn = v4 ? "ip ecn" : "ip6 ecn";
  const std::string raw = v4 ? "@nh,8,8 & " : "@nh,0,16 & ";
  const unsigned shift = v4 ? 0 : 4;
  value &= 0xff;
  mask &= 0xff;
  const bool sets_ecn = (mask & 3) == 3;
  if (!sets_ecn && ((mask | value) & 3) != 0) return problem("setting a part of the ECN field");
  const std::string set_ecn = ecn + " set " + nft_hex(value & 3);
  NftEffect effect;
  if ((mask & 0xfc) == 0xfc) {
    effect.statement = dscp + " set " + nft_hex(value >> 2);
    if (sets_ecn) effect.more.push_back(set_ecn);
    return effect;
  }
  if (sets_ecn) effect.steps.push_back(step({}, set_ecn));
  const std::uint32_t kept = ~mask & 0xfc;
  for (std::uint32_t bits = 0; bits <= 0xfc; bits += 4) {
    if ((bits & ~kept) != 0) continue;
    // What a step has set must not meet another one.
    effect.steps.push_back(step({{raw + nft_hex(kept << shift) + " == " + nft_hex(bits << shift)}},
                                dscp + " set " + nft_hex((bits ^ value) >> 2), true));
  }
  return effect;
}

NftEffect set_field(const ir::SetField& set) {
  if (set.shift != 0) {
    const bool whole = set.mask == 0 && set.value == 0;
    if (whole && (set.field == FieldId::kMark || set.field == FieldId::kCtMark)) {
      const std::string name = set.field == FieldId::kMark ? "meta mark" : "ct mark";
      return statement(name + " set " + name + (set.shift > 0 ? " << " : " >> ") + std::to_string(std::abs(set.shift)));
    }
    if (set.mask != kAllBits || set.field != FieldId::kCtMark) return problem("shifting the bits of a mark that stay");
    const std::uint32_t shifted = set.shift > 0 ? set.value << set.shift : set.value >> -set.shift;
    return statement("ct mark set " + nft_hex(shifted));
  }
  switch (set.field) {
    case FieldId::kMark: return statement(nft_mark_statement("meta mark", set.value, set.mask));
    case FieldId::kCtMark: return statement(nft_mark_statement("ct mark", set.value, set.mask));
    case FieldId::kIpTos:
    case FieldId::kIp6Tclass: return set_traffic_class(set.value, set.mask, set.field == FieldId::kIpTos);
    case FieldId::kPriority:
      return statement("meta priority set " + nft_hex(set.value >> 16).substr(2) + ":" +
                       nft_hex(set.value & 0xffff).substr(2));
    case FieldId::kIpTtl:
    case FieldId::kIp6HopLimit:
      if ((set.mask & 0xff) != 0xff) break;
      return statement((set.field == FieldId::kIpTtl ? "ip ttl set " : "ip6 hoplimit set ") +
                       std::to_string(set.value & 0xff));
    default: break;  // no target sets other fields
  }
  return problem("setting `" + std::string(ir::field_info(set.field).name) + "`");
}

/// nft 1.0.6 combines only one mark with constants. Where bits of both survive, they are copied one by one.
NftEffect copy_mark(const ir::CopyMark& copy) {
  const std::string to = copy.save ? "ct mark" : "meta mark";
  const std::string from = copy.save ? "meta mark" : "ct mark";
  const std::uint32_t cleared = copy.save ? copy.ctmask : copy.nfmask;
  const std::uint32_t copied = copy.save ? copy.nfmask : copy.ctmask;
  if (cleared == kAllBits && copy.shift != 0) {
    const std::string masked = copied == kAllBits ? from : "(" + from + " & " + nft_hex(copied) + ")";
    return statement(to + " set " + masked + (copy.shift > 0 ? " << " : " >> ") + std::to_string(std::abs(copy.shift)));
  }
  if (copy.shift != 0) return problem("shifting the bits of a mark into one that keeps some");
  if (cleared == kAllBits) {
    return statement(to + " set " + from + (copied == kAllBits ? "" : " & " + nft_hex(copied)));
  }
  NftEffect effect;
  NftLine untracked;
  untracked.tests.push_back({std::string(kNftUntracked)});
  untracked.end = NftEnd::kReturn;
  untracked.verdict = "return";
  effect.steps.push_back(std::move(untracked));
  effect.steps.push_back(step({}, to + " set " + to + " & " + nft_hex(~cleared)));
  for (unsigned bit = 0; bit < 32; ++bit) {
    const std::uint32_t one = 1U << bit;
    if ((copied & one) == 0) continue;
    effect.steps.push_back(
        step({{from + " & " + nft_hex(one) + " == " + nft_hex(one)}}, to + " set " + to + " ^ " + nft_hex(one)));
  }
  return effect;
}

std::string prefix_text(const std::string& prefix, NftEffect& effect) {
  if (prefix.empty()) return "";
  if (!is_nft_quotable(prefix)) effect.warning = "the log prefix keeps no double quotes or control characters";
  return " prefix " + nft_quoted(prefix);
}

NftEffect log(const ir::Log& what) {
  static constexpr std::array<std::string_view, 8> kLevels = {"emerg", "alert",  "crit", "err",
                                                              "warn",  "notice", "info", "debug"};
  // XT_LOG_* of include/uapi/linux/netfilter/xt_LOG.h
  constexpr unsigned kTcpSequence = 1, kTcpOptions = 2, kIpOptions = 4, kUid = 8, kMacDecode = 32;
  NftEffect effect;
  effect.statement = "log" + prefix_text(what.prefix, effect);
  if (what.level != 4 && what.level < kLevels.size()) effect.statement += " level " + std::string(kLevels[what.level]);
  const unsigned flags = what.flags;
  if ((flags & kTcpSequence) != 0) {
    effect.statement += (flags & kTcpOptions) != 0 ? " flags tcp sequence,options" : " flags tcp sequence";
  } else if ((flags & kTcpOptions) != 0) {
    effect.statement += " flags tcp options";
  }
  if ((flags & kIpOptions) != 0) effect.statement += " flags ip options";
  if ((flags & kUid) != 0) effect.statement += " flags skuid";
  if ((flags & kMacDecode) != 0) effect.statement += " flags ether";
  return effect;
}

NftEffect nflog(const ir::Nflog& what) {
  NftEffect effect;
  effect.statement = "log" + prefix_text(what.prefix, effect) + " group " + std::to_string(what.group);
  if (what.snaplen) effect.statement += " snaplen " + std::to_string(*what.snaplen);
  if (what.threshold != 0) effect.statement += " queue-threshold " + std::to_string(what.threshold);
  return effect;
}

std::string nat_addresses(const ir::Interval& range, ir::Family family, bool brackets) {
  const auto one = [&](ir::u128 address) {
    const std::string text = ir::format_address(address, family);
    return brackets ? "[" + text + "]" : text;
  };
  return range.lo == range.hi ? one(range.lo) : one(range.lo) + "-" + one(range.hi);
}

NftEffect nat(const ir::Nat& what, const NftContext& context) {
  if (what.addresses && !context.address_family) return problem(std::string(kNftWhichFamily));
  const ir::Family family = context.address_family.value_or(ir::Family::kIpv4);
  if (what.kind == ir::Nat::Kind::kNetmap) return nft_netmap(what, context);
  if (what.base_port != 0) return problem("nftables cannot shift a range of ports");
  NftEffect effect;
  effect.is_verdict = true;
  switch (what.kind) {
    case ir::Nat::Kind::kSnat: effect.statement = "snat"; break;
    case ir::Nat::Kind::kDnat: effect.statement = "dnat"; break;
    case ir::Nat::Kind::kMasquerade: effect.statement = "masquerade"; break;
    case ir::Nat::Kind::kRedirect: effect.statement = "redirect"; break;
    case ir::Nat::Kind::kNetmap: break;
  }
  std::string to;
  if (what.addresses)
    to = nat_addresses(*what.addresses, family, family == ir::Family::kIpv6 && what.ports.has_value());
  if (what.ports) {
    to += ":" + ir::format_number(what.ports->lo);
    if (what.ports->hi != what.ports->lo) to += "-" + ir::format_number(what.ports->hi);
    effect.needs_protocol = true;
  }
  if (what.addresses && context.family == ir::Family::kInet)
    effect.statement += family == ir::Family::kIpv4 ? " ip" : " ip6";
  if (!to.empty()) effect.statement += " to " + to;
  const bool changes_nothing = to.empty() && (what.kind == ir::Nat::Kind::kSnat || what.kind == ir::Nat::Kind::kDnat);
  if (changes_nothing) return problem("a translation to nothing");
  std::string flags;
  const auto add_flag = [&](bool set, std::string_view name) {
    if (!set) return;
    flags += flags.empty() ? " " : ",";
    flags += name;
  };
  add_flag(what.random, "random");
  add_flag(what.random_fully, "fully-random");
  add_flag(what.persistent, "persistent");
  effect.statement += flags;
  return effect;
}

NftEffect set_mss(const ir::SetTcpMss& what, bool tests_for_option) {
  NftEffect effect = statement("tcp option maxseg size set " + (what.mss ? std::to_string(*what.mss) : "rt mtu"));
  if (tests_for_option) return effect;
  if (what.mss) {
    return problem(
        "TCPMSS adds a missing maximum segment size, nftables only changes one; add `-m tcpmss --mss 0:65535` "
        "to the rule if that is enough");
  }
  effect.warning = "TCPMSS also adds a maximum segment size to packets without one, nftables only lowers what is there";
  return effect;
}

/// Values that a rule of nftables sets stay as they are written, unless they name an object.
NftEffect opaque_effect(const ir::OpaqueEffect& opaque, const NftContext& context) {
  if (opaque.unreadable) return problem(std::string(kNftUnreadable));
  static constexpr std::string_view kSet = "set ";
  const std::string_view module = opaque.module;
  const bool named = module.ends_with(" timeout") || module.ends_with(" expectation") || module.ends_with(" secmark");
  if (!module.starts_with(kSet) || named || !nft_is_native(opaque.arguments)) return no_translation(opaque.module);
  if (!context.native) return problem(std::string(kNftTextOnly));
  return statement(opaque.module.substr(kSet.size()) + " set " + opaque.arguments);
}

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string_view reject_text(ir::RejectWith with) {
  switch (with) {
    case ir::RejectWith::kIcmpNetUnreachable: return "icmp type net-unreachable";
    case ir::RejectWith::kIcmpHostUnreachable: return "icmp type host-unreachable";
    case ir::RejectWith::kIcmpPortUnreachable: return "icmp type port-unreachable";
    case ir::RejectWith::kIcmpProtoUnreachable: return "icmp type prot-unreachable";
    case ir::RejectWith::kIcmpNetProhibited: return "icmp type net-prohibited";
    case ir::RejectWith::kIcmpHostProhibited: return "icmp type host-prohibited";
    case ir::RejectWith::kIcmpAdminProhibited: return "icmp type admin-prohibited";
    case ir::RejectWith::kIcmp6NoRoute: return "icmpv6 type no-route";
    case ir::RejectWith::kIcmp6AdmProhibited: return "icmpv6 type admin-prohibited";
    case ir::RejectWith::kIcmp6AddrUnreachable: return "icmpv6 type addr-unreachable";
    case ir::RejectWith::kIcmp6PortUnreachable: return "icmpv6 type port-unreachable";
    case ir::RejectWith::kIcmp6PolicyFail: return "icmpv6 type policy-fail";
    case ir::RejectWith::kIcmp6RejectRoute: return "icmpv6 type reject-route";
    case ir::RejectWith::kTcpReset: return "tcp reset";
  }
  return "";
}

}  // namespace

std::string nft_mark_statement(const std::string& name, std::uint32_t value, std::uint32_t mask) {
  if (mask == kAllBits) return name + " set " + nft_hex(value);
  if ((value & ~mask) == 0 && value == mask) return name + " set " + name + " | " + nft_hex(value);
  std::string out = name + " set " + name;
  if (mask != 0) out += " & " + nft_hex(~mask);
  if (value != 0 || mask == 0) out += " ^ " + nft_hex(value);
  return out;
}

NftEffect nft_effect(const ir::Effect& effect, const NftContext& context, bool tests_for_option) {
  return std::visit(
      Overloaded{[&](const ir::SetField& set) { return set_field(set); },
                 [](const ir::CopyMark& copy) { return copy_mark(copy); },
                 [](const ir::Notrack&) { return statement("notrack"); }, [](const ir::Log& what) { return log(what); },
                 [](const ir::Nflog& what) { return nflog(what); },
                 [&](const ir::Nat& what) { return nat(what, context); },
                 [&](const ir::SetTcpMss& what) { return set_mss(what, tests_for_option); },
                 [&](const ir::AddToHopLimit& what) { return nft_add_to_hop_limit(what, context); },
                 [&](const ir::TrackAs& what) { return nft_track_as(what, context); },
                 [](const ir::TranslatePrefix&) {
                   return problem("nftables translates prefixes only by connection, not packet by packet");
                 },
                 [&](const ir::StripTcpOptions& what) { return nft_strip_tcp_options(what, context); },
                 [&](const ir::UpdateSet& what) { return nft_set_update(what, context); },
                 [](const ir::HashMark&) { return no_translation("HMARK"); },
                 [](const ir::SampleRate&) { return no_translation("RATEEST"); },
                 [&](const ir::Duplicate& what) { return nft_duplicate(what, context); },
                 [&](const ir::GiveToSocket& what) { return nft_give_to_socket(what, context); },
                 [](const ir::AnswerSyn& what) { return nft_answer_syn(what); },
                 [&](const ir::Aside& what) { return nft_aside(what, context); },
                 [&](const ir::OpaqueEffect& opaque) { return opaque_effect(opaque, context); }},
      effect);
}

namespace {

std::string queue_text(const ir::Verdict& verdict) {
  std::string out = "queue num " + std::to_string(verdict.queue);
  if (verdict.more_queues != 0) out += "-" + std::to_string(verdict.queue + verdict.more_queues);
  if (verdict.bypass) out += " bypass";
  if (verdict.cpu_fanout) out += verdict.bypass ? ",fanout" : " fanout";
  return out;
}

}  // namespace

std::string nft_verdict(const ir::Verdict& verdict, const std::string& chain) {
  switch (verdict.kind) {
    case ir::VerdictKind::kContinue: return "";
    case ir::VerdictKind::kAccept: return "accept";
    case ir::VerdictKind::kDrop: return "drop";
    case ir::VerdictKind::kReject: return "reject with " + std::string(reject_text(verdict.reject));
    case ir::VerdictKind::kReturn: return "return";
    case ir::VerdictKind::kJump: return "jump " + chain;
    case ir::VerdictKind::kGoto: return "goto " + chain;
    case ir::VerdictKind::kQueue: return queue_text(verdict);
  }
  return "";
}

}  // namespace nfproof::backends
