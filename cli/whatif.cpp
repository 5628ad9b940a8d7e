// SPDX-License-Identifier: Apache-2.0
// nfproof whatif: what a change of rules would have meant for the traffic of a capture.
#include <charconv>
#include <filesystem>

#include "cli/capture_input.h"
#include "cli/command.h"
#include "cli/connections.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/model_flags.h"
#include "cli/replayed.h"
#include "report/fates.h"

namespace nfproof::cli {
namespace {

constexpr std::size_t kMostFlows = 1'000'000;
constexpr double kNanosecondsPerSecond = 1e9;
/// A number of seconds beyond this is a date (the year 2001); below it counts from the first packet.
constexpr double kFirstDate = 1e9;

/// Does the packet get through by both, but not as the same packet, or by another interface?
bool leaves_otherwise(const sim::Result& before, const sim::Result& after) {
  const bool both = before.disposition == sim::Disposition::kAccepted && after.disposition == before.disposition;
  return both && (before.bytes != after.bytes || before.after.out != after.after.out);
}

class WhatIf : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(
        arguments, inputs_, {},
        {"OLD NEW", "two rulesets of one host; several files of one ruleset are joined by commas: old.v4,old.v6"});
    declare_capture(arguments, capture_);
    declare_host(arguments, inputs_);
    declare_connections(arguments, connections_);
    declare_model(arguments, model_);
    arguments.value("--switch-at", "T", switch_at_,
                    "load NEW in mid-replay, with the connections kept: seconds since the first packet, or since 1970");
    arguments.flag("--json", json_, "one JSON document instead of text");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (!output_format(terminal, inputs_, {}) || !read_switch(terminal)) return kBadInput;
    if (inputs_.files.size() != 2)
      return terminal.error("whatif takes two rulesets, OLD and NEW (join files of one ruleset by commas)"), kBadInput;
    compiler::Compilation before, after;
    const bool read = load(terminal, inputs_.files[0], before);
    if (!load(terminal, inputs_.files[1], after) || !read) return kBadInput;
    CaptureInput input;
    if (!input.open(terminal, capture_)) return kBadInput;
    const auto host = load_host(terminal, inputs_, before, &capture_);
    if (!host) return kBadInput;
    input.set_host(*host, capture_);
    const auto connections = read_connections(terminal, connections_, before.sources);
    if (!connections) return kBadInput;
    return compare(terminal, before, after, *host, *connections, input);
  }

 private:
  bool load(Terminal& terminal, const std::string& names, compiler::Compilation& compilation) const {
    InputOptions options = inputs_;
    options.files.clear();
    if (std::filesystem::exists(names)) options.files.push_back(names);
    for (std::size_t at = options.files.empty() ? 0 : names.size() + 1; at <= names.size();) {
      const std::size_t end = std::min(names.find(',', at), names.size());
      if (end > at) options.files.push_back(names.substr(at, end - at));
      at = end + 1;
    }
    options.by_family = false;
    return load_rulesets(terminal, options, compilation);
  }

  bool read_switch(Terminal& terminal) {
    if (switch_at_.empty()) return true;
    double seconds = 0;
    const auto [end, error] = std::from_chars(switch_at_.data(), switch_at_.data() + switch_at_.size(), seconds);
    if (error == std::errc() && end == switch_at_.data() + switch_at_.size() && seconds >= 0 && seconds < 9e9) {
      switch_time_ = seconds;
      return true;
    }
    return terminal.error("--switch-at takes a number of seconds"), false;
  }

  [[nodiscard]] sim::Nanoseconds switch_moment(sim::Nanoseconds first) const {
    const auto given = static_cast<sim::Nanoseconds>(*switch_time_ * kNanosecondsPerSecond);
    return *switch_time_ >= kFirstDate ? given : first + given;
  }

