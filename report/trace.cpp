// SPDX-License-Identifier: Apache-2.0
// Traces as text and as JSON.
#include "report/trace.h"

#include <nlohmann/json.hpp>

#include "report/json.h"
#include "report/packet_text.h"
#include "report/snippet.h"
#include "report/trace_parts.h"

namespace nfproof::report {
namespace {

using Kind = TraceEvent::Kind;

std::string changes_text(const std::vector<FieldChange>& found) {
  std::string text;
  for (const FieldChange& change : found) {
    if (!text.empty()) text += ", ";
    text += change.field + ' ' + (change.from.empty() ? "" : change.from + " -> ") +
            (change.to.empty() ? "none" : change.to);
  }
  return text;
}

Tone tone_of(ir::VerdictKind verdict) {
  if (verdict == ir::VerdictKind::kAccept) return Tone::kGood;
  return verdict == ir::VerdictKind::kDrop || verdict == ir::VerdictKind::kReject ? Tone::kError : Tone::kInfo;
}

/// The step's own words tell the state of the connection and the interface that routing chose.
std::vector<FieldChange> step_changes(const ir::Packet& before, const ir::Packet& after) {
  std::vector<FieldChange> found = changes(before, after);
  std::erase_if(found, [](const FieldChange& change) { return change.field == "ct.state" || change.field == "out"; });
  return found;
}

class TextWriter {
 public:
  TextWriter(const Style& style, const source::SourceManager& sources, const ir::Ruleset& ruleset, const Trace& trace,
             bool every_rule)
      : style_(style), sources_(sources), ruleset_(ruleset), trace_(trace), every_rule_(every_rule) {}

  std::string write() {
    text_ = paint(style_, Tone::kBold, packet_text(trace_.end.before)) + '\n';
    if (!trace_.chosen.empty()) {
      text_ += "chosen, as the expression leaves it open: ";
      for (std::size_t i = 0; i < trace_.chosen.size(); ++i) text_ += (i == 0 ? "" : ", ") + trace_.chosen[i];
      text_ += '\n';
    }
    if (!trace_.events.empty()) before_ = trace_.events.front().packet;
    for (const TraceEvent& event : trace_.events) {
      add(event);
      before_ = event.packet;
    }
    flush_skipped();
    return std::move(text_) + '\n' + verdict();
  }

 private:
  void add(const TraceEvent& event) {
    switch (event.kind) {
      case Kind::kHook:
        text_ += '\n' + paint(style_, Tone::kBold, ir::hook_chain_name(event.packet.hook)) + '\n';
        break;
      case Kind::kStep: add_step(event); break;
      case Kind::kEnterChain: enter(event.rule.chain); break;
      case Kind::kRule: add_rule(event); break;
      case Kind::kLeaveChain: flush_skipped(); break;
    }
  }

  void add_step(const TraceEvent& event) {
    const std::string changed = changes_text(step_changes(before_, event.packet));
    text_ += "  " + event.step + (changed.empty() ? "" : ": " + changed) + '\n';
  }

  void enter(ir::ChainId base) {
    stack_.assign(1, base);
    text_ += "  " + chain_name(base) + '\n';
  }

  [[nodiscard]] std::string chain_name(ir::ChainId chain) const {
    return ruleset_.table_of(chain).name + ' ' + ruleset_.chain(chain).name;
  }

  [[nodiscard]] std::string indent() const { return std::string(2 + 2 * stack_.size(), ' '); }

  /// Coming back from a user chain is seen by the chain of the next rule.
  void follow(ir::ChainId chain) {
    if (!stack_.empty() && stack_.back() == chain) return;
    flush_skipped();
    while (stack_.size() > 1 && stack_.back() != chain) {
      stack_.pop_back();
      if (stack_.back() == chain)
        text_ += indent() + paint(style_, Tone::kDim, "back in " + ruleset_.chain(chain).name) + '\n';
    }
  }

