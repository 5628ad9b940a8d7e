// SPDX-License-Identifier: Apache-2.0
// nfproof trace: one packet, from an expression or a capture, and every rule that it meets.
#include <charconv>

#include "cli/capture_input.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/replayed.h"
#include "cli/start_simulator.h"
#include "cli/trace_observer.h"
#include "compiler/frontend/expression.h"
#include "report/diagnostics.h"
#include "report/trace.h"
#include "sim/build_packet.h"
#include "sim/concretise.h"
#include "sim/needs_tracking.h"

namespace nfproof::cli {
namespace {

/// The packet behind an Ethernet header, so that it has a source MAC address and may be a broadcast.
std::vector<std::uint8_t> frame_of(const ir::Packet& packet, const std::vector<std::uint8_t>& ip) {
  constexpr ir::u128 kSomebody = 0x020000000007;
  constexpr std::size_t kHeader = 14;
  std::vector<std::uint8_t> frame(kHeader);
  const auto type = packet.get_or(ir::FieldId::kPktType, ir::kPacketHost);
  const ir::u128 destination = type == ir::kPacketBroadcast   ? 0xffffffffffffU
                               : type == ir::kPacketMulticast ? 0x01005e000001U
                                                              : 0x020000000001U;
  sim::store_number(frame, 0, 6, destination);
  sim::store_number(frame, 6, 6, packet.get_or(ir::FieldId::kEtherSaddr, kSomebody));
  sim::store16(frame, 12, packet.family == ir::Family::kIpv4 ? 0x0800 : 0x86dd);
  frame.insert(frame.end(), ip.begin(), ip.end());
  return frame;
}

class Trace : public Command {
 public:
  void declare(Arguments& arguments) override {
    inputs_.by_family = false;
    declare_inputs(arguments, inputs_);
    arguments.value("--packet", "EXPR", packet_,
                    "the packet in nftables' match syntax: `ip saddr 10.0.0.5 tcp dport 22 ct state new iifname eth0`; "
                    "what it leaves open is chosen and told");
    arguments.value("--number", "N", number_, "or the N-th packet of the capture, with all before it replayed");
    declare_capture(arguments, capture_);
    declare_host(arguments, inputs_);
    declare_connections(arguments, connections_);
    declare_model(arguments, model_);
    arguments.flag("-v,--verbose", verbose_, "show each rule that does not match and the test that failed");
    arguments.flag("--json", json_, "one JSON document instead of text");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (packet_.empty() == capture_.path.empty())
      return terminal.error("either --packet EXPR or -r CAPTURE --number N is needed"), kBadInput;
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    compiler::Compilation compilation;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    return packet_.empty() ? trace_captured(terminal, compilation) : trace_expression(terminal, compilation);
  }

 private:
  std::unique_ptr<sim::Simulator> start(Terminal& terminal, compiler::Compilation& compilation, const ir::Host& host,
                                        TraceObserver& observer) const {
    sim::SimOptions options;
    options.observer = &observer;
    return start_simulator(terminal, compilation, host, connections_, model_, options);
  }

  int trace_expression(Terminal& terminal, compiler::Compilation& compilation) {
    source::Diagnostics diagnostics;
    const auto expression = compiler::parse_expression(compilation.sources, "--packet", packet_,
                                                       compilation.ruleset.predicates, diagnostics);
    terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, diagnostics));
    if (!expression) return kBadInput;
    const auto host = load_host(terminal, inputs_, compilation);
    if (!host) return kBadInput;
    const auto made = sim::concretise(compilation.ruleset.predicates, *host,
                                      {expression->when, expression->hook, family_of(*expression, compilation)});
    if (!made) return terminal.error("no packet was found that fits the expression"), kUndecided;
    std::string problem;
    const auto bytes = sim::build_packet(made->packet, problem);
    if (!bytes) return terminal.error("there is no such packet: " + problem), kBadInput;
    TraceObserver observer;
    const auto started = start(terminal, compilation, *host, observer);
    if (!started) return kBadInput;
    sim::Simulator& simulator = *started;
    const std::vector<std::uint8_t> frame = frame_of(made->packet, *bytes);
    sim::Arrival arrival;
    arrival.in = made->packet.in;
    arrival.direction = made->sent_by_host ? sim::Direction::kOutgoing : sim::Direction::kIncoming;
    arrival.mark = static_cast<std::uint32_t>(made->packet.get_or(ir::FieldId::kMark, 0));
    // With the table given, it says what the packet belongs to, unless the expression does.
    const bool asks_table =
        !connections_.before.empty() && !tests_connection(compilation.ruleset.predicates, *expression);
    if (!asks_table) arrival.pretend = &made->packet;
    const sim::Result result = simulator.inject({frame, sim::LinkType::kEthernet, 0}, arrival);
    report::Trace trace{made->chosen, std::move(observer.events), replayed(1, 0, result)};
    show(terminal, compilation, trace);
    const bool decided = tell_assumptions(terminal, compilation.sources, compilation.ruleset, simulator);
    if (expression->hook && trace.end.hook && !reaches(trace, *expression->hook))
      terminal.note("the packet does not get to the hook that the expression names");
    return decided ? kOk : kUndecided;
  }

