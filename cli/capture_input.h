// SPDX-License-Identifier: Apache-2.0
// What the subcommands that read captures have in common: their options, reading and placing packets, and telling what
// was odd about the capture.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "compiler/ir/host.h"
#include "sim/capture.h"
#include "sim/placing.h"
#include "sim/read_ahead.h"

namespace nfproof::cli {

struct CaptureOptions {
  std::string path;
  std::string in;
  std::vector<std::string> maps;
  std::string threads;
  std::map<std::uint32_t, std::string> numbers;  ///< of interfaces, from --addr
};

/// Declares -r, --in, --map, --threads.
void declare_capture(Arguments& arguments, CaptureOptions& options);

/// A captured packet with its number, and where it was met.
struct InputPacket {
  std::uint64_t number = 0;  ///< from 1
  const sim::CapturedPacket* captured = nullptr;
  const sim::PlacedPacket* placed = nullptr;
  const sim::Preview* preview = nullptr;  ///< null: there is none
  const sim::Preview* soon = nullptr;     ///< of packets that come later, for `Simulator::prepare`
  const sim::Preview* sooner = nullptr;

  [[nodiscard]] sim::PacketBytes bytes() const {
    return {captured->data, captured->link, captured->original_length, preview};
  }
  /// No packet for the simulator: `why` says the reason.
  [[nodiscard]] bool skipped() const { return placed->seen_before || placed->for_another; }
  [[nodiscard]] std::string why() const;
};

class CaptureInput {
 public:
  /// Opens the capture and reads --map; false after an error, which is told.
  [[nodiscard]] bool open(Terminal& terminal, const CaptureOptions& options);
  /// The host that packets are placed on, and what --addr says of its interfaces; before `next`.
  void set_host(const ir::Host& host, const CaptureOptions& options);

  /// Packets come with previews, for simulators without details; before `next`.
  void want_previews() { previews_ = true; }
  /// For output packet by packet on a terminal: a bar would be in its way.
  void disable_progress() { progress_.disable(); }

  [[nodiscard]] const InputPacket* next();
  /// Tells what the simulator cannot know: call it with each result's `cut_short`.
  void note_cut_short() { ++cut_short_; }
  /// Notes and errors about the capture; an exit code.
  [[nodiscard]] int finish(Terminal& terminal);
  [[nodiscard]] const sim::CaptureReader& reader() const { return *reader_; }

 private:
  std::string path_;
  sim::PlacingOptions placing_options_;
  std::unique_ptr<sim::CaptureReader> reader_;
  std::optional<sim::Placing> placing_;
  unsigned threads_ = 1;
  bool previews_ = false;
  std::unique_ptr<sim::ReadAhead> packets_;  // from the first packet on
  Progress progress_;
  InputPacket packet_;
  std::uint64_t cut_short_ = 0;
  std::uint64_t seen_before_ = 0;
  std::uint64_t for_another_ = 0;
  std::uint64_t only_leaving_ = 0;
};

}  // namespace nfproof::cli
