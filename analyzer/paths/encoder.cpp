// SPDX-License-Identifier: Apache-2.0
// Encoding of predicates and of what every packet at a hook has in common.
#include "analyzer/paths/encoder.h"

#include <algorithm>
#include <array>

#include "analyzer/paths/address_types.h"
#include "analyzer/paths/header_sizes.h"
#include "analyzer/paths/state_facts.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer {

using ir::FieldId;
using ir::FieldTest;
using ir::PredicateId;
using ir::Presence;
using ir::RuleRef;
using ir::ValueSet;

namespace {

std::size_t slot(FieldId field) { return static_cast<std::size_t>(ir::field_info(field).storage); }
std::size_t index(PredicateId id) { return static_cast<std::size_t>(id); }

bool is_address_type(FieldId field) { return field == FieldId::kSaddrType || field == FieldId::kDaddrType; }

/// Header fields that targets rewrite.
const FieldSet kRewritable = [] {
  FieldSet set;
  for (const FieldId field :
       {FieldId::kIpTos, FieldId::kIp6Tclass, FieldId::kIpTtl, FieldId::kIp6HopLimit, FieldId::kIp6Saddr,
        FieldId::kIp6Daddr, FieldId::kTcpFlags, FieldId::kTcpMss, FieldId::kTcpOption})
    set.set(slot(field));
  return set;
}();

std::uint64_t state(ir::CtState value) { return static_cast<std::uint64_t>(value); }

}  // namespace

Encoder::Encoder(const ir::Ruleset& ruleset, ir::Family family, const ir::Host* host,
                 const InterfaceClasses& interfaces, const WrittenFields& written, WriteModel model)
    : ruleset_(ruleset),
      family_(family),
      host_(host != nullptr && !host->assumed ? host : nullptr),
      interfaces_(interfaces),
      written_(written),
      model_(model),
      written_anywhere_(written.anywhere(family)),
      rules_(ruleset.chains.size()),
      worlds_(ruleset.chains.size()) {
  ether_present_ = pool_.add_bool("ether.present");
  mss_present_ = pool_.add_bool("tcp.mss.present");
  for (std::size_t c = 0; c < rules_.size(); ++c) rules_[c].resize(ruleset.chains[c].rules.size());
  // Tests of the connection state are shared by all; only rewriting by other tables counts here.
  written_anywhere_.reset(slot(FieldId::kCtState));
  for (std::size_t i = 0; i < ir::kFieldCount; ++i)
    if (ir::of_connection(static_cast<FieldId>(i)) && static_cast<FieldId>(i) != FieldId::kCtMark)
      written_anywhere_.reset(i);
  encode_shared();
}

VarId Encoder::field(FieldId id, std::uint16_t argument) {
  const FieldId storage = ir::field_info(id).storage;
  if (storage == FieldId::kTcpFlags) argument = 0;  // the same flags, however they are found
  const std::pair key{storage, argument};
  if (const auto found = fields_.find(key); found != fields_.end()) return found->second;
  const ir::FieldInfo& info = ir::field_info(storage);
  const unsigned bits = info.kind == ir::FieldKind::kInterface ? interfaces_.bits() : info.bits;
  const VarId variable = pool_.add_bits(std::string(info.name), bits);
  fields_.emplace(key, variable);
  return variable;
}

FormulaId Encoder::field_is(FieldId id, ir::u128 value) { return pool_.in_set(field(id), ValueSet::of_value(value)); }

FormulaId Encoder::protocol_is(std::uint8_t protocol) {
  const FieldId fragment = family_ == ir::Family::kIpv4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset;
  return pool_.both(field_is(FieldId::kL4Proto, protocol), field_is(fragment, 0));
}

