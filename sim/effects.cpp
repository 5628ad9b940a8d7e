// SPDX-License-Identifier: Apache-2.0
// Marks, header changes, translation, logs.
#include "sim/effects.h"

#include <algorithm>
#include <variant>

#include "compiler/ir/dump.h"
#include "sim/hash_mark.h"
#include "sim/helper.h"
#include "sim/log_line.h"
#include "sim/prefix_translation.h"
#include "sim/rewrite.h"
#include "sim/sets.h"

namespace nfproof::sim {
namespace {

using ir::FieldId;

constexpr std::uint32_t kIpsTemplate = 1U << 11;

std::uint32_t shifted(std::uint32_t value, int bits) {
  if (bits <= -32 || bits >= 32) return 0;
  return bits < 0 ? value >> -bits : value << bits;
}

std::uint32_t changed(ir::u128 old, const ir::SetField& set) {
  return shifted((static_cast<std::uint32_t>(old) & ~set.mask) ^ set.value, set.shift);
}

void set_connection_mark(Traveller& traveller, std::uint32_t mark) {
  traveller.packet.fields.set(FieldId::kCtMark, mark);
  if (traveller.track.connection) traveller.track.connection->mark = mark;
}

struct Applier {
  const EffectContext& context;

  [[nodiscard]] DecodedPacket& packet() const { return context.traveller.packet; }
  [[nodiscard]] bool tracked() const { return ir::is_present(packet().fields, ir::Presence::kConntrack); }

  bool operator()(const ir::SetField& set) const {
    if (set.field == FieldId::kTcpFlags) return change_tcp_flags(set);
    ir::Packet& fields = packet().fields;
    const std::uint32_t value = changed(fields.get_or(set.field, 0), set);
    if (!ir::is_present(fields, ir::field_info(set.field).presence)) return true;
    switch (set.field) {
      case FieldId::kCtMark: set_connection_mark(context.traveller, value); return true;
      case FieldId::kIpTos:
      case FieldId::kIp6Tclass: set_tos(packet(), static_cast<std::uint8_t>(value)); return true;
      case FieldId::kIpTtl:
      case FieldId::kIp6HopLimit: set_ttl(packet(), static_cast<std::uint8_t>(value)); return true;
      default: fields.set(set.field, value); return true;
    }
  }

  /// The only target that does so clears bits.
  [[nodiscard]] bool change_tcp_flags(const ir::SetField& set) const {
    if (packet().protocol() != ir::kProtoTcp || clear_tcp_flags(packet(), static_cast<std::uint8_t>(set.mask)))
      return true;
    context.walk.reason = "the TCP header is cut short";
    return false;
  }

  bool operator()(const ir::CopyMark& copy) const {
    if (!tracked()) return true;
    ir::Packet& fields = packet().fields;
    const auto mark = static_cast<std::uint32_t>(fields.get_or(FieldId::kMark, 0));
    const auto ct_mark = static_cast<std::uint32_t>(fields.get_or(FieldId::kCtMark, 0));
    if (copy.save)
      set_connection_mark(context.traveller, (ct_mark & ~copy.ctmask) ^ shifted(mark & copy.nfmask, copy.shift));
    else
      fields.set(FieldId::kMark, (mark & ~copy.nfmask) ^ shifted(ct_mark & copy.ctmask, copy.shift));
    return true;
  }

  bool operator()(const ir::Notrack&) const {
    if (tracked()) return true;
    context.traveller.track.state = ir::CtState::kUntracked;
    packet().fields.set(FieldId::kCtState, static_cast<unsigned>(ir::CtState::kUntracked));
    return true;
  }

  bool operator()(const ir::Log& log) const {
    note_log(log.prefix, log.flags, std::nullopt);
    return true;
  }

  bool operator()(const ir::Nflog& log) const {
    note_log(log.prefix, 0, log.group);
    return true;
  }

  void note_log(const std::string& prefix, std::uint8_t flags, std::optional<std::uint16_t> group) const {
    if (context.journal.logs == nullptr) return;
    LogEvent event{.rule = context.rule, .prefix = prefix, .nflog_group = group, .line = {}};
    if (context.journal.log_lines) {
      const ir::Packet& fields = packet().fields;
      const ir::Interface* in = context.host.find_interface(fields.in);
      event.line = log_line({.prefix = prefix,
                             .flags = flags,
                             .in = fields.in,
                             .out = fields.out,
                             .loopback = in != nullptr && in->loopback},
                            packet());
    }
    context.journal.logs->push_back(std::move(event));
  }

  bool operator()(const ir::Nat& effect) const {
    context.walk.nat_decided = true;
    if (context.nat == nullptr) return true;
    if (context.nat->apply(effect, context.traveller.track, packet().fields, context.hook)) return true;
    context.walk.reason = "there is no address to translate to";
    return false;
  }

