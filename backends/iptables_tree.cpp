// SPDX-License-Identifier: Apache-2.0
// Chains of iptables as trees: see iptables_tree.h.
#include "backends/iptables_tree.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "compiler/ir/address.h"

namespace nfproof::backends {
namespace {

/// Shorter chains stay as they are.
constexpr std::size_t kShortestChain = 24;
constexpr std::size_t kShortestRun = 8;
/// Rules that need no chain of their own.
constexpr std::size_t kFew = 8;
/// Bits of an address that one level of a tree looks at.
constexpr unsigned kBitsOfLevel = 4;

enum class Key : std::uint8_t { kIn, kOut, kSource, kDestination };

class Tree {
 public:
  Tree(std::string chain, unsigned bits, std::vector<IptablesBranch>& made,
       const std::function<std::string(const std::string&)>& new_name)
      : chain_(std::move(chain)), bits_(bits), made_(made), new_name_(new_name) {}

  std::vector<std::string> run(std::vector<IptablesRow> rows) {
    std::vector<std::string> out;
    const bool long_chain = rows.size() >= kShortestChain;
    for (std::size_t at = 0; at < rows.size();) {
      std::size_t best = at;
      Key key{};
      for (const Key each : {Key::kIn, Key::kOut, Key::kSource, Key::kDestination}) {
        if (!long_chain) break;
        const std::size_t end = run_end(rows, at, each);
        if (end > best && pays(rows, at, end, each)) best = end, key = each;
      }
      if (best == at) {
        out.push_back(rows[at++].text);
        continue;
      }
      const std::vector<IptablesRow> part(rows.begin() + static_cast<std::ptrdiff_t>(at),
                                          rows.begin() + static_cast<std::ptrdiff_t>(best));
      divide(part, key, best == rows.size(), out);
      at = best;
    }
    return out;
  }

 private:
  static const std::string& name_of(const IptablesRow& row, Key key) { return key == Key::kIn ? row.in : row.out; }
  static const std::optional<ir::Interval>& network_of(const IptablesRow& row, Key key) {
    return key == Key::kSource ? row.source : row.destination;
  }
  static bool is_name(Key key) { return key == Key::kIn || key == Key::kOut; }
  static bool has(const IptablesRow& row, Key key) {
    return row.movable && (is_name(key) ? !name_of(row, key).empty() : network_of(row, key).has_value());
  }

  /// Rows that ask for a value of the key, of which two are the same or have nothing in common.
  [[nodiscard]] std::size_t run_end(const std::vector<IptablesRow>& rows, std::size_t begin, Key key) const {
    std::map<ir::u128, ir::u128> taken;
    std::size_t end = begin;
    bool leaves = false;
    for (; end < rows.size() && has(rows[end], key); ++end) {
      leaves = leaves || rows[end].leaves;
      if (is_name(key)) continue;
      const ir::Interval& network = *network_of(rows[end], key);
      const auto next = taken.lower_bound(network.lo);
      const bool same = next != taken.end() && next->first == network.lo && next->second == network.hi;
      const bool apart = (next == taken.end() || next->first > network.hi) &&
                         (next == taken.begin() || std::prev(next)->second < network.lo);
      if (!same && !apart) break;
      taken.emplace(network.lo, network.hi);
    }
    // `return` means another thing in a chain that is called; one that is gone to ends as this one.
    return leaves && end != rows.size() ? begin : end;
  }

  static bool pays(const std::vector<IptablesRow>& rows, std::size_t begin, std::size_t end, Key key) {
    if (end - begin < kShortestRun) return false;
    if (!is_name(key)) return true;
    std::map<std::string, std::size_t> names;
    for (std::size_t i = begin; i < end; ++i) ++names[name_of(rows[i], key)];
    return names.size() * 2 <= end - begin;
  }

