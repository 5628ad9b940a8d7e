// SPDX-License-Identifier: Apache-2.0
// A group of lines as one line: a set, a concatenation or a verdict map in the place of the tests that differ.
#include <algorithm>
#include <bit>
#include <map>

#include "backends/nft_formula.h"
#include "backends/nft_group.h"
#include "backends/nft_names.h"

namespace nfproof::backends {
namespace {

bool has_words(std::size_t key) {
  const std::string_view name = nft_key(key).name;
  return name == "iifname" || name == "oifname" || name == "ct state";
}

/// Values that nft knows by name only, one by one.
bool is_single(std::size_t key) { return has_words(key) || nft_key(key).name == "meta pkttype"; }

/// Intervals that are taken, to give out what is left.
class Taken {
 public:
  /// The parts of the interval that were free; they are not from now on.
  ir::ValueSet::Intervals take(const ir::Interval& wanted) {
    ir::ValueSet::Intervals free;
    ir::u128 at = wanted.lo;
    bool done = false;
    auto next = taken_.upper_bound(wanted.lo);
    if (next != taken_.begin() && std::prev(next)->second >= at) {
      const ir::u128 end = std::prev(next)->second;
      done = end >= wanted.hi;
      at = done ? end : end + 1;
    }
    while (!done && next != taken_.end() && next->first <= wanted.hi) {
      if (at < next->first) free.push_back({at, next->first - 1});
      done = next->second >= wanted.hi;
      at = done ? at : next->second + 1;
      ++next;
    }
    if (!done) free.push_back({at, wanted.hi});
    for (const ir::Interval& interval : free) taken_[interval.lo] = interval.hi;
    return free;
  }

 private:
  std::map<ir::u128, ir::u128> taken_;
};

std::string braces(const std::vector<std::string>& elements) {
  std::string out = "{ ";
  for (const std::string& element : elements) {
    if (out.size() > 2) out += ", ";
    out += element;
  }
  return out + " }";
}

}  // namespace

std::vector<std::string> nft_value_texts(const NftDimension& dimension, const ir::ValueSet::Intervals& values,
                                         const NftWords& words) {
  std::vector<std::string> out;
  for (const ir::Interval& interval : values) {
    if (!is_single(dimension.key)) {
      out.push_back(nft_interval_text(interval, dimension.format));
      continue;
    }
    for (ir::u128 value = interval.lo; value <= interval.hi; ++value)
      out.push_back(has_words(dimension.key) ? words.word(value) : dimension.format(value));
  }
  return out;
}

void nft_put_map(const std::string& keys, const std::vector<std::string>& elements, NftLine& line) {
  line.verdict = keys + " vmap " + braces(elements);
  line.end = NftEnd::kNone;
}

/// Ports keep the name of their protocol where all lines have one.
std::string NftGroup::key_name(std::size_t dimension) const {
  const Member& first = members_[0];
  const NftDimension& d = first.shape.dimensions[dimension];
  if (!nft_is_port_key(d.key)) return std::string(nft_key(d.key).name);
  for (std::size_t i = 0; i < first.shape.dimensions.size(); ++i)
    if (first.shape.dimensions[i].key == kNftKeyProtocol && (varying_ >> i & 1U) != 0)
      return std::string(nft_key(d.key).name);
  return first.line.tests[d.test].key;
}

void NftGroup::put_one_field(std::size_t dimension, const NftWords& words, NftLine& line) const {
  const std::string key = key_name(dimension);
  const NftDimension& like = members_[0].shape.dimensions[dimension];
  std::vector<std::string> elements;
  if (same_verdict_) {
    ir::ValueSet::Intervals all;
    for (const Member& member : members_) {
      const auto& values = member.shape.dimensions[dimension].values;
      all.insert(all.end(), values.begin(), values.end());
    }
    elements = nft_value_texts(like, *ir::ValueSet::of_intervals(std::move(all)).intervals(), words);
    line.tests.push_back({key + " " + (elements.size() == 1 ? elements[0] : braces(elements))});
    return;
  }
  Taken taken;
  for (const Member& member : members_) {
    for (const ir::Interval& interval : member.shape.dimensions[dimension].values)
      for (const std::string& text : nft_value_texts(like, taken.take(interval), words))
        elements.push_back(text + " : " + member.line.verdict);
  }
  nft_put_map(key, elements, line);
}

void NftGroup::put_concatenation(const NftWords& words, NftLine& line) const {
  std::string keys;
  std::vector<std::size_t> dimensions;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    if ((varying_ >> i & 1U) == 0) continue;
    keys += (keys.empty() ? "" : " . ") + key_name(i);
    dimensions.push_back(i);
  }
  std::vector<std::string> elements;
  for (const Member& member : members_) {
    std::vector<std::string> product = {""};
    for (const std::size_t i : dimensions) {
      const NftDimension& d = member.shape.dimensions[i];
      std::vector<std::string> next;
      for (const std::string& begun : product)
        for (const std::string& text : nft_value_texts(d, d.values, words))
          next.push_back(begun.empty() ? text : begun + " . " + text);
      product = std::move(next);
    }
    for (std::string& element : product)
      elements.push_back(same_verdict_ ? std::move(element) : element + " : " + member.line.verdict);
  }
  if (same_verdict_) {
    line.tests.push_back({keys + " " + braces(elements)});
  } else {
    nft_put_map(keys, elements, line);
  }
}

