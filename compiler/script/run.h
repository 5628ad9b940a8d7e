// SPDX-License-Identifier: Apache-2.0
// Runs a firewall script without executing anything: entry of this room. The commands that make up the firewall go to
// `Tools`, which works on a virtual ruleset; everything else a script can do is either computed here, known to have no
// effect on the ruleset, or a located error.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/script/files.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::script {

/// What a firewall program did.
struct ToolResult {
  int code = 0;
  std::string out;
  std::string err;
};

/// A call of a firewall program.
struct ToolCall {
  std::vector<std::string> words;   ///< the first is the plain name: `iptables`, `ip6tables-restore`, `ipset`
  std::vector<source::Span> spans;  ///< where the words come from
  std::string input;                ///< standard input, of those that read it
  source::Span place;               ///< the command
};

/// The virtual host.
class Tools {
 public:
  Tools() = default;
  Tools(const Tools&) = delete;
  Tools& operator=(const Tools&) = delete;
  virtual ~Tools() = default;

  [[nodiscard]] virtual ToolResult run(const ToolCall& call) = 0;
};

/// What the script itself prints.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  virtual void write(std::string_view text, bool is_error) = 0;
};

struct ScriptOptions {
  std::vector<std::string> arguments;            ///< $1, $2...
  std::map<std::string, std::string> variables;  ///< given by the user
  FileOptions files;
  std::size_t max_steps = 1000000;      ///< commands and turns of loops
  std::size_t max_bytes = 256U << 20U;  ///< of all texts that the script makes
};

struct ScriptResult {
  std::optional<int> status;  ///< nothing when the script could not be followed
  bool limit_reached = false;
};

/// `script` is a file of `sources`. Diagnostics are told in the order in which the script comes to them.
[[nodiscard]] ScriptResult run_script(source::SourceManager& sources, source::FileId script,
                                      const ScriptOptions& options, Tools& tools, Output& output,
                                      source::Diagnostics& diagnostics);

}  // namespace nfproof::script
