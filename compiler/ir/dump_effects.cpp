// SPDX-License-Identifier: Apache-2.0
// Dumps of effects: see dump_kinds.h.
#include <array>

#include "compiler/ir/dump_kinds.h"

namespace nfproof::ir {
namespace {

std::string shift_text(int shift) { return shift == 0 ? std::string() : " shift " + std::to_string(shift); }

std::string module_text(const char* word, const std::string& module, const std::string& arguments) {
  return word + ('(' + module) + (arguments.empty() ? "" : " ") + arguments + ')';
}

std::string bytes_text(const std::array<std::uint8_t, 16>& bytes) {
  u128 number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return format_address(number, Family::kIpv6);
}

}  // namespace

std::string dump_effect_kind(const SetField& effect) {
  return "set " + std::string(field_info(effect.field).name) + " = " + dump_hex(effect.value) + '/' +
         dump_hex(effect.mask) + shift_text(effect.shift);
}
std::string dump_effect_kind(const CopyMark& effect) {
  return std::string(effect.save ? "save-mark" : "restore-mark") + " ctmask " + dump_hex(effect.ctmask) + " nfmask " +
         dump_hex(effect.nfmask) + shift_text(effect.shift);
}
std::string dump_effect_kind(const Notrack&) { return "notrack"; }
std::string dump_effect_kind(const Log& effect) {
  return "log \"" + effect.prefix + "\" level " + std::to_string(effect.level) + " flags " + dump_hex(effect.flags);
}
std::string dump_effect_kind(const Nflog& effect) {
  return "nflog \"" + effect.prefix + "\" group " + std::to_string(effect.group) +
         (effect.snaplen ? " size " + std::to_string(*effect.snaplen) : "") + " threshold " +
         std::to_string(effect.threshold);
}
std::string dump_effect_kind(const Nat& effect) {
  constexpr std::array<const char*, 5> kKinds = {"snat", "dnat", "masquerade", "redirect", "netmap"};
  std::string out = kKinds[static_cast<std::size_t>(effect.kind)];
  if (effect.addresses) {
    const Family family = effect.addresses->hi > max_of_bits(32) ? Family::kIpv6 : Family::kIpv4;
    out += ' ' + format_address(effect.addresses->lo, family) + '-' + format_address(effect.addresses->hi, family);
  }
  if (effect.ports) out += " ports " + format_number(effect.ports->lo) + '-' + format_number(effect.ports->hi);
  if (effect.base_port != 0) out += " base " + std::to_string(effect.base_port);
  if (effect.random) out += " random";
  if (effect.random_fully) out += " random-fully";
  if (effect.persistent) out += " persistent";
  return out;
}
std::string dump_effect_kind(const SetTcpMss& effect) {
  return effect.mss ? "tcpmss " + std::to_string(*effect.mss) : "tcpmss clamp";
}
std::string dump_effect_kind(const OpaqueEffect& effect) {
  return module_text("opaque", effect.module, effect.arguments);
}

std::string dump_effect_kind(const AddToHopLimit& effect) { return "hoplimit add " + std::to_string(effect.amount); }

std::string dump_effect_kind(const TrackAs& effect) {
  constexpr std::array<const char*, 4> kZones = {"", " zone", " zone-orig", " zone-reply"};
  std::string out = "track";
  if (!effect.helper.empty()) out += " helper " + effect.helper;
  if (!effect.timeout.empty()) out += " timeout " + effect.timeout;
  if (effect.events) out += " events " + dump_hex(*effect.events);
  if (effect.expect_events) out += " expect-events " + dump_hex(*effect.expect_events);
  if (effect.zone == TrackAs::Zone::kNone) return out;
  out += kZones[static_cast<std::size_t>(effect.zone)];
  return out + ' ' + (effect.zone_from_mark ? std::string("mark") : std::to_string(effect.zone_id));
}

std::string dump_effect_kind(const TranslatePrefix& effect) {
  return std::string(effect.destination ? "dnpt " : "snpt ") + format_address(effect.from, Family::kIpv6) + '/' +
         std::to_string(effect.from_length) + " to " + format_address(effect.to, Family::kIpv6) + '/' +
         std::to_string(effect.to_length);
}

std::string dump_effect_kind(const StripTcpOptions& effect) {
  std::string out = "strip tcp.option";
  for (std::size_t kind = 0; kind < 256; ++kind)
    if ((effect.options[kind / 32] >> (kind % 32) & 1U) != 0) out += ' ' + std::to_string(kind);
  return out;
}

std::string dump_effect_kind(const UpdateSet& effect) {
  constexpr std::array<const char*, 3> kActions = {"add", "delete", "map"};
  std::string out = std::string("set ") + kActions[static_cast<std::size_t>(effect.action)] + ' ' + effect.set.name;
  for (unsigned i = 0; i < effect.set.dimensions; ++i) {
    out += i == 0 ? " " : ",";
    out += (effect.set.sources >> i & 1U) != 0 ? "src" : "dst";
  }
  if (effect.exist) out += " exist";
  if (effect.timeout) out += " timeout " + std::to_string(*effect.timeout);
  if (effect.map_mark) out += " mark";
  if (effect.map_priority) out += " priority";
  if (effect.map_queue) out += " queue";
  return out;
}

std::string dump_effect_kind(const HashMark& effect) {
  return "hmark flags " + dump_hex(effect.flags) + " src " + bytes_text(effect.source_mask) + " dst " +
         bytes_text(effect.destination_mask) + " ports " + dump_hex(effect.sport_mask) + '/' +
         dump_hex(effect.dport_mask) + ' ' + dump_hex(effect.sport_set) + '/' + dump_hex(effect.dport_set) + " spi " +
         dump_hex(effect.spi_mask) + '/' + dump_hex(effect.spi_set) + " proto " + dump_hex(effect.protocol_mask) +
         " seed " + dump_hex(effect.seed) + " mod " + std::to_string(effect.modulus) + " offset " +
         std::to_string(effect.offset);
}

std::string dump_effect_kind(const SampleRate& effect) {
  return "rateest " + effect.name + " interval " + std::to_string(effect.interval) + " ewma " +
         std::to_string(effect.ewma_log);
}

std::string dump_effect_kind(const Duplicate& effect) {
  const Family family = effect.gateway > max_of_bits(32) ? Family::kIpv6 : Family::kIpv4;
  return "tee " + format_address(effect.gateway, family) + (effect.interface.empty() ? "" : " oif ") + effect.interface;
}

std::string dump_effect_kind(const GiveToSocket& effect) {
  const Family family = effect.address > max_of_bits(32) ? Family::kIpv6 : Family::kIpv4;
  return "tproxy " + format_address(effect.address, family) + " port " + std::to_string(effect.port) + " mark " +
         dump_hex(effect.mark) + '/' + dump_hex(effect.mask);
}

std::string dump_effect_kind(const AnswerSyn& effect) {
  std::string out = "synproxy";
  if (effect.sack_permitted) out += " sack";
  if (effect.timestamp) out += " timestamp";
  if (effect.ecn) out += " ecn";
  if (effect.window_scale) out += " wscale " + std::to_string(*effect.window_scale);
  if (effect.mss) out += " mss " + std::to_string(*effect.mss);
  return out;
}

std::string dump_effect_kind(const Aside& effect) { return module_text("aside", effect.module, effect.arguments); }

}  // namespace nfproof::ir
