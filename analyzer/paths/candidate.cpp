// SPDX-License-Identifier: Apache-2.0
// Field by field choice of values. Order matters: the connection state, the protocol and the fragment offset decide
// which other fields there are.
#include "analyzer/paths/candidate.h"
#include "analyzer/paths/header_sizes.h"
#include "analyzer/paths/state_facts.h"

#include <algorithm>
#include <array>

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::FieldTest;
using ir::Packet;
using ir::Presence;
using ir::u128;
using ir::ValueSet;

constexpr std::size_t kTelling = 6;  // how many ranges of a long set are looked at

struct Literal {
  const FieldTest* test;
  bool truth;
};

FieldId storage(FieldId field) { return ir::field_info(field).storage; }

const FieldTest* requirement(Presence presence) {
  static const auto protocol = [](std::uint8_t p) {
    return FieldTest{FieldId::kL4Proto, 0, false, ValueSet::of_value(p)};
  };
  static const FieldTest kTcp = protocol(ir::kProtoTcp);
  static const FieldTest kUdp = protocol(ir::kProtoUdp);
  static const FieldTest kUdplite = protocol(ir::kProtoUdplite);
  static const FieldTest kSctp = protocol(ir::kProtoSctp);
  static const FieldTest kDccp = protocol(ir::kProtoDccp);
  static const FieldTest kIcmp = protocol(ir::kProtoIcmp);
  static const FieldTest kIcmp6 = protocol(ir::kProtoIcmp6);
  static const FieldTest kEsp = protocol(ir::kProtoEsp);
  static const FieldTest kIpcomp = protocol(ir::kProtoIpcomp);
  static const FieldTest kMh = protocol(ir::kProtoMh);
  static const FieldTest kPorts{FieldId::kL4Proto, 0, false,
                                ValueSet::of_intervals({{6, 6}, {17, 17}, {33, 33}, {132, 132}, {136, 136}})};
  static const FieldTest kTracked{FieldId::kCtState, 0, false, ValueSet::of_range(0, 2)};
  switch (presence) {
    case Presence::kTcp:
    case Presence::kTcpMss: return &kTcp;
    case Presence::kUdp: return &kUdp;
    case Presence::kUdplite: return &kUdplite;
    case Presence::kSctp: return &kSctp;
    case Presence::kDccp: return &kDccp;
    case Presence::kIcmp: return &kIcmp;
    case Presence::kIcmp6: return &kIcmp6;
    case Presence::kEsp: return &kEsp;
    case Presence::kIpcomp: return &kIpcomp;
    case Presence::kMh: return &kMh;
    case Presence::kPorts: return &kPorts;
    case Presence::kConntrack:
    case Presence::kConntrack4:
    case Presence::kConntrack6: return &kTracked;
    case Presence::kAlways:
    case Presence::kIncoming:
    case Presence::kOutgoing:
    case Presence::kEther:
    case Presence::kAh:  // in IPv4 of a rule that says `-p ah`
    case Presence::kHopByHop:
    case Presence::kDestinationOptions:
    case Presence::kRouting:
    case Presence::kFragmentHeader:
    case Presence::kIpv4:
    case Presence::kIpv6: return nullptr;
  }
  return nullptr;
}

bool needs_header(Presence presence) {
  const FieldTest* test = requirement(presence);
  return test != nullptr && test->field == FieldId::kL4Proto;
}

/// Turns wishes into literals over fields and answers for the rest. False: impossible.
class Flattener {
 public:
  Flattener(const ir::Ruleset& ruleset, unsigned variant) : ruleset_(ruleset), variant_(variant) {}

  bool flatten(std::span<const Wish> wishes) {
    for (const Wish& wish : wishes) todo_.push_back(wish);
    while (!todo_.empty()) {
      const Wish wish = todo_.back();
      todo_.pop_back();
      if (!take(wish)) return false;
    }
    return true;
  }
  std::vector<Literal> literals;
  std::vector<Choice> choices;

