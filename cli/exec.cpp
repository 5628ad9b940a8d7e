// SPDX-License-Identifier: Apache-2.0
// nfproof exec: follows a shell script, runs its firewall commands on a virtual host, prints the result as
// iptables-save.
#include <memory>

#include "cli/command.h"
#include "cli/exec_host.h"
#include "cli/exec_steps.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "compiler/commands/state_file.h"
#include "compiler/script/run.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

/// `NAME=VALUE`; false without a `=` or a name.
bool cut_pair(const std::string& text, std::string& name, std::string& value) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) return false;
  name = text.substr(0, equals);
  value = text.substr(equals + 1);
  return true;
}

/// What the script prints goes to standard error: standard output carries the ruleset.
class ScriptOutput : public script::Output {
 public:
  ScriptOutput(Terminal& terminal, bool quiet) : terminal_(terminal), quiet_(quiet) {}
  void write(std::string_view text, bool) override {
    if (!quiet_) terminal_.err(text);
  }

 private:
  Terminal& terminal_;
  bool quiet_;
};

class Exec : public Command {
 public:
  void declare(Arguments& arguments) override {
    arguments.file_and_rest("SCRIPT [ARGUMENT]...", words_,
                            "a script for sh or bash (- is standard input), and its arguments; after -- they may look "
                            "like options of this command");
    arguments.value("--state", "FILE", state_, "start from the ruleset in FILE and keep the result there");
    arguments.values("--set", "NAME=VALUE", set_,
                     "a variable of the script's environment; also its value where the script asks the machine for it");
    arguments.values("--file", "PATH=LOCAL", files_,
                     "what the script finds at PATH on the firewall; without LOCAL: nothing");
    arguments.value("--root", "DIR", root_, "where the files of the firewall are");
    arguments.flag("--quiet", quiet_, "do not show what the script prints (on standard error)");
    arguments.flag("-4", ipv4_, "print the IPv4 tables only");
    arguments.flag("-6", ipv6_, "print the IPv6 tables only");
    arguments.value("--max-steps", "N", max_steps_, "give up after so many commands of the script (default: 1000000)");
    arguments.flag("--each", each_, "analyse the ruleset after each step: when does the administrator lose access?");
    declare_steps(arguments, steps_);
    arguments.value("--color", "WHEN", colour_, "auto (default), always or never");
  }
  std::string_view colour() const override { return colour_; }

  int run(Terminal& terminal) override {
    if (ipv4_ && ipv6_) return terminal.error("-4 and -6 exclude each other"), kBadInput;
    if (!each_ && steps_.used()) return terminal.error("--admin, --addr, --route and --json go with --each"), kBadInput;
    script::ScriptOptions options;
    if (!read_options(terminal, options)) return kBadInput;
    std::unique_ptr<compiler::StateFile> state;
    if (!state_.empty()) {
      state = std::make_unique<compiler::StateFile>(state_);
      terminal.err(report::diagnostics_text(terminal.err_style(), state->sources(), state->diagnostics()));
      if (!state->error().empty()) return terminal.error(state->error()), kBadInput;
    }
    compiler::VirtualHost empty;
    compiler::VirtualHost& host = state ? state->host() : empty;
    const std::string before = compiler::state_text(host);
    const int code = follow(terminal, options, host);
    if (code != kOk && code != kFindings) return code;
    if (state && !state->save()) return terminal.error(state->error()), kBadInput;
    if (!each_) {
      std::optional<ir::Family> only;
      if (ipv4_) only = ir::Family::kIpv4;
      if (ipv6_) only = ir::Family::kIpv6;
      terminal.out(host_text(host, only, words_[0]));
      return code;
    }
    const int each = watch_steps(terminal, steps_, before, words_[0], text_, options);
    return each == kOk ? code : each;
  }

 private:
  bool read_options(Terminal& terminal, script::ScriptOptions& options) {
    const std::string& path = words_[0];
    options.arguments.assign(words_.begin() + 1, words_.end());
    options.files.script = path == "-" ? "" : path;
    options.files.root = root_;
    while (options.files.root.size() > 1 && options.files.root.ends_with('/')) options.files.root.pop_back();
    std::string name, value;
    for (const std::string& pair : set_) {
      if (!cut_pair(pair, name, value)) return terminal.error("--set takes NAME=VALUE"), false;
      options.variables[name] = value;
    }
    for (const std::string& pair : files_) {
      if (!cut_pair(pair, name, value)) return terminal.error("--file takes PATH=LOCAL"), false;
      options.files.given[name] = value;
    }
    if (max_steps_.find_first_not_of("0123456789") != std::string::npos || max_steps_.size() > 12)
      return terminal.error("--max-steps takes a number"), false;
    if (!max_steps_.empty()) options.max_steps = std::stoul(max_steps_);
    source::FileText read = source::read_file(path);
    if (!read.error.empty())
      return terminal.err(path + ": error: cannot be read: " + read.error + " [unreadable-file]\n"), false;
    text_ = std::move(read.text);
    return true;
  }

  /// Runs the script. An exit code.
  int follow(Terminal& terminal, const script::ScriptOptions& options, compiler::VirtualHost& host) {
    source::SourceManager sources;
    source::Diagnostics diagnostics;
    const source::FileId file = sources.add(words_[0] == "-" ? "(stdin)" : words_[0], text_);
    HostTools tools(host, sources, {});
    ScriptOutput output(terminal, quiet_);
    const script::ScriptResult result = script::run_script(sources, file, options, tools, output, diagnostics);
    terminal.err(report::diagnostics_text(terminal.err_style(), sources, diagnostics));
    if (result.limit_reached) return kUndecided;
    if (!result.status) {
      terminal.note("no ruleset is printed: the script could not be followed to its end");
      return kBadInput;
    }
    if (*result.status == 0) return kOk;
    terminal.note("the script ends with exit status " + std::to_string(*result.status));
    return kFindings;
  }

  std::vector<std::string> words_, set_, files_;
  std::string state_, root_, max_steps_, text_;
  std::string colour_ = "auto";
  bool quiet_ = false, ipv4_ = false, ipv6_ = false, each_ = false;
  StepOptions steps_;
};

}  // namespace

std::unique_ptr<Command> make_exec() { return std::make_unique<Exec>(); }

}  // namespace nfproof::cli
