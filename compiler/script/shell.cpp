// SPDX-License-Identifier: Apache-2.0
// The shell: its beginning and end, what it writes and reads, and what it says about that which cannot be followed.
#include "compiler/script/shell.h"

#include <algorithm>
#include <utility>

#include "compiler/script/pattern.h"

namespace nfproof::script {
namespace {

constexpr std::size_t kMaxErrors = 50;

/// The name of the program in `#!...`.
std::string_view interpreter(std::string_view text) {
  if (!text.starts_with("#!")) return {};
  std::string_view line = text.substr(2, text.find('\n') - 2);
  std::string_view name;
  while (!line.empty()) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
    line.remove_prefix(word.size());
    if (word.empty() || word.starts_with('-')) break;
    name = word.substr(word.rfind('/') + 1);
    if (name != "env" && name != "busybox") break;
  }
  return name;
}

}  // namespace

ScriptResult run_script(source::SourceManager& sources, source::FileId script, const ScriptOptions& options,
                        Tools& tools, Output& output, source::Diagnostics& diagnostics) {
  Shell shell(sources, options, tools, output, diagnostics);
  ScriptResult result;
  result.status = shell.run(script);
  result.limit_reached = shell.limit_reached();
  return result;
}

Shell::Shell(source::SourceManager& sources, const ScriptOptions& options, Tools& tools, Output& output,
             source::Diagnostics& diagnostics)
    : sources_(sources),
      options_(options),
      tools_(tools),
      output_(output),
      diagnostics_(diagnostics),
      files_(options.files) {
  state_.channels[0] = make_channel(Channel::Kind::kTerminal);
  state_.channels[1] = make_channel(Channel::Kind::kOutput);
  state_.channels[2] = make_channel(Channel::Kind::kError);
  state_.directory = files_.start_directory();
  state_.arguments = options.arguments;
  const std::pair<const char*, std::string> usual[] = {
      {"IFS", " \t\n"},
      {"HOME", "/root"},
      {"USER", "root"},
      {"LOGNAME", "root"},
      {"UID", "0"},
      {"EUID", "0"},
      {"OPTIND", "1"},
      {"PWD", state_.directory},
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  for (const auto& [name, value] : usual) {
    Variable& variable = state_.variables[name];
    variable.is_set = true;
    variable.value = value;
  }
  for (const auto& [name, value] : options.variables) {
    Variable& variable = state_.variables[name];
    variable.is_set = variable.exported = true;
    variable.value = value;
  }
}

void Shell::start(source::FileId script) {
  const source::SourceFile& file = sources_.file(script);
  state_.name = file.path();
  const std::string_view name = interpreter(file.text());
  dash_ = name == "sh" || name == "dash" || name == "ash";
  if (!name.empty() && !dash_ && name != "bash")
    refuse({script, 1, 1, 3}, "not-a-shell", "this is a script for `" + std::string(name) + "`, not for sh or bash");
  for (std::size_t i = 1; i <= file.line_count(); ++i) {
    const std::string_view line = file.line(i);
    const auto number = static_cast<std::uint32_t>(i);
    if (const std::size_t nul = line.find('\0'); nul != std::string_view::npos)
      refuse({script, number, static_cast<std::uint32_t>(nul + 1), static_cast<std::uint32_t>(nul + 2)}, "not-a-shell",
             "a NUL byte: this is no shell script");
    const auto end = static_cast<std::uint32_t>(line.size() + 1);
    if (line.data() + line.size() < file.text().data() + file.text().size() && line.data()[line.size()] == '\r')
      refuse({script, number, end, end + 1}, "carriage-return",
             "the line ends in a carriage return, which a shell takes into the last word; `dos2unix` removes them");
  }
}

std::optional<int> Shell::run(source::FileId script) {
  try {
    start(script);
    Status status;
    SyntaxError error;
    const auto tree = parse_script(sources_.file(script).text(), {script, 1, std::nullopt, 0}, error);
    if (!tree) refuse(error.span, "syntax-error", error.message);
    try {
      status = execute(*tree);
    } catch (const ShellExit& exit) {
      status = exit.status;
    } catch (const LoopExit&) {
      status = {};
    } catch (const FunctionReturn& result) {
      status = result.status;
    }
    status = finish(status);
    if (has_errors()) return std::nullopt;
    if (status.unknown) {
      diagnostics_.note("unknown-status", unknowns_.at(*status.unknown).span,
                        "the exit status of the script depends on this command; it is taken as 0");
      return 0;
    }
    return status.code & 0xff;
  } catch (const Refusal& refusal) {
    report(refusal);
  } catch (const LimitReached& limit) {
    limit_reached_ = true;
    diagnostics_.error("limit", limit.span, limit.message);
  } catch (const Stop&) {
  }
  return std::nullopt;
}

Status Shell::finish(Status status) {
  if (!state_.exit_trap.empty()) {
    const std::string action = std::exchange(state_.exit_trap, {});
    last_status_ = status;
    try {
      (void)run_text(action, state_.exit_trap_span);
    } catch (const ShellExit& exit) {
      status = exit.status;
    }
  }
  for (const auto& [what, told] : not_done_) {
    std::string message = what;
    if (told.second > 1) message += " (" + std::to_string(told.second) + " times)";
    diagnostics_.note("not-run", told.first, message);
  }
  return status;
}

void Shell::count_bytes(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > options_.max_bytes) throw LimitReached{current_, "the script makes too much text"};
}