  bool operator()(const ir::SetTcpMss& set) const {
    if (packet().protocol() != ir::kProtoTcp) return true;
    const std::optional<std::uint16_t> mss = set.mss ? set.mss : clamped_mss();
    if (mss && set_mss(packet(), *mss)) return true;
    context.walk.reason = mss ? "the TCP header is cut short" : "the path has no room for data";
    return false;
  }

  /// By what goes whole to the destination, and back to the source.
  [[nodiscard]] std::optional<std::uint16_t> clamped_mss() const {
    constexpr std::uint32_t kAny = 0xffff;
    const ir::Packet& fields = packet().fields;
    const auto mtu_to = [&](ir::u128 address) {
      return context.host.mtu_to(address, fields.family, context.mtu).value_or(kAny);
    };
    const std::uint32_t headers = fields.family == ir::Family::kIpv4 ? 40 : 60;
    const std::uint32_t mtu = std::min(mtu_to(fields.destination()), mtu_to(fields.source()));
    if (mtu <= headers) return std::nullopt;
    return static_cast<std::uint16_t>(std::min(mtu - headers, kAny));
  }

  bool operator()(const ir::AddToHopLimit& effect) const {
    const FieldId field = packet().family() == ir::Family::kIpv4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit;
    const int sum = static_cast<int>(packet().fields.get_or(field, 0)) + effect.amount;
    set_ttl(packet(), static_cast<std::uint8_t>(std::clamp(sum, 0, 255)));
    return true;
  }

  bool operator()(const ir::Aside&) const { return true; }
  bool operator()(const ir::Duplicate& effect) const {
    context.walk.copies.push_back({packet(), effect});
    return true;
  }
  bool operator()(const ir::SampleRate&) const { return true; }

  /// The packet gets a template: it looks like a new connection until it is tracked.
  bool operator()(const ir::TrackAs& effect) const {
    Track& track = context.traveller.track;
    if (tracked() || track.treatment != nullptr || track.state == ir::CtState::kUntracked) return true;
    track.treatment = &effect;
    track.state = ir::CtState::kNew;
    ir::Packet& fields = packet().fields;
    fields.set(FieldId::kCtState, static_cast<unsigned>(ir::CtState::kNew));
    fields.set(FieldId::kCtStatus, ir::kIpsConfirmed | kIpsTemplate);
    fields.set(FieldId::kCtMark, 0);
    const bool known = effect.helper.empty() || helper_kind(effect.helper) != HelperKind::kOther;
    return (known && effect.timeout.empty()) || not_done("CT", effect);
  }
  bool operator()(const ir::TranslatePrefix& effect) const {
    if (translate_prefix(packet(), effect)) return true;
    context.walk.reason = "no word of the address can make up for the new prefix";
    return false;
  }
  bool operator()(const ir::StripTcpOptions& effect) const {
    if (packet().protocol() != ir::kProtoTcp || strip_tcp_options(packet(), effect.options)) return true;
    context.walk.reason = "the TCP header is cut short";
    return false;
  }
  bool operator()(const ir::UpdateSet& effect) const {
    if (context.sets != nullptr && context.sets->update(effect, packet())) return true;
    return not_done("SET", effect);
  }
  bool operator()(const ir::HashMark& effect) const {
    const Connection* connection = context.traveller.track.connection.get();
    const Tuple* original = connection == nullptr ? nullptr : connection->tuples.data();
    const Tuple* reply = connection == nullptr ? nullptr : &connection->tuples[1];
    if (const auto mark = hash_mark(effect, packet(), original, reply)) packet().fields.set(FieldId::kMark, *mark);
    return true;
  }
  bool operator()(const ir::GiveToSocket& effect) const {
    const auto mark = static_cast<std::uint32_t>(packet().fields.get_or(FieldId::kMark, 0));
    packet().fields.set(FieldId::kMark, (mark & ~effect.mask) ^ effect.mark);
    return assume("TPROXY", "(a socket takes the packet)");
  }
  bool operator()(const ir::AnswerSyn& effect) const { return not_done("SYNPROXY", effect); }
  bool operator()(const ir::OpaqueEffect& effect) const { return assume(effect.module, effect.arguments); }

  /// It is told that the packet goes on as if the target did nothing.
  [[nodiscard]] bool assume(std::string module, std::string arguments) const {
    if (context.journal.target_assumptions != nullptr)
      context.journal.target_assumptions->push_back(
          {.rule = context.rule, .module = std::move(module), .arguments = std::move(arguments), .is_target = true});
    return true;
  }
  [[nodiscard]] bool not_done(std::string_view module, const ir::Effect& effect) const {
    return assume(std::string(module), ir::dump_effect(effect));
  }
};

}  // namespace

bool apply_effect(const ir::Effect& effect, const EffectContext& context) {
  return std::visit(Applier{context}, effect);
}

}  // namespace nfproof::sim
