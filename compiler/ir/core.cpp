// SPDX-License-Identifier: Apache-2.0
// Sharing of equal predicates, names of verdicts.
#include "compiler/ir/core.h"

#include <functional>
#include <string_view>
#include <utility>

namespace nfproof::ir {
namespace {

class Hasher {
 public:
  void add(std::uint64_t number) { hash_ = (hash_ ^ number) * 0x9E3779B97F4A7C15ULL + (hash_ >> 29); }
  void add(u128 number) {
    add(static_cast<std::uint64_t>(number));
    add(static_cast<std::uint64_t>(number >> 64));
  }
  void add(std::string_view text) { add(std::uint64_t{std::hash<std::string_view>{}(text)}); }

  void operator()(const FieldTest& test) {
    add(std::uint64_t{static_cast<std::uint8_t>(test.field)} << 17 | std::uint64_t{test.argument} << 1 |
        (test.negated ? 1U : 0U));
    if (const auto* intervals = test.values.intervals())
      for (const Interval& interval : *intervals) add(interval.lo), add(interval.hi);
    if (const auto* masks = test.values.masks())
      for (const Masked& masked : *masks) add(masked.value), add(masked.mask);
    if (const auto* interfaces = test.values.interfaces())
      for (const InterfacePattern& pattern : *interfaces) add(pattern.name);
  }
  void operator()(const AnyOf& test) {
    for (const PredicateId id : test.any) add(std::uint64_t{static_cast<std::uint32_t>(id)});
  }
  void operator()(const SctpChunks& test) {
    for (const std::uint32_t word : test.types) add(std::uint64_t{word});
  }
  void operator()(const Limit& test) { add(std::uint64_t{test.average} << 32 | test.burst); }
  void operator()(const Statistic& test) {
    add(std::uint64_t{test.probability} << 32 | test.every), add(std::uint64_t{test.packet});
  }
  void operator()(const HashLimit& test) { add(std::string_view(test.name)), add(test.average), add(test.burst); }
  void operator()(const Recent& test) { add(std::string_view(test.name)), add(std::uint64_t{test.seconds}); }
  void operator()(const Quota& test) { add(test.bytes); }
  void operator()(const ConnLimit& test) { add(std::uint64_t{test.limit} << 8 | test.prefix); }
  void operator()(const ConnBytes& test) { add(test.from), add(test.to); }
  void operator()(const RateTest& test) {
    for (const std::string& name : test.estimators) add(std::string_view(name));
  }
  void operator()(const SetLookup& test) {
    add(std::string_view(test.set.name)), add(std::uint64_t{test.set.sources} << 8 | test.set.dimensions);
  }
  void operator()(const StringTest& test) { add(std::string_view(test.pattern)), add(std::uint64_t{test.from}); }
  void operator()(const U32Test& test) {
    for (const U32Test::Test& each : test.tests)
      for (const U32Test::Range& range : each.values) add(std::uint64_t{range.lo} << 32 | range.hi);
  }
  void operator()(const BpfTest& test) {
    for (const BpfTest::Instruction& each : test.program) add(std::uint64_t{each.code} << 32 | each.k);
  }
  void operator()(const Ip6OptionList& test) {
    for (const Ip6OptionList::Option& each : test.options) add(std::uint64_t{each.type} << 16 | each.length);
  }
  void operator()(const RoutingAddresses& test) {
    for (const auto& address : test.addresses)
      for (const std::uint8_t byte : address) add(std::uint64_t{byte});
  }
  void operator()(const SegmentRouting& test) {
    for (const SegmentRouting::Test& each : test.tests)
      add(std::uint64_t{static_cast<std::uint8_t>(each.what)} << 16 | each.number);
  }
  void operator()(const L2tpTest& test) { add(std::uint64_t{test.tunnel} << 32 | test.session); }
  void operator()(const TimeTest& test) {
    add(std::uint64_t{test.date_start} << 32 | test.day_start), add(std::uint64_t{test.monthdays} << 8 | test.weekdays);
  }
  void operator()(const Cluster& test) { add(std::uint64_t{test.hash_seed} << 32 | test.node_mask); }
  void operator()(const HelperTest& test) { add(std::string_view(test.name)); }
  void operator()(const ConnLabel& test) { add(std::uint64_t{test.bit}); }
  void operator()(const BridgePort& test) { add(std::string_view(test.port)); }
  void operator()(const Opaque& test) { add(std::string_view(test.module)), add(std::string_view(test.arguments)); }

