// SPDX-License-Identifier: Apache-2.0
// Writing whole files.
#include "cli/write_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

namespace nfproof::cli {
namespace {

/// Writes and closes the file, its content on the disk.
bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return close(file), false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool synced = fsync(file) == 0;
  return close(file) == 0 && synced;
}

}  // namespace

bool write_file(Terminal& terminal, const std::string& path, std::string_view text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    terminal.error("cannot write `" + path + "`" + (errno == 0 ? "" : std::string(": ") + std::strerror(errno)));
  return static_cast<bool>(file);
}

bool replace_file(Terminal& terminal, const std::string& path, std::string_view text) {
  std::error_code failure;
  std::filesystem::path real = std::filesystem::canonical(path, failure);
  if (failure) real = path;
  std::string pattern = real.string() + ".XXXXXX";
  std::vector<char> name(pattern.begin(), pattern.end());
  name.push_back('\0');
  const int file = mkstemp(name.data());
  struct stat about {};
  bool good = file >= 0;
  if (good && stat(real.c_str(), &about) == 0) {
    good = fchmod(file, about.st_mode & 07777U) == 0;
    (void)!fchown(file, about.st_uid, about.st_gid);  // as far as we may
  }
  if (file >= 0 && !good) close(file);
  good = good && write_all(file, text) && std::rename(name.data(), real.c_str()) == 0;
  if (good) return true;
  const std::string reason = std::strerror(errno);
  if (file >= 0) unlink(name.data());
  terminal.error("cannot write `" + path + "`: " + reason);
  return false;
}

}  // namespace nfproof::cli
