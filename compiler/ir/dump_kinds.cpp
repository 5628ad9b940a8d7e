// SPDX-License-Identifier: Apache-2.0
// Dumps of predicates that are no field tests: see dump_kinds.h.
#include "compiler/ir/dump_kinds.h"

#include <array>
#include <charconv>

namespace nfproof::ir {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string negation(bool negated) { return negated ? "! " : ""; }

template <std::size_t N, typename Enum>
std::string word(const std::array<const char*, N>& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}

/// Bytes as they are where they can be printed, else as `\\x0d`.
std::string printable(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\')
      out += c;
    else
      out += "\\x" + dump_hex(u128{byte} | 0x100U).substr(3);
  }
  return out + '"';
}

std::string address_text(const std::array<std::uint8_t, 16>& bytes) {
  u128 value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return format_address(value, Family::kIpv6);
}

}  // namespace

std::string dump_hex(u128 number) {
  std::array<char, 40> digits{};
  const auto low = static_cast<std::uint64_t>(number);
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), low, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

std::string dump_free_test(const Limit& test) {
  return "limit " + number(test.average) + " burst " + number(test.burst) + " rate " + number(test.count) + '/' +
         number(test.unit_seconds);
}

std::string dump_free_test(const Statistic& test) {
  const std::string out = negation(test.negated) + "statistic ";
  if (test.mode == Statistic::Mode::kRandom) return out + "random " + number(test.probability);
  return out + "nth " + number(test.every) + '@' + number(test.packet);
}

std::string dump_free_test(const HashLimit& test) {
  return "hashlimit " + test.name + " mode " + dump_hex(test.mode) + " average " + number(test.average) + " burst " +
         number(test.burst) + " table " + number(test.size) + '/' + number(test.max) + '/' + number(test.gc_interval) +
         '/' + number(test.expire) + " interval " + number(test.interval) + " prefixes " + number(test.source_prefix) +
         '/' + number(test.destination_prefix);
}

std::string dump_free_test(const Recent& test) {
  constexpr std::array<const char*, 4> kActions = {"set", "check", "update", "remove"};
  std::string out = negation(test.negated) + "recent " + word(kActions, test.action) + ' ' + test.name +
                    (test.destination ? " dst" : " src") + " mask " + address_text(test.mask);
  if (test.seconds != 0) out += " seconds " + number(test.seconds);
  if (test.hit_count != 0) out += " hits " + number(test.hit_count);
  if (test.reap) out += " reap";
  return test.ttl ? out + " ttl" : out;
}

std::string dump_free_test(const Quota& test) { return negation(test.negated) + "quota " + number(test.bytes); }

std::string dump_free_test(const ConnLimit& test) {
  return std::string("connlimit ") + (test.negated ? "upto " : "above ") + number(test.limit) + '/' +
         number(test.prefix) + (test.destination ? " dst" : " src");
}

std::string dump_free_test(const ConnBytes& test) {
  constexpr std::array<const char*, 3> kWhat = {"packets", "bytes", "average"};
  constexpr std::array<const char*, 3> kDirections = {"original", "reply", "both"};
  return negation(test.negated) + "connbytes " + word(kWhat, test.what) + ' ' + word(kDirections, test.direction) +
         ' ' + number(test.from) + '-' + number(test.to);
}

std::string dump_free_test(const RateTest& test) {
  constexpr std::array<const char*, 3> kModes = {"lt", "eq", "gt"};
  std::string out = negation(test.negated) + "rateest";
  for (std::size_t i = 0; i < test.estimators.size(); ++i)
    out += ' ' + test.estimators[i] + (i == 0 ? ' ' + word(kModes, test.mode) : std::string());
  if (test.delta) out += " delta";
  if (test.bits) out += " bps " + number(test.bytes_per_second[0]) + '/' + number(test.bytes_per_second[1]);
  if (test.packets) out += " pps " + number(test.packets_per_second[0]) + '/' + number(test.packets_per_second[1]);
  return out;
}

std::string dump_free_test(const SetLookup& test) {
  constexpr std::array<const char*, 5> kTests = {"", " == ", " != ", " < ", " > "};
  std::string out = negation(test.negated) + "in set " + test.set.name;
  for (unsigned i = 0; i < test.set.dimensions; ++i) {
    out += i == 0 ? " " : ",";
    out += (test.set.sources >> i & 1U) != 0 ? "src" : "dst";
  }
  if (test.return_nomatch) out += " nomatch";
  if (!test.update_counters) out += " no-counters";
  if (!test.update_subcounters) out += " no-subcounters";
  using Test = SetLookup::Counter::Test;
  if (test.packets.test != Test::kNone)
    out += " packets" + word(kTests, test.packets.test) + number(test.packets.value);
  if (test.bytes.test != Test::kNone) out += " bytes" + word(kTests, test.bytes.test) + number(test.bytes.value);
  return out;
}

