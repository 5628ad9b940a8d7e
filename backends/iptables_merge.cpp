// SPDX-License-Identifier: Apache-2.0
// Rows into groups, and groups into rows: see iptables_merge.h.
#include "backends/iptables_merge.h"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_map>

#include "compiler/ir/address.h"

namespace nfproof::backends {
namespace {

using Field = IptablesRow::Field;

constexpr std::size_t kLookBack = 96;
constexpr std::size_t kMostCompared = 2048;
/// With fewer members a set brings nothing.
constexpr std::size_t kLeastOfSet = 3;
/// Ports of one `multiport`; a range counts twice.
constexpr std::size_t kMostPorts = 15;
/// Each port of a range is an element of its own.
constexpr unsigned kWidestRange = 64;

constexpr unsigned bit(Field field) { return 1U << field; }

/// Fields that differ, and the set that holds them: of the types that every kernel with ipsets has.
struct SetRow {
  unsigned fields;
  const char* type;
  const char* directions;
  bool hosts = false;  ///< sources are single hosts
};

constexpr const char* kHostAndMac = "bitmap:ip,mac";
constexpr SetRow kSets[] = {
    {bit(Field::kSource), "hash:net", "src"},
    {bit(Field::kDestination), "hash:net", "dst"},
    {bit(Field::kSource) | bit(Field::kMac), kHostAndMac, "src,src", true},
    {bit(Field::kSource) | bit(Field::kPort), "hash:net,port", "src,dst"},
    {bit(Field::kDestination) | bit(Field::kPort), "hash:net,port", "dst,dst"},
    {bit(Field::kSource) | bit(Field::kDestination) | bit(Field::kPort), "hash:ip,port,net", "src,dst,dst", true},
};

const SetRow* find_set(unsigned fields) {
  const auto* found =
      std::find_if(std::begin(kSets), std::end(kSets), [&](const SetRow& row) { return row.fields == fields; });
  return found == std::end(kSets) ? nullptr : found;
}

/// The order of the dimensions in an element.
std::array<Field, 4> order_of(unsigned fields) {
  if ((fields & bit(Field::kSource)) != 0) return {Field::kSource, Field::kPort, Field::kDestination, Field::kMac};
  return {Field::kDestination, Field::kPort, Field::kSource, Field::kMac};
}

bool is_host(const std::optional<ir::Interval>& interval) { return interval && interval->lo == interval->hi; }

class Group {
 public:
  explicit Group(IptablesRow row) { take(std::move(row)); }

  [[nodiscard]] const IptablesRow& first() const { return members_[0]; }

  /// May the row stand before this group instead of behind it?
  [[nodiscard]] bool lets_pass(const IptablesRow& row) const {
    const IptablesRow& mine = members_[0];
    if (!mine.plain) return members_.size() == 1 && are_apart(mine, row);
    if (mine.ends && row.ends && mine.target == row.target) return true;
    return all_apart(row);
  }

  bool join(const IptablesRow& row, bool sets) {
    if (members_.size() >= kMostCompared * 16) return false;
    unsigned varying = varying_;
    for (std::size_t i = 0; i < IptablesRow::kFields; ++i)
      if (row.values[i] != members_[0].values[i]) varying |= 1U << i;
    if (varying != bit(Field::kPort) && varying != 0 && (!sets || !fits(varying, row))) return false;
    // A packet would be sent twice where both match.
    if (!row.ends && !all_apart(row)) return false;
    varying_ = varying;
    take(row);
    return true;
  }

  void write(std::vector<IptablesRow>& out, IptablesSets* sets) {
    if (varying_ == 0) return out.push_back(std::move(members_[0]));
    if (varying_ == bit(Field::kPort)) return write_ports(out);
    if (members_.size() < kLeastOfSet) {
      for (IptablesRow& member : members_) out.push_back(std::move(member));
      return;
    }
    write_set(out, *sets);
  }

 private:
  void take(IptablesRow row) {
    hosts_ = hosts_ && is_host(row.source);
    if (row.source) {
      lowest_ = std::min(lowest_, row.source->lo);
      highest_ = std::max(highest_, row.source->hi);
    }
    if (hosts_) sources_[row.values[Field::kSource][0]].push_back(members_.size());
    members_.push_back(std::move(row));
  }