FormulaId Encoder::make_presence(Presence which) {
  const auto family_is = [&](ir::Family family) { return family_ == family ? kTrue : kFalse; };
  const auto tracked = [&] { return pool_.in_set(field(FieldId::kCtState), ValueSet::of_range(0, 2)); };
  switch (which) {
    case Presence::kAlways: return kTrue;
    case Presence::kIncoming: return pool_.negate(field_is(FieldId::kIifname, InterfaceClasses::kNone));
    case Presence::kOutgoing: return pool_.negate(field_is(FieldId::kOifname, InterfaceClasses::kNone));
    case Presence::kEther: return pool_.boolean(ether_present_);
    case Presence::kIpv4: return family_is(ir::Family::kIpv4);
    case Presence::kIpv6: return family_is(ir::Family::kIpv6);
    case Presence::kTcp: return protocol_is(ir::kProtoTcp);
    case Presence::kUdp: return protocol_is(ir::kProtoUdp);
    case Presence::kUdplite: return protocol_is(ir::kProtoUdplite);
    case Presence::kSctp: return protocol_is(ir::kProtoSctp);
    case Presence::kDccp: return protocol_is(ir::kProtoDccp);
    case Presence::kIcmp: return protocol_is(ir::kProtoIcmp);
    case Presence::kIcmp6: return protocol_is(ir::kProtoIcmp6);
    case Presence::kPorts:
      return pool_.any(std::array{presence(Presence::kTcp), presence(Presence::kUdp), presence(Presence::kUdplite),
                                  presence(Presence::kSctp), presence(Presence::kDccp)});
    case Presence::kTcpMss: return pool_.both(presence(Presence::kTcp), pool_.boolean(mss_present_));
    case Presence::kEsp: return protocol_is(ir::kProtoEsp);
    case Presence::kIpcomp: return protocol_is(ir::kProtoIpcomp);
    case Presence::kMh: return pool_.both(family_is(ir::Family::kIpv6), protocol_is(ir::kProtoMh));
    case Presence::kAh: return pool_.either(family_is(ir::Family::kIpv6), protocol_is(ir::kProtoAh));
    case Presence::kHopByHop:
    case Presence::kDestinationOptions:
    case Presence::kRouting:
    case Presence::kFragmentHeader: return family_is(ir::Family::kIpv6);
    case Presence::kConntrack: return tracked();
    case Presence::kConntrack4: return pool_.both(tracked(), family_is(ir::Family::kIpv4));
    case Presence::kConntrack6: return pool_.both(tracked(), family_is(ir::Family::kIpv6));
  }
  return kTrue;
}

FormulaId Encoder::presence(Presence which) {
  const auto key = static_cast<std::uint8_t>(which);
  if (const auto found = presences_.find(key); found != presences_.end()) return found->second;
  const FormulaId made = make_presence(which);
  presences_.emplace(key, made);
  return made;
}

FormulaId Encoder::address_type(const FieldTest& test) {
  const bool any_interface = test.argument == static_cast<std::uint16_t>(ir::AddrTypeScope::kAnyInterface);
  if (host_ == nullptr || !any_interface) return pool_.in_set(field(test.field, test.argument), test.values);
  const bool source = test.field == FieldId::kSaddrType;
  const bool v4 = family_ == ir::Family::kIpv4;
  const FieldId address =
      v4 ? (source ? FieldId::kIpSaddr : FieldId::kIpDaddr) : (source ? FieldId::kIp6Saddr : FieldId::kIp6Daddr);
  return pool_.in_set(field(address), addresses_of_types(*host_, family_, test.values));
}

FormulaId Encoder::values(const FieldTest& test) {
  if (is_address_type(test.field)) return address_type(test);
  if (test.values.interfaces() != nullptr) return pool_.in_set(field(test.field), interfaces_.indexes(test.values));
  return pool_.in_set(field(test.field, test.argument), test.values);
}

FormulaId Encoder::test(const FieldTest& test) {
  const FormulaId inside = values(test);
  return pool_.both(presence(ir::field_info(test.field).presence), test.negated ? pool_.negate(inside) : inside);
}

FormulaId Encoder::choice(PredicateId id, RuleRef place, bool shared) {
  const RuleRef key = shared ? RuleRef{} : place;
  if (const auto found = own_answers_.find({key, id}); found != own_answers_.end()) return found->second;
  const VarId variable = pool_.add_bool("choice");
  const FormulaId made = pool_.boolean(variable);
  own_answers_.emplace(std::pair{key, id}, made);
  choices_.push_back({variable, {shared ? std::nullopt : std::optional(place), id, true}});
  return made;
}

/// What a predicate means when nothing was rewritten; tests with an answer of their own for each rule are marked.
struct Encoder::Meaning {
  Encoder& encoder;
  PredicateId id;

