// SPDX-License-Identifier: Apache-2.0
// --sysctl, --conntrack, --dump-conntrack.
#include "cli/connections.h"

#include <fstream>

#include "report/diagnostics.h"
#include "sim/conntrack_text.h"

namespace nfproof::cli {

void declare_connections(Arguments& arguments, ConnectionOptions& options) {
  arguments.values("--sysctl", "KEY=VALUE", options.settings,
                   "a setting of connection tracking: nf_conntrack_tcp_be_liberal=1, nf_conntrack_checksum=0, ...; "
                   "repeatable");
  arguments.value("--conntrack", "FILE", options.before,
                  "the connections before the first packet: output of conntrack -L, or /proc/net/nf_conntrack");
}

void declare_dump(Arguments& arguments, ConnectionOptions& options) {
  arguments.value("--dump-conntrack", "FILE", options.after,
                  "write the connections after the last packet as conntrack -L prints them; - is standard output");
}

bool read_settings(Terminal& terminal, const ConnectionOptions& options, sim::TrackingSettings& settings) {
  for (const std::string& setting : options.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) return terminal.error("--sysctl expects KEY=VALUE, got `" + setting + '`'), false;
    const std::string problem = settings.set(setting.substr(0, equals), setting.substr(equals + 1));
    if (!problem.empty()) return terminal.error("--sysctl: " + problem), false;
  }
  return true;
}

std::optional<std::vector<sim::ConnectionEntry>> read_connections(Terminal& terminal, const ConnectionOptions& options,
                                                                  source::SourceManager& sources) {
  if (options.before.empty()) return std::vector<sim::ConnectionEntry>();
  source::FileText file = source::read_file(options.before);
  if (!file.error.empty()) {
    terminal.error('`' + options.before + "` cannot be read: " + file.error);
    return std::nullopt;
  }
  sim::ConntrackText text = sim::read_conntrack(file.text);
  const source::FileId id = sources.add(options.before, std::move(file.text));
  source::Diagnostics diagnostics;
  for (const auto& problem : text.problems) {
    const source::Span span{.file = id,
                            .line = static_cast<std::uint32_t>(problem.line),
                            .column = static_cast<std::uint32_t>(problem.column),
                            .end_column = static_cast<std::uint32_t>(problem.column + problem.length)};
    diagnostics.error("bad-connection", span, problem.message);
  }
  terminal.err(report::diagnostics_text(terminal.err_style(), sources, diagnostics));
  if (diagnostics.has_errors()) return std::nullopt;
  return std::move(text.entries);
}

void restore_connections(Terminal& terminal, const std::vector<sim::ConnectionEntry>& connections,
                         sim::Simulator& simulator, bool tell) {
  for (const sim::ConnectionEntry& left_out : simulator.restore(connections)) {
    if (!tell) continue;
    std::string line = sim::conntrack_line(left_out);
    line.pop_back();
    terminal.note("--conntrack: another connection has the addresses and ports of `" + line + '`');
  }
}

bool dump_connections(Terminal& terminal, const ConnectionOptions& options, const sim::Simulator& simulator) {
  if (options.after.empty()) return true;
  std::string text;
  for (const sim::ConnectionEntry& entry : simulator.connections()) text += sim::conntrack_line(entry);
  if (options.after == "-") return terminal.out(text), true;
  std::ofstream file(options.after, std::ios::binary);
  file << text;
  file.close();
  if (!file) terminal.error("cannot write `" + options.after + '`');
  return static_cast<bool>(file);
}

void tell_checksums(Terminal& terminal, const sim::Simulator& simulator) {
  constexpr std::uint64_t kFew = 10, kShare = 20;
  const auto many = [](const sim::ChecksumCount& count) {
    return count.wrong >= kFew && count.wrong * kShare >= count.looked_at;
  };
  const auto share = [](const sim::ChecksumCount& count) {
    return std::to_string(count.wrong) + " of " + std::to_string(count.looked_at) + " packets ";
  };
  const sim::ChecksumCount arrived = simulator.checksums(false), sent = simulator.checksums(true);
  if (many(arrived))
    terminal.note(
        share(arrived) +
        "that arrived have a wrong checksum, so they are INVALID; if they were captured where they were sent, "
        "before the network card filled it in, use --sysctl nf_conntrack_checksum=0");
  if (many(sent))
    terminal.note(share(sent) +
                  "that the host sent (of the first) have a checksum that the network card would have filled in; "
                  "tracking does not look at it");
}

}  // namespace nfproof::cli