  [[nodiscard]] std::size_t hash() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

}  // namespace

PredicateId PredicatePool::add(Predicate predicate) {
  Hasher hasher;
  hasher.add(std::uint64_t{predicate.index()});
  std::visit(hasher, predicate);
  const auto [first, last] = by_hash_.equal_range(hasher.hash());
  for (auto it = first; it != last; ++it)
    if ((*this)[it->second] == predicate) return it->second;
  const auto id = PredicateId{static_cast<std::uint32_t>(all_.size())};
  all_.push_back(std::move(predicate));
  by_hash_.emplace(hasher.hash(), id);
  return id;
}

bool needs_lookup(const FieldTest& test) {
  if (!is_looked_up(test.field)) return false;
  const FieldInfo& info = field_info(test.field);
  const bool known = info.presence == Presence::kDccp || info.presence == Presence::kEsp ||
                     info.presence == Presence::kIpcomp || info.presence == Presence::kMh ||
                     info.presence == Presence::kIncoming || info.presence == Presence::kOutgoing;
  return test.negated || !known || !test.values.is_all(info.bits);
}

namespace {

struct ModuleName {
  template <FreeTest T>
  std::string_view operator()(const T&) const {
    return T::kModule;
  }
  std::string_view operator()(const FieldTest&) const { return {}; }
  std::string_view operator()(const AnyOf&) const { return {}; }
  std::string_view operator()(const SctpChunks&) const { return "sctp"; }
  std::string_view operator()(const Opaque& test) const { return test.module; }
};

struct ByRule {
  template <FreeTest T>
  bool operator()(const T&) const {
    return T::kAnswer == Answer::kByRule;
  }
  bool operator()(const FieldTest&) const { return false; }
  bool operator()(const AnyOf&) const { return false; }
  bool operator()(const SctpChunks&) const { return false; }
  bool operator()(const Opaque& test) const { return test.stateful; }
};

}  // namespace

std::string_view module_of(const Predicate& predicate) { return std::visit(ModuleName{}, predicate); }

bool answers_by_rule(const Predicate& predicate) { return std::visit(ByRule{}, predicate); }

std::string_view verdict_name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kContinue: return "CONTINUE";
    case VerdictKind::kAccept: return "ACCEPT";
    case VerdictKind::kDrop: return "DROP";
    case VerdictKind::kReject: return "REJECT";
    case VerdictKind::kReturn: return "RETURN";
    case VerdictKind::kJump: return "JUMP";
    case VerdictKind::kGoto: return "GOTO";
    case VerdictKind::kQueue: return "QUEUE";
  }
  return "";
}

std::string_view reject_name(RejectWith reject) {
  switch (reject) {
    case RejectWith::kIcmpNetUnreachable: return "icmp-net-unreachable";
    case RejectWith::kIcmpHostUnreachable: return "icmp-host-unreachable";
    case RejectWith::kIcmpPortUnreachable: return "icmp-port-unreachable";
    case RejectWith::kIcmpProtoUnreachable: return "icmp-proto-unreachable";
    case RejectWith::kIcmpNetProhibited: return "icmp-net-prohibited";
    case RejectWith::kIcmpHostProhibited: return "icmp-host-prohibited";
    case RejectWith::kIcmpAdminProhibited: return "icmp-admin-prohibited";
    case RejectWith::kIcmp6NoRoute: return "icmp6-no-route";
    case RejectWith::kIcmp6AdmProhibited: return "icmp6-adm-prohibited";
    case RejectWith::kIcmp6AddrUnreachable: return "icmp6-addr-unreachable";
    case RejectWith::kIcmp6PortUnreachable: return "icmp6-port-unreachable";
    case RejectWith::kIcmp6PolicyFail: return "icmp6-policy-fail";
    case RejectWith::kIcmp6RejectRoute: return "icmp6-reject-route";
    case RejectWith::kTcpReset: return "tcp-reset";
  }
  return "";
}

}  // namespace nfproof::ir
