// SPDX-License-Identifier: Apache-2.0
// nfproof sim: replays a capture and tells what became of its packets.
#include "backends/iptables_save.h"
#include "cli/command.h"
#include "cli/connections.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/model_flags.h"
#include "compiler/commands/ruleset_listing.h"
#include "report/packet_text.h"
#include "report/replay.h"
#include "sim/capture.h"
#include "sim/replay.h"

namespace nfproof::cli {
namespace {

std::string verdict_text(const sim::Result& result) {
  if (result.disposition == sim::Disposition::kDiscarded || result.disposition == sim::Disposition::kHeld)
    return "INVALID";
  return std::string(ir::verdict_name(result.verdict));
}

report::ReplayedPacket replayed(std::uint64_t number, sim::Nanoseconds time, const sim::Result& result) {
  report::ReplayedPacket packet;
  packet.number = number;
  packet.time_ns = time;
  packet.is_ip = result.disposition != sim::Disposition::kNotIp;
  if (packet.is_ip) packet.hook = result.hook;
  packet.verdict = verdict_text(result);
  packet.decided_by = result.decided_by;
  packet.reason = result.reason;
  packet.before = result.before;
  packet.before.out.clear();
  packet.out = result.after.out;
  if (result.rewritten) packet.after = result.after;
  return packet;
}

class Sim : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_);
    arguments.value("-r,--read", "CAPTURE", capture_, "pcap or pcapng file; - is standard input");
    declare_host(arguments, inputs_);
    arguments.value("--in", "IFACE", in_, "interface of packets whose capture names none");
    declare_connections(arguments, connections_);
    arguments.flag("--counters", counters_,
                   "print the rulesets with the counters after the replay, as iptables-save -c");
    arguments.flag("--list", list_,
                   "print the rulesets with the counters after the replay, as iptables -L -v -n --line-numbers");
    arguments.flag("--json", json_, "one JSON object for each packet");
    arguments.flag("--log", log_, "print the lines that LOG rules write into the kernel's log");
    declare_model(arguments, model_);
    arguments.unavailable("--replies", false);
    arguments.unavailable("--write-accepted", true);
    arguments.unavailable("--write-dropped", true);
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (capture_.empty()) return terminal.error("-r CAPTURE is missing"), kBadInput;
    if (log_ && json_) return terminal.error("--log and --json exclude each other"), kBadInput;
    if (counters_ && json_) return terminal.error("--counters and --json exclude each other"), kBadInput;
    if (list_ && (counters_ || json_)) return terminal.error("--list excludes --counters and --json"), kBadInput;
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    compiler::Compilation compilation;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    sim::CaptureReader reader(capture_);
    if (!reader.error().empty()) return terminal.error(reader.error()), kBadInput;
    const auto host = load_host(terminal, inputs_, compilation);
    if (!host) return kBadInput;
    if (host->assumed)
      terminal.note("its addresses decide which packets are INPUT and which FORWARD; better give --addr");
    sim::SimOptions options;
    options.log_lines = log_;
    if (!read_settings(terminal, connections_, options.conntrack)) return kBadInput;
    if (!apply_model(terminal, model_, compilation.ruleset, options)) return kBadInput;
    sim::Simulator simulator(compilation.ruleset, *host, options);
    if (!load_connections(terminal, connections_, compilation.sources, simulator)) return kBadInput;
    const report::ReplaySummary summary = replay(terminal, compilation, reader, simulator);
    if (counters_) print_counters(terminal, compilation.ruleset, simulator);
    if (list_)
      terminal.out(compiler::list_ruleset(compilation.ruleset,
                                          [&simulator](ir::RuleRef rule) { return simulator.counters(rule); }));
    if (!counters_ && !list_ && !json_ && !log_)
      terminal.out(summary.text(terminal.out_style(), compilation.sources, compilation.ruleset));
    tell_checksums(terminal, simulator);
    if (!dump_connections(terminal, connections_, simulator)) return kBadInput;
    tell_assumptions(terminal, compilation.ruleset, simulator);
    return tell_capture_problems(terminal, reader);
  }

 private:
  report::ReplaySummary replay(Terminal& terminal, const compiler::Compilation& compilation, sim::CaptureReader& reader,
                               sim::Simulator& simulator) const {
    report::ReplaySummary summary;
    std::uint64_t number = 0;
    while (const sim::CapturedPacket* packet = reader.next()) {
      sim::Arrival arrival;
      arrival.in = packet->interface.empty() ? in_ : packet->interface;
      arrival.time = packet->time;
      arrival.direction = packet->direction;
      const sim::Result result = simulator.inject({packet->data, packet->link, packet->original_length}, arrival);
      if (log_) print_log(terminal, result);
      const report::ReplayedPacket fate = replayed(++number, packet->time, result);
      if (json_)
        terminal.out(report::replayed_json(compilation.sources, compilation.ruleset, fate));
      else
        summary.add(fate);
    }
    return summary;
  }

  /// What goes to a program that listens to a group says so before its line.
  static void print_log(Terminal& terminal, const sim::Result& result) {
    for (const sim::LogEvent& event : result.logs)
      terminal.out((event.nflog_group ? "nflog-group " + std::to_string(*event.nflog_group) + ": " : std::string()) +
                   event.line + "\n");
  }

  static void print_counters(Terminal& terminal, const ir::Ruleset& ruleset, const sim::Simulator& simulator) {
    backends::SaveOptions options;
    options.counters = true;
    options.counters_of = [&simulator](ir::RuleRef rule) { return simulator.counters(rule); };
    for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
      terminal.out(backends::save_text(ruleset, family, options));
  }

  /// What was answered without knowing, once for each rule.
  static void tell_assumptions(Terminal& terminal, const ir::Ruleset& ruleset, const sim::Simulator& simulator) {
    for (const sim::Assumption& assumption : simulator.assumptions()) {
      const std::string name = assumption.module + (assumption.arguments.empty() ? "" : ' ' + assumption.arguments);
      terminal.note(report::rule_name(ruleset, assumption.rule) + ": `" + name + "` " + answer(assumption));
    }
  }

  static std::string answer(const sim::Assumption& assumption) {
    if (assumption.is_target) return "is taken to do nothing to the packet";
    if (assumption.module == "statistic") return "is decided by chance, the same in every replay";
    return assumption.answer ? "is taken to match" : "is taken not to match";
  }

  static int tell_capture_problems(Terminal& terminal, const sim::CaptureReader& reader) {
    if (!reader.unknown_link().empty())
      terminal.note("packets with the link type " + reader.unknown_link() + " cannot be decoded");
    if (reader.error().empty()) return kOk;
    return terminal.error(reader.error()), kBadInput;
  }

  InputOptions inputs_;
  ConnectionOptions connections_;
  std::string capture_;
  std::string in_;
  bool counters_ = false;
  bool list_ = false;
  bool json_ = false;
  bool log_ = false;
  ModelFlags model_;
};

}  // namespace

std::unique_ptr<Command> make_sim() { return std::make_unique<Sim>(); }

}  // namespace nfproof::cli