  int compare(Terminal& terminal, const compiler::Compilation& before, const compiler::Compilation& after,
              const ir::Host& host, const std::vector<sim::ConnectionEntry>& connections, CaptureInput& input) const {
    sim::SimOptions old_options, new_options;
    old_options.sets = &before.sets;
    new_options.sets = &after.sets;
    if (!read_settings(terminal, connections_, old_options.conntrack)) return kBadInput;
    new_options.conntrack = old_options.conntrack;
    if (!apply_model(terminal, model_, before, old_options) || !apply_model(terminal, model_, after, new_options))
      return kBadInput;
    sim::Simulator old_one(before.ruleset, host, old_options), new_one(after.ruleset, host, new_options);
    sim::Simulator switched(before.ruleset, host, old_options);
    for (sim::Simulator* each : {&old_one, &new_one, &switched})
      restore_connections(terminal, connections, *each, each == &old_one);
    input.want_previews();
    report::FateChanges changes(kMostFlows);
    sim::Result old_fate, new_fate, fate;  // used again and again
    std::optional<sim::Nanoseconds> moment;
    bool is_switched = false;
    std::uint64_t packets = 0;
    while (const InputPacket* packet = input.next()) {
      ++packets;
      if (packet->skipped()) continue;
      const sim::CapturedPacket& captured = *packet->captured;
      const auto replay = [&](sim::Simulator& simulator, sim::Result& result) {
        simulator.prepare(packet->soon, packet->sooner);
        simulator.inject(packet->bytes(), packet->placed->arrival, result);
      };
      replay(old_one, old_fate);
      replay(new_one, new_fate);
      if (old_fate.cut_short) input.note_cut_short();
      if (!switch_time_) {
        add(changes, *packet, old_fate, new_fate);
        continue;
      }
      if (!moment) moment = switch_moment(captured.time);
      if (!is_switched && captured.time >= *moment) {
        switched.replace_ruleset(after.ruleset);
        is_switched = true;
      }
      replay(switched, fate);
      const auto as_report = [&](const sim::Result& result) { return replayed(packet->number, captured.time, result); };
      changes.add_switched(as_report(old_fate), as_report(new_fate), as_report(fate), is_switched);
      if (is_switched) add(changes, *packet, old_fate, fate);
    }
    changes.count(packets);
    int code = input.finish(terminal);
    if (switch_time_ && !is_switched) terminal.note("the capture ends before the switch");
    tell_checksums(terminal, old_one);
    const bool old_decided = tell_assumptions(terminal, before.sources, before.ruleset, old_one, "OLD: ");
    const bool new_decided = tell_assumptions(terminal, after.sources, after.ruleset, new_one, "NEW: ");
    if (code == kOk && !(old_decided && new_decided)) code = kUndecided;
    return show(terminal, before, after, changes, code);
  }

  static void add(report::FateChanges& changes, const InputPacket& packet, const sim::Result& old_fate,
                  const sim::Result& new_fate) {
    const bool otherwise = leaves_otherwise(old_fate, new_fate);
    const bool same = old_fate.disposition == new_fate.disposition && old_fate.verdict == new_fate.verdict;
    if (same && !otherwise) return;  // most packets
    const report::ReplayedPacket before = replayed(packet.number, packet.captured->time, old_fate);
    const report::ReplayedPacket after = replayed(packet.number, packet.captured->time, new_fate);
    if (before.is_ip && (before.verdict != after.verdict || otherwise)) changes.add(before, after, otherwise);
  }

  int show(Terminal& terminal, const compiler::Compilation& before, const compiler::Compilation& after,
           report::FateChanges& changes, int code) const {
    const bool any = changes.any(), bounded = changes.bounded();
    const report::FateChanges::Report found = changes.take();
    const report::RulesetView old_view{before.sources, before.ruleset}, new_view{after.sources, after.ruleset};
    terminal.out(json_ ? report::fates_json(old_view, new_view, found, switch_time_)
                       : report::fates_text(terminal.out_style(), old_view, new_view, found, switch_time_));
    if (bounded) terminal.note("there are more flows than are kept: the lists are not complete");
    if (code != kOk) return code;
    if (any) return kFindings;
    return bounded ? kUndecided : kOk;
  }

  InputOptions inputs_;
  CaptureOptions capture_;
  ConnectionOptions connections_;
  ModelFlags model_;
  std::string switch_at_;
  std::optional<double> switch_time_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_whatif() { return std::make_unique<WhatIf>(); }

}  // namespace nfproof::cli
