// SPDX-License-Identifier: Apache-2.0
// What the subcommands that read rulesets have in common: their options, and loading the files.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "cli/capture_input.h"
#include "cli/terminal.h"
#include "compiler/frontend/compile.h"
#include "compiler/ir/host.h"

namespace nfproof::cli {

struct InputOptions {
  std::vector<std::string> files;
  std::map<std::string, std::string> texts;  ///< of files: read in the place of what they hold
  bool ipv4 = false;
  bool ipv6 = false;
  std::vector<std::string> formats;  ///< of the input or of the output: the names tell them apart
  std::vector<std::string> addr;
  std::vector<std::string> routes;
  std::string write_host;
  bool sets_matter = true;       ///< must the ipsets be given that rules refer to?
  bool empty_sets_fill = false;  ///< may sets without elements hold anything?
  /// Tables of both families become one of each, which is what analysis looks at. Not for who shows or runs the tables.
  bool by_family = true;
  std::string colour = "auto";
};

/// Formats of a command's output, and those that other versions have.
struct OutputFormats {
  std::span<const std::string_view> available;
  std::span<const std::string_view> unavailable;
};

/// Declares the files, -4, -6, --format and --color. `files`: what the usage line calls them, and what they are.
struct FilesHelp {
  std::string name = "FILE...";
  std::string help = "rulesets of one host, as iptables-save or ip6tables-save print them; - is standard input";
};
void declare_inputs(Arguments& arguments, InputOptions& options, const OutputFormats& outputs = {},
                    const FilesHelp& files = {});
/// Declares --addr, --route, --write-host.
void declare_host(Arguments& arguments, InputOptions& options);

/// The output format asked for, the first of `outputs` when none was. Nothing after an error, which is told.
[[nodiscard]] std::optional<std::string_view> output_format(Terminal& terminal, const InputOptions& options,
                                                            const OutputFormats& outputs);

/// Compiles the files and tells their diagnostics. False when they have errors that leave nothing to work on; with
/// others the command goes on and exits with 2 in the end.
[[nodiscard]] bool load_rulesets(Terminal& terminal, const InputOptions& options, compiler::Compilation& compilation);

/// The host that was described, or one that the ruleset suggests. Nothing after an error, which is told.
/// A capture, when there is one, may know its addresses better; it gets the numbers of the interfaces.
[[nodiscard]] std::optional<ir::Host> load_host(Terminal& terminal, const InputOptions& options,
                                                compiler::Compilation& compilation, CaptureOptions* capture = nullptr);

/// Writes addr.json and route.json; false after an error, which is told.
[[nodiscard]] bool write_host(Terminal& terminal, const std::string& directory, const ir::Host& host);

}  // namespace nfproof::cli
