// SPDX-License-Identifier: Apache-2.0
// nfproof sim: replays a capture and tells what became of its packets.
#include "backends/iptables_save.h"
#include "backends/nft_counters.h"
#include "cli/capture_input.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/packet_files.h"
#include "cli/replayed.h"
#include "cli/start_simulator.h"
#include "cli/tally.h"
#include "compiler/commands/ruleset_listing.h"
#include "report/replay.h"
#include "sim/replay.h"

namespace nfproof::cli {
namespace {

class Sim : public Command {
 public:
  void declare(Arguments& arguments) override {
    inputs_.by_family = false;
    declare_inputs(arguments, inputs_);
    declare_capture(arguments, capture_);
    declare_host(arguments, inputs_);
    declare_connections(arguments, connections_);
    declare_dump(arguments, connections_);
    arguments.flag("--counters", counters_,
                   "print the rulesets with the counters after the replay, as iptables-save -c");
    arguments.flag("--list", list_,
                   "print the rulesets with the counters after the replay, as iptables -L -v -n --line-numbers");
    arguments.flag("--json", json_, "one JSON object for each packet, with the lines of LOG rules");
    arguments.flag("--log", log_, "print the lines that LOG rules write into the kernel's log");
    declare_model(arguments, model_);
    arguments.value("--write-accepted", "FILE", write_accepted_,
                    "write the packets that got through, as they leave; pcapng when it ends in .pcapng, else pcap");
    arguments.value("--write-dropped", "FILE", write_dropped_, "write the packets that did not, as they came");
    arguments.flag("--replies", replies_, "also send what REJECT answers, through OUTPUT and POSTROUTING");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (log_ && json_) return terminal.error("--log and --json exclude each other: --json has the lines"), kBadInput;
    if (counters_ && json_) return terminal.error("--counters and --json exclude each other"), kBadInput;
    if (list_ && (counters_ || json_)) return terminal.error("--list excludes --counters and --json"), kBadInput;
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    compiler::Compilation compilation;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    CaptureInput input;
    if (!input.open(terminal, capture_)) return kBadInput;
    const auto host = load_host(terminal, inputs_, compilation, &capture_);
    if (!host) return kBadInput;
    input.set_host(*host, capture_);
    if ((json_ || log_) && terminal.out_style().width != 0) input.disable_progress();
    PacketFiles files(write_accepted_, write_dropped_, input.reader());
    if (!files.good(terminal)) return kBadInput;
    sim::SimOptions options;
    options.log_lines = log_ || json_;
    options.replies = replies_;
    options.details = json_ || !write_accepted_.empty() || !write_dropped_.empty();
    input.want_previews();
    const auto started = start_simulator(terminal, compilation, *host, connections_, model_, options);
    if (!started) return kBadInput;
    sim::Simulator& simulator = *started;
    const report::ReplaySummary summary = replay(terminal, compilation, input, simulator, files);
    int code = input.finish(terminal);
    if (counters_) print_counters(terminal, compilation.ruleset, simulator);
    if (list_) {
      const auto counters_of = [&simulator](ir::RuleRef rule) { return simulator.counters(rule); };
      terminal.out(compiler::list_ruleset(compilation.ruleset, counters_of));
      terminal.out(backends::nft_listing(compilation.ruleset, counters_of));
    }
    if (!counters_ && !list_ && !json_ && !log_)
      terminal.out(summary.text(terminal.out_style(), compilation.sources, compilation.ruleset));
    tell_checksums(terminal, simulator);
    if (replies_) tell_answers(terminal, simulator.answers());
    if (!dump_connections(terminal, connections_, simulator)) return kBadInput;
    const bool decided = tell_assumptions(terminal, compilation.sources, compilation.ruleset, simulator);
    if (!decided && code == kOk) code = kUndecided;
    return files.close(terminal) ? code : kBadInput;
  }

 private:
  report::ReplaySummary replay(Terminal& terminal, const compiler::Compilation& compilation, CaptureInput& input,
                               sim::Simulator& simulator, PacketFiles& files) const {
    report::ReplaySummary summary;
    Tally tally(summary);
    const auto tell = [&](const report::ReplayedPacket& fate) {
      if (json_)
        terminal.out(report::replayed_json(compilation.ruleset, fate));
      else
        summary.add(fate);
    };
    sim::Result result;  // used again and again
    while (const InputPacket* packet = input.next()) {
      if (packet->skipped()) {
        tell(skipped(*packet));
        continue;
      }
      const sim::CapturedPacket& captured = *packet->captured;
      simulator.prepare(packet->soon, packet->sooner);
      simulator.inject(packet->bytes(), packet->placed->arrival, result);
      if (result.cut_short) input.note_cut_short();
      if (only_counters()) continue;
      if (log_)
        for (const std::string& line : log_lines(result)) terminal.out(line + '\n');
      files.write(captured, result);
      if (json_)
        tell(replayed(packet->number, captured.time, result));
      else
        tally.add(result);
    }
    tally.finish();
    return summary;
  }

  /// Is nothing told of single packets? Then nothing of them has to be kept.
  [[nodiscard]] bool only_counters() const {
    return (counters_ || list_) && !log_ && write_accepted_.empty() && write_dropped_.empty();
  }

  static void tell_answers(Terminal& terminal, const sim::AnswerCount& answers) {
    std::string text = "REJECT answered " + report::counted(answers.sent, "packet");
    if (answers.stopped != 0) text += ", " + std::to_string(answers.stopped) + " answers did not leave the host";
    if (answers.held_back != 0)
      text += ", " + std::to_string(answers.held_back) + " were held back by the kernel's limit of ICMP errors";
    terminal.note(text);
  }

  static void print_counters(Terminal& terminal, const ir::Ruleset& ruleset, const sim::Simulator& simulator) {
    backends::SaveOptions options;
    options.counters = true;
    options.counters_of = [&simulator](ir::RuleRef rule) { return simulator.counters(rule); };
    for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
      terminal.out(backends::save_text(ruleset, family, options));
    terminal.out(backends::nft_listing(ruleset, options.counters_of));
  }

  InputOptions inputs_;
  ConnectionOptions connections_;
  CaptureOptions capture_;
  std::string write_accepted_;
  std::string write_dropped_;
  bool counters_ = false;
  bool list_ = false;
  bool json_ = false;
  bool log_ = false;
  bool replies_ = false;
  ModelFlags model_;
};

}  // namespace

std::unique_ptr<Command> make_sim() { return std::make_unique<Sim>(); }

}  // namespace nfproof::cli
