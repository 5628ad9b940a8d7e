// SPDX-License-Identifier: Apache-2.0
// Effects of the rarer targets as nftables statements.
#include <algorithm>

#include "backends/nft_effect.h"
#include "backends/nft_module.h"
#include "backends/nft_names.h"
#include "backends/nft_objects.h"
#include "compiler/ir/named_counter.h"

namespace nfproof::backends {
namespace {

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

bool has_hook(const NftContext& context, ir::Hook hook) {
  return (context.hooks >> static_cast<unsigned>(hook) & 1U) != 0;
}

std::string bracketed(ir::u128 address, ir::Family family) {
  const std::string text = ir::format_address(address, family);
  return family == ir::Family::kIpv6 ? "[" + text + "]" : text;
}

}  // namespace

NftEffect nft_add_to_hop_limit(const ir::AddToHopLimit& add, const NftContext& context) {
  if (!context.address_family) return problem(std::string(kNftWhichFamily));
  const ir::Family family = *context.address_family;
  const std::string field = family == ir::Family::kIpv4 ? "ip ttl" : "ip6 hoplimit";
  NftEffect effect;
  for (int value = 0; value < 256; ++value) {
    const int result = std::clamp(value + add.amount, 0, 255);
    if (result == value) continue;
    NftLine line;
    line.tests.push_back({field + " " + std::to_string(value)});
    line.statements.push_back(field + " set " + std::to_string(result));
    line.end = NftEnd::kReturn;
    line.verdict = "return";
    effect.steps.push_back(std::move(line));
  }
  return effect;
}

NftEffect nft_track_as(const ir::TrackAs& track, const NftContext& context) {
  using Zone = ir::TrackAs::Zone;
  if (!track.timeout.empty()) return problem("the timeout policy `" + track.timeout + "` is not in the ruleset");
  if (track.events || track.expect_events)
    return problem("nftables chooses events (`ct event`) only behind conntrack; leave `--ctevents` out");
  NftEffect effect;
  if (track.zone != Zone::kNone) {
    if (!track.helper.empty()) return problem("zone and helper in one rule; write two");
    if (track.zone_from_mark) return problem("nft 1.0.6 does not take the mark for a zone (`--zone mark`)");
    const std::string direction = track.zone == Zone::kOriginal ? "original "
                                  : track.zone == Zone::kReply  ? "reply "
                                                                : "";
    return statement("ct " + direction + "zone set " + std::to_string(track.zone_id));
  }
  if (track.helper.empty()) return effect;
  if (!context.l4proto) return problem("a helper needs the protocol; add `-p tcp` or `-p udp`");
  if (*context.l4proto != ir::kProtoTcp && *context.l4proto != ir::kProtoUdp)
    return problem("nftables has helpers for TCP and UDP only");
  const std::string protocol = nft_protocol_name(*context.l4proto);
  bool is_new = false;
  NftObject& object = context.objects->get("helper " + track.helper + " " + protocol, "ct helper",
                                           track.helper + "-" + protocol, is_new);
  if (is_new) {
    object.settings = {"type " + nft_quoted(track.helper) + " protocol " + protocol + ";"};
    if (!context.of_nftables())
      object.settings.push_back(std::string("l3proto ") + (context.family == ir::Family::kIpv4 ? "ip" : "ip6"));
  }
  effect.statement = "ct helper set " + nft_quoted(object.name);
  effect.behind_conntrack = !context.of_nftables();
  return effect;
}

NftEffect nft_strip_tcp_options(const ir::StripTcpOptions& strip, const NftContext& context) {
  NftEffect effect;
  effect.warning = "nftables strips only the first of several TCP options of one kind";
  for (unsigned kind = 0; kind < 256; ++kind) {
    if ((strip.options[kind / 32] >> (kind % 32) & 1) == 0) continue;
    if (kind < 2) return problem("TCP options of one byte stay as they are");
    const std::string name = nft_tcp_option(static_cast<std::uint8_t>(kind));
    if (!context.native && name == std::to_string(kind)) return problem(std::string(kNftTextOnly));
    const std::string text = "reset tcp option " + name;
    if (effect.statement.empty()) {
      effect.statement = text;
    } else {
      effect.more.push_back(text);
    }
  }
  return effect;
}

NftEffect nft_duplicate(const ir::Duplicate& copy, const NftContext& context) {
  if (context.family == ir::Family::kInet) return problem("`dup` has no place in a table of both families");
  const ir::Family family = context.family;
  std::string text = "dup to " + ir::format_address(copy.gateway, family);
  if (!copy.interface.empty()) text += " device " + nft_quoted(copy.interface);
  return statement(std::move(text));
}

/// Without a socket xtables drops the packet, and nftables goes on: so a drop follows, but not in rules of nftables.
NftEffect nft_give_to_socket(const ir::GiveToSocket& give, const NftContext& context) {
  if (!context.of_nftables() &&
      (!context.l4proto || (*context.l4proto != ir::kProtoTcp && *context.l4proto != ir::kProtoUdp)))
    return problem("`TPROXY` needs the protocol; add `-p tcp` or `-p udp`");
  if (give.address != 0 && !context.address_family) return problem(std::string(kNftWhichFamily));
  const ir::Family family = context.address_family.value_or(ir::Family::kIpv4);
  std::string to = give.address == 0 ? "" : bracketed(give.address, family);
  if (give.port != 0) to += ":" + std::to_string(give.port);
  if (to.empty()) return problem("`TPROXY` to the address and port that the packet has; nftables needs one of them");
  const bool named = context.family == ir::Family::kInet && give.address != 0;
  const std::string_view spelled = !named ? "" : family == ir::Family::kIpv4 ? "ip " : "ip6 ";
  NftEffect effect;
  if (context.of_nftables()) {
    effect.statement = "tproxy " + std::string(spelled) + "to " + to;
    if (give.mask != 0 || give.mark != 0) effect.more = {nft_mark_statement("meta mark", give.mark, give.mask)};
    effect.needs_protocol = true;
    return effect;
  }
  NftLine take;
  take.tests.push_back(nft_protocol_test(*context.l4proto));
  take.statements.push_back("tproxy " + std::string(spelled) + "to " + to);
  if (give.mask != 0 || give.mark != 0)
    take.statements.push_back(nft_mark_statement("meta mark", give.mark, give.mask));
  take.end = NftEnd::kDecides;
  take.verdict = "accept";
  NftLine drop;
  drop.end = NftEnd::kDecides;
  drop.verdict = "drop";
  effect.steps = {std::move(take), std::move(drop)};
  effect.is_verdict = true;
  return effect;
}

NftEffect nft_answer_syn(const ir::AnswerSyn& answer) {
  if (answer.ecn) return problem("nftables' synproxy has no ECN option");
  std::string text = "synproxy";
  if (answer.mss) text += " mss " + std::to_string(*answer.mss);
  if (answer.window_scale) text += " wscale " + std::to_string(*answer.window_scale);
  if (answer.timestamp) text += " timestamp";
  if (answer.sack_permitted) text += " sack-perm";
  return statement(std::move(text));
}

NftEffect nft_netmap(const ir::Nat& nat, const NftContext& context) {
  const bool source = has_hook(context, ir::Hook::kPostrouting) || has_hook(context, ir::Hook::kInput);
  const bool destination = has_hook(context, ir::Hook::kPrerouting) || has_hook(context, ir::Hook::kOutput);
  if (source == destination) return problem("`NETMAP` in a chain for sources and destinations; write two chains");
  if (!nat.addresses) return problem("`NETMAP` without a network");
  if (context.family == ir::Family::kInet) return problem("`NETMAP` in a table of both families");
  const unsigned bits = ir::address_bits(context.family);
  const auto prefix = ir::mask_prefix(ir::max_of_bits(bits) & ~(nat.addresses->lo ^ nat.addresses->hi), bits);
  if (!prefix) return problem("`NETMAP` to a network with holes");
  NftEffect effect;
  const std::string to = ir::format_address(nat.addresses->lo, context.family);
  effect.statement = std::string(source ? "snat" : "dnat");
  effect.statement += *prefix == bits ? " to " + to : " prefix to " + to + "/" + std::to_string(*prefix);
  effect.is_verdict = true;
  return effect;
}

/// `NAME { hook ...; devices = { ... }; }`: the flowtable is an object of the table.
static NftEffect flow_add(const std::string& text, const NftContext& context) {
  const std::size_t open = text.find(" { ");
  const std::size_t close = text.rfind(" }");
  if (open == std::string::npos || close <= open + 3)
    return problem("nftables needs the devices whose packets are spared the rules");
  const std::string name = text.substr(0, open);
  bool is_new = false;
  NftObject& object = context.objects->get("flowtable " + name, "flowtable", name, is_new);
  if (is_new) {
    for (std::size_t from = open + 3; from < close;) {
      const std::size_t to = std::min(text.find(';', from), close);
      object.settings.push_back(text.substr(from, to - from));
      from = std::min(text.find_first_not_of("; ", to), close);
    }
  }
  return statement("flow add @" + object.name);
}

NftEffect nft_aside(const ir::Aside& aside, const NftContext& context) {
  if (aside.module == ir::kNamedCounter) {
    if (aside.arguments.find(' ') != std::string::npos) return problem("a counter that the packet chooses");
    bool is_new = false;
    const NftObject& object = context.objects->get("counter " + aside.arguments, "counter", aside.arguments, is_new);
    return statement("counter name " + nft_quoted(object.name));
  }
  if (aside.module == "FLOWOFFLOAD") return flow_add(aside.arguments, context);
  if (aside.module == "TRACE") return statement("meta nftrace set 1");
  if (aside.module == "AUDIT") return statement("log level audit");
  return problem("target `" + aside.module + "` has no translation to nftables");
}

}  // namespace nfproof::backends