void Shell::out(std::string_view text) { write(1, text); }
void Shell::err(std::string_view text) { write(2, text); }

void Shell::write(int fd, std::string_view text) {
  const auto found = state_.channels.find(fd);
  if (found == state_.channels.end() || text.empty()) return;
  Channel& channel = *found->second;
  count_bytes(text.size());
  switch (channel.kind) {
    case Channel::Kind::kOutput:
    case Channel::Kind::kError:
      output_.write(Unknowns::is_in(text) ? unknowns_.readable(text) : text, channel.kind == Channel::Kind::kError);
      break;
    case Channel::Kind::kText: channel.text->append(text); break;
    case Channel::Kind::kNowhere:
    case Channel::Kind::kTerminal: break;
  }
}

Channel& Shell::input(source::Span span, int fd) {
  const auto found = state_.channels.find(fd);
  if (found == state_.channels.end())
    refuse(span, "bad-descriptor", "file descriptor " + std::to_string(fd) + " is not open");
  return *found->second;
}

std::string Shell::read_all(source::Span span) {
  Channel& channel = input(span);
  if (channel.kind == Channel::Kind::kTerminal || channel.kind == Channel::Kind::kOutput ||
      channel.kind == Channel::Kind::kError)
    return unknown_value(span, "standard input");
  return channel.take_rest();
}

bool Shell::errors_dropped() const {
  const auto found = state_.channels.find(2);
  return found == state_.channels.end() || found->second->kind == Channel::Kind::kNowhere;
}

void Shell::refuse(source::Span span, std::string id, std::string message) {
  throw Refusal{span, std::move(id), std::move(message), std::nullopt};
}

void Shell::refuse_unknown(std::size_t unknown, source::Span used) {
  throw Refusal{used, "unknown-value", {}, unknown};
}

void Shell::need_known(std::string_view text, source::Span used) {
  if (const auto unknown = unknowns_.first(text)) refuse_unknown(*unknown, used);
}

Status Shell::unknown_status(source::Span span, std::string what) {
  return {0, unknowns_.first(unknowns_.add(span, std::move(what)))};
}

void Shell::report(const Refusal& refusal) {
  if (!refusal.unknown) {
    if (!refusal.message.empty()) diagnostics_.error(refusal.id, refusal.span, refusal.message);
  } else if (Unknown& row = unknowns_.at(*refusal.unknown); !row.told) {
    row.told = true;
    const std::string variable = row.variable.empty() ? "VARIABLE" : row.variable;
    const std::string what = unknowns_.readable(row.what);
    std::string message = what.starts_with('`') ? what : '`' + what + '`';
    message += " is not known: it depends on the machine, and nothing is executed; ";
    message += row.variable.empty() ? "where a variable takes it, `--set VARIABLE=VALUE` gives the value"
                                    : "`--set " + variable + "=VALUE` gives the value";
    source::Diagnostic& diagnostic = diagnostics_.error(refusal.id, row.span, std::move(message));
    if (refusal.span.is_known() && !(refusal.span == row.span))
      diagnostic.labels.push_back({refusal.span, "it matters here"});
  }
  if (diagnostics_.error_count() >= kMaxErrors) throw Stop{};
}

void Shell::not_done(std::string what, source::Span span) {
  auto& told = not_done_[std::move(what)];
  if (told.second++ == 0) told.first = span;
}

void Shell::warn_once(const std::string& id, source::Span span, const std::string& message) {
  if (id == "bashism" && !dash_) return;
  if (warned_[id + message]++ == 0) diagnostics_.warning(id, span, message);
}

void Shell::fatal(int code, const std::string& message) {
  err(state_.name + ": " + message + '\n');
  throw ShellExit{{code, std::nullopt}};
}

void Shell::tell_failure(const Call& call, const ToolResult& result) {
  if (tested_ > 0 || errors_dropped() || has_errors()) return;
  std::string message = '`' + call.words[0] + "` fails with " + std::to_string(result.code) + " and the script goes on";
  const std::size_t end = result.err.find('\n');
  if (!result.err.empty()) message += ": " + result.err.substr(0, std::min<std::size_t>(end, 200));
  diagnostics_.warning("command-failed", call.span, std::move(message));
}

std::string Shell::place_text(source::Span span) const {
  if (!span.is_known()) return state_.name;
  return sources_.file(span.file).path() + ": line " + std::to_string(span.line);
}

}  // namespace nfproof::script
