// SPDX-License-Identifier: Apache-2.0
// Lines as boxes. A test of a port says two things, the protocol and the port, so that rules for TCP and UDP have the
// same dimensions.
#include "backends/nft_shape.h"

#include <algorithm>
#include <array>

#include "backends/nft_formula.h"

namespace nfproof::backends {
namespace {

constexpr auto kKeys = std::to_array<NftKey>({
    {"iifname", 16, true},
    {"oifname", 16, true},
    {"ip saddr", 4, true},
    {"ip daddr", 4, true},
    {"meta l4proto", 4, true},
    {"th sport", 4, true},
    {"th dport", 4, true},
    {"ip6 saddr", 16, true},
    {"ip6 daddr", 16, true},
    {"ether saddr", 8, true},
    {"icmp type", 4, true},
    {"icmpv6 type", 4, true},
    {"ct state", 0, false},
    {"meta mark", 0, false},
    {"ct mark", 0, false},
    {"meta pkttype", 0, false},
    {"meta nfproto", 0, true},
});

std::size_t key_of(std::string_view name) {
  const auto found = std::find_if(kKeys.begin(), kKeys.end(), [&](const NftKey& key) { return key.name == name; });
  return static_cast<std::size_t>(found - kKeys.begin());
}

/// `tcp dport` as `th dport`; empty: no port.
std::string_view port_name(std::string_view key) {
  if (key.ends_with(" sport")) return "th sport";
  if (key.ends_with(" dport")) return "th dport";
  return {};
}

bool is_icmp(std::size_t key) { return kKeys[key].name == "icmp type" || kKeys[key].name == "icmpv6 type"; }

std::string protocol_format(ir::u128 value) { return nft_protocol_name(static_cast<std::uint8_t>(value)); }

ir::ValueSet::Intervals values_of(const NftTest& test, NftWords& words) {
  if (test.names.empty()) return test.values;
  ir::ValueSet::Intervals out;
  for (const std::string& name : test.names) {
    const ir::u128 number = words.number(name);
    out.push_back({number, number});
  }
  std::sort(out.begin(), out.end(), [](const ir::Interval& a, const ir::Interval& b) { return a.lo < b.lo; });
  return out;
}

/// Adds a dimension; false when the line has it already with other values: it cannot be a box then.
bool add(NftShape& shape, NftDimension dimension) {
  const auto at = std::lower_bound(shape.dimensions.begin(), shape.dimensions.end(), dimension.key,
                                   [](const NftDimension& d, std::size_t key) { return d.key < key; });
  if (at != shape.dimensions.end() && at->key == dimension.key) return at->values == dimension.values;
  shape.dimensions.insert(at, std::move(dimension));
  return true;
}

/// Takes the test for dimensions; false when it is one of the others.
bool take(NftShape& shape, const NftTest& test, std::size_t place, NftWords& words) {
  if (test.key.empty() || test.negated || test.fixed) return false;
  std::string_view name = test.key;
  if (const std::string_view port = port_name(name); !port.empty()) name = port;
  const std::size_t key = key_of(name);
  if (key == kKeys.size()) return false;
  NftShape trial = shape;
  if (test.implies && !is_icmp(key)) {
    const ir::u128 protocol = *test.implies;
    if (!add(trial, {kNftKeyProtocol, {{protocol, protocol}}, protocol_format, place})) return false;
  }
  if (!add(trial, {key, values_of(test, words), test.names.empty() ? test.format : nullptr, place})) return false;
  shape = std::move(trial);
  return true;
}

}  // namespace

const NftKey& nft_key(std::size_t index) { return kKeys[index]; }

const NftKey* nft_key_named(std::string_view name) {
  if (const std::string_view port = port_name(name); !port.empty()) name = port;
  const std::size_t key = key_of(name);
  return key == kKeys.size() ? nullptr : &kKeys[key];
}

bool nft_is_port_key(std::size_t key) { return kKeys[key].name.starts_with("th "); }

ir::u128 NftWords::number(const std::string& word) {
  const auto [at, is_new] = numbers_.emplace(word, words_.size());
  if (is_new) words_.push_back(word);
  // Neighbours in the table are no neighbours as values.
  return at->second;
}

std::string NftShape::signature() const {
  std::string out = context;
  for (const NftDimension& dimension : dimensions) out += "|" + std::to_string(dimension.key);
  return out;
}

const NftDimension* NftShape::find(std::size_t key) const {
  const auto at = std::lower_bound(dimensions.begin(), dimensions.end(), key,
                                   [](const NftDimension& d, std::size_t wanted) { return d.key < wanted; });
  return at != dimensions.end() && at->key == key ? &*at : nullptr;
}

bool nft_may_come_twice(const std::string& statement) {
  if (statement == "notrack") return true;
  for (const std::string_view set : {"meta mark set ", "ct mark set "})
    if (statement.starts_with(set))
      return statement.find_first_not_of("0123456789abcdefx", set.size()) == std::string::npos;
  return false;
}

bool nft_needs_protocol(const NftLine& line) {
  // Ports that have no name of their own.
  if (std::any_of(line.tests.begin(), line.tests.end(), [](const NftTest& test) {
        return test.text.find(" proto-") != std::string::npos || test.text.starts_with("th ");
      }))
    return true;
  if (line.end != NftEnd::kLast) return false;
  return line.verdict.find(':') != std::string::npos || line.verdict == "reject with tcp reset";
}

bool nft_keeps_state(const std::string& statement) {
  for (const std::string_view word : {"limit", "quota", "numgen", "ct count", "counter", "last"})
    if (statement.find(word) != std::string::npos) return true;
  return false;
}

bool nft_does_nothing(const NftLine& line) {
  return line.note.empty() && line.counter.empty() && line.statements.empty() && line.verdict.empty() &&
         std::none_of(line.tests.begin(), line.tests.end(), [](const NftTest& test) { return test.fixed; });
}

NftShape nft_shape(const NftLine& line, NftWords& words) {
  NftShape shape;
  const bool changes = !line.statements.empty();
  shape.plain = line.note.empty() && line.counter.empty() && changes == (line.end == NftEnd::kNone) &&
                std::all_of(line.statements.begin(), line.statements.end(), nft_may_come_twice);
  shape.can_map = line.end != NftEnd::kLast && !changes;
  for (const std::string& statement : line.statements) shape.context += statement + "; ";
  bool counted = false;
  for (std::size_t i = 0; i < line.tests.size(); ++i) {
    const NftTest& test = line.tests[i];
    counted = counted || test.fixed;
    shape.plain = shape.plain && !test.fixed;
    // Tests behind one that counts do not keep packets from it.
    if (counted || !take(shape, test, i, words)) shape.context += test.text + " ";
  }
  const NftDimension* protocol = nft_needs_protocol(line) ? shape.find(kNftKeyProtocol) : nullptr;
  if (protocol != nullptr)
    shape.context +=
        "protocol " + ir::format_number(protocol->values[0].lo) + "-" + ir::format_number(protocol->values.back().hi);
  return shape;
}

bool nft_is_terminal(const NftLine& line) {
  return line.end == NftEnd::kDecides || line.end == NftEnd::kReturn || line.end == NftEnd::kGoto ||
         line.end == NftEnd::kLast;
}

bool nft_meets(const ir::ValueSet::Intervals& a, const ir::ValueSet::Intervals& b) {
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() && right != b.end()) {
    if (left->hi < right->lo) {
      ++left;
    } else if (right->hi < left->lo) {
      ++right;
    } else {
      return true;
    }
  }
  return false;
}

bool nft_holds(const ir::ValueSet::Intervals& all, const ir::ValueSet::Intervals& part) {
  auto within = all.begin();
  for (const ir::Interval& interval : part) {
    while (within != all.end() && within->hi < interval.lo) ++within;
    if (within == all.end() || within->lo > interval.lo || within->hi < interval.hi) return false;
  }
  return true;
}

}  // namespace nfproof::backends
