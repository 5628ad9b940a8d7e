// SPDX-License-Identifier: Apache-2.0
// Tests that count, as dynamic sets and stateful statements.
#include "backends/nft_meter.h"

#include <algorithm>
#include <array>

#include "backends/nft_objects.h"

namespace nfproof::backends {
namespace {

using ir::HashLimit;

/// Elements of a set that packets fill, unless the rule says how many.
constexpr unsigned kMostElements = 65535;

constexpr std::string_view kTwoFamilies = "a list of addresses in a table of both families";

NftTest counting(std::string text) { return {std::move(text), {}, {}, false, true}; }

std::string address_key(ir::Family family, bool destination, unsigned prefix) {
  const bool v4 = family == ir::Family::kIpv4;
  const unsigned bits = v4 ? 32 : 128;
  std::string out = std::string(v4 ? "ip " : "ip6 ") + (destination ? "daddr" : "saddr");
  if (prefix < bits) out += " & " + ir::format_address(ir::prefix_mask(prefix, bits), family);
  return out;
}

struct Key {
  std::string expression;
  std::string types;

  void add(const std::string& what, std::string_view type) {
    if (!expression.empty()) expression += " . ", types += " . ";
    expression += what;
    types += type;
  }
};

std::string_view address_type(ir::Family family) { return family == ir::Family::kIpv4 ? "ipv4_addr" : "ipv6_addr"; }

struct Unit {
  std::uint64_t microseconds;
  std::string_view name;
};

/// The rate whose cost is `average` millionths of a second for each packet.
std::string rate_text(std::uint64_t average) {
  static constexpr std::array<Unit, 4> kUnits = {
      {{1000000, "second"}, {60000000, "minute"}, {3600000000, "hour"}, {86400000000, "day"}}};
  if (average == 0) return "";
  for (const Unit& unit : kUnits) {
    const std::uint64_t count = unit.microseconds / average;
    if (count != 0 && unit.microseconds / count == average) return std::to_string(count) + "/" + std::string(unit.name);
  }
  return "";
}

std::string problem_of(const HashLimit& limit, const NftHashLimitUse* use, const NftContext& context) {
  if ((limit.mode & HashLimit::kBytes) != 0)
    return "hashlimit counts bytes in blocks of 16, nftables does not; use a rate of packets";
  if ((limit.mode & HashLimit::kRateMatch) != 0) return "`--hashlimit-rate-match` has no translation";
  if (use != nullptr && use->tables.size() > 1)
    return "rules of several tables share the hashlimit `" + limit.name + "`; give each table one of its own";
  if (use != nullptr && use->settings.size() > 1)
    return "rules with different settings share the hashlimit `" + limit.name + "`; give each a name of its own";
  const bool ports = (limit.mode & (HashLimit::kSourcePort | HashLimit::kDestinationPort)) != 0;
  const bool known = context.l4proto && nft_has_ports(*context.l4proto);
  if (ports && !known) return "hashlimit by port for any protocol; add `-p tcp` or another protocol with ports";
  return "";
}

Key hash_limit_key(const HashLimit& limit, const NftContext& context) {
  Key key;
  if ((limit.mode & HashLimit::kSourceAddress) != 0)
    key.add(address_key(context.family, false, limit.source_prefix), address_type(context.family));
  if ((limit.mode & HashLimit::kDestinationAddress) != 0)
    key.add(address_key(context.family, true, limit.destination_prefix), address_type(context.family));
  const std::string protocol = context.l4proto ? nft_protocol_name(*context.l4proto) : "th";
  if ((limit.mode & HashLimit::kSourcePort) != 0) key.add(protocol + " sport", "inet_service");
  if ((limit.mode & HashLimit::kDestinationPort) != 0) key.add(protocol + " dport", "inet_service");
  return key;
}

}  // namespace

NftFormula nft_limit(const ir::Limit& limit, bool over) {
  std::string_view unit;
  switch (limit.unit_seconds) {
    case 1: unit = "second"; break;
    case 60: unit = "minute"; break;
    case 3600: unit = "hour"; break;
    case 86400: unit = "day"; break;
    default: return nft_problem("a rate per " + std::to_string(limit.unit_seconds) + " seconds");
  }
  return nft_all({counting("limit rate " + std::string(over ? "over " : "") + std::to_string(limit.count) + "/" +
                           std::string(unit) + " burst " + std::to_string(limit.burst) + " packets")});
}

NftFormula nft_hash_limit(const HashLimit& limit, const NftContext& context) {
  if (context.family == ir::Family::kInet) return nft_problem(std::string(kTwoFamilies));
  const std::string problem =
      problem_of(limit, context.objects->uses().hash_limit(context.family, limit.name), context);
  if (!problem.empty()) return nft_problem(problem);
  const std::string rate = rate_text(limit.average);
  if (rate.empty()) return nft_problem("a rate that nftables cannot write");
  const std::string above = (limit.mode & HashLimit::kInvert) != 0 ? "over " : "";
  const std::string statement = "limit rate " + above + rate + " burst " + std::to_string(limit.burst) + " packets";
  Key key = hash_limit_key(limit, context);
  // Without a key all packets share one bucket, and the set has one element.
  if (key.expression.empty()) key.add(address_key(context.family, true, 0), address_type(context.family));
  bool is_new = false;
  NftObject& set = context.objects->get("hashlimit " + limit.name, "set", "hashlimit_" + limit.name, is_new);
  if (is_new) {
    set.by_family = !context.of_nftables();
    set.settings = {"type " + key.types, "flags dynamic,timeout",
                    "timeout " + std::to_string(std::max<std::uint32_t>(1, (limit.expire + 999) / 1000)) + "s",
                    "size " + std::to_string(limit.max != 0 ? limit.max : kMostElements)};
  }
  NftTest test = counting("update @" + set.name + " { " + key.expression + " " + statement + " }");
  test.transport = (limit.mode & (HashLimit::kSourcePort | HashLimit::kDestinationPort)) != 0;
  NftTests tests;
  if (test.transport) tests.push_back(nft_protocol_test(*context.l4proto));
  tests.push_back(std::move(test));
  return nft_all(std::move(tests));
}

NftFormula nft_conn_limit(const ir::ConnLimit& limit, const NftContext& context) {
  if (context.family == ir::Family::kInet && limit.prefix != 0) return nft_problem(std::string(kTwoFamilies));
  const std::string count = std::string("ct count ") + (limit.negated ? "" : "over ") + std::to_string(limit.limit);
  if (limit.prefix == 0) return nft_all({counting(count)});
  bool is_new = false;
  NftObject& set = context.objects->get("connlimit " + context.place, "set", "connlimit_" + context.place, is_new);
  set.settings = {"type " + std::string(address_type(context.family)), "flags dynamic",
                  "size " + std::to_string(kMostElements)};
  return nft_all({counting("add @" + set.name + " { " + address_key(context.family, limit.destination, limit.prefix) +
                           " " + count + " }")});
}

NftFormula nft_quota(const ir::Quota& quota) {
  // xt_quota lets the packet pass that uses up the last byte, nftables counts it as too much.
  if (quota.bytes == ~std::uint64_t{0}) return nft_problem("a quota of 2^64-1 bytes");
  return nft_all({counting(std::string("quota ") + (quota.negated ? "over " : "until ") +
                           std::to_string(quota.bytes + 1) + " bytes")});
}

NftFormula nft_recent(const ir::Recent& recent, const NftContext& context) {
  if (context.family == ir::Family::kInet) return nft_problem(std::string(kTwoFamilies));
  using Action = ir::Recent::Action;
  const NftRecentUse* use = context.objects->uses().recent(context.family, recent.name);
  if (use == nullptr) return nft_problem("a list of `recent` that no rule uses");
  const std::string list = "list `" + recent.name + "` of `recent`: ";
  if (use->odd) return nft_problem(list + "nftables keeps no times of several packets (`--hitcount`) and no TTL");
  if (use->tables.size() > 1) return nft_problem(list + "rules of several tables share it");
  if (use->masks.size() > 1) return nft_problem(list + "rules use it with different masks");
  if (use->seconds.size() > 1)
    return nft_problem(list + "rules ask for different ages; an element of nftables has one timeout");
  if (recent.negated &&
      (recent.action == Action::kUpdate || recent.action == Action::kRemove || recent.action == Action::kSet))
    return nft_problem(list + "a negated test that changes it");
  const std::uint32_t seconds = use->seconds.empty() ? 0 : *use->seconds.begin();
  const unsigned bits = ir::address_bits(context.family);
  ir::u128 mask = 0;
  for (unsigned i = 0; i < bits / 8; ++i) mask = mask << 8 | recent.mask[i];
  const auto prefix = ir::mask_prefix(mask, bits);
  if (!prefix) return nft_problem(list + "a mask with holes");
  bool is_new = false;
  NftObject& set = context.objects->get("recent " + recent.name, "set", "recent_" + recent.name, is_new);
  if (is_new) {
    set.settings = {"type " + std::string(address_type(context.family)),
                    seconds != 0 ? "flags dynamic,timeout" : "flags dynamic", "size " + std::to_string(kMostElements)};
    if (seconds != 0) set.settings.push_back("timeout " + std::to_string(seconds) + "s");
  }
  const std::string key = address_key(context.family, recent.destination, *prefix);
  const NftTest there = counting(key + (recent.negated ? " != @" : " @") + set.name);
  switch (recent.action) {
    case Action::kSet: return nft_all({counting("update @" + set.name + " { " + key + " }")});
    case Action::kCheck: return nft_all({there});
    case Action::kUpdate: return nft_all({there, counting("update @" + set.name + " { " + key + " }")});
    case Action::kRemove: return nft_all({there, counting("delete @" + set.name + " { " + key + " }")});
  }
  return nft_problem(list + "this use");
}

}  // namespace nfproof::backends
