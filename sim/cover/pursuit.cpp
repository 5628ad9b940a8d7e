// SPDX-License-Identifier: Apache-2.0
// Attempts, the simplest first.
#include "sim/cover/pursuit.h"

#include <algorithm>
#include <array>

namespace nfproof::sim {
namespace {

using ir::CtState;
using ir::FieldId;
using ir::Presence;

constexpr std::size_t kMtu = 1500;  // no link takes more at once
constexpr std::size_t kMostServices = 12;
constexpr unsigned kManyPackets = 40;
constexpr std::size_t kMostFits = 36;  // ways to bring one packet to its hook

/// A fresh packet of the same ends, for another moment of a conversation.
ir::Packet plain(const ir::Packet& fields) {
  ir::Packet packet;
  packet.family = fields.family;
  packet.in = fields.in;
  for (const FieldId field :
       {FieldId::kL4Proto, FieldId::kIpSaddr, FieldId::kIpDaddr, FieldId::kIp6Saddr, FieldId::kIp6Daddr,
        FieldId::kThSport, FieldId::kThDport, FieldId::kIcmpTypeCode, FieldId::kIcmp6TypeCode, FieldId::kEtherSaddr})
    if (const auto value = fields.get(field)) packet.set(field, *value);
  return packet;
}

void apply_service(ir::Packet& packet, std::pair<std::uint8_t, std::uint16_t> service, std::uint16_t source_port) {
  packet.set(FieldId::kL4Proto, service.first);
  if (ir::is_present(packet, Presence::kPorts)) {
    packet.set(FieldId::kThSport, source_port);
    packet.set(FieldId::kThDport, service.second);
  } else {
    packet.set(packet.family == ir::Family::kIpv4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode, service.second);
  }
}

}  // namespace

bool Pursuit::pursue(const CoverGoal& goal) {
  if (is_hit(goal) && !goal.send_all) return true;
  if (++next_port_ > 60000) next_port_ = 20000;
  std::size_t tried = 0;
  for (const Fitted& fitted : fit(host_, goal.packet, next_port_)) {
    if (++tried > (goal.repeat > kManyPackets && !goal.send_all ? kMostFits / 12 : kMostFits)) break;
    log_.begin_group();
    const bool hit = attempt(goal, fitted);
    log_.end_group();
    if (hit) return true;
  }
  return false;
}

bool Pursuit::attempt(const CoverGoal& goal, const Fitted& fitted) {
  ++next_tag_;
  const auto state = goal.packet.get(FieldId::kCtState) ? goal.packet.ct_state() : CtState::kNew;
  if (goal.untracked_yet) return send_plain(goal, fitted);
  switch (state) {
    case CtState::kNew:
    case CtState::kUntracked: return send_plain(goal, fitted);
    case CtState::kInvalid: return send_invalid(goal, fitted);
    case CtState::kRelated: return provoke_error(goal, fitted);
    case CtState::kEstablished:
      if (goal.packet.get_or(FieldId::kCtDirection, 0) != 0)
        return converse_reversed(goal, fitted, nullptr) || converse(goal, fitted);
      return converse(goal, fitted) || converse_reversed(goal, fitted, nullptr);
  }
  return false;
}

namespace {

/// Whom the frame is for, where the packet is to be one for everybody or for a group.
ir::u128 target_of(const ir::Packet& packet) {
  switch (static_cast<unsigned>(packet.get_or(FieldId::kPktType, ir::kPacketHost))) {
    case ir::kPacketBroadcast: return 0xffffffffffff;
    case ir::kPacketMulticast: return 0x01005e000001;
    default: return 0;
  }
}

}  // namespace

Pursuit::Trip Pursuit::send_bytes(const CoverGoal& goal, PacketBuffer bytes, Course course, const std::string& in,
                                  ir::u128 mac, ir::u128 target) {
  Trip trip;
  trip.arrived = bytes;
  const auto fields = fields_of(bytes);
  // What the host sends is known by its address.
  if (course == Course::kSent && (!fields || !host_.is_local(fields->source(), fields->family))) return trip;
  const ir::Interface* arrives_on = course == Course::kSent ? nullptr : host_.find_interface(in);
  if (course != Course::kSent && (arrives_on == nullptr || arrives_on->loopback)) return trip;
  if (bytes.size() > kMtu) return trip;
  CoverPacket packet;
  packet.bytes = std::move(bytes);
  packet.interface = course == Course::kSent ? std::string() : in;
  packet.sent = course == Course::kSent;
  packet.source_mac = mac;
  packet.target_mac = target;
  if (packet.sent && goal.sender != ir::Sender{}) packet.sender = goal.sender;
  packet.not_before = goal.not_before;
  const Result& result = log_.send(std::move(packet));
  trip.accepted = result.disposition == Disposition::kAccepted;
  trip.delivered = result.hook == ir::Hook::kInput;
  trip.left = result.bytes;
  trip.out = result.after.out;
  last_decided_ = result.decided_by;
  return trip;
}

Pursuit::Trip Pursuit::send(const CoverGoal& goal, const Fitted& fitted, Moment moment) {
  auto bytes = shape(fitted.packet, moment, next_tag_);
  if (!bytes) return {};
  add_payload(*bytes, goal.texts);
  return send_bytes(goal, std::move(*bytes), fitted.course, fitted.packet.in,
                    fitted.packet.get_or(FieldId::kEtherSaddr, 0), target_of(fitted.packet));
}

/// What the far end says to a packet that got through.
Pursuit::Trip Pursuit::answer(const CoverGoal& goal, const Trip& trip, const ir::Packet* like, Moment moment) {
  const auto fields = answer_to(trip.left, like);
  if (!fields) return {};
  auto bytes = shape(*fields, moment, next_tag_);
  if (!bytes) return {};
  const ir::u128 mac = like != nullptr ? like->get_or(FieldId::kEtherSaddr, 0) : 0;
  return send_bytes(goal, std::move(*bytes), trip.delivered ? Course::kSent : Course::kForwarded, trip.out, mac);
}

bool Pursuit::send_plain(const CoverGoal& goal, const Fitted& fitted) {
  Fitted now = fitted;
  const std::uint64_t counted = log_.count(goal.rule);
  for (unsigned i = 0; i < std::max(1U, goal.repeat); ++i) {
    const std::size_t before = log_.hit_count();
    const Trip trip = send(goal, now, Moment::kAsIs);
    if (trip.accepted && !goal.untracked_yet) learn(now);
    if (trip.accepted && log_.hit_count() != before) follow_up(goal.sender, now, trip);
    if (is_hit(goal) && !goal.send_all) return true;
    if (goal.repeat > 1 && now.packet.get(FieldId::kThSport) != goal.packet.get(FieldId::kThSport)) {
      if (++next_port_ > 60000) next_port_ = 20000;
      now.packet.set(FieldId::kThSport, next_port_);
    }
    ++next_tag_;
  }
  if (!goal.send_all || log_.count(goal.rule) == counted) return false;
  log_.keep_group();
  return true;
}

void Pursuit::learn(const Fitted& fitted) {
  const ir::Packet& packet = fitted.packet;
  const bool ports = ir::is_present(packet, Presence::kPorts);
  const FieldId icmp = packet.family == ir::Family::kIpv4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode;
  const bool echo = !ports && packet.get_or(icmp, 0) == (packet.family == ir::Family::kIpv4 ? 0x800U : 0x8000U);
  if (!ports && !echo) return;
  auto& known = services_[fitted.course];
  if (known.size() >= kMostServices) return;
  known.emplace(packet.protocol(), static_cast<std::uint16_t>(packet.get_or(ports ? FieldId::kThDport : icmp, 0)));
}

/// The rest of the conversation that a new connection begins, once for each kind.
void Pursuit::follow_up(const ir::Sender& sender, const Fitted& first, const Trip& trip) {
  const auto key = std::tuple(first.course, first.packet.in, trip.out, first.packet.protocol(), sender,
                              last_decided_.value_or(ir::RuleRef{}));
  if (!followed_.insert(key).second) return;
  CoverGoal nothing;
  nothing.sender = sender;
  Trip back = answer(nothing, trip, nullptr, Moment::kFirstAnswer);
  Fitted later{first.course, plain(first.packet)};
  later.packet.set(FieldId::kCtState, static_cast<unsigned>(CtState::kEstablished));
  if (!back.accepted) return;
  const Trip second = send(nothing, later, Moment::kLater);
  if (second.accepted) (void)answer(nothing, second, nullptr, Moment::kLaterAnswer);
}

bool Pursuit::send_invalid(const CoverGoal& goal, const Fitted& fitted) {
  auto bytes = shape(fitted.packet, Moment::kAsIs, next_tag_);
  if (!bytes) return false;
  const ir::u128 mac = fitted.packet.get_or(FieldId::kEtherSaddr, 0);
  PacketBuffer spoilt = *bytes;
  spoil_checksum(spoilt);
  (void)send_bytes(goal, std::move(spoilt), fitted.course, fitted.packet.in, mac);
  if (is_hit(goal)) return true;
  (void)send_bytes(goal, std::move(*bytes), fitted.course, fitted.packet.in, mac);
  if (is_hit(goal) || !ir::is_present(fitted.packet, Presence::kTcp)) return is_hit(goal);
  for (const unsigned flags : {0x04U, 0x12U, 0x11U, 0x00U}) {
    Fitted odd = fitted;
    odd.packet.set(FieldId::kTcpFlags, flags);
    (void)send(goal, odd, Moment::kAsIs);
    if (is_hit(goal)) return true;
  }
  return false;
}

/// The goal's packet comes from who began the conversation.
bool Pursuit::converse(const CoverGoal& goal, Fitted fitted) {
  const std::set<Service> services = services_[fitted.course];
  std::vector<std::optional<Service>> tried{std::nullopt};
  for (const Service& service : services) tried.emplace_back(service);
  const ir::Packet wanted = fitted.packet;
  for (const auto& service : tried) {
    fitted.packet = wanted;
    if (++next_port_ > 60000) next_port_ = 20000;
    if (service) apply_service(fitted.packet, *service, next_port_);
    Fitted first{fitted.course, plain(fitted.packet)};
    const Trip opened = send(goal, first, Moment::kFirst);
    if (!opened.accepted) continue;
    const Trip back = answer(goal, opened, nullptr, Moment::kFirstAnswer);
    if (is_hit(goal)) return true;
    if (!back.accepted && !ir::is_present(fitted.packet, Presence::kTcp)) continue;
    for (unsigned i = 0; i < std::max(1U, goal.repeat) && !is_hit(goal); ++i) (void)send(goal, fitted, Moment::kLater);
    if (is_hit(goal)) return true;
  }
  return false;
}

/// The packet that began the conversation which the packet answers. Towards the host it arrives, else it is forwarded;
/// what a local address sends comes from here.
Fitted Pursuit::mirrored(const Fitted& fitted, bool local_target) const {
  Fitted other{Course::kForwarded, plain(fitted.packet)};
  ir::Packet& packet = other.packet;
  packet.set(packet.source_field(), fitted.packet.destination());
  packet.set(packet.destination_field(), fitted.packet.source());
  if (const auto port = fitted.packet.get(FieldId::kThDport)) packet.set(FieldId::kThSport, *port);
  if (const auto port = fitted.packet.get(FieldId::kThSport)) packet.set(FieldId::kThDport, *port);
  const bool v4 = packet.family == ir::Family::kIpv4;
  const FieldId icmp = v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode;
  if (packet.get(icmp)) packet.set(icmp, v4 ? 0x0800 : 0x8000);
  if (local_target) other.course = Course::kSent;
  packet.in = other.course == Course::kSent ? "" : side_of(host_, packet.source(), packet.family);
  if (fitted.course == Course::kSent && !local_target) other.course = Course::kArrives;
  return other;
}

/// The goal's packet is an answer.
bool Pursuit::converse_reversed(const CoverGoal& goal, const Fitted& fitted, const Service* service) {
  const bool to_host = host_.is_local(fitted.packet.destination(), fitted.packet.family);
  Fitted opener = mirrored(fitted, to_host);
  if (service != nullptr) {
    if (++next_port_ > 60000) next_port_ = 20000;
    apply_service(opener.packet, *service, next_port_);
  }
  const Trip opened = send(goal, opener, Moment::kFirst);
  if (opened.accepted) {
    const Trip back = answer(goal, opened, &fitted.packet, Moment::kFirstAnswer);
    if (is_hit(goal)) return true;
    Fitted later = opener;
    later.packet.set(FieldId::kCtState, static_cast<unsigned>(CtState::kEstablished));
    if (back.accepted) (void)send(goal, later, Moment::kLater);
    for (unsigned i = 0; i < std::max(1U, goal.repeat) && !is_hit(goal); ++i)
      (void)answer(goal, opened, &fitted.packet, Moment::kLaterAnswer);
    if (is_hit(goal)) return true;
  }
  if (service != nullptr) return false;
  const std::set<Service> services = services_[opener.course];
  return std::any_of(services.begin(), services.end(),
                     [&](const Service& each) { return converse_reversed(goal, fitted, &each); });
}

/// An ICMP error about a conversation of its receiver.
bool Pursuit::provoke_error(const CoverGoal& goal, const Fitted& fitted) {
  const bool to_host = host_.is_local(fitted.packet.destination(), fitted.packet.family);
  const bool v4 = fitted.packet.family == ir::Family::kIpv4;
  const std::array<Service, 4> usual = {Service{ir::kProtoUdp, 33434}, Service{ir::kProtoTcp, 443},
                                        Service{ir::kProtoTcp, 22},
                                        Service{v4 ? ir::kProtoIcmp : ir::kProtoIcmp6, v4 ? 0x0800 : 0x8000}};
  enum class About : std::uint8_t { kSent, kAnswered, kLoopback };
  for (const About about : {About::kSent, About::kAnswered, About::kLoopback}) {
    const bool about_answer = about == About::kAnswered;
    if (about == About::kLoopback && !to_host) break;
    Fitted opener = about_answer ? Fitted{fitted.course, plain(fitted.packet)} : mirrored(fitted, to_host);
    // What the host says to itself does not ask for much, and anybody may send an error about it.
    if (about == About::kLoopback) opener.packet.set(opener.packet.destination_field(), opener.packet.source());
    std::vector<Service> services(usual.begin(), usual.end());
    services.insert(services.end(), services_[opener.course].begin(), services_[opener.course].end());
    for (const Service& service : services) {
      if (++next_port_ > 60000) next_port_ = 20000;
      apply_service(opener.packet, service, next_port_);
      ++next_tag_;
      if (error_after(goal, fitted, opener, about_answer)) return true;
    }
  }
  return false;
}

bool Pursuit::error_after(const CoverGoal& goal, const Fitted& fitted, const Fitted& opener, bool about_answer) {
  const bool v4 = fitted.packet.family == ir::Family::kIpv4;
  const FieldId icmp = v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode;
  auto kind = static_cast<unsigned>(fitted.packet.get_or(icmp, 0));
  const unsigned type = kind >> 8U;
  const bool is_error = ir::is_present(fitted.packet, v4 ? Presence::kIcmp : Presence::kIcmp6) &&
                        (v4 ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12 : type >= 1 && type <= 4);
  if (!is_error) kind = v4 ? 0x0301 : 0x0100;
  Trip trip = send(goal, opener, Moment::kFirst);
  if (!trip.accepted) return false;
  if (about_answer) {
    trip = answer(goal, trip, nullptr, Moment::kFirstAnswer);
    if (!trip.accepted) return false;
  }
  // Whoever sends the error has seen the packet as it left us, or, when it is the host itself, as it came.
  const PacketBuffer& quoted = fitted.course == Course::kSent ? trip.arrived : trip.left;
  if (quoted.empty()) return false;
  PacketBuffer bytes = error_about(quoted, fitted.packet.family, fitted.packet.source(),
                                   static_cast<std::uint8_t>(kind >> 8U), static_cast<std::uint8_t>(kind & 0xffU));
  (void)send_bytes(goal, std::move(bytes), fitted.course, fitted.packet.in,
                   fitted.packet.get_or(FieldId::kEtherSaddr, 0));
  return is_hit(goal);
}

}  // namespace nfproof::sim
