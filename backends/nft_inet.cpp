// SPDX-License-Identifier: Apache-2.0
// Two tables as one. Chains are merged by name: a chain of inet holds the lines of both, aligned at those that are the
// same, so that the lines of each family keep their order.
#include "backends/nft_inet.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "backends/nft_shape.h"

namespace nfproof::backends {
namespace {

std::string family_name(ir::u128 value) { return value == 2 ? "ipv4" : "ipv6"; }

/// The line is for packets of one family.
void guard(NftLine& line, bool v6) {
  if (!line.note.empty() || line.of_inet) return;
  const ir::u128 number = v6 ? 10 : 2;  // NFPROTO_IPV6, NFPROTO_IPV4
  NftTest test{"meta nfproto " + family_name(number)};
  test.key = "meta nfproto";
  test.values = {{number, number}};
  test.format = family_name;
  // nft 1.0.6 lists `meta nfproto ipv4 meta l4proto icmp` without the family.
  static constexpr std::string_view kProtocol = "meta l4proto ";
  if (!v6 && !line.tests.empty() && line.tests.front().text.starts_with(kProtocol)) {
    NftTest& first = line.tests.front();
    first.text.replace(0, kProtocol.size(), "ip protocol ");
    if (!first.key.empty()) first.key = "ip protocol";
  } else {
    line.tests.insert(line.tests.begin(), std::move(test));
  }
  // To a port only, in both families alike: of one, it needs to be named.
  static constexpr std::string_view kToPort = "tproxy to :";
  for (std::string& statement : line.statements)
    if (statement.starts_with(kToPort)) statement.insert(kToPort.find("to"), v6 ? "ip6 " : "ip ");
}

/// What both families can say in the same words.
void normalise(std::string& statement, bool v6) {
  static constexpr std::array<std::array<std::string_view, 3>, 4> kRejects = {{
      {"icmp type port-unreachable", "icmpv6 type port-unreachable", "icmpx type port-unreachable"},
      {"icmp type admin-prohibited", "icmpv6 type admin-prohibited", "icmpx type admin-prohibited"},
      {"icmp type host-unreachable", "icmpv6 type addr-unreachable", "icmpx type host-unreachable"},
      {"icmp type net-unreachable", "icmpv6 type no-route", "icmpx type no-route"},
  }};
  for (const auto& reject : kRejects)
    if (statement == "reject with " + std::string(reject[v6 ? 1 : 0]))
      statement = "reject with " + std::string(reject[2]);
  // Addresses need their family.
  for (const std::string_view kind : {"snat", "dnat", "tproxy"}) {
    const std::string begin = std::string(kind) + " ";
    if (!statement.starts_with(begin) || statement.starts_with(begin + "to :")) continue;
    statement.insert(begin.size(), v6 ? "ip6 " : "ip ");
  }
}

bool only_in_its_family(const NftTable& table) {
  return std::any_of(table.chains.begin(), table.chains.end(), [](const NftChain& chain) {
    return std::any_of(chain.lines.begin(), chain.lines.end(), [](const NftLine& line) {
      return std::any_of(line.statements.begin(), line.statements.end(),
                         [](const std::string& text) { return text.starts_with("dup "); });
    });
  });
}

/// Replaces the name of a set (`@name`) or a helper (`"name"`).
void rename(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    const std::size_t end = at + from.size();
    if (end < text.size() && text[end] != ' ') continue;
    text.replace(at, from.size(), to);
  }
}

void rename(NftTable& table, const std::string& from, const std::string& to) {
  for (NftChain& chain : table.chains) {
    for (NftLine& line : chain.lines) {
      for (NftTest& test : line.tests) rename(test.text, "@" + from, "@" + to);
      for (std::string& text : line.statements) {
        rename(text, "@" + from, "@" + to);
        rename(text, "\"" + from + "\"", "\"" + to + "\"");
        rename(text, "name " + from, "name " + to);
      }
      rename(line.verdict, "@" + from, "@" + to);
    }
  }
}

/// One thing that was declared for both families, or two that hold the same.
bool is_same(const NftObject& a, const NftObject& b) {
  if (a.origin.is_known() && a.origin == b.origin) return true;
  return !a.by_family && a.kind == b.kind && a.settings == b.settings && a.elements == b.elements;
}

/// Objects of both; where a name stands for two things, that of IPv6 changes.
void merge_objects(NftTable& into, NftTable& from) {
  for (NftObject& object : from.objects) {
    const auto same = [&](const NftObject& other) { return other.name == object.name; };
    const auto found = std::find_if(into.objects.begin(), into.objects.end(), same);
    if (found != into.objects.end()) {
      if (is_same(*found, object)) continue;
      const std::string old = object.name;
      while (std::any_of(into.objects.begin(), into.objects.end(), same)) object.name += "_6";
      rename(from, old, object.name);
    }
    into.objects.push_back(object);
  }
}

/// Does the line hold what packets of one family leave behind for the next ones? As rules of one table for each family
/// both have that for themselves; a rule of a table for both families has it for both.
bool is_shared_by_packets(const NftLine& line) {
  const auto keeps = [](const std::string& text) {
    return nft_keeps_state(text) && text.find("numgen random") == std::string::npos;
  };
  return std::any_of(line.tests.begin(), line.tests.end(), [&](const NftTest& test) { return keeps(test.text); }) ||
         std::any_of(line.statements.begin(), line.statements.end(), keeps) || keeps(line.verdict);
}

std::string identity(const NftLine& line, bool halves) {
  if (!line.note.empty()) return "# " + line.note;
  std::string text = nft_line_meaning(line) + "\n" + line.comment;
  if (halves || is_shared_by_packets(line))
    text += "\n" + std::to_string(static_cast<std::uint32_t>(line.origin.file)) + ":" +
            std::to_string(line.origin.line) + ":" + std::to_string(line.origin.column);
  return text;
}

/// Pairs of lines that are the same, in ascending order of both.
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// The most that can be paired, for lists that are not long.
void pair_exactly(const std::vector<std::string>& a, const std::vector<std::string>& b, std::size_t skip,
                  Pairs& pairs) {
  const std::size_t rows = a.size() - skip;
  const std::size_t columns = b.size() - skip;
  std::vector<std::vector<std::uint32_t>> best(rows + 1, std::vector<std::uint32_t>(columns + 1));
  for (std::size_t i = rows; i-- > 0;)
    for (std::size_t j = columns; j-- > 0;)
      best[i][j] = a[skip + i] == b[skip + j] ? best[i + 1][j + 1] + 1 : std::max(best[i + 1][j], best[i][j + 1]);
  for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
    if (a[skip + i] == b[skip + j]) {
      pairs.emplace_back(skip + i++, skip + j++);
    } else if (best[i + 1][j] >= best[i][j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
}

/// Each line with the next one that is the same.
void pair_greedily(const std::vector<std::string>& a, const std::vector<std::string>& b, std::size_t skip,
                   Pairs& pairs) {
  std::unordered_map<std::string_view, std::vector<std::size_t>> places;
  for (std::size_t j = b.size(); j-- > skip;) places[b[j]].push_back(j);  // the first at the end
  std::size_t at = skip;
  for (std::size_t i = skip; i < a.size(); ++i) {
    const auto found = places.find(a[i]);
    if (found == places.end()) continue;
    while (!found->second.empty() && found->second.back() < at) found->second.pop_back();
    if (found->second.empty()) continue;
    at = found->second.back() + 1;
    pairs.emplace_back(i, at - 1);
  }
}

/// Of the halves of one table each line stands for the same rule as its twin.
Pairs pair_lines(const std::vector<NftLine>& left, const std::vector<NftLine>& right, bool halves) {
  constexpr std::size_t kMostCells = 1'000'000;
  std::vector<std::string> a;
  std::vector<std::string> b;
  for (const NftLine& line : left) a.push_back(identity(line, halves));
  for (const NftLine& line : right) b.push_back(identity(line, halves));
  Pairs pairs;
  std::size_t skip = 0;
  while (skip < a.size() && skip < b.size() && a[skip] == b[skip]) pairs.emplace_back(skip, skip), ++skip;
  if ((a.size() - skip) * (b.size() - skip) <= kMostCells) {
    pair_exactly(a, b, skip, pairs);
  } else {
    pair_greedily(a, b, skip, pairs);
  }
  return pairs;
}

/// `counter packets 1 bytes 2` of both together.
std::string sum(const std::string& a, const std::string& b) {
  const auto numbers = [](const std::string& text) {
    std::pair<unsigned long long, unsigned long long> out{0, 0};
    const std::size_t packets = text.find("packets ");
    const std::size_t bytes = text.find("bytes ");
    if (packets != std::string::npos) out.first = std::stoull(text.substr(packets + 8));
    if (bytes != std::string::npos) out.second = std::stoull(text.substr(bytes + 6));
    return out;
  };
  const auto [packets, bytes] = numbers(a);
  const auto [more_packets, more_bytes] = numbers(b);
  if (packets + more_packets == 0 && bytes + more_bytes == 0) return a;
  return "counter packets " + std::to_string(packets + more_packets) + " bytes " + std::to_string(bytes + more_bytes);
}

void merge_lines(NftChain& into, NftChain& from, bool halves) {
  const Pairs pairs = pair_lines(into.lines, from.lines, halves);
  std::vector<NftLine> out;
  std::size_t i = 0;
  std::size_t j = 0;
  const auto alone = [&](std::size_t end_i, std::size_t end_j) {
    while (i < end_i || j < end_j) {
      // Those of one table in their order.
      const bool v6 = i == end_i || (j < end_j && from.lines[j].number < into.lines[i].number);
      NftLine& line = v6 ? from.lines[j++] : into.lines[i++];
      guard(line, v6);
      out.push_back(std::move(line));
    }
  };
  for (const auto& [left, right] : pairs) {
    alone(left, right);
    if (!halves) into.lines[i].counter = sum(into.lines[i].counter, from.lines[j].counter);
    out.push_back(std::move(into.lines[i++]));
    ++j;
  }
  alone(into.lines.size(), from.lines.size());
  into.lines = std::move(out);
}

/// Where the policies differ, a rule says the one that drops.
void drop_at_the_end(NftChain& chain, bool v6) {
  NftLine line;
  line.end = NftEnd::kDecides;
  line.verdict = "drop";
  guard(line, v6);
  chain.lines.push_back(std::move(line));
}

/// The chain lets the packets of the other family pass.
void admit_other_family(NftChain& chain, bool v6) {
  NftLine line;
  line.end = NftEnd::kDecides;
  line.verdict = "accept";
  guard(line, !v6);
  chain.lines.insert(chain.lines.begin(), std::move(line));
}

/// Can rules stand for the policy? Not where a packet may leave the chain for another one and not come back.
bool is_left(const NftChain& chain) {
  return std::any_of(chain.lines.begin(), chain.lines.end(),
                     [](const NftLine& line) { return line.end == NftEnd::kGoto; });
}

/// Where a base chain drops by its policy, so does `return`.
void drop_instead_of_return(NftChain& chain) {
  for (NftLine& line : chain.lines) {
    if (line.end != NftEnd::kReturn) continue;
    line.end = NftEnd::kDecides;
    line.verdict = "drop";
  }
}

/// False when the two must stay apart.
bool merge_chain(NftChain& into, NftChain& from, bool halves) {
  if (into.policy_drop != from.policy_drop) {
    NftChain& drops = into.policy_drop ? into : from;
    if (is_left(drops)) return false;
    drop_instead_of_return(drops);
  }
  const bool both = into.policy_drop == from.policy_drop;
  merge_lines(into, from, halves);
  if (both) return true;
  drop_at_the_end(into, from.policy_drop);
  into.policy_drop = false;
  return true;
}

/// A chain that only one family has. Only guarded lines lead to one that is no base chain.
void keep_chain(NftChain& chain, bool v6) {
  if (!chain.hook.empty()) admit_other_family(chain, v6);
}

void prepare(NftTable& table, bool v6) {
  for (NftChain& chain : table.chains) {
    for (NftLine& line : chain.lines) {
      if (line.of_inet) continue;
      for (std::string& statement : line.statements) normalise(statement, v6);
      normalise(line.verdict, v6);
    }
  }
}

void merge_tables(NftTable& into, NftTable& from) {
  prepare(into, false);
  prepare(from, true);
  merge_objects(into, from);
  const bool halves = into.half && from.half;
  into.family = "inet";
  if (into.comment.empty()) into.comment = from.comment;
  std::unordered_map<std::string, NftChain*> theirs;
  for (NftChain& chain : from.chains) theirs.emplace(chain.name, &chain);
  for (NftChain& chain : into.chains) {
    const auto found = theirs.find(chain.name);
    if (found != theirs.end() && merge_chain(chain, *found->second, halves)) {
      theirs.erase(found);
    } else {
      keep_chain(chain, false);
    }
  }
  for (NftChain& chain : from.chains) {
    if (!theirs.contains(chain.name)) continue;
    keep_chain(chain, true);
    const auto taken = [&](const NftChain& other) { return other.name == chain.name; };
    while (std::any_of(into.chains.begin(), into.chains.end(), taken)) chain.name += "_6";
    into.chains.push_back(std::move(chain));
  }
}

}  // namespace

void nft_merge_families(std::vector<NftTable>& tables, bool all) {
  std::set<std::string> of_both;  // names that tables of inet have already
  for (const NftTable& table : tables)
    if (table.half) of_both.insert(table.name);
  std::vector<NftTable> out;
  for (NftTable& table : tables) {
    const bool merges = table.half || (all && !of_both.contains(table.name));
    const auto partner = std::find_if(out.begin(), out.end(), [&](const NftTable& other) {
      return other.name == table.name && other.family != table.family && other.family != "inet" &&
             other.half == table.half;
    });
    if (!merges || partner == out.end() || only_in_its_family(*partner) || only_in_its_family(table)) {
      out.push_back(std::move(table));
      continue;
    }
    if (partner->family == "ip6") std::swap(*partner, table);
    merge_tables(*partner, table);
  }
  tables = std::move(out);
}

}  // namespace nfproof::backends
