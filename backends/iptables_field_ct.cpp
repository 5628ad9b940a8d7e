// SPDX-License-Identifier: Apache-2.0
// Tests of the connection as iptables options.
#include "backends/iptables_core.h"

namespace nfproof::backends {
namespace {

using ir::FieldId;
using ir::u128;

IptablesMatches states(const ir::FieldTest& test) {
  std::string list;
  for (unsigned state = 0; state < ir::kCtStateCount; ++state)
    if (test.values.contains(u128{state}))
      list += (list.empty() ? "" : ",") + std::string(ir::ct_state_name(static_cast<ir::CtState>(state)));
  if (list.empty()) return test.negated ? one_way("") : IptablesMatches{};
  return one_way(std::string(" -m conntrack ") + (test.negated ? "! " : "") + "--ctstate " + list);
}

/// The bits of which the test asks whether one is set, or (`negated`) whether none is.
struct StatusBits {
  u128 bits = 0;
  bool negated = false;
};

std::optional<StatusBits> status_bits(const ir::FieldTest& test) {
  const auto* masks = test.values.masks();
  if (masks == nullptr) return std::nullopt;
  if (masks->size() == 1 && masks->front().value == 0) return StatusBits{masks->front().mask, !test.negated};
  StatusBits out{0, test.negated};
  for (const ir::Masked& m : *masks) {
    if (m.mask != m.value || (m.mask & (m.mask - 1)) != 0) return std::nullopt;
    out.bits |= m.mask;
  }
  return out;
}

IptablesMatches status(const ir::FieldTest& test) {
  static constexpr std::pair<u128, const char*> kStatus[] = {{ir::kIpsExpected, "EXPECTED"},
                                                             {ir::kIpsSeenReply, "SEEN_REPLY"},
                                                             {ir::kIpsAssured, "ASSURED"},
                                                             {ir::kIpsConfirmed, "CONFIRMED"}};
  static constexpr std::pair<u128, const char*> kState[] = {{ir::kIpsSrcNat, "SNAT"}, {ir::kIpsDstNat, "DNAT"}};
  const std::optional<StatusBits> asked = status_bits(test);
  u128 rest = asked ? asked->bits : 0;
  const auto take = [&rest](const auto& names) {
    std::string list;
    for (const auto& [bit, name] : names) {
      if ((rest & bit) != 0) list += (list.empty() ? "" : ",") + std::string(name);
      rest &= ~bit;
    }
    return list;
  };
  const std::string of_status = take(kStatus);
  const std::string of_state = take(kState);
  if (rest != 0 || (of_status.empty() && of_state.empty())) return no_way("this test of a connection's status");
  const std::string head = std::string(" -m conntrack ") + (asked->negated ? "! " : "");
  std::vector<std::string> tests;
  if (!of_status.empty()) tests.push_back(head + "--ctstatus " + of_status);
  // Without an entry a negated `--ctstate SNAT` is true, unlike one of the status: what such packets are is excluded
  // too.
  if (!of_state.empty()) tests.push_back(head + "--ctstate " + (asked->negated ? "INVALID,UNTRACKED," : "") + of_state);
  if (asked->negated) return one_way(tests.size() == 2 ? tests[0] + tests[1] : tests[0]);
  IptablesMatches out;
  for (std::string& way : tests) out.ways.push_back({-1, std::move(way)});
  return out;
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
      return no_way("a range of addresses of the connection");
    out.ways.push_back({-1, head + ir::format_address(i.lo, family) + "/" + std::to_string(*prefix)});
  }
  return out;
}

/// `--ctproto` takes one number.
IptablesMatches protocol(const ir::FieldTest& test) {
  const IptablesValues values = iptables_values(test);
  IptablesMatches out;
  std::string all;
  for (const ir::Interval& i : values.list)
    for (u128 value = i.lo; value <= i.hi; ++value) {
      const std::string text = " -m conntrack " + values.bang + "--ctproto " + ir::format_number(value);
      out.ways.push_back({-1, text});
      all += text;
    }
  return values.bang.empty() ? out : one_way(all);
}

}  // namespace

std::optional<IptablesMatches> iptables_connection(const ir::FieldTest& test, ir::Family family) {
  switch (test.field) {
    case FieldId::kCtState: return states(test);
    case FieldId::kCtStatus: return status(test);
    case FieldId::kCtDirection:
      return one_way(std::string(" -m conntrack --ctdir ") +
                     (test.values.contains(u128{0}) != test.negated ? "ORIGINAL" : "REPLY"));
    case FieldId::kCtProto: return protocol(test);
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
