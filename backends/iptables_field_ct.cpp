// SPDX-License-Identifier: Apache-2.0
// Tests of the connection as iptables options.
#include "backends/iptables_core.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::u128;

IptablesMatches one(std::string text) { return {{{-1, std::move(text)}}, "", false}; }
IptablesMatches problem(std::string why) { return {{}, std::move(why), false}; }

IptablesMatches states(const ir::FieldTest& test) {
  std::string list;
  for (unsigned state = 0; state < ir::kCtStateCount; ++state)
    if (test.values.contains(u128{state}))
      list += (list.empty() ? "" : ",") + std::string(ir::ct_state_name(static_cast<ir::CtState>(state)));
  if (list.empty()) return test.negated ? one("") : IptablesMatches{};
  return one(std::string(" -m conntrack ") + (test.negated ? "! " : "") + "--ctstate " + list);
}

IptablesMatches status(const ir::FieldTest& test) {
  static constexpr std::pair<u128, const char*> kBits[] = {{ir::kIpsExpected, "EXPECTED"},
                                                           {ir::kIpsSeenReply, "SEEN_REPLY"},
                                                           {ir::kIpsAssured, "ASSURED"},
                                                           {ir::kIpsConfirmed, "CONFIRMED"}};
  const auto* masks = test.values.masks();
  if (masks == nullptr) return problem("this test of a connection's status");
  std::string list;
  bool nat = false;
  std::string nat_list;
  for (const ir::Masked& m : *masks) {
    if (m.mask != m.value) return problem("this test of a connection's status");
    for (const auto& [bit, name] : kBits)
      if (m.mask == bit) list += (list.empty() ? "" : ",") + std::string(name);
    if (m.mask == ir::kIpsSrcNat || m.mask == ir::kIpsDstNat) {
      nat = true;
      nat_list += (nat_list.empty() ? "" : ",") + std::string(m.mask == ir::kIpsSrcNat ? "SNAT" : "DNAT");
    }
  }
  if (list.empty() == !nat) return problem("this test of a connection's status");
  return one(std::string(" -m conntrack ") + (test.negated ? "! " : "") +
             (nat ? "--ctstate " + nat_list : "--ctstatus " + list));
}

IptablesMatches conntrack(const ir::FieldTest& test, ir::Family family, const std::string& option, bool port) {
  IptablesMatches out;
  const IptablesValues values = iptables_values(test);
  for (const ir::Interval& i : values.list) {
    const std::string head = " -m conntrack " + values.bang + option + " ";
    if (port) {
      out.ways.push_back({-1, head + iptables_range(i, ":")});
      continue;
    }
    const unsigned bits = ir::address_bits(family);
    const auto prefix = ir::mask_prefix(ir::max_of_bits(bits) & ~(i.lo ^ i.hi), bits);
    if (!prefix || (i.lo & ~ir::prefix_mask(*prefix, bits)) != 0)
      return problem("a range of addresses of the connection");
    out.ways.push_back({-1, head + ir::format_address(i.lo, family) + "/" + std::to_string(*prefix)});
  }
  return out;
}

}  // namespace

std::optional<IptablesMatches> iptables_connection(const ir::FieldTest& test, ir::Family family) {
  switch (test.field) {
    case FieldId::kCtState: return states(test);
    case FieldId::kCtStatus: return status(test);
    case FieldId::kCtDirection:
      return one(std::string(" -m conntrack --ctdir ") +
                 (test.values.contains(u128{0}) != test.negated ? "ORIGINAL" : "REPLY"));
    case FieldId::kCtProto: return conntrack(test, family, "--ctproto", true);
    case FieldId::kCtExpiration: return conntrack(test, family, "--ctexpire", true);
    case FieldId::kCtOrigSaddr:
    case FieldId::kCtOrigSaddr6: return conntrack(test, family, "--ctorigsrc", false);
    case FieldId::kCtOrigDaddr:
    case FieldId::kCtOrigDaddr6: return conntrack(test, family, "--ctorigdst", false);
    case FieldId::kCtReplSaddr:
    case FieldId::kCtReplSaddr6: return conntrack(test, family, "--ctreplsrc", false);
    case FieldId::kCtReplDaddr:
    case FieldId::kCtReplDaddr6: return conntrack(test, family, "--ctrepldst", false);
    case FieldId::kCtOrigSport: return conntrack(test, family, "--ctorigsrcport", true);
    case FieldId::kCtOrigDport: return conntrack(test, family, "--ctorigdstport", true);
    case FieldId::kCtReplSport: return conntrack(test, family, "--ctreplsrcport", true);
    case FieldId::kCtReplDport: return conntrack(test, family, "--ctrepldstport", true);
    default: return std::nullopt;
  }
}

}  // namespace nfproof::backends