  FormulaId operator()(const FieldTest& test) const {
    if (ir::needs_lookup(test))
      return encoder.pool_.both(encoder.presence(ir::field_info(test.field).presence), encoder.choice(id, {}, true));
    encoder.tested_[index(id)].set(slot(test.field));
    if (ir::of_connection(test.field)) encoder.tested_[index(id)].set(slot(FieldId::kCtState));
    return encoder.test(test);
  }
  FormulaId operator()(const ir::AnyOf& test) const {
    std::vector<FormulaId> parts;
    for (const PredicateId part : test.any) {
      parts.push_back(encoder.shared_[index(part)]);
      encoder.tested_[index(id)] |= encoder.tested_[index(part)];
      if (encoder.has_own_answer_[index(part)] != 0) encoder.has_own_answer_[index(id)] = 1;
    }
    const FormulaId any = encoder.pool_.any(parts);
    return test.negated ? encoder.pool_.negate(any) : any;
  }
  FormulaId operator()(const ir::SctpChunks&) const {
    return encoder.pool_.both(encoder.presence(Presence::kSctp), encoder.choice(id, {}, true));
  }
  template <ir::FreeTest T>
  FormulaId operator()(const T&) const {
    // What looks into the packet sees headers that rules before it have rewritten.
    if (T::kAnswer == ir::Answer::kByPacket) encoder.tested_[index(id)] |= kRewritable;
    return T::kAnswer == ir::Answer::kByRule ? own() : encoder.choice(id, {}, true);
  }
  FormulaId operator()(const ir::Opaque& test) const { return test.stateful ? own() : encoder.choice(id, {}, true); }

  [[nodiscard]] FormulaId own() const {
    encoder.has_own_answer_[index(id)] = 1;
    return kTrue;  // replaced at every place
  }
};

void Encoder::encode_shared() {
  const std::size_t size = ruleset_.predicates.size();
  shared_.assign(size, kTrue);
  has_own_answer_.assign(size, 0);
  tested_.assign(size, {});
  for (std::size_t i = 0; i < size; ++i) {
    const PredicateId id{static_cast<std::uint32_t>(i)};
    shared_[i] = std::visit(Meaning{*this, id}, ruleset_.predicates[id]);
  }
}

bool Encoder::is_written(const FieldTest& test, RuleRef place) const {
  const auto touched = [&](const FieldSet& set) {
    if (set.test(slot(test.field))) return true;
    return ir::of_connection(test.field) && set.test(slot(FieldId::kCtState));
  };
  if (touched(written_.before(place))) return true;
  if (model_ == WriteModel::kOneTable) return false;
  const bool before_tracking = ruleset_.before_tracking(place.chain);
  const bool connection = ir::is_tracking_field(test.field);
  return touched(written_anywhere_) || (before_tracking && connection);
}

bool Encoder::needs_place(PredicateId id, const std::optional<RuleRef>& place) const {
  if (has_own_answer_[index(id)] != 0) return true;
  if (!place) return false;
  if (model_ == WriteModel::kAnyTable) return true;
  return (tested_[index(id)] & written_.before(*place)).any();
}

bool Encoder::reads_rewritten(RuleRef ref) const {
  const auto& when = ruleset_.rule(ref)->when;
  const FieldSet& before = written_.before(ref);
  return std::any_of(when.begin(), when.end(), [&](const ir::Condition& condition) {
    return (tested_[index(condition.predicate)] & before).any();
  });
}

