// SPDX-License-Identifier: Apache-2.0
// Replayed packets as JSON lines and as a summary.
#include "report/replay.h"

#include <algorithm>
#include <array>
#include <utility>

#include "report/json_line.h"
#include "report/packet_text.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

Tone tone_of(const std::string& verdict) {
  if (verdict == "ACCEPT") return Tone::kGood;
  return verdict == "QUEUE" ? Tone::kInfo : Tone::kError;
}

/// Deciding rules of one hook that a summary shows.
constexpr std::size_t kShownRules = 20;

source::Span rule_span(const ir::Ruleset& ruleset, ir::RuleRef ref) {
  const ir::Rule* rule = ruleset.rule(ref);
  return rule != nullptr ? rule->span : ruleset.chain(ref.chain).span;
}

/// Packets, verdict, rule, place and the rule's line, in columns; cut to the width of the terminal.
std::string rows_text(const Style& style, const std::vector<std::vector<std::string>>& rows) {
  std::array<std::size_t, 5> widths{8, 0, 0, 0, 0};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line = "  " + padded(row[0], widths[0]) + "  ";
    std::size_t column = line.size();
    line += paint(style, tone_of(row[1]), row[1]) + std::string(widths[1] - row[1].size() + 2, ' ') + row[2];
    column += widths[1] + 2 + row[2].size();
    if (!row[3].empty()) {
      line += std::string(widths[2] - row[2].size() + 2, ' ') + paint(style, Tone::kDim, row[3]);
      column += widths[2] - row[2].size() + 2 + row[3].size();
      const std::size_t gap = widths[3] - row[3].size() + 2;
      const std::size_t room = style.width == 0 ? row[4].size() : style.width - std::min(style.width, column + gap);
      const std::string shown =
          row[4].size() <= room ? row[4] : row[4].substr(0, std::max<std::size_t>(room, 3) - 3) + "...";
      if (room > 10) line += std::string(gap, ' ') + shown;
    }
    text += line + '\n';
  }
  return text;
}

/// Table, chain, rule and line; all null when no rule decided.
void add_deciding(JsonLine& json, const ir::Ruleset& ruleset, const std::optional<ir::RuleRef>& decided_by) {
  const auto member = [&](std::string_view name) -> JsonLine& { return json.key(name), json; };
  if (!decided_by) {
    for (const char* name : {"table", "chain", "rule", "line"}) member(name).null();
    return;
  }
  const ir::Chain& chain = ruleset.chain(decided_by->chain);
  const source::Span span = rule_span(ruleset, *decided_by);
  member("table").text(ruleset.table(chain.table).name);
  member("chain").text(chain.name);
  const bool policy = decided_by->index >= chain.rules.size();
  member("rule").number_or_null(policy ? std::nullopt : std::optional<std::uint64_t>(ruleset.number_of(*decided_by)));
  member("line").number_or_null(span.is_known() ? std::optional<std::uint64_t>(span.line) : std::nullopt);
}

}  // namespace

std::string replayed_json(const ir::Ruleset& ruleset, const ReplayedPacket& packet) {
  const ir::Packet& last = packet.after ? *packet.after : packet.before;
  JsonLine json;
  const auto member = [&](std::string_view name) -> JsonLine& { return json.key(name), json; };
  json.open('{');
  member("n").number(packet.number);
  // Whole seconds apart from the rest: as nanoseconds the number has more digits than a double.
  constexpr std::int64_t kSecond = 1'000'000'000;
  member("ts").number(static_cast<double>(packet.time_ns / kSecond) +
                      static_cast<double>(packet.time_ns % kSecond) / 1e9);
  if (!packet.is_ip) {
    member("verdict").null();
    member("why").text(packet.reason);
    return json.close('}'), json.take() + '\n';
  }
  member("family").number(static_cast<std::uint64_t>(family_number(packet.before.family)));
  member("in").text_or_null(packet.before.in);
  member("out").text_or_null(packet.out);
  member("hook").text_or_null(packet.hook ? ir::hook_chain_name(*packet.hook) : "");
  member("verdict").text(packet.verdict);
  add_deciding(json, ruleset, packet.decided_by);
  const bool tracked = packet.before.get(ir::FieldId::kCtState).has_value();
  member("ct").text_or_null(tracked ? ir::ct_state_name(packet.before.ct_state()) : "");
  member("mark").number(static_cast<std::uint64_t>(last.get_or(ir::FieldId::kMark, 0)));
  if (!packet.reason.empty()) member("why").text(packet.reason);
  member("packet").packet(packet.before);
  if (packet.after) member("after").packet(*packet.after);
  if (packet.fragments != 0) member("fragments").number(std::uint64_t{packet.fragments});
  if (!packet.log.empty()) {
    member("log").open('[');
    for (const std::string& line : packet.log) json.text(line);
    json.close(']');
  }
  return json.close('}'), json.take() + '\n';
}

