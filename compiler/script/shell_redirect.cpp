// SPDX-License-Identifier: Apache-2.0
// The shell: redirections.
#include "compiler/script/expander.h"
#include "compiler/script/restore.h"
#include "compiler/script/shell.h"

namespace nfproof::script {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 4 && text.find_first_not_of("0123456789") == std::string::npos;
}

/// 0 to 2 for the names that stand for open files.
std::optional<int> standard_channel(const std::string& path) {
  if (path == "/dev/stdin" || path == "/proc/self/fd/0" || path == "/dev/fd/0") return 0;
  if (path == "/dev/stdout" || path == "/proc/self/fd/1" || path == "/dev/fd/1") return 1;
  if (path == "/dev/stderr" || path == "/proc/self/fd/2" || path == "/dev/fd/2") return 2;
  return std::nullopt;
}

bool is_of_the_kernel(const std::string& path) { return path.starts_with("/proc/") || path.starts_with("/sys/"); }

}  // namespace

void Shell::apply(const Redirect& redirect) {
  Expander expander(*this);
  if (redirect.kind == RedirectKind::kHere) {
    state_.channels[redirect.fd] = make_text_channel(std::make_shared<std::string>(expander.single(*redirect.here)));
    return;
  }
  std::string target = expander.single(redirect.target);
  if (redirect.kind == RedirectKind::kHereString) {
    state_.channels[redirect.fd] = make_text_channel(std::make_shared<std::string>(target + '\n'));
  } else if (redirect.kind == RedirectKind::kDuplicate) {
    duplicate(redirect, target);
  } else {
    open(redirect, target);
  }
}

void Shell::duplicate(const Redirect& redirect, const std::string& target) {
  if (target == "-") {
    state_.channels.erase(redirect.fd);
    return;
  }
  if (!is_number(target)) {
    // `>& file` is `&> file` in bash.
    Redirect both = redirect;
    both.kind = RedirectKind::kWrite;
    both.both = true;
    return open(both, target);
  }
  const auto found = state_.channels.find(std::stoi(target));
  if (found == state_.channels.end()) throw RedirectFailure{redirect.span, target + ": Bad file descriptor"};
  state_.channels[redirect.fd] = found->second;
}

ChannelPtr Shell::open_for_reading(const std::string& path, source::Span span) {
  if (path == "/dev/null") return make_channel(Channel::Kind::kNowhere);
  if (const auto standard = standard_channel(path)) {
    (void)input(span, *standard);
    return state_.channels[*standard];
  }
  if (path == "/dev/tty") return make_channel(Channel::Kind::kTerminal);
  if (path == "/proc/net/ip_tables_names" || path == "/proc/net/ip6_tables_names") {
    const std::string program = path.find("ip6") == std::string::npos ? "iptables-save" : "ip6tables-save";
    const ToolResult saved = tools_.run({{program}, {span}, {}, span});
    auto names = std::make_shared<std::string>();
    for (std::size_t i = 0; i < saved.out.size();) {
      const std::size_t end = std::min(saved.out.find('\n', i), saved.out.size());
      if (saved.out[i] == '*') *names += saved.out.substr(i + 1, end - i);
      i = end + 1;
    }
    return make_text_channel(names);
  }
  const FileState found = files_.find(path, state_.directory);
  switch (found.kind) {
    case FileState::Kind::kFile:
      if (!found.local.empty())
        diagnostics_.note("file-beside-script", span, "taken from `" + found.local + "`, beside the script");
      return make_text_channel(found.text);
    case FileState::Kind::kAbsent: throw RedirectFailure{span, path + ": No such file or directory"};
    case FileState::Kind::kDirectory: throw RedirectFailure{span, path + ": Is a directory"};
    case FileState::Kind::kKernel:
    case FileState::Kind::kProgram:
    case FileState::Kind::kUnknown: break;
  }
  return make_text_channel(std::make_shared<std::string>(unknown_value(span, path)));
}

void Shell::open(const Redirect& redirect, const std::string& path) {
  if (redirect.kind == RedirectKind::kRead || redirect.kind == RedirectKind::kReadWrite) {
    state_.channels[redirect.fd] = open_for_reading(path, redirect.span);
    return;
  }
  ChannelPtr channel;
  if (path == "/dev/null" || path == "/dev/full") {
    channel = make_channel(Channel::Kind::kNowhere);
  } else if (const auto standard = standard_channel(path)) {
    (void)input(redirect.span, *standard);
    channel = state_.channels[*standard];
  } else if (path == "/dev/tty" || path == "/dev/console") {
    channel = make_channel(Channel::Kind::kError);
  } else if (is_of_the_kernel(path)) {
    not_done("nothing is written below " + path.substr(0, path.find('/', 1)) + ": no effect on the ruleset",
             redirect.span);
    channel = make_channel(Channel::Kind::kNowhere);
  } else {
    const FileState::Kind kind = files_.find(path, state_.directory).kind;
    if (kind == FileState::Kind::kDirectory) throw RedirectFailure{redirect.span, path + ": Is a directory"};
    const bool truncate = redirect.kind == RedirectKind::kWrite;
    channel = make_text_channel(
        files_.open(path, state_.directory, truncate, unknowns_.add(redirect.span, unknowns_.readable(path))));
    not_done("files that the script writes are kept in memory only", redirect.span);
  }
  state_.channels[redirect.both ? 1 : redirect.fd] = channel;
  if (redirect.both) state_.channels[2] = channel;
}

}  // namespace nfproof::script