  void divide(const std::vector<IptablesRow>& rows, Key key, bool tail, std::vector<std::string>& out) {
    if (!is_name(key)) return by_network(rows, key, tail, 0, out);
    std::vector<std::string> order;
    std::map<std::string, std::vector<IptablesRow>> parts;
    for (const IptablesRow& row : rows) {
      std::vector<IptablesRow>& part = parts[name_of(row, key)];
      if (part.empty()) order.push_back(name_of(row, key));
      part.push_back(row);
    }
    for (const std::string& name : order) {
      std::vector<IptablesRow>& part = parts[name];
      if (part.size() < 2) {
        out.push_back(part[0].text);
      } else {
        const std::size_t branch = add_branch();
        std::vector<std::string> rules = Tree(chain_, bits_, made_, new_name_).run(std::move(part));
        made_[branch].rules = std::move(rules);
        out.push_back((key == Key::kIn ? " -i " : " -o ") + name + (tail ? " -g " : " -j ") + made_[branch].name);
      }
    }
  }

  /// Its place among those that were made.
  std::size_t add_branch() {
    made_.push_back({new_name_(chain_), {}});
    return made_.size() - 1;
  }

  [[nodiscard]] unsigned common_bits(const std::vector<IptablesRow>& rows, Key key) const {
    ir::u128 lo = network_of(rows[0], key)->lo;
    ir::u128 hi = network_of(rows[0], key)->hi;
    for (const IptablesRow& row : rows) {
      lo = std::min(lo, network_of(row, key)->lo);
      hi = std::max(hi, network_of(row, key)->hi);
    }
    unsigned same = bits_;
    for (ir::u128 differ = lo ^ hi; differ != 0; differ >>= 1) --same;
    return same;
  }

  /// Rows that a network holds go to a chain of it.
  void by_network(const std::vector<IptablesRow>& rows, Key key, bool tail, unsigned level,
                  std::vector<std::string>& out) {
    const unsigned bits = std::min(common_bits(rows, key) + kBitsOfLevel, bits_);
    const unsigned shift = bits_ - bits;
    std::map<ir::u128, std::vector<IptablesRow>> parts;
    std::vector<ir::u128> order;
    std::vector<IptablesRow> wide;
    for (const IptablesRow& row : rows) {
      const ir::Interval& network = *network_of(row, key);
      if (network.lo >> shift != network.hi >> shift) {
        wide.push_back(row);
        continue;
      }
      parts[network.lo >> shift].push_back(row);
    }
    if (rows.size() <= kFew || shift == 0 || level > 8 || (parts.size() < 2 && wide.empty())) {
      for (const IptablesRow& row : rows) out.push_back(row.text);
      return;
    }
    for (const IptablesRow& row : wide) out.push_back(row.text);
    for (const auto& [prefix, part] : parts) {
      if (part.size() < 3) {
        for (const IptablesRow& row : part) out.push_back(row.text);
        continue;
      }
      const std::size_t branch = add_branch();
      std::vector<std::string> rules;
      by_network(part, key, true, level + 1, rules);
      made_[branch].rules = std::move(rules);
      const ir::Family family = bits_ == 32 ? ir::Family::kIpv4 : ir::Family::kIpv6;
      out.push_back((key == Key::kSource ? " -s " : " -d ") + ir::format_address(prefix << shift, family) + "/" +
                    std::to_string(bits) + (tail ? " -g " : " -j ") + made_[branch].name);
    }
  }

  std::string chain_;
  unsigned bits_;
  std::vector<IptablesBranch>& made_;
  const std::function<std::string(const std::string&)>& new_name_;
};

}  // namespace

std::vector<std::string> branch_out(const std::string& chain, std::vector<IptablesRow> rows, unsigned address_bits,
                                    std::vector<IptablesBranch>& made,
                                    const std::function<std::string(const std::string&)>& new_name) {
  return Tree(chain, address_bits, made, new_name).run(std::move(rows));
}

}  // namespace nfproof::backends