void ReplaySummary::add(const ReplayedPacket& packet) {
  add(packet, 1, static_cast<std::uint64_t>(packet.before.get_or(ir::FieldId::kLength, 0)));
}

void ReplaySummary::add(const ReplayedPacket& packet, std::uint64_t packets, std::uint64_t bytes) {
  packets_ += packets;
  if (!packet.is_ip) {
    ignored_[packet.reason] += packets;
    return;
  }
  Decision decision{packet.verdict, packet.decided_by, packet.decided_by ? std::string() : packet.reason};
  if (packet.verdict == "INVALID") decision.rule.reset(), decision.reason = packet.reason;
  Count& count = by_hook_[packet.hook.value_or(ir::Hook::kPrerouting)][std::move(decision)];
  count.packets += packets;
  count.bytes += bytes;
}

/// Refused packets first, then by number. Of many deciding rules only the busiest are shown.
std::string ReplaySummary::decisions_text(const Style& style, const source::SourceManager& sources,
                                          const ir::Ruleset& ruleset, const Decisions& decisions) {
  std::vector<std::pair<Decision, Count>> rows(decisions.begin(), decisions.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    const bool a_good = a.first.verdict == "ACCEPT", b_good = b.first.verdict == "ACCEPT";
    return a_good != b_good ? b_good : a.second.packets > b.second.packets;
  });
  std::vector<std::vector<std::string>> cells;
  Count rest;
  for (const auto& [decision, count] : rows) {
    if (cells.size() >= kShownRules) {
      rest.packets += count.packets;
      continue;
    }
    std::string who = decision.reason, where, line;
    if (decision.rule) {
      const source::Span span = rule_span(ruleset, *decision.rule);
      who = rule_name(ruleset, *decision.rule);
      if (span.is_known()) {
        where = place(sources, {span.file, span.line, span.column, span.end_column});
        line = printable(sources.file(span.file).line(span.line));
      }
    } else if (who.empty()) {
      who = "no chain";
    }
    cells.push_back({std::to_string(count.packets), decision.verdict, who, where, line});
  }
  std::string text = rows_text(style, cells);
  if (rest.packets != 0)
    text += "  " + padded(std::to_string(rest.packets), 8) + "  by " +
            counted(rows.size() - kShownRules, "other rule") + " (--counters shows them all)\n";
  return text;
}

std::string ReplaySummary::text(const Style& style, const source::SourceManager& sources,
                                const ir::Ruleset& ruleset) const {
  std::string text = counted(packets_, "packet") + '\n';
  for (const auto& [hook, decisions] : by_hook_) {
    Count all;
    std::map<std::string, std::uint64_t> verdicts;
    for (const auto& [decision, count] : decisions) {
      all.packets += count.packets;
      all.bytes += count.bytes;
      verdicts[decision.verdict] += count.packets;
    }
    text += '\n' + paint(style, Tone::kBold, ir::hook_chain_name(hook)) + "  " + counted(all.packets, "packet") + ", " +
            counted(all.bytes, "byte") + ':';
    const char* separator = " ";
    for (const auto& [verdict, count] : verdicts) {
      text += separator + paint(style, tone_of(verdict), std::to_string(count) + ' ' + verdict);
      separator = ", ";
    }
    text += '\n' + decisions_text(style, sources, ruleset, decisions);
  }
  if (!ignored_.empty()) text += "\nnot replayed\n";
  for (const auto& [reason, count] : ignored_) text += "  " + padded(std::to_string(count), 8) + "  " + reason + '\n';
  return text;
}

}  // namespace nfproof::report