  void add_rule(const TraceEvent& event) {
    follow(event.rule.chain);
    const ir::Rule* rule = ruleset_.rule(event.rule);
    if (rule == nullptr) return add_policy(event);
    if (!event.matched && !event.dropped && !every_rule_) {
      const std::uint32_t number = ruleset_.number_of(event.rule);
      if (skipped_ == 0) first_skipped_ = number;
      last_skipped_ = number;
      ++skipped_;
      return;
    }
    flush_skipped();
    std::string line = indent() + numbered(ruleset_.number_of(event.rule)) + rule_text(*rule);
    if (!event.matched) {
      line += no_match(*rule, event);
      text_ += (event.dropped ? line : paint(style_, Tone::kDim, line)) + '\n';
      return;
    }
    text_ += line + '\n' + indent() + "     " + matched(*rule, event) + '\n';
    const ir::VerdictKind kind = rule->verdict.kind;
    if (event.dropped) return;
    if (kind == ir::VerdictKind::kJump) stack_.push_back(rule->verdict.chain);
    if (kind == ir::VerdictKind::kGoto) stack_.back() = rule->verdict.chain;
  }

  [[nodiscard]] std::string no_match(const ir::Rule& rule, const TraceEvent& event) const {
    const FailedTest failed = failed_test(ruleset_, rule, event.failed, event.packet);
    const std::string what = "`" + failed.test + '`' + (failed.instead.empty() ? "" : ": " + failed.instead);
    if (event.dropped) return "\n" + indent() + "     drops the packet: a header that " + what + " needs is cut short";
    return "\n" + indent() + "     no: " + what;
  }

  [[nodiscard]] std::string matched(const ir::Rule& rule, const TraceEvent& event) const {
    const std::string changed = changes_text(changes(before_, event.packet));
    std::string text = "matches: ";
    const ir::Verdict& verdict = rule.verdict;
    if (event.dropped) {
      text += paint(style_, Tone::kError, "DROP");
    } else if (verdict.kind == ir::VerdictKind::kJump || verdict.kind == ir::VerdictKind::kGoto) {
      text += (verdict.kind == ir::VerdictKind::kJump ? "jumps to " : "goes to ") + ruleset_.chain(verdict.chain).name;
    } else if (verdict.kind == ir::VerdictKind::kContinue) {
      text += "goes on";
    } else {
      text += paint(style_, tone_of(verdict.kind), ir::verdict_name(verdict.kind));
    }
    return text + (changed.empty() ? "" : "; " + changed);
  }

  void add_policy(const TraceEvent& event) {
    flush_skipped();
    const auto& base = ruleset_.chain(event.rule.chain).base;
    if (!base) return;
    text_ += indent() + "policy " + paint(style_, tone_of(base->policy), ir::verdict_name(base->policy)) + '\n';
  }

  static std::string numbered(std::uint32_t of) {
    std::string number = std::to_string(of);
    if (number.size() < 4) number.resize(4, ' ');
    return number + ' ';
  }

  void flush_skipped() {
    if (skipped_ == 0) return;
    const std::string first = std::to_string(first_skipped_);
    const std::string range = first_skipped_ == last_skipped_
                                  ? "rule " + first + " does not match"
                                  : "rules " + first + " to " + std::to_string(last_skipped_) + " do not match";
    text_ += indent() + paint(style_, Tone::kDim, range) + '\n';
    skipped_ = 0;
  }

  [[nodiscard]] std::string verdict() const {
    const ReplayedPacket& end = trace_.end;
    const Tone tone = end.verdict == "ACCEPT" ? Tone::kGood : end.verdict == "QUEUE" ? Tone::kInfo : Tone::kError;
    std::string text = paint(style_, tone, end.verdict);
    if (end.hook) text += " at " + std::string(ir::hook_chain_name(*end.hook));
    if (end.decided_by && end.verdict != "INVALID") {
      const ir::Rule* rule = ruleset_.rule(*end.decided_by);
      const source::Span span = rule != nullptr ? rule->span : ruleset_.chain(end.decided_by->chain).span;
      text += " by " + rule_name(ruleset_, *end.decided_by);
      if (span.is_known()) text += paint(style_, Tone::kDim, "  " + place(sources_, span));
    }
    if (!end.reason.empty()) text += ": " + end.reason;
    if (end.verdict == "ACCEPT" && !end.out.empty()) text += ", leaves by " + end.out;
    text += '\n';
    if (end.after && end.verdict == "ACCEPT") text += "leaves as " + packet_text(*end.after) + '\n';
    return text;
  }