  static bool tests_connection(const ir::PredicatePool& pool, const compiler::Expression& expression) {
    return std::any_of(expression.when.begin(), expression.when.end(),
                       [&](ir::PredicateId id) { return sim::tests_tracking(pool, id); });
  }

  /// The family of the expression, else that of the rules.
  static std::optional<ir::Family> family_of(const compiler::Expression& expression,
                                             const compiler::Compilation& compilation) {
    if (expression.family) return expression.family;
    std::optional<ir::Family> only;
    for (const ir::Table& table : compilation.ruleset.tables) {
      if (table.family == ir::Family::kInet || (only && *only != table.family)) return std::nullopt;
      only = table.family;
    }
    return only;
  }

  static bool reaches(const report::Trace& trace, ir::Hook hook) {
    return std::any_of(trace.events.begin(), trace.events.end(), [hook](const report::TraceEvent& event) {
      return event.kind == report::TraceEvent::Kind::kHook && event.packet.hook == hook;
    });
  }

  int trace_captured(Terminal& terminal, compiler::Compilation& compilation) {
    std::uint64_t wanted = 0;
    const auto [end, error] = std::from_chars(number_.data(), number_.data() + number_.size(), wanted);
    if (error != std::errc() || end != number_.data() + number_.size() || wanted == 0)
      return terminal.error("--number takes the number of a packet, from 1"), kBadInput;
    CaptureInput input;
    if (!input.open(terminal, capture_)) return kBadInput;
    const auto host = load_host(terminal, inputs_, compilation, &capture_);
    if (!host) return kBadInput;
    input.set_host(*host, capture_);
    TraceObserver observer;
    const auto started = start(terminal, compilation, *host, observer);
    if (!started) return kBadInput;
    sim::Simulator& simulator = *started;
    while (const InputPacket* packet = input.next()) {
      observer.wanted = packet->number == wanted;
      if (packet->skipped()) {
        if (observer.wanted)
          return terminal.error("packet " + number_ + " is not replayed: " + packet->why()), kBadInput;
        continue;
      }
      const sim::CapturedPacket& captured = *packet->captured;
      const sim::Result result = simulator.inject(packet->bytes(), packet->placed->arrival);
      if (!observer.wanted) continue;
      if (result.disposition == sim::Disposition::kNotIp)
        return terminal.error("packet " + number_ + " is " + result.reason), kBadInput;
      if (result.cut_short) input.note_cut_short();
      show(terminal, compilation, {{}, std::move(observer.events), replayed(packet->number, captured.time, result)});
      const bool decided = tell_assumptions(terminal, compilation.sources, compilation.ruleset, simulator);
      const int code = input.finish(terminal);
      return code == kOk && !decided ? kUndecided : code;
    }
    const std::uint64_t count = input.reader().packets_read();
    const int code = input.finish(terminal);
    if (code == kOk) terminal.error("the capture has " + report::counted(count, "packet") + " only");
    return kBadInput;
  }

  void show(Terminal& terminal, const compiler::Compilation& compilation, const report::Trace& trace) const {
    if (json_)
      terminal.out(report::trace_json(compilation.sources, compilation.ruleset, trace));
    else
      terminal.out(report::trace_text(terminal.out_style(), compilation.sources, compilation.ruleset, trace, verbose_));
  }

  InputOptions inputs_;
  CaptureOptions capture_;
  ConnectionOptions connections_;
  ModelFlags model_;
  std::string packet_;
  std::string number_;
  bool verbose_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_trace() { return std::make_unique<Trace>(); }

}  // namespace nfproof::cli