 private:
  bool take(const Wish& wish) {
    const ir::Predicate& predicate = ruleset_.predicates[wish.predicate];
    const auto* test = std::get_if<FieldTest>(&predicate);
    if (test != nullptr && !ir::needs_lookup(*test)) {
      literals.push_back({test, wish.truth});
      return true;
    }
    if (const auto* any = std::get_if<ir::AnyOf>(&predicate)) return take_any(*any, wish);
    const auto place = ir::answers_by_rule(predicate) ? std::optional(wish.place) : std::nullopt;
    for (const Choice& choice : choices)
      if (choice.predicate == wish.predicate && choice.rule == place) return choice.answer == wish.truth;
    choices.push_back({place, wish.predicate, wish.truth});
    const FieldTest* required = std::holds_alternative<ir::SctpChunks>(predicate) ? requirement(Presence::kSctp)
                                : test != nullptr ? requirement(ir::field_info(test->field).presence)
                                                  : nullptr;
    if (wish.truth && required != nullptr) literals.push_back({required, true});
    return true;
  }

  bool take_any(const ir::AnyOf& any, const Wish& wish) {
    const bool one_true = wish.truth != any.negated;
    if (one_true) {
      if (any.any.empty()) return false;
      todo_.push_back({any.any[variant_ % any.any.size()], wish.place, true});
      return true;
    }
    for (const ir::PredicateId part : any.any) todo_.push_back({part, wish.place, false});
    return true;
  }

  const ir::Ruleset& ruleset_;
  unsigned variant_;
  std::vector<Wish> todo_;
};

void telling_values(const FieldTest& test, unsigned bits, unsigned variant, std::vector<u128>& values) {
  const u128 last = ir::max_of_bits(bits);
  if (const auto* intervals = test.values.intervals()) {
    const std::size_t count = intervals->size();
    for (std::size_t i = 0; i < std::min(count, kTelling); ++i) {
      const ir::Interval& range = (*intervals)[(i + variant) % count];
      const u128 size = range.hi - range.lo;
      values.push_back(range.lo + size / 2);
      values.push_back(range.lo + size / 3);
      values.push_back(range.lo);
      values.push_back(range.hi);
      if (size > 1) values.push_back(range.lo + 1);
      if (range.lo > 0) values.push_back(range.lo - 1);
      if (range.hi < last) values.push_back(range.hi + 1);
    }
  }
  if (const auto* masks = test.values.masks())
    for (const ir::Masked& masked : *masks) {
      values.push_back(masked.value);
      values.push_back((masked.value | ~masked.mask) & last);
      values.push_back((masked.value ^ (masked.mask & (~masked.mask + 1))) & last);
      values.push_back(0);
    }
}

/// Chooses the fields of one packet.
class Chooser {
 public:
  Chooser(const InterfaceClasses& interfaces, const ir::Host* host, const ConcreteWalk& walker,
          std::vector<Literal> literals, unsigned variant)
      : interfaces_(interfaces), host_(host), walker_(walker), literals_(std::move(literals)), variant_(variant) {}

  bool choose(Packet& packet, bool before_tracking, bool nat) {
    require_presences();
    if (!choose_interfaces(packet)) return false;
    for (const FieldId field : {FieldId::kCtState, FieldId::kL4Proto})
      if (!choose_field(packet, field, defaults(packet, field, before_tracking, nat))) return false;
    for (const FieldId field : {FieldId::kIpFragOffset, FieldId::kIp6FragOffset}) {
      const bool whole = needs_header_ || packet.hook == ir::Hook::kInput;
      if (whole && !choose_exactly(packet, field, 0)) return false;
      if (!whole && !choose_field(packet, field, {0, 100})) return false;
    }
    choose_link(packet);
    for (const FieldId field : open_fields())
      if (!choose_field(packet, field, defaults(packet, field, before_tracking, nat))) return false;
    return choose_possible_state(packet, defaults(packet, FieldId::kCtState, before_tracking, nat));
  }

 private:
  /// Flags and types tell which states the packet can have.
  bool choose_possible_state(Packet& packet, const std::vector<u128>& states) const {
    if (can_have_its_state(packet)) return true;
    return std::any_of(states.begin(), states.end(), [&](u128 state) {
      packet.set(FieldId::kCtState, state);
      return can_have_its_state(packet) && std::all_of(literals_.begin(), literals_.end(), [&](const Literal& literal) {
               return walker_.field_test(*literal.test, packet) == literal.truth;
             });
    });
  }

