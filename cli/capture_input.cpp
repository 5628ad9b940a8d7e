// SPDX-License-Identifier: Apache-2.0
// Captures on the command line.
#include "cli/capture_input.h"

#include "cli/exit_code.h"
#include "cli/threads.h"
#include "compiler/extensions/values.h"
#include "report/style.h"

namespace nfproof::cli {
namespace {

std::optional<sim::MacInterface> read_map(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size()) return std::nullopt;
  const auto mac = compiler::parse_mac(text.substr(0, equals));
  if (!mac) return std::nullopt;
  return sim::MacInterface{*mac, text.substr(equals + 1)};
}

std::string shown_path(const std::string& path) { return path == "-" ? "(stdin)" : path; }

}  // namespace

void declare_capture(Arguments& arguments, CaptureOptions& options) {
  arguments.value("-r,--read", "CAPTURE", options.path, "pcap or pcapng file; - is standard input");
  arguments.value("--in", "IFACE", options.in, "interface of packets whose capture names none");
  arguments.values("--map", "MAC=IFACE", options.maps,
                   "frames from or to this MAC address belong to the interface; may be repeated");
  arguments.value("--threads", "N", options.threads,
                  "1: read and decide in turn; more: read ahead; the result is the same");
}

std::string InputPacket::why() const {
  if (placed->seen_before) return "seen before: it was forwarded, and counts where it arrived";
  return "addressed to another station of the link";
}

bool CaptureInput::open(Terminal& terminal, const CaptureOptions& options) {
  if (options.path.empty()) return terminal.error("-r CAPTURE is missing"), false;
  path_ = options.path;
  placing_options_.in = options.in;
  for (const std::string& text : options.maps) {
    const auto row = read_map(text);
    if (!row) return terminal.error("--map takes MAC=IFACE, as in 52:54:00:12:34:56=eth0, not `" + text + "`"), false;
    placing_options_.macs.push_back(*row);
  }
  const auto threads = threads_of(terminal, options.threads, sim::default_threads());
  if (!threads) return false;
  threads_ = *threads;
  reader_ = std::make_unique<sim::CaptureReader>(path_);
  if (reader_->error().empty()) return true;
  terminal.error('`' + shown_path(path_) + "` cannot be read as a capture: " + reader_->error());
  return false;
}

void CaptureInput::set_host(const ir::Host& host, const CaptureOptions& options) {
  placing_options_.numbers = options.numbers;
  placing_.emplace(host, placing_options_);
}

const InputPacket* CaptureInput::next() {
  if (!packets_)
    packets_ = std::make_unique<sim::ReadAhead>(*reader_, *placing_,
                                                sim::ReadAheadOptions{.threads = threads_, .previews = previews_});
  const sim::ReadPacket* packet = packets_->next();
  if (packet == nullptr) return nullptr;
  ++packet_.number;
  packet_.captured = &packet->captured;
  packet_.placed = &packet->placed;
  constexpr std::size_t kSoon = 14, kSooner = 5;
  packet_.preview = packet->preview;
  packet_.soon = packets_->later(kSoon);
  packet_.sooner = packets_->later(kSooner);
  seen_before_ += packet->placed.seen_before ? 1 : 0;
  for_another_ += packet->placed.for_another ? 1 : 0;
  only_leaving_ += packet->placed.only_leaving ? 1 : 0;
  if (progress_.due()) progress_.show(reader_->progress(), packet_.number);
  return &packet_;
}

int CaptureInput::finish(Terminal& terminal) {
  progress_.clear();
  const auto note = [&](std::uint64_t count, const std::string& text) {
    if (count != 0) terminal.note(report::counted(count, "packet") + ' ' + text);
  };
  note(seen_before_, "stand in the capture a second time, as they left: they count once, where they arrived");
  note(only_leaving_, "were captured only as they left: they are taken to arrive as the routes to their sources say");
  note(for_another_, "were for another station of the link: no hook sees them");
  note(cut_short_, "cut short by the capture's snap length: matches see what is there, checksums are not verified");
  for (const std::string& link : reader_->unknown_links())
    terminal.note("packets with the link type " + link + " cannot be decoded");
  if (reader_->error().empty()) return kOk;
  terminal.error('`' + shown_path(path_) + "`, after packet " + std::to_string(reader_->packets_read()) + ": " +
                 reader_->error() + "; what was read is reported");
  return kBadInput;
}

}  // namespace nfproof::cli