  [[nodiscard]] bool all_apart(const IptablesRow& row) const {
    if (hosts_ && is_host(row.source)) {
      const auto found = sources_.find(row.values[Field::kSource][0]);
      return found == sources_.end() || std::all_of(found->second.begin(), found->second.end(),
                                                    [&](std::size_t i) { return are_apart(members_[i], row); });
    }
    if (members_.size() > kMostCompared) return false;
    return std::all_of(members_.begin(), members_.end(),
                       [&](const IptablesRow& member) { return are_apart(member, row); });
  }

  [[nodiscard]] bool fits(unsigned varying, const IptablesRow& row) const {
    const SetRow* set = find_set(varying);
    if (set == nullptr || (set->type == kHostAndMac && !fits_bitmap(row))) return false;
    const auto fits_one = [&](const IptablesRow& each) {
      for (const Field field : {Field::kSource, Field::kDestination})
        if ((varying & bit(field)) != 0 && each.values[field][0].ends_with("/0")) return false;
      if (set->hosts && !is_host(each.source)) return false;
      if ((varying & bit(Field::kPort)) == 0) return true;
      return std::all_of(each.ports.begin(), each.ports.end(),
                         [](const ir::Interval& range) { return range.hi - range.lo < kWidestRange; });
    };
    return fits_one(row) && (varying == varying_ || std::all_of(members_.begin(), members_.end(), fits_one));
  }

  /// A bitmap holds 65,536 addresses of IPv4 one after another, each with one hardware address.
  [[nodiscard]] bool fits_bitmap(const IptablesRow& row) const {
    constexpr unsigned kMost = 65536;
    if (!is_host(row.source) || row.values[Field::kSource][0].find(':') != std::string::npos) return false;
    const auto same = sources_.find(row.values[Field::kSource][0]);
    if (same != sources_.end() && members_[same->second[0]].values != row.values) return false;
    const ir::u128 lo = std::min(lowest_, row.source->lo);
    const ir::u128 hi = std::max(highest_, row.source->hi);
    return hi - lo < kMost;
  }

  /// The rule with these matches in the place of the fields that differ.
  [[nodiscard]] IptablesRow with(const std::string& matches) const {
    const IptablesRow& like = members_[0];
    const auto value = [&](Field field, const char* before) {
      const bool stays = (varying_ & bit(field)) == 0 && !like.values[field].empty();
      std::string out = stays ? before : "";
      for (std::size_t i = 0; stays && i < like.values[field].size(); ++i)
        out += (i == 0 ? "" : ",") + like.values[field][i];
      return out;
    };
    IptablesRow row;
    row.text = value(Field::kSource, " -s ") + value(Field::kDestination, " -d ") + like.basic +
               value(Field::kPort, " -m multiport --dports ") + value(Field::kMac, " -m mac --mac-source ") + matches +
               like.matches + comment() + like.target;
    row.target = like.target;
    row.in = like.in;
    row.out = like.out;
    row.protocol = like.protocol;
    if ((varying_ & bit(Field::kSource)) == 0) row.source = like.source, row.values[0] = like.values[0];
    if ((varying_ & bit(Field::kDestination)) == 0) row.destination = like.destination, row.values[1] = like.values[1];
    row.plain = row.movable = true;
    row.ends = like.ends;
    row.leaves = like.leaves;
    return row;
  }

  [[nodiscard]] std::string comment() const {
    constexpr std::size_t kLongest = 255;
    std::vector<std::string> seen;
    std::string text;
    for (const IptablesRow& member : members_) {
      if (member.comment.empty() || std::find(seen.begin(), seen.end(), member.comment) != seen.end()) continue;
      if (text.size() + member.comment.size() + 2 > kLongest || seen.size() > 16) break;
      text += (text.empty() ? "" : ", ") + member.comment;
      seen.push_back(member.comment);
    }
    if (text.empty()) return "";
    std::string out = " -m comment --comment \"";
    for (const char c : text) out += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
    return out + '"';
  }

  void write_ports(std::vector<IptablesRow>& out) {
    std::vector<std::string> all;
    for (const IptablesRow& member : members_)
      for (const std::string& port : member.values[Field::kPort])
        if (std::find(all.begin(), all.end(), port) == all.end()) all.push_back(port);
    std::string list;
    std::size_t slots = 0;
    const auto flush = [&] {
      if (slots != 0) out.push_back(with(" -m multiport --dports " + list));
      list.clear();
      slots = 0;
    };
    for (const std::string& port : all) {
      const std::size_t needs = port.find(':') == std::string::npos ? 1 : 2;
      if (slots + needs > kMostPorts) flush();
      list += (list.empty() ? "" : ",") + port;
      slots += needs;
    }
    flush();
  }

