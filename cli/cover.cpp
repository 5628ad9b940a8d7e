// SPDX-License-Identifier: Apache-2.0
// nfproof cover: a capture that hits every rule that can be hit, and the proof for each other one.
#include "analyzer/paths/expand_sets.h"
#include "cli/command.h"
#include "cli/cover_search.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "sim/capture_writer.h"

namespace nfproof::cli {
namespace {

class Cover : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_);
    arguments.value("-o,--output", "FILE", output_,
                    "the capture: pcapng when it ends in .pcapng, with interfaces by name and directions");
    declare_host(arguments, inputs_);
    arguments.value("--timeout", "SECONDS", timeout_, "give up after so long (default: 120)");
    arguments.flag("--json", json_, "one JSON document instead of text");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    CoverSearchOptions options;
    if (!read_timeout(options)) return terminal.error("--timeout takes a number of seconds"), kBadInput;
    compiler::Compilation compilation;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    InputOptions without_writing = inputs_;
    without_writing.write_host.clear();
    auto host = load_host(terminal, without_writing, compilation);
    if (!host) return kBadInput;
    const auto expanded = analyzer::expand_sets(compilation.ruleset, compilation.sets);
    options.model.sets = &compilation.sets;
    const CoverResult result =
        search_cover(compilation.ruleset, expanded ? *expanded : compilation.ruleset, *host, options);
    if (!inputs_.write_host.empty() && !write_host(terminal, inputs_.write_host, *host)) return kBadInput;
    if (!output_.empty() && !write_capture(terminal, *host, result.packets)) return kBadInput;
    terminal.out(json_
                     ? report::cover_json(compilation.sources, compilation.ruleset, result.rows)
                     : report::cover_text(terminal.out_style(), compilation.sources, compilation.ruleset, result.rows));
    if (!json_ && !output_.empty())
      terminal.out(report::counted(result.packets.size(), "packet") + " in " + output_ + '\n');
    for (const report::CoverRow& row : result.rows)
      if (row.status == report::CoverStatus::kUndecided) return kUndecided;
    return kOk;
  }

 private:
  bool read_timeout(CoverSearchOptions& options) const {
    if (timeout_.empty()) return true;
    if (timeout_.find_first_not_of("0123456789") != std::string::npos || timeout_.size() > 6) return false;
    options.total_timeout = std::chrono::seconds(std::stoul(timeout_));
    return true;
  }

  bool write_capture(Terminal& terminal, const ir::Host& host, const std::vector<sim::CoverPacket>& packets) const {
    sim::CaptureWriter writer(output_, sim::LinkType::kEthernet, true);
    for (const sim::CoverPacket& packet : packets) {
      const sim::PacketBuffer link = sim::ethernet_header(host, packet);
      sim::WrittenPacket written;
      written.link_header = link;
      written.ip = packet.bytes;
      written.link = sim::LinkType::kEthernet;
      written.time = packet.time;
      written.interface = packet.interface;
      written.sender = packet.sender;
      written.direction = packet.sent ? sim::Direction::kOutgoing : sim::Direction::kIncoming;
      writer.write(written);
    }
    if (writer.close()) return true;
    terminal.error("cannot write `" + output_ + "`: " + writer.error());
    return false;
  }

  InputOptions inputs_;
  std::string output_, timeout_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_cover() { return std::make_unique<Cover>(); }

}  // namespace nfproof::cli
