// SPDX-License-Identifier: Apache-2.0
// Kinds of packets with a predicate pool of their own, and their mirror image.
#include <algorithm>
#include <unordered_map>

#include "analyzer/paths/hook_path.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::PredicateId;

FieldId mirror(FieldId field) {
  switch (field) {
    case FieldId::kIifname: return FieldId::kOifname;
    case FieldId::kOifname: return FieldId::kIifname;
    case FieldId::kIpSaddr: return FieldId::kIpDaddr;
    case FieldId::kIpDaddr: return FieldId::kIpSaddr;
    case FieldId::kIp6Saddr: return FieldId::kIp6Daddr;
    case FieldId::kIp6Daddr: return FieldId::kIp6Saddr;
    case FieldId::kThSport: return FieldId::kThDport;
    case FieldId::kThDport: return FieldId::kThSport;
    case FieldId::kTcpSport: return FieldId::kTcpDport;
    case FieldId::kTcpDport: return FieldId::kTcpSport;
    case FieldId::kUdpSport: return FieldId::kUdpDport;
    case FieldId::kUdpDport: return FieldId::kUdpSport;
    case FieldId::kUdpliteSport: return FieldId::kUdpliteDport;
    case FieldId::kUdpliteDport: return FieldId::kUdpliteSport;
    case FieldId::kSctpSport: return FieldId::kSctpDport;
    case FieldId::kSctpDport: return FieldId::kSctpSport;
    case FieldId::kDccpSport: return FieldId::kDccpDport;
    case FieldId::kDccpDport: return FieldId::kDccpSport;
    case FieldId::kSaddrType: return FieldId::kDaddrType;
    case FieldId::kDaddrType: return FieldId::kSaddrType;
    default: return field;
  }
}

/// What says nothing about the answer to a packet: its state, its flags, who sent it on the link.
bool is_of_one_direction(FieldId field) {
  switch (ir::field_info(field).storage) {
    case FieldId::kCtState:
    case FieldId::kCtDirection:
    case FieldId::kCtStatus:
    case FieldId::kTcpFlags:
    case FieldId::kEtherSaddr:
    case FieldId::kMark:
    case FieldId::kLength:
    case FieldId::kIpTtl:
    case FieldId::kIp6HopLimit: return true;
    default: return false;
  }
}

/// Copies predicates with all their parts. Parts have smaller ids than the whole.
std::vector<PredicateId> copy(const ir::PredicatePool& from, const std::vector<PredicateId>& wanted,
                              ir::PredicatePool& to, bool mirrored) {
  std::vector<PredicateId> all = wanted;
  for (std::size_t next = 0; next < all.size(); ++next)
    if (const auto* any = std::get_if<ir::AnyOf>(&from[all[next]]))
      all.insert(all.end(), any->any.begin(), any->any.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::unordered_map<std::uint32_t, PredicateId> made;
  for (const PredicateId id : all) {
    ir::Predicate predicate = from[id];
    if (auto* any = std::get_if<ir::AnyOf>(&predicate))
      for (PredicateId& part : any->any) part = made.at(static_cast<std::uint32_t>(part));
    if (auto* test = std::get_if<ir::FieldTest>(&predicate); test != nullptr && mirrored) {
      if (is_of_one_direction(test->field))
        predicate = ir::AnyOf{{}, true};  // always true
      else
        test->field = mirror(test->field);
    }
    made.emplace(static_cast<std::uint32_t>(id), to.add(std::move(predicate)));
  }
  std::vector<PredicateId> result;
  for (const PredicateId id : wanted) result.push_back(made.at(static_cast<std::uint32_t>(id)));
  return result;
}

}  // namespace

Access Access::of(const ir::PredicatePool& from, const std::vector<PredicateId>& when, std::string text) {
  Access access;
  access.when = copy(from, when, access.pool, false);
  access.text = std::move(text);
  return access;
}

Access Access::standard() {
  Access access;
  access.when.push_back(access.pool.add(ir::FieldTest{FieldId::kTcpDport, 0, false, ir::ValueSet::of_value(22)}));
  access.text = "tcp dport 22";
  access.is_default = true;
  return access;
}

Access Access::mirrored() const {
  Access access;
  access.when = copy(pool, when, access.pool, true);
  access.text = text;
  access.is_default = is_default;
  access.on_loopback = on_loopback;
  return access;
}

Access Access::from_client_ports() const {
  Access access = *this;
  for (std::size_t i = 0; i < pool.size(); ++i) {
    const auto* test = std::get_if<ir::FieldTest>(&pool[PredicateId{static_cast<std::uint32_t>(i)}]);
    if (test != nullptr && ir::field_info(test->field).storage == FieldId::kThSport) return access;
  }
  const auto ports = ir::ValueSet::of_intervals({{ir::kProtoTcp, ir::kProtoTcp},
                                                 {ir::kProtoUdp, ir::kProtoUdp},
                                                 {ir::kProtoDccp, ir::kProtoDccp},
                                                 {ir::kProtoSctp, ir::kProtoSctp},
                                                 {ir::kProtoUdplite, ir::kProtoUdplite}});
  const PredicateId no_ports = access.pool.add(ir::FieldTest{FieldId::kL4Proto, 0, true, ports});
  const PredicateId client =
      access.pool.add(ir::FieldTest{FieldId::kThSport, 0, false, ir::ValueSet::of_range(1024, 65535)});
  access.when.push_back(access.pool.add(ir::AnyOf{{no_ports, client}, false}));
  return access;
}

}  // namespace nfproof::analyzer
