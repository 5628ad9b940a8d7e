// SPDX-License-Identifier: Apache-2.0
// One semantics, three readings: the analyzer's formula of a predicate with the packet's values put in, the analyzer's
// concrete walk, and the simulator's evaluation of real bytes must agree for random predicates and random packets.
#include <gtest/gtest.h>

#include <random>

#include "analyzer/paths/family_context.h"
#include "sim/witness.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::u128;
using ir::ValueSet;

ir::Host make_host() {
  ir::Host host;
  host.interfaces.push_back(
      {"lo",
       true,
       std::nullopt,
       {{ir::Family::kIpv4, u128{127} << 24 | 1, 8, std::nullopt}, {ir::Family::kIpv6, 1, 128, std::nullopt}}});
  const u128 v6 = (u128{0x20010db8} << 96) | 1;
  host.interfaces.push_back(
      {"eth0",
       false,
       std::nullopt,
       {{ir::Family::kIpv4, 0xC0000201, 24, u128{0xC00002FF}}, {ir::Family::kIpv6, v6, 64, std::nullopt}}});
  return host;
}

class World {
 public:
  World(ir::Family family, unsigned seed) : family_(family), random_(seed), host_(make_host()) {
    const ir::TableId table = ruleset_.add_table({"filter", family, {}, {}});
    for (const char* name : {"INPUT", "FORWARD", "OUTPUT"}) {
      ir::Chain chain;
      chain.name = name;
      chain.table = table;
      chains_.push_back(ruleset_.add_chain(std::move(chain)));
    }
    for (int i = 0; i < 150; ++i) add_predicate();
    structure_ = std::make_unique<Structure>(ruleset_, &host_);
    context_ =
        std::make_unique<FamilyContext>(*structure_, family, WriteModel::kOneTable, std::chrono::milliseconds(1000));
  }

  /// How many of the comparisons were possible.
  std::size_t compare_all(int packets) {
    std::size_t compared = 0;
    for (int i = 0; i < packets; ++i) {
      const Candidate candidate{random_packet(), {}};
      for (std::uint32_t p = 0; p < ruleset_.predicates.size(); ++p) compared += compare(ir::PredicateId{p}, candidate);
    }
    return compared;
  }

 private:
  u128 number(u128 below) {
    const u128 high = random_();
    return ((high << 64) | random_()) % below;
  }
  bool chance(unsigned percent) { return number(100) < percent; }
  template <typename T>
  T one_of(std::initializer_list<T> list) {
    return *(list.begin() + static_cast<std::ptrdiff_t>(number(list.size())));
  }

  u128 interesting(FieldId field) {
    const ir::FieldInfo& info = ir::field_info(field);
    const u128 last = ir::max_of_bits(info.bits);
    switch (info.kind) {
      case ir::FieldKind::kAddress4:
        return one_of<u128>({0xC0000201, 0xC0000207, 0xC00002FF, 0xC6336407, 0xCB00710A, 0xE00000FB, 0x7F000001});
      case ir::FieldKind::kAddress6:
        return (u128{0x20010db8} << 96) | one_of<u128>({1, 2, 7, u128{1} << 64, (u128{1} << 64) | 5});
      case ir::FieldKind::kPort: return one_of<u128>({0, 22, 53, 80, 1023, 1024, 40000, 65535});
      case ir::FieldKind::kProtocol: return one_of<u128>({1, 6, 17, 33, 47, 58, 132, 136});
      case ir::FieldKind::kTcpFlags: return number(256);
      case ir::FieldKind::kIcmp4: return one_of<u128>({0, 0x0800, 0x0301, 0x0303, 0x0b00});
      case ir::FieldKind::kIcmp6: return one_of<u128>({0x8000, 0x8100, 0x0100, 0x0104});
      case ir::FieldKind::kCtState: return number(5);
      case ir::FieldKind::kAddrType: return u128{1} << number(6);
      case ir::FieldKind::kPktType: return number(3);
      default: return last > 300 ? number(300) : number(last + 1);
    }
  }

  ValueSet random_set(FieldId field) {
    const ir::FieldInfo& info = ir::field_info(field);
    const u128 last = ir::max_of_bits(info.bits);
    if (info.kind == ir::FieldKind::kInterface) {
      ValueSet::Interfaces patterns;
      for (u128 i = number(2) + 1; i > 0; --i)
        patterns.push_back({one_of<std::string>({"eth0", "eth1", "eth", "lo", "wan", "ppp"}), chance(40)});
      return ValueSet::of_interfaces(patterns);
    }
    if (info.kind == ir::FieldKind::kAddrType || chance(25)) {
      const u128 mask = info.kind == ir::FieldKind::kAddrType ? u128{0} : number(256) & last;
      if (info.kind == ir::FieldKind::kAddrType) {
        const u128 bit = interesting(field);
        return ValueSet::of_masks({{bit, bit}});
      }
      return ValueSet::of_masks({{interesting(field) & mask, mask}});
    }
    ValueSet::Intervals intervals;
    for (u128 i = number(3) + 1; i > 0; --i) {
      const u128 lo = interesting(field);
      const u128 hi = chance(50) ? lo : std::min(last, lo + number(200));
      intervals.push_back({lo, hi});
    }
    return ValueSet::of_intervals(intervals);
  }