  void require_presences() {
    const std::size_t count = literals_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (!literals_[i].truth) continue;
      const Presence presence = ir::field_info(literals_[i].test->field).presence;
      if (const FieldTest* test = requirement(presence)) literals_.push_back({test, true});
      needs_header_ = needs_header_ || needs_header(presence);
      if (presence == Presence::kEther) needs_link_ = true;
      if (presence == Presence::kTcpMss) needs_mss_ = true;
    }
  }

  bool choose_interfaces(Packet& packet) {
    const auto pick = [&](FieldId field, std::string& name, bool there) {
      std::vector<std::string> valid;
      const auto consider = [&](const std::string& candidate) {
        name = candidate;
        if (fits(packet, field)) valid.push_back(candidate);
      };
      if (there) {
        if (const auto known = interfaces_.mentioned(); variant_ % 2 == 0)
          for (const std::string& each : known) consider(each);
        consider(interfaces_.fresh());
        for (std::size_t i = 1; i < interfaces_.size(); ++i) consider(interfaces_.name((i + 1) % interfaces_.size()));
        std::erase(valid, std::string());
        consider("lo");
      } else {
        consider("");
      }
      if (valid.empty()) return false;
      name = valid[(variant_ / 2) % valid.size()];
      return true;
    };
    const ir::Hook hook = packet.hook;
    const bool has_in = hook != ir::Hook::kOutput && hook != ir::Hook::kPostrouting;
    const bool has_out = hook != ir::Hook::kPrerouting && hook != ir::Hook::kInput;
    if (hook == ir::Hook::kPostrouting && !pick(FieldId::kIifname, packet.in, false) &&
        !pick(FieldId::kIifname, packet.in, true))
      return false;
    if (hook != ir::Hook::kPostrouting && !pick(FieldId::kIifname, packet.in, has_in)) return false;
    return pick(FieldId::kOifname, packet.out, has_out);
  }

  void choose_link(Packet& packet) {
    const bool possible = !packet.in.empty() && packet.in != "lo";
    if (possible || needs_link_) packet.set(FieldId::kEtherSaddr, 0x020000000001);
    if (needs_mss_) packet.set(FieldId::kTcpMss, 1460);
  }

  [[nodiscard]] std::vector<FieldId> open_fields() const {
    std::vector<FieldId> fields;
    const auto add = [&](FieldId field) {
      if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
    };
    for (const Literal& literal : literals_) add(storage(literal.test->field));
    for (const FieldId field :
         {FieldId::kIpSaddr, FieldId::kIpDaddr, FieldId::kIp6Saddr, FieldId::kIp6Daddr, FieldId::kThSport,
          FieldId::kThDport, FieldId::kTcpFlags, FieldId::kIcmpTypeCode, FieldId::kIcmp6TypeCode, FieldId::kMark})
      add(field);
    for (const FieldId done :
         {FieldId::kIifname, FieldId::kOifname, FieldId::kCtState, FieldId::kL4Proto, FieldId::kIpFragOffset,
          FieldId::kIp6FragOffset, FieldId::kSaddrType, FieldId::kDaddrType, FieldId::kTcpOption})
      std::erase(fields, done);
    return fields;
  }

  /// All literals about the field hold with the value that the packet has now. Types follow from addresses.
  [[nodiscard]] bool fits(const Packet& packet, FieldId field) const {
    const auto about = [&](FieldId tested) {
      if (storage(tested) == field) return true;
      const bool source = field == FieldId::kIpSaddr || field == FieldId::kIp6Saddr;
      const bool destination = field == FieldId::kIpDaddr || field == FieldId::kIp6Daddr;
      return (source && tested == FieldId::kSaddrType) || (destination && tested == FieldId::kDaddrType);
    };
    return std::all_of(literals_.begin(), literals_.end(), [&](const Literal& literal) {
      return !about(literal.test->field) || walker_.field_test(*literal.test, packet) == literal.truth;
    });
  }

  bool choose_exactly(Packet& packet, FieldId field, u128 value) { return choose_field(packet, field, {value}, false); }

  bool choose_field(Packet& packet, FieldId field, std::vector<u128> values, bool more = true) {
    const ir::FieldInfo& info = ir::field_info(field);
    const bool other_family = (info.presence == Presence::kIpv4 && packet.family != ir::Family::kIpv4) ||
                              (info.presence == Presence::kIpv6 && packet.family != ir::Family::kIpv6);
    if (other_family) return fits(packet, field);
    if (field == FieldId::kEtherSaddr && !packet.get(field)) return fits(packet, field);
    if (field == FieldId::kTcpMss && !needs_mss_) return fits(packet, field);
    bool constrained = false;
    for (const Literal& literal : literals_) {
      if (storage(literal.test->field) != field) continue;
      constrained = true;
      if (more) telling_values(*literal.test, info.bits, variant_, values);
    }
    const std::size_t start = constrained ? variant_ / 3 : variant_ / 5;
    for (std::size_t i = 0; i < values.size(); ++i) {
      packet.set(field, values[(i + start) % values.size()]);
      if (fits(packet, field)) return true;
    }
    return false;
  }

  [[nodiscard]] std::vector<u128> address_defaults(const Packet& packet, FieldId field) const {
    const bool v4 = packet.family == ir::Family::kIpv4;
    const bool source = field == FieldId::kIpSaddr || field == FieldId::kIp6Saddr;
    const bool mine = source ? packet.hook == ir::Hook::kOutput : packet.hook == ir::Hook::kInput;
    std::vector<u128> values;
    if (mine && host_ != nullptr)
      for (const ir::Interface& interface : host_->interfaces)
        for (const ir::InterfaceAddress& own : interface.addresses)
          if (own.family == packet.family && !interface.loopback) values.push_back(own.address);
    if (v4)
      for (const u128 value :
           {u128{0xC6336407}, u128{0xCB00714D}, u128{0xC0000221}, u128{0x08080404}, u128{0x0A4D4D4D}})
        values.push_back(value + (source ? 0 : 1));
    else
      for (const u128 low : {u128{0x77}, u128{0xabcd}, u128{0x123456}})
        values.push_back((u128{0x20010db8} << 96) | (low << 64) | (source ? 7U : 8U));
    // For tests of the address type.
    if (host_ != nullptr)
      for (const ir::Interface& interface : host_->interfaces)
        for (const ir::InterfaceAddress& own : interface.addresses) {
          if (own.family != packet.family) continue;
          values.push_back(own.address);
          if (own.broadcast) values.push_back(*own.broadcast);
        }
    if (v4)
      for (const u128 value : {u128{0xE00000FB}, u128{0xFFFFFFFF}, u128{0x7F000001}}) values.push_back(value);
    else
      for (const u128 value : {(u128{0xff02} << 112) | 1U, u128{1}}) values.push_back(value);
    return values;
  }

  [[nodiscard]] std::vector<u128> defaults(const Packet& packet, FieldId field, bool before_tracking, bool nat) const {
    switch (field) {
      case FieldId::kCtState:
        if (before_tracking) return {3};
        return nat ? std::vector<u128>{0, 2} : std::vector<u128>{0, 1, 2, 3, 4};
      case FieldId::kL4Proto: {
        const bool v4 = packet.family == ir::Family::kIpv4;
        return {6, 17, v4 ? ir::kProtoIcmp : ir::kProtoIcmp6, 47, 132, 50};
      }
      case FieldId::kIpSaddr:
      case FieldId::kIpDaddr:
      case FieldId::kIp6Saddr:
      case FieldId::kIp6Daddr: return address_defaults(packet, field);
      case FieldId::kThSport: return {40007, 51234, 33333, 999};
      case FieldId::kThDport: return {54321, 38383, 11117, 777};
      case FieldId::kTcpFlags:
        return packet.ct_state() == ir::CtState::kNew ? std::vector<u128>{2, 16, 18, 0}
                                                      : std::vector<u128>{16, 24, 2, 0};
      case FieldId::kIcmpTypeCode: return {8U << 8U, 0, 3U << 8U, 13U << 8U};
      case FieldId::kIcmp6TypeCode: return {128U << 8U, 135U << 8U, 1U << 8U};
      case FieldId::kIpTtl:
      case FieldId::kIp6HopLimit: return {64, 63, 1, 255};
      case FieldId::kLength: return {80, 60, 40, 1500, 100};
      case FieldId::kEtherSaddr: return {0x020000000001, 0x0200000000fe};
      case FieldId::kCtStatus:
        return packet.ct_state() == ir::CtState::kNew
                   ? std::vector<u128>{0, ir::kIpsConfirmed}
                   : std::vector<u128>{ir::kIpsSeenReply | ir::kIpsAssured | ir::kIpsConfirmed, 0};
      default: return {0, 1, 2};
    }
  }

  const InterfaceClasses& interfaces_;
  const ir::Host* host_;
  const ConcreteWalk& walker_;
  std::vector<Literal> literals_;
  unsigned variant_;
  bool needs_header_ = false;
  bool needs_link_ = false;
  bool needs_mss_ = false;
};

}  // namespace

