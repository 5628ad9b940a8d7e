// SPDX-License-Identifier: Apache-2.0
// Reading rulesets for the subcommands.
#include "cli/inputs.h"

#include <algorithm>
#include <array>

#include "compiler/commands/command_file.h"
#include "compiler/passes/split_inet.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

constexpr std::string_view kInputFormat = "iptables-save";
constexpr std::string_view kCommandFormat = "iptables";
constexpr std::string_view kSetsFormat = "ipset-save";
constexpr std::string_view kNftFormat = "nft";

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Files of commands are seen by their lines, or `commands` says that this is one.
void add_input(compiler::Compilation& compilation, const std::string& file, const compiler::CompileOptions& how,
               bool commands, const std::map<std::string, std::string>& texts) {
  if (const auto given = texts.find(file); given != texts.end()) {
    const bool list = commands || (how.format == compiler::Format::kDetect && compiler::is_command_file(given->second));
    return list ? compiler::add_command_text(compilation, file, given->second, how)
                : compiler::add_text(compilation, file, given->second, how);
  }
  if (commands) return compiler::add_command_file(compilation, file, how);
  if (how.format != compiler::Format::kDetect) return compiler::add_file(compilation, file, how);
  source::FileText read = source::read_file(file);
  if (!read.error.empty()) return compiler::add_file(compilation, file, how);  // tells it
  const std::string name = file == "-" ? "(stdin)" : file;
  if (compiler::is_command_file(read.text))
    compiler::add_command_text(compilation, name, std::move(read.text), how);
  else
    compiler::add_text(compilation, name, std::move(read.text), how);
}

}  // namespace

void declare_inputs(Arguments& arguments, InputOptions& options, const OutputFormats& outputs, const FilesHelp& files) {
  arguments.files(files.name, options.files, files.help);
  arguments.flag("-4", options.ipv4, "the files are IPv4");
  arguments.flag("-6", options.ipv6, "the files are IPv6 (otherwise seen from comments, names and addresses)");
  std::string help = "of the input: iptables-save, iptables, ipset-save, nft (text or JSON); otherwise detected";
  for (std::size_t i = 0; i < outputs.available.size(); ++i)
    help += (i == 0 ? "; of the output: " : ", ") + std::string(outputs.available[i]);
  arguments.values("--format", "FORMAT", options.formats, help);
  arguments.value("--color", "WHEN", options.colour, "auto (default), always or never");
}

void declare_host(Arguments& arguments, InputOptions& options) {
  arguments.values("--addr", "FILE", options.addr, "addresses of the host: output of `ip -j addr`");
  arguments.values("--route", "FILE", options.routes, "its routes: output of `ip -j route`, `ip -j -6 route`");
  arguments.value("--write-host", "DIR", options.write_host,
                  "write the host that is assumed without these files as addr.json and route.json");
}

std::optional<std::string_view> output_format(Terminal& terminal, const InputOptions& options,
                                              const OutputFormats& outputs) {
  std::string_view chosen = outputs.available.empty() ? std::string_view() : outputs.available.front();
  for (const std::string& format : options.formats) {
    if (format == kInputFormat || format == kCommandFormat || format == kSetsFormat || format == kNftFormat) continue;
    if (const auto found = std::find(outputs.available.begin(), outputs.available.end(), format);
        found != outputs.available.end()) {
      chosen = *found;
      continue;
    }
    const bool known = contains(outputs.unavailable, format);
    terminal.error("--format " + format + (known ? " is not available in this version" : " is not known"));
    return std::nullopt;
  }
  return chosen;
}

bool load_rulesets(Terminal& terminal, const InputOptions& options, compiler::Compilation& compilation) {
  if (options.ipv4 && options.ipv6) {
    terminal.error("-4 and -6 exclude each other");
    return false;
  }
  compilation.sets_matter = options.sets_matter;
  compilation.empty_sets_fill = options.empty_sets_fill;
  compiler::CompileOptions how;
  if (options.ipv4) how.family = ir::Family::kIpv4;
  if (options.ipv6) how.family = ir::Family::kIpv6;
  const auto named = [&options](std::string_view format) {
    return std::find(options.formats.begin(), options.formats.end(), format) != options.formats.end();
  };
  if (named(kInputFormat)) how.format = compiler::Format::kIptablesSave;
  if (named(kNftFormat)) how.format = compiler::Format::kNft;
  if (named(kSetsFormat)) how.format = compiler::Format::kIpsetSave;
  for (const std::string& file : options.files) add_input(compilation, file, how, named(kCommandFormat), options.texts);
  compiler::finish(compilation);
  if (options.by_family && compiler::has_inet_tables(compilation.ruleset))
    compilation.ruleset = compiler::split_inet(compilation.ruleset);
  terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, compilation.diagnostics));
  if (!compilation.diagnostics.has_errors()) return true;
  if (compilation.ruleset.rule_count() == 0) return false;
  terminal.set_incomplete();
  return true;
}

}  // namespace nfproof::cli