  void add_predicate() {
    if (ruleset_.predicates.size() > 10 && chance(20)) {
      ir::AnyOf any;
      any.negated = chance(40);
      for (u128 i = number(3) + 1; i > 0; --i)
        any.any.push_back(ir::PredicateId{static_cast<std::uint32_t>(number(ruleset_.predicates.size()))});
      ruleset_.predicates.add(std::move(any));
      return;
    }
    const auto field = static_cast<FieldId>(static_cast<std::uint8_t>(number(ir::kHeldFieldCount)));
    if (field == FieldId::kTcpOption) return;  // options other than the segment size have no place in a packet's fields
    ruleset_.predicates.add(ir::FieldTest{field, 0, chance(40), random_set(field)});
  }

  ir::Packet random_packet() {
    const ir::ChainId chain = chains_[static_cast<std::size_t>(number(chains_.size()))];
    const bool v4 = family_ == ir::Family::kIpv4;
    ir::Packet packet;
    packet.family = family_;
    packet.hook = ruleset_.chain(chain).base->hook;
    const auto name = [&] {
      return structure_->interfaces.name(1 + static_cast<std::size_t>(number(structure_->interfaces.size() - 1)));
    };
    if (packet.hook != ir::Hook::kOutput) packet.in = name();
    if (packet.hook != ir::Hook::kInput) packet.out = name();
    packet.set(FieldId::kCtState, number(5));
    packet.set(FieldId::kL4Proto, one_of<u128>({6, 6, 6, 17, 17, v4 ? u128{1} : u128{58}, 132, 136, 33, 47}));
    for (const FieldId field :
         {packet.source_field(), packet.destination_field(), FieldId::kThSport, FieldId::kThDport, FieldId::kTcpFlags,
          FieldId::kMark, FieldId::kPktType, FieldId::kCtMark, FieldId::kCtExpiration})
      packet.set(field, interesting(field));
    packet.set(v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode,
               interesting(v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode));
    packet.set(v4 ? FieldId::kIpTos : FieldId::kIp6Tclass, number(256));
    packet.set(v4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit, 1 + number(255));
    packet.set(FieldId::kLength, 100 + number(100));
    packet.set(v4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset, chance(10) ? 100 : 0);
    if (!packet.in.empty() && packet.in != "lo" && chance(60))
      packet.set(FieldId::kEtherSaddr, 0x020000000001 + number(3));
    if (packet.protocol() == ir::kProtoTcp && chance(30)) packet.set(FieldId::kTcpMss, 536 + number(1000));
    context_->maker.complete(packet, false);
    return packet;
  }

  std::size_t compare(ir::PredicateId id, const Candidate& candidate) {
    const auto simulated = sim::evaluate(ruleset_.predicates, id, host_, candidate.packet);
    if (!simulated) return 0;
    const bool symbolic = context_->holds(context_->encoder.predicate(id), candidate);
    const bool concrete = context_->concrete.holds(id, {}, candidate.packet, {});
    EXPECT_EQ(symbolic, concrete) << describe(id) << " on " << ir::packet_expression(candidate.packet);
    EXPECT_EQ(symbolic, *simulated) << describe(id) << " on " << ir::packet_expression(candidate.packet);
    return 1;
  }

  std::string describe(ir::PredicateId id) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset_.predicates[id]);
    if (test == nullptr) return "a disjunction";
    return (test->negated ? "not " : "") + std::string(ir::field_info(test->field).name);
  }

  ir::Family family_;
  std::mt19937_64 random_;
  ir::Host host_;
  ir::Ruleset ruleset_;
  std::vector<ir::ChainId> chains_;
  std::unique_ptr<Structure> structure_;
  std::unique_ptr<FamilyContext> context_;
};

TEST(Predicates, SymbolicConcreteAndSimulatedAgree) {
  std::size_t compared = 0;
  for (unsigned seed = 1; seed <= 6; ++seed)
    for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
      compared += World(family, seed).compare_all(40);
  EXPECT_GT(compared, 20000U);
  std::cout << compared << " comparisons\n";
}

}  // namespace
}  // namespace nfproof::analyzer
