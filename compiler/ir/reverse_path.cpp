// SPDX-License-Identifier: Apache-2.0
// Cases where `rpfilter` and `fib` differ: see reverse_path.h.
#include "compiler/ir/reverse_path.h"

namespace nfproof::ir {
namespace {

constexpr unsigned kFibOnly = static_cast<unsigned>(ReversePath::kFib);

}  // namespace

std::uint16_t as_fib(std::uint16_t argument) {
  const unsigned own = static_cast<unsigned>(ReversePath::kAcceptLocal);
  return static_cast<std::uint16_t>((argument & ~own) | kFibOnly);
}

std::uint16_t as_rpfilter(std::uint16_t argument) { return static_cast<std::uint16_t>(argument & ~kFibOnly); }

std::vector<ReversePathCase> reverse_path_cases(Family family, std::uint16_t argument) {
  const bool v4 = family == Family::kIpv4;
  std::vector<ReversePathCase> cases;
  if (v4) {
    // Both look up 0.0.0.0 and 255.255.255.255, which have the type too, like any other address; over loopback both
    // look nothing up.
    const FieldTest link{
        FieldId::kSaddrType, 0, false,
        ValueSet::of_masks({{addr_type_bit(AddrType::kBroadcast), addr_type_bit(AddrType::kBroadcast)}})};
    const u128 everybody = max_of_bits(32);
    cases.push_back({{{FieldId::kIifname, 0, true, ValueSet::of_interfaces({{"lo", false}})},
                      link,
                      {FieldId::kIpSaddr, 0, true, ValueSet::of_intervals({{0, 0}, {everybody, everybody}})}},
                     false});
  } else {
    cases.push_back({{{FieldId::kIp6Saddr, 0, false, ValueSet::of_value(0)}}, true});
  }
  if (has_flag(argument, ReversePath::kAcceptLocal)) {
    const bool of_interface = v4 && !has_flag(argument, ReversePath::kLoose);
    const auto scope = of_interface ? AddrTypeScope::kInputInterface : AddrTypeScope::kAnyInterface;
    cases.push_back({{{FieldId::kSaddrType, static_cast<std::uint16_t>(scope), false,
                       ValueSet::of_masks({{addr_type_bit(AddrType::kLocal), addr_type_bit(AddrType::kLocal)}})}},
                     true});
  }
  return cases;
}

}  // namespace nfproof::ir