CandidateMaker::CandidateMaker(const ir::Ruleset& ruleset, ir::Family family, const ir::Host* host,
                               const InterfaceClasses& interfaces)
    : ruleset_(ruleset), family_(family), host_(host), interfaces_(interfaces), walker_(ruleset, host) {}

std::optional<Candidate> CandidateMaker::make(ir::ChainId base, std::span<const Wish> wishes, unsigned variant) const {
  Flattener flattener(ruleset_, variant);
  if (!flattener.flatten(wishes)) return std::nullopt;
  Candidate candidate;
  candidate.packet.family = family_;
  candidate.packet.hook = ruleset_.chain(base).base->hook;
  const bool early = ruleset_.before_tracking(base);
  Chooser chooser(interfaces_, host_, walker_, std::move(flattener.literals), variant);
  if (!chooser.choose(candidate.packet, early, ruleset_.translates(base))) return std::nullopt;
  candidate.choices = std::move(flattener.choices);
  complete(candidate.packet, early);
  if (candidate.packet.get_or(FieldId::kLength, 0) < least_length(candidate.packet)) return std::nullopt;
  return candidate;
}

void CandidateMaker::complete(Packet& packet, bool before_tracking) const {
  const bool v4 = packet.family == ir::Family::kIpv4;
  const auto otherwise = [&](FieldId field, u128 value) {
    if (!packet.get(field)) packet.set(field, value);
  };
  otherwise(v4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit, 64);
  otherwise(FieldId::kLength, v4 ? 60 : 80);
  otherwise(v4 ? FieldId::kIpTos : FieldId::kIp6Tclass, 0);
  otherwise(FieldId::kMark, 0);
  otherwise(FieldId::kPktType, ir::kPacketHost);
  if (before_tracking || !ir::is_present(packet, Presence::kConntrack)) return;
  const bool reply = packet.get_or(FieldId::kCtDirection, 0) != 0;
  const bool fresh = packet.ct_state() == ir::CtState::kNew;
  otherwise(FieldId::kCtDirection, 0);
  otherwise(FieldId::kCtStatus, fresh ? 0 : ir::kIpsSeenReply | ir::kIpsAssured | ir::kIpsConfirmed);
  otherwise(FieldId::kCtMark, 0);
  otherwise(FieldId::kCtExpiration, 120);
  otherwise(FieldId::kCtProto, packet.protocol());
  const auto pair = [&](FieldId original, FieldId replied, u128 first, u128 second) {
    otherwise(original, reply ? second : first);
    otherwise(replied, reply ? first : second);
  };
  const u128 source = packet.source();
  const u128 destination = packet.destination();
  pair(v4 ? FieldId::kCtOrigSaddr : FieldId::kCtOrigSaddr6, v4 ? FieldId::kCtReplSaddr : FieldId::kCtReplSaddr6, source,
       destination);
  pair(v4 ? FieldId::kCtOrigDaddr : FieldId::kCtOrigDaddr6, v4 ? FieldId::kCtReplDaddr : FieldId::kCtReplDaddr6,
       destination, source);
  if (!ir::is_present(packet, Presence::kPorts)) return;
  const u128 sport = packet.get_or(FieldId::kThSport, 0);
  const u128 dport = packet.get_or(FieldId::kThDport, 0);
  pair(FieldId::kCtOrigSport, FieldId::kCtReplSport, sport, dport);
  pair(FieldId::kCtOrigDport, FieldId::kCtReplDport, dport, sport);
}

}  // namespace nfproof::analyzer
