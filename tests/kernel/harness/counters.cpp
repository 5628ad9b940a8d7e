// SPDX-License-Identifier: Apache-2.0
// Lines of `iptables-save -c` that matter: "*TABLE", ":CHAIN POLICY [P:B]" and "[P:B] -A CHAIN ...".
#include "tests/kernel/harness/counters.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

namespace nfproof::testing {
namespace {

// "[5:420]" at the beginning of `text`, which is moved behind it.
std::optional<std::pair<std::uint64_t, std::uint64_t>> take_counter(std::string_view& text) {
  const std::size_t colon = text.find(':');
  const std::size_t close = text.find(']');
  if (!text.starts_with('[') || colon == std::string_view::npos || close == std::string_view::npos) return {};
  std::pair<std::uint64_t, std::uint64_t> result;
  if (std::from_chars(text.data() + 1, text.data() + colon, result.first).ec != std::errc()) return {};
  if (std::from_chars(text.data() + colon + 1, text.data() + close, result.second).ec != std::errc()) return {};
  text.remove_prefix(close + 1);
  if (text.starts_with(' ')) text.remove_prefix(1);
  return result;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

void read_chain_line(std::string_view line, const std::string& table, std::vector<RuleCounter>& result) {
  line.remove_prefix(1);
  RuleCounter counter;
  counter.table = table;
  counter.chain = take_word(line);
  counter.text = take_word(line);
  const auto value = take_counter(line);
  if (!value || counter.text == "-") return;
  counter.packets = value->first;
  counter.bytes = value->second;
  result.push_back(std::move(counter));
}

}  // namespace

std::vector<RuleCounter> read_counters(std::string_view saved) {
  std::vector<RuleCounter> result;
  std::string table;
  std::map<std::string, int, std::less<>> last_rule;
  while (!saved.empty()) {
    const std::size_t end = std::min(saved.find('\n'), saved.size());
    std::string_view line = saved.substr(0, end);
    saved.remove_prefix(std::min(end + 1, saved.size()));
    if (line.starts_with('*')) {
      table = line.substr(1);
      last_rule.clear();
    } else if (line.starts_with(':')) {
      read_chain_line(line, table, result);
    } else if (line.starts_with('[')) {
      const auto value = take_counter(line);
      if (!value) continue;
      RuleCounter counter{table, {}, 0, value->first, value->second, std::string(line)};
      take_word(line);
      counter.chain = take_word(line);
      counter.rule = ++last_rule[counter.chain];
      result.push_back(std::move(counter));
    }
  }
  return result;
}

std::string describe(const RuleCounter& counter) {
  return counter.table + " " + counter.chain + " " + std::to_string(counter.rule) + " [" +
         std::to_string(counter.packets) + ":" + std::to_string(counter.bytes) + "] " + counter.text;
}

std::string counter_differences(const std::vector<RuleCounter>& left, const std::vector<RuleCounter>& right) {
  const auto place = [](const RuleCounter& counter) {
    return counter.table + " " + counter.chain + " " + std::to_string(counter.rule);
  };
  std::map<std::string, const RuleCounter*> of_right;
  for (const RuleCounter& counter : right) of_right[place(counter)] = &counter;
  std::string result;
  for (const RuleCounter& counter : left) {
    const auto found = of_right.find(place(counter));
    const RuleCounter* other = found == of_right.end() ? nullptr : found->second;
    if (other) of_right.erase(found);
    if (other && other->packets == counter.packets && other->bytes == counter.bytes) continue;
    result += "< " + describe(counter) + "\n";
    if (other) result += "> " + describe(*other) + "\n";
  }
  for (const auto& [key, counter] : of_right) result += "> " + describe(*counter) + "\n";
  return result;
}

}  // namespace nfproof::testing