std::string NftGroup::merged_comment() const {
  std::string out;
  std::vector<std::string_view> seen;
  for (const Member& member : members_) {
    const std::string_view comment = member.line.comment;
    if (comment.empty() || std::find(seen.begin(), seen.end(), comment) != seen.end()) continue;
    seen.push_back(comment);
    if (out.size() + comment.size() + 2 > kNftCommentBytes) {
      constexpr std::string_view kMore = ", ...";
      out = std::string(cut_text(out.empty() ? comment : out, kNftCommentBytes - kMore.size())) + std::string(kMore);
      break;
    }
    out += (out.empty() ? "" : ", ") + std::string(comment);
  }
  return out;
}

NftLine NftGroup::merged(const NftWords& words) const {
  const Member& first = members_[0];
  if (members_.size() == 1 || varying_ == 0) return first.line;
  NftLine line;
  line.end = first.line.end;
  line.statements = first.line.statements;
  line.verdict = first.line.verdict;
  line.comment = merged_comment();
  for (const Member& member : members_)
    for (const std::string& chain : member.line.leads_to)
      if (std::find(line.leads_to.begin(), line.leads_to.end(), chain) == line.leads_to.end())
        line.leads_to.push_back(chain);
  std::vector<bool> replaced(first.line.tests.size());
  const auto varies = [&](std::size_t i) { return (varying_ >> i & 1U) != 0; };
  for (std::size_t i = 0; i < bounds_.size(); ++i)
    if (varies(i)) replaced[first.shape.dimensions[i].test] = true;
  // Every test of a port says the protocol, too.
  for (std::size_t i = 0; i < bounds_.size(); ++i)
    for (std::size_t port = 0; port < bounds_.size(); ++port)
      if (varies(i) && first.shape.dimensions[i].key == kNftKeyProtocol &&
          nft_is_port_key(first.shape.dimensions[port].key))
        replaced[first.shape.dimensions[port].test] = true;
  for (std::size_t i = 0; i < replaced.size(); ++i)
    if (!replaced[i]) line.tests.push_back(first.line.tests[i]);
  NftTests ports;
  ir::ValueSet::Intervals protocols;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    const NftDimension& d = first.shape.dimensions[i];
    if (d.key == kNftKeyProtocol) {
      for (const Member& member : members_) {
        const auto& values = member.shape.dimensions[i].values;
        protocols.insert(protocols.end(), values.begin(), values.end());
      }
    } else if (!varies(i) && replaced[d.test]) {
      // A test of a port whose protocol differs leaves the port.
      const std::vector<std::string> values = nft_value_texts(d, d.values, words);
      ports.push_back({key_name(i) + " " + (values.size() == 1 ? values[0] : braces(values))});
    }
  }
  // Ports are read where the protocol is known: behind the set that tests it, or behind a test of its own.
  if (!ports.empty() && !same_verdict_) {
    const NftDimension* like = first.shape.find(kNftKeyProtocol);
    const std::vector<std::string> values =
        nft_value_texts(*like, *ir::ValueSet::of_intervals(std::move(protocols)).intervals(), words);
    line.tests.push_back({"meta l4proto " + (values.size() == 1 ? values[0] : braces(values))});
    line.tests.insert(line.tests.end(), ports.begin(), ports.end());
  }
  if (std::has_single_bit(varying_)) {
    put_one_field(static_cast<std::size_t>(std::countr_zero(varying_)), words, line);
  } else {
    put_concatenation(words, line);
  }
  if (same_verdict_) line.tests.insert(line.tests.end(), ports.begin(), ports.end());
  return line;
}

}  // namespace nfproof::backends
