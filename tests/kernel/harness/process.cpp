// SPDX-License-Identifier: Apache-2.0
// Tools are spawned with their three standard streams on memory files: no pipes to keep from filling up, no shell.
#include "tests/kernel/harness/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tests/kernel/harness/netns.h"

extern char** environ;

namespace nfproof::testing {
namespace {

Descriptor memory_file(std::string_view content) {
  Descriptor file(memfd_create("nfproof", MFD_CLOEXEC));
  while (file.valid() && !content.empty()) {
    const ssize_t written = write(file.get(), content.data(), content.size());
    if (written <= 0) return {};
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file.valid()) lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string content_of(const Descriptor& file) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return {};
  std::string content(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = pread(file.get(), content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  content.resize(done);
  return content;
}

// Legacy tools of all namespaces share one lock file; with a private one, test programs do not wait for one another.
const std::string& lock_setting() {
  static const Descriptor file(memfd_create("nfproof-xtables-lock", MFD_CLOEXEC));
  static const std::string setting =
      "XTABLES_LOCKFILE=/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file.get());
  return setting;
}

std::string find_tool(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string places = std::string(path ? path : "") + ":/usr/sbin:/sbin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= places.size();) {
    std::size_t end = places.find(':', begin);
    if (end == std::string::npos) end = places.size();
    std::string candidate = places.substr(begin, end - begin) + "/" + name;
    if (end > begin && access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return {};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> child_environment() {
  std::vector<std::string> result;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("XTABLES_LOCKFILE=") && !text.starts_with("LC_ALL=")) result.emplace_back(text);
  }
  result.push_back(lock_setting());
  result.emplace_back("LC_ALL=C");
  return result;
}

ToolResult failure(const std::string& message) {
  ToolResult result;
  result.err = message;
  return result;
}

}  // namespace

bool have_tool(const std::string& name) { return !find_tool(name).empty(); }

ToolResult run_tool(const std::vector<std::string>& arguments, std::string_view input) {
  if (arguments.empty()) return failure("no tool named");
  const std::string path = find_tool(arguments[0]);
  if (path.empty()) return failure(arguments[0] + ": not found");
  const Descriptor in = memory_file(input);
  const Descriptor out = memory_file({});
  const Descriptor err = memory_file({});
  if (!in.valid() || !out.valid() || !err.valid()) return failure("cannot make a memory file");

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
  const std::vector<std::string> environment = child_environment();
  pid_t child = 0;
  const int refused =
      posix_spawn(&child, path.c_str(), &actions, nullptr, pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) return failure(path + ": " + std::strerror(refused));

  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  ToolResult result;
  result.out = content_of(out);
  result.err = content_of(err);
  if (WIFEXITED(status)) {
    result.exit_code = WEXITSTATUS(status);
  } else {
    result.err += "\n" + path + " ended by signal " + std::to_string(WTERMSIG(status));
  }
  return result;
}

}  // namespace nfproof::testing
