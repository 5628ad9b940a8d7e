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