  /// Ports one by one: a set takes none twice.
  static std::vector<std::string> element_values(const IptablesRow& member, Field field, bool hosts) {
    std::vector<std::string> out;
    if (field == Field::kPort) {
      for (const ir::Interval& range : member.ports)
        for (ir::u128 port = range.lo; port <= range.hi; ++port)
          out.push_back(member.protocol + ":" + ir::format_number(port));
      return out;
    }
    for (const std::string& value : member.values[field])
      out.push_back(field == Field::kSource && hosts ? value.substr(0, value.find('/')) : value);
    return out;
  }

  /// Type and settings.
  [[nodiscard]] std::string header(const SetRow& row) const {
    const bool v4 =
        members_[0].values[has_source(row) ? Field::kSource : Field::kDestination][0].find(':') == std::string::npos;
    if (row.type != kHostAndMac)
      return row.type + std::string(v4 ? " family inet" : " family inet6") + " hashsize 1024";
    return std::string(row.type) + " range " + ir::format_address(lowest_, ir::Family::kIpv4) + "-" +
           ir::format_address(highest_, ir::Family::kIpv4);
  }
  static bool has_source(const SetRow& row) { return (row.fields & bit(Field::kSource)) != 0; }

  void write_set(std::vector<IptablesRow>& out, IptablesSets& sets) const {
    const SetRow& row = *find_set(varying_);
    std::vector<std::string> elements;
    for (const IptablesRow& member : members_) {
      std::vector<std::string> product = {""};
      for (const Field field : order_of(varying_)) {
        if ((varying_ & bit(field)) == 0) continue;
        std::vector<std::string> next;
        for (const std::string& begun : product)
          for (const std::string& value : element_values(member, field, row.hosts))
            next.push_back(begun.empty() ? value : begun + "," + value);
        product = std::move(next);
      }
      elements.insert(elements.end(), product.begin(), product.end());
    }
    out.push_back(with(" -m set --match-set " + sets.name_of(header(row), std::move(elements)) + " " + row.directions));
  }

  std::vector<IptablesRow> members_;
  unsigned varying_ = 0;
  ir::u128 lowest_ = ~ir::u128{0};
  ir::u128 highest_ = 0;  ///< source
  bool hosts_ = true;     ///< every member asks for one source
  std::unordered_map<std::string, std::vector<std::size_t>> sources_;
};

std::string signature(const IptablesRow& row) {
  std::string out = row.basic + "|" + row.matches + "|" + row.target + "|";
  for (const auto& values : row.values) out += values.empty() ? '-' : '+';
  return out;
}

}  // namespace

std::string IptablesSets::name_of(const std::string& header, std::vector<std::string> elements) {
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  std::string content = header + "\n";
  for (const std::string& element : elements) content += element + "\n";
  const auto [at, is_new] = by_content_.try_emplace(content);
  if (!is_new) return at->second;
  std::string& name = at->second;
  const std::string start = family_ == ir::Family::kIpv4 ? "nfproof4-" : "nfproof6-";
  do {
    name = start + std::to_string(++number_);
  } while (known_.find(name).has_value());
  text_ += "create " + name + " " + header;
  if (header.starts_with("hash:"))
    text_ += " maxelem " + std::to_string(std::max<std::size_t>(65536, std::bit_ceil(elements.size() * kWidestRange)));
  text_ += '\n';
  for (const std::string& element : elements) text_ += "add " + name + " " + element + "\n";
  return name;
}

std::vector<IptablesRow> merge_rows(std::vector<IptablesRow> rows, IptablesSets* sets) {
  std::vector<Group> groups;
  std::unordered_map<std::string, std::size_t> last;
  for (IptablesRow& row : rows) {
    if (row.plain) {
      const std::string key = signature(row);
      const auto found = last.find(key);
      if (found != last.end() && groups.size() - found->second <= kLookBack) {
        const auto begin = groups.begin() + static_cast<std::ptrdiff_t>(found->second);
        if (std::all_of(begin + 1, groups.end(), [&](const Group& between) { return between.lets_pass(row); }) &&
            begin->join(row, sets != nullptr))
          continue;
      }
      last[key] = groups.size();
    }
    groups.emplace_back(std::move(row));
  }
  std::vector<IptablesRow> out;
  for (Group& group : groups) group.write(out, sets);
  return out;
}

}  // namespace nfproof::backends