std::vector<PredicateId> Encoder::closure(PredicateId id) const {
  std::vector<PredicateId> found{id};
  for (std::size_t next = 0; next < found.size(); ++next)
    if (const auto* test = std::get_if<ir::AnyOf>(&ruleset_.predicates[found[next]]))
      found.insert(found.end(), test->any.begin(), test->any.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

FormulaId Encoder::local_predicate(PredicateId id, RuleRef place) {
  // Parts of a predicate were added to the pool before the whole, so counting upwards meets them first.
  std::unordered_map<std::uint32_t, FormulaId> made;
  for (const PredicateId part : closure(id)) {
    const ir::Predicate& predicate = ruleset_.predicates[part];
    FormulaId formula = shared_[index(part)];
    if (const auto* test = std::get_if<FieldTest>(&predicate)) {
      if (is_written(*test, place)) formula = choice(part, place, false);
    } else if (const auto* any = std::get_if<ir::AnyOf>(&predicate)) {
      std::vector<FormulaId> parts;
      for (const PredicateId inner : any->any) parts.push_back(made.at(static_cast<std::uint32_t>(inner)));
      formula = pool_.any(parts);
      if (any->negated) formula = pool_.negate(formula);
    } else if (has_own_answer_[index(part)] != 0 || (tested_[index(part)] & written_.before(place)).any()) {
      formula = choice(part, place, false);
    }
    made.emplace(static_cast<std::uint32_t>(part), formula);
  }
  return made.at(static_cast<std::uint32_t>(id));
}

FormulaId Encoder::predicate(PredicateId id, std::optional<RuleRef> place) {
  if (!needs_place(id, place)) return shared_[index(id)];
  return local_predicate(id, place.value_or(RuleRef{}));
}

FormulaId Encoder::rule(RuleRef ref) {
  auto& memo = rules_[static_cast<std::size_t>(ref.chain)][ref.index];
  if (memo) return *memo;
  std::vector<FormulaId> parts;
  for (const ir::Condition& condition : ruleset_.rule(ref)->when) parts.push_back(predicate(condition.predicate, ref));
  memo = pool_.all(parts);
  return *memo;
}

FormulaId Encoder::world_of_interfaces(ir::Hook hook) {
  const auto any_of_them = ValueSet::of_range(1, interfaces_.size() - 1);
  const auto none = ValueSet::of_value(InterfaceClasses::kNone);
  const auto is = [&](FieldId id, const ValueSet& set) { return pool_.in_set(field(id), set); };
  const auto known = [&](FieldId id) { return is(id, ValueSet::of_range(0, interfaces_.size() - 1)); };
  const auto ways = [&]() -> std::array<FormulaId, 2> {
    switch (hook) {
      case ir::Hook::kPrerouting:
      case ir::Hook::kInput: return {is(FieldId::kIifname, any_of_them), is(FieldId::kOifname, none)};
      case ir::Hook::kForward: return {is(FieldId::kIifname, any_of_them), is(FieldId::kOifname, any_of_them)};
      case ir::Hook::kOutput: return {is(FieldId::kIifname, none), is(FieldId::kOifname, any_of_them)};
      case ir::Hook::kPostrouting: return {known(FieldId::kIifname), is(FieldId::kOifname, any_of_them)};
    }
    return {kTrue, kTrue};
  }();
  // A link layer header comes only from outside, and never over the loopback interface.
  const FormulaId from_a_link = is(FieldId::kIifname, ValueSet::of_range(2, interfaces_.size() - 1));
  const FormulaId link = pool_.either(pool_.negate(pool_.boolean(ether_present_)), from_a_link);
  return pool_.all(std::array{ways[0], ways[1], link});
}

FormulaId Encoder::world_of_connection(ir::ChainId base) {
  const VarId variable = field(FieldId::kCtState);
  const auto state_in = [&](std::uint64_t lo, std::uint64_t hi) {
    return pool_.in_set(variable, ValueSet::of_range(lo, hi));
  };
  std::vector<FormulaId> facts{state_in(0, ir::kCtStateCount - 1)};
  const ir::Hook hook = ruleset_.chain(base).base->hook;
  if (model_ == WriteModel::kOneTable && ruleset_.before_tracking(base)) {
    const FormulaId untracked_yet = state_in(state(ir::CtState::kInvalid), state(ir::CtState::kInvalid));
    const FormulaId over_loopback = field_is(FieldId::kIifname, InterfaceClasses::kLoopback);
    facts.push_back(hook == ir::Hook::kPrerouting ? pool_.either(untracked_yet, over_loopback) : untracked_yet);
  }
  if (ruleset_.translates(base))
    facts.push_back(pool_.either(state_in(state(ir::CtState::kNew), state(ir::CtState::kNew)),
                                 state_in(state(ir::CtState::kRelated), state(ir::CtState::kRelated))));
  const FormulaId not_new = pool_.negate(state_in(state(ir::CtState::kNew), state(ir::CtState::kNew)));
  const FormulaId no_reply_yet =
      pool_.both(field_is(FieldId::kCtDirection, 0),
                 pool_.in_set(field(FieldId::kCtStatus), ValueSet::of_masks({{0, ir::kIpsSeenReply}})));
  facts.push_back(pool_.either(not_new, no_reply_yet));
  for (const StateFact& fact : state_facts(family_)) {
    const FormulaId about =
        pool_.both(pool_.in_set(variable, states_of(fact)), presence(ir::field_info(fact.field).presence));
    facts.push_back(pool_.either(pool_.negate(about), pool_.in_set(field(fact.field), fact.allowed)));
  }
  return pool_.all(facts);
}

FormulaId Encoder::world_of_addresses(ir::Hook hook) {
  const bool v4 = family_ == ir::Family::kIpv4;
  std::vector<FormulaId> facts;
  if (hook == ir::Hook::kInput && v4) facts.push_back(field_is(FieldId::kIpFragOffset, 0));
  ValueSet::Masks delivered;
  for (const ir::AddrType type :
       {ir::AddrType::kLocal, ir::AddrType::kBroadcast, ir::AddrType::kAnycast, ir::AddrType::kMulticast})
    delivered.push_back({ir::addr_type_bit(type), ir::addr_type_bit(type)});
  const FieldTest is_delivered{FieldId::kDaddrType, 0, false, ValueSet::of_masks(delivered)};
  if (hook == ir::Hook::kInput) facts.push_back(values(is_delivered));
  if (host_ == nullptr) {
    const VarId address = field(v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr);
    const ValueSet multicast = v4 ? ValueSet::of_network(ir::u128{0xE} << 28, ir::u128{0xF} << 28, 32)
                                  : ValueSet::of_network(ir::u128{0xff} << 120, ir::u128{0xff} << 120, 128);
    const auto bit = ir::addr_type_bit(ir::AddrType::kMulticast);
    const FormulaId typed = pool_.in_set(field(FieldId::kDaddrType), ValueSet::of_masks({{bit, bit}}));
    const FormulaId addressed = pool_.in_set(address, multicast);
    facts.push_back(pool_.either(pool_.negate(typed), addressed));
    facts.push_back(pool_.either(pool_.negate(addressed), typed));
    if (v4) {
      ValueSet::Intervals single;
      for (unsigned i = 0; i < 12; ++i) single.push_back({ir::u128{1} << i, ir::u128{1} << i});
      facts.push_back(pool_.in_set(field(FieldId::kDaddrType), ValueSet::of_intervals(single)));
      facts.push_back(pool_.in_set(field(FieldId::kSaddrType), ValueSet::of_intervals(single)));
    }
  }
  return pool_.all(facts);
}

/// A packet is at least as long as the headers that are in it, and the upper protocol of IPv6 is never the number of an
/// extension header that the kernel skips (net/ipv6/netfilter/ip6_tables.c, ipv6_find_hdr in net/ipv6/exthdrs_core.c).
FormulaId Encoder::world_of_headers() {
  const bool v4 = family_ == ir::Family::kIpv4;
  const unsigned ip = least_ip_header(family_, false);
  const auto at_least = [&](unsigned bytes) {
    return pool_.in_set(field(FieldId::kLength), ValueSet::of_range(bytes, 0xffff));
  };
  std::vector<FormulaId> facts{at_least(ip)};
  for (const LeastHeader& least : kLeastHeaders)
    facts.push_back(pool_.either(pool_.negate(presence(least.header)), at_least(ip + least.bytes)));
  // A fragment that begins within the TCP header is dropped by every look at that header (net/netfilter/xt_tcpudp.c).
  const FieldId fragment = v4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset;
  const FormulaId overlaps = pool_.both(field_is(FieldId::kL4Proto, ir::kProtoTcp), field_is(fragment, 1));
  facts.push_back(pool_.negate(overlaps));
  if (!v4) {
    facts.push_back(pool_.either(field_is(FieldId::kIp6FragOffset, 0), at_least(least_ip_header(family_, true))));
    const ValueSet skipped = ValueSet::of_intervals({{0, 0}, {43, 44}, {51, 51}, {60, 60}});
    facts.push_back(pool_.negate(pool_.in_set(field(FieldId::kL4Proto), skipped)));
  }
  return pool_.all(facts);
}

FormulaId Encoder::world(ir::ChainId base) {
  auto& memo = worlds_[static_cast<std::size_t>(base)];
  if (memo) return *memo;
  const ir::Hook hook = ruleset_.chain(base).base->hook;
  const FormulaId option = pool_.either(pool_.negate(pool_.boolean(mss_present_)),
                                        pool_.in_set(field(FieldId::kTcpOption, 2), ValueSet::of_value(1)));
  memo = pool_.all(std::array{world_of_interfaces(hook), world_of_connection(base), world_of_addresses(hook),
                              world_of_headers(), option});
  return *memo;
}

}  // namespace nfproof::analyzer
