// SPDX-License-Identifier: Apache-2.0
// Effects and verdicts as targets of iptables.
#include <variant>

#include "backends/iptables_core.h"
#include "compiler/ir/named_counter.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", value);
  return text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

struct Target {
  std::string text;
  std::string problem;
};

Target problem(std::string why) { return {"", std::move(why)}; }

Target set_field(const ir::SetField& set) {
  const std::string value = hex(set.value) + "/" + hex(set.mask);
  if (set.shift != 0) return problem("shifting the bits of a mark");
  switch (set.field) {
    case FieldId::kMark: return {" -j MARK --set-xmark " + value, ""};
    case FieldId::kCtMark: return {" -j CONNMARK --set-xmark " + value, ""};
    case FieldId::kIpTos:
    case FieldId::kIp6Tclass: return {" -j TOS --set-tos " + hex(set.value & 0xff) + "/" + hex(set.mask & 0xff), ""};
    case FieldId::kIpTtl: return {" -j TTL --ttl-set " + std::to_string(set.value & 0xff), ""};
    case FieldId::kIp6HopLimit: return {" -j HL --hl-set " + std::to_string(set.value & 0xff), ""};
    case FieldId::kPriority:
      return {" -j CLASSIFY --set-class " + hex(set.value >> 16).substr(2) + ":" + hex(set.value & 0xffff).substr(2),
              ""};
    default: return problem("setting `" + std::string(ir::field_info(set.field).name) + "`");
  }
}

Target copy_mark(const ir::CopyMark& copy) {
  if (copy.shift != 0) return problem("shifting the bits of a mark");
  return {std::string(" -j CONNMARK ") + (copy.save ? "--save-mark" : "--restore-mark") + " --nfmask " +
              hex(copy.nfmask) + " --ctmask " + hex(copy.ctmask),
          ""};
}

Target log(const ir::Log& what) {
  std::string out = " -j LOG";
  if (!what.prefix.empty()) out += " --log-prefix " + quoted(what.prefix);
  if (what.level != 4) out += " --log-level " + std::to_string(what.level);
  static constexpr std::pair<unsigned, const char*> kFlags[] = {
      {1, "tcp-sequence"}, {2, "tcp-options"}, {4, "ip-options"}, {8, "uid"}, {32, "macdecode"}};
  for (const auto& [bit, name] : kFlags)
    if ((what.flags & bit) != 0) out += std::string(" --log-") + name;
  return {out, ""};
}

Target nflog(const ir::Nflog& what) {
  std::string out = " -j NFLOG";
  if (!what.prefix.empty()) out += " --nflog-prefix " + quoted(what.prefix);
  if (what.group != 0) out += " --nflog-group " + std::to_string(what.group);
  if (what.snaplen) out += " --nflog-size " + std::to_string(*what.snaplen);
  if (what.threshold != 0) out += " --nflog-threshold " + std::to_string(what.threshold);
  return {out, ""};
}

Target nat(const ir::Nat& what, ir::Family family) {
  using Kind = ir::Nat::Kind;
  const bool v6 = family == ir::Family::kIpv6;
  std::string to;
  if (what.addresses) {
    const std::string lo = ir::format_address(what.addresses->lo, family);
    const std::string hi = ir::format_address(what.addresses->hi, family);
    to = lo == hi ? lo : lo + "-" + hi;
    if (v6 && what.ports) to = "[" + to + "]";
  }
  std::string ports;
  if (what.ports) {
    ports = ir::format_number(what.ports->lo);
    if (what.ports->lo != what.ports->hi) ports += "-" + ir::format_number(what.ports->hi);
  }
  std::string out;
  switch (what.kind) {
    case Kind::kSnat: out = " -j SNAT --to-source " + to + (ports.empty() ? "" : ":" + ports); break;
    case Kind::kDnat: out = " -j DNAT --to-destination " + to + (ports.empty() ? "" : ":" + ports); break;
    case Kind::kMasquerade: out = " -j MASQUERADE" + (ports.empty() ? "" : " --to-ports " + ports); break;
    case Kind::kRedirect: out = " -j REDIRECT" + (ports.empty() ? "" : " --to-ports " + ports); break;
    case Kind::kNetmap: {
      const unsigned bits = ir::address_bits(family);
      const auto prefix =
          what.addresses ? ir::mask_prefix(ir::max_of_bits(bits) & ~(what.addresses->lo ^ what.addresses->hi), bits)
                         : std::nullopt;
      if (!prefix) return problem("this `NETMAP`");
      out = " -j NETMAP --to " + ir::format_address(what.addresses->lo, family) + "/" + std::to_string(*prefix);
      break;
    }
  }
  if (what.random) out += " --random";
  if (what.random_fully) out += " --random-fully";
  if (what.persistent) out += " --persistent";
  return {out, ""};
}

Target track_as(const ir::TrackAs& track) {
  if (!track.timeout.empty() || track.events || track.expect_events) return problem("events and timeouts of `CT`");
  std::string out = " -j CT";
  if (!track.helper.empty()) out += " --helper " + track.helper;
  const bool zone = track.zone != ir::TrackAs::Zone::kNone;
  if (track.zone == ir::TrackAs::Zone::kBoth) out += " --zone ";
  if (track.zone == ir::TrackAs::Zone::kOriginal) out += " --zone-orig ";
  if (track.zone == ir::TrackAs::Zone::kReply) out += " --zone-reply ";
  if (zone) out += track.zone_from_mark ? "mark" : std::to_string(track.zone_id);
  return {out, ""};
}