  const Style& style_;
  const source::SourceManager& sources_;
  const ir::Ruleset& ruleset_;
  const Trace& trace_;
  bool every_rule_;
  std::string text_;
  ir::Packet before_;
  std::vector<ir::ChainId> stack_;
  std::uint32_t first_skipped_ = 0;  ///< by their numbers
  std::uint32_t last_skipped_ = 0;
  std::uint32_t skipped_ = 0;
};

Json changes_json(const std::vector<FieldChange>& found) {
  Json json = Json::array();
  for (const FieldChange& change : found)
    json.push_back({{"field", change.field}, {"from", text_or_null(change.from)}, {"to", text_or_null(change.to)}});
  return json;
}

void add_where(Json& json, const source::SourceManager& sources, const ir::Ruleset& ruleset, ir::RuleRef ref) {
  add_rule(json, ruleset, ref);
  const ir::Rule* rule = ruleset.rule(ref);
  add_place(json, sources, rule != nullptr ? rule->span : ruleset.chain(ref.chain).span, false);
}

Json rule_json(const source::SourceManager& sources, const ir::Ruleset& ruleset, const TraceEvent& event,
               const ir::Packet& before) {
  Json json;
  json["event"] = "rule";
  add_where(json, sources, ruleset, event.rule);
  json["matched"] = event.matched;
  const ir::Rule* rule = ruleset.rule(event.rule);
  if (!event.matched && rule != nullptr) {
    const FailedTest failed = failed_test(ruleset, *rule, event.failed, event.packet);
    json["failed"] = failed.test;
    json["instead"] = text_or_null(failed.instead);
  }
  if (event.dropped) {
    json["verdict"] = "DROP";
  } else if (event.matched && rule != nullptr) {
    json["verdict"] = ir::verdict_name(rule->verdict.kind);
    const bool jumps = rule->verdict.kind == ir::VerdictKind::kJump || rule->verdict.kind == ir::VerdictKind::kGoto;
    if (jumps) json["to"] = ruleset.chain(rule->verdict.chain).name;
    json["changes"] = changes_json(changes(before, event.packet));
  } else if (event.matched) {
    json["verdict"] = ir::verdict_name(ruleset.chain(event.rule.chain).base->policy);
  }
  return json;
}

Json event_json(const source::SourceManager& sources, const ir::Ruleset& ruleset, const TraceEvent& event,
                const ir::Packet& before) {
  Json json;
  switch (event.kind) {
    case Kind::kHook:
      json["event"] = "hook";
      json["hook"] = ir::hook_chain_name(event.packet.hook);
      break;
    case Kind::kStep:
      json["event"] = "kernel";
      json["step"] = event.step;
      json["changes"] = changes_json(changes(before, event.packet));
      break;
    case Kind::kEnterChain:
    case Kind::kLeaveChain:
      json["event"] = event.kind == Kind::kEnterChain ? "chain" : "end";
      json["table"] = ruleset.table_of(event.rule.chain).name;
      json["chain"] = ruleset.chain(event.rule.chain).name;
      if (event.kind == Kind::kLeaveChain) json["verdict"] = ir::verdict_name(event.fate.verdict);
      break;
    case Kind::kRule: return rule_json(sources, ruleset, event, before);
  }
  return json;
}

}  // namespace

std::string trace_text(const Style& style, const source::SourceManager& sources, const ir::Ruleset& ruleset,
                       const Trace& trace, bool every_rule) {
  return TextWriter(style, sources, ruleset, trace, every_rule).write();
}

std::string trace_json(const source::SourceManager& sources, const ir::Ruleset& ruleset, const Trace& trace) {
  Json json = Json::parse(replayed_json(ruleset, trace.end));
  json.erase("n");
  json.erase("ts");
  json["chosen"] = trace.chosen;
  Json path = Json::array();
  const ir::Packet* before = trace.events.empty() ? nullptr : &trace.events.front().packet;
  for (const TraceEvent& event : trace.events) {
    path.push_back(event_json(sources, ruleset, event, *before));
    before = &event.packet;
  }
  json["path"] = std::move(path);
  return dump_line(json);
}

}  // namespace nfproof::report
