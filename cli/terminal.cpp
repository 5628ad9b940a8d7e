// SPDX-License-Identifier: Apache-2.0
// Is it a terminal, how wide, with colours?
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <ostream>

namespace nfproof::cli {
namespace {

report::Style style_of(int descriptor, std::string_view colour) {
  const bool terminal = isatty(descriptor) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool refuses =
      (no_colour != nullptr && *no_colour != '\0') || (kind != nullptr && std::string_view(kind) == "dumb");
  report::Style style;
  style.colour = colour == "always" || (colour != "never" && terminal && !refuses);
  style.snippets = terminal || colour == "always";
  winsize size{};
  if (terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0) style.width = size.ws_col;
  return style;
}

}  // namespace

Terminal::Terminal(std::ostream& out, std::ostream& err, std::string_view colour)
    : out_(out), err_(err), out_style_(style_of(STDOUT_FILENO, colour)), err_style_(style_of(STDERR_FILENO, colour)) {}

void Terminal::out(std::string_view text) { out_ << text; }

void Terminal::err(std::string_view text) {
  out_.flush();
  err_ << text;
}

void Terminal::error(std::string_view message) {
  err(report::paint(err_style_, report::Tone::kBold, "nfproof: ") +
      report::paint(err_style_, report::Tone::kError, "error: ") + std::string(message) + '\n');
}

void Terminal::note(std::string_view message) {
  err(report::paint(err_style_, report::Tone::kBold, "nfproof: ") +
      report::paint(err_style_, report::Tone::kInfo, "note: ") + std::string(message) + '\n');
}

}  // namespace nfproof::cli