Target give_to_socket(const ir::GiveToSocket& give, ir::Family family) {
  std::string out = " -j TPROXY --on-port " + std::to_string(give.port);
  if (give.address != 0) out += " --on-ip " + ir::format_address(give.address, family);
  if (give.mask != 0 || give.mark != 0) out += " --tproxy-mark " + hex(give.mark) + "/" + hex(give.mask);
  return {out, ""};
}

Target effect_target(const ir::Effect& effect, ir::Family family) {
  if (const auto* set = std::get_if<ir::SetField>(&effect)) return set_field(*set);
  if (const auto* copy = std::get_if<ir::CopyMark>(&effect)) return copy_mark(*copy);
  if (const auto* what = std::get_if<ir::Log>(&effect)) return log(*what);
  if (const auto* what = std::get_if<ir::Nflog>(&effect)) return nflog(*what);
  if (const auto* what = std::get_if<ir::Nat>(&effect)) return nat(*what, family);
  if (std::holds_alternative<ir::Notrack>(effect)) return {" -j CT --notrack", ""};
  if (const auto* mss = std::get_if<ir::SetTcpMss>(&effect))
    return {mss->mss ? " -j TCPMSS --set-mss " + std::to_string(*mss->mss) : " -j TCPMSS --clamp-mss-to-pmtu", ""};
  if (const auto* tee = std::get_if<ir::Duplicate>(&effect))
    return {" -j TEE --gateway " + ir::format_address(tee->gateway, family) +
                (tee->interface.empty() ? "" : " --oif " + tee->interface),
            ""};
  if (const auto* add = std::get_if<ir::AddToHopLimit>(&effect)) {
    const std::string name = family == ir::Family::kIpv4 ? " -j TTL --ttl-" : " -j HL --hl-";
    return {name + (add->amount < 0 ? "dec " : "inc ") + std::to_string(std::abs(add->amount)), ""};
  }
  if (const auto* aside = std::get_if<ir::Aside>(&effect); aside != nullptr && aside->module == "TRACE")
    return {" -j TRACE", ""};
  if (const auto* track = std::get_if<ir::TrackAs>(&effect)) return track_as(*track);
  if (const auto* give = std::get_if<ir::GiveToSocket>(&effect)) return give_to_socket(*give, family);
  if (const auto* opaque = std::get_if<ir::OpaqueEffect>(&effect))
    return problem("`" + opaque->module + "` has no target in iptables");
  return problem("what the rule does has no target that can be written for iptables yet");
}

Target verdict_target(const ir::Verdict& verdict, const std::function<std::string(ir::ChainId)>& chain_name) {
  switch (verdict.kind) {
    case ir::VerdictKind::kContinue: return {};
    case ir::VerdictKind::kAccept: return {" -j ACCEPT", ""};
    case ir::VerdictKind::kDrop: return {" -j DROP", ""};
    case ir::VerdictKind::kReject:
      return {" -j REJECT --reject-with " + std::string(ir::reject_name(verdict.reject)), ""};
    case ir::VerdictKind::kReturn: return {" -j RETURN", ""};
    case ir::VerdictKind::kJump: return {" -j " + chain_name(verdict.chain), ""};
    case ir::VerdictKind::kGoto: return {" -g " + chain_name(verdict.chain), ""};
    case ir::VerdictKind::kQueue: {
      std::string out = " -j NFQUEUE ";
      out += verdict.more_queues == 0 ? "--queue-num " + std::to_string(verdict.queue)
                                      : "--queue-balance " + std::to_string(verdict.queue) + ":" +
                                            std::to_string(verdict.queue + verdict.more_queues);
      if (verdict.bypass) out += " --queue-bypass";
      if (verdict.cpu_fanout) out += " --queue-cpu-fanout";
      return {out, ""};
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> iptables_targets(const ir::Rule& rule, ir::Family family,
                                          const std::function<std::string(ir::ChainId)>& chain_name, std::string& why) {
  std::vector<std::string> out;
  bool decided = false;
  for (std::size_t i = 0; i < rule.effects.size(); ++i) {
    ir::Effect effect = rule.effects[i];
    // TPROXY ends the rule and sets the mark itself.
    if (auto* give = std::get_if<ir::GiveToSocket>(&effect); give != nullptr && i + 1 < rule.effects.size()) {
      const auto* mark = std::get_if<ir::SetField>(&rule.effects[i + 1]);
      if (mark == nullptr || mark->field != FieldId::kMark || give->mask != 0 || i + 2 != rule.effects.size())
        return why = "more than a mark beside `TPROXY`", out;
      give->mark = mark->value;
      give->mask = mark->mask;
      ++i;
    }
    const auto* aside = std::get_if<ir::Aside>(&effect);
    if (aside != nullptr && aside->module == ir::kNamedCounter) continue;  // every rule counts
    if (std::holds_alternative<ir::GiveToSocket>(effect) && rule.verdict.kind != ir::VerdictKind::kAccept)
      return why = "`TPROXY` accepts the packet; `tproxy` without `accept` does not", out;
    Target target = effect_target(effect, family);
    if (!target.problem.empty()) return why = std::move(target.problem), out;
    decided = decided || std::holds_alternative<ir::Nat>(effect) || std::holds_alternative<ir::GiveToSocket>(effect);
    out.push_back(std::move(target.text));
  }
  if (!decided)
    if (Target target = verdict_target(rule.verdict, chain_name); !target.text.empty())
      out.push_back(std::move(target.text));
  return out;
}

}  // namespace nfproof::backends