std::string dump_free_test(const StringTest& test) {
  return "string " + printable(test.pattern) + ' ' + number(test.from) + '-' + number(test.to) +
         (test.algorithm == StringTest::Algorithm::kBoyerMoore ? " bm" : " kmp") + (test.ignore_case ? " icase" : "");
}

std::string dump_free_test(const U32Test& test) {
  constexpr std::array<const char*, 4> kOps = {"&", "<<", ">>", "@"};
  std::string out = "u32";
  for (std::size_t i = 0; i < test.tests.size(); ++i) {
    const U32Test::Test& each = test.tests[i];
    out += (i == 0 ? " " : " && ") + dump_hex(each.offset);
    for (const U32Test::Step& step : each.steps) out += word(kOps, step.op) + dump_hex(step.number);
    for (std::size_t j = 0; j < each.values.size(); ++j)
      out += (j == 0 ? "=" : ",") + dump_hex(each.values[j].lo) + ':' + dump_hex(each.values[j].hi);
  }
  return out;
}

std::string dump_free_test(const BpfTest& test) {
  std::string out = "bpf";
  for (const BpfTest::Instruction& each : test.program)
    out += " [" + number(each.code) + ' ' + number(each.jump_true) + ' ' + number(each.jump_false) + ' ' +
           number(each.k) + ']';
  return out;
}

std::string dump_free_test(const Ip6OptionList& test) {
  std::string out = test.destination ? "ip6.dst options" : "ip6.hbh options";
  for (const Ip6OptionList::Option& each : test.options)
    out += ' ' + number(each.type) + (each.length == Ip6OptionList::kAnyLength ? "" : ':' + number(each.length));
  return out;
}

std::string dump_free_test(const RoutingAddresses& test) {
  std::string out = test.in_any_place ? "rt.addresses among" : "rt.addresses";
  for (const auto& address : test.addresses) out += ' ' + address_text(address);
  return out;
}

std::string dump_free_test(const SegmentRouting& test) {
  constexpr std::array<const char*, 8> kWhat = {"nexthdr", "hdrlen", "segleft", "last", "tag", "psid", "nsid", "lsid"};
  constexpr std::array<const char*, 3> kCompare = {" == ", " > ", " < "};
  std::string out = "srh";
  for (std::size_t i = 0; i < test.tests.size(); ++i) {
    const SegmentRouting::Test& each = test.tests[i];
    out += (i == 0 ? " " : " && ") + negation(each.negated) + word(kWhat, each.what);
    if (each.what >= SegmentRouting::What::kPreviousSegment)
      out += ' ' + address_text(each.address) + '&' + address_text(each.mask);
    else
      out += word(kCompare, each.compare) + number(each.number);
  }
  return out;
}

std::string dump_free_test(const L2tpTest& test) {
  std::string out = "l2tp";
  if (test.type != L2tpTest::Type::kAny) out += test.type == L2tpTest::Type::kControl ? " control" : " data";
  if (test.version != 0) out += " version " + number(test.version);
  if (test.has_tunnel) out += " tunnel " + number(test.tunnel);
  return test.has_session ? out + " session " + number(test.session) : out;
}

std::string dump_free_test(const TimeTest& test) {
  return "time date " + number(test.date_start) + '-' + number(test.date_stop) + " day " + number(test.day_start) +
         '-' + number(test.day_stop) + " monthdays " + dump_hex(test.monthdays) + " weekdays " +
         dump_hex(test.weekdays) + (test.local_time ? " local" : "") + (test.contiguous ? " contiguous" : "");
}

std::string dump_free_test(const Cluster& test) {
  return "cluster nodes " + number(test.total_nodes) + " mask " + dump_hex(test.node_mask) + " seed " +
         dump_hex(test.hash_seed);
}

std::string dump_free_test(const HelperTest& test) { return "helper " + printable(test.name); }

std::string dump_free_test(const ConnLabel& test) {
  return negation(test.negated) + (test.set ? "set ct.label " : "ct.label ") + number(test.bit);
}

std::string dump_free_test(const BridgePort& test) {
  constexpr std::array<const char*, 5> kWhat = {"is-in", "in", "is-out", "out", "is-bridged"};
  std::string out = "bridge " + word(kWhat, test.what);
  if (!test.port.empty() || test.wildcard) out += ' ' + test.port + (test.wildcard ? "+" : "");
  return out;
}

}  // namespace nfproof::ir
