// SPDX-License-Identifier: Apache-2.0
// Files of virtual hosts: see state_file.h.
#include "compiler/commands/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "compiler/commands/save.h"

namespace nfproof::compiler {
namespace {

/// The whole text, or an errno.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(file, text.data(), text.size());
    if (size < 0 && errno != EINTR) return errno;
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
  return ::fsync(file) == 0 ? 0 : errno;
}

/// A rename is lasting only when the directory is written, too.
void sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace

StateFile::StateFile(std::string path) : path_(std::move(path)) {
  if (lock()) load();
}

StateFile::~StateFile() {
  if (lock_ >= 0) ::close(lock_);
}

bool StateFile::lock() {
  // The file itself is replaced with every change, so the lock is another one, which stays.
  const std::string name = path_ + ".lock";
  lock_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) {
    error_ = "cannot open " + name + ": " + std::strerror(errno);
    return false;
  }
  while (::flock(lock_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    error_ = "cannot lock " + name + ": " + std::strerror(errno);
    return false;
  }
  return true;
}

void StateFile::load() {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0 && errno == ENOENT) return;
  source::FileText read = source::read_file(path_);
  if (!read.error.empty()) {
    error_ = "cannot read " + path_ + ": " + read.error;
    return;
  }
  const source::FileId id = sources_.add(path_, std::move(read.text));
  if (!read_state(sources_.file(id), id, host_, diagnostics_))
    error_ = path_ + " holds lines that cannot be understood";
}

bool StateFile::save() {
  const std::string name = path_ + ".new";
  const auto fail = [&](const char* what, int number) {
    error_ = std::string(what) + ' ' + name + ": " + std::strerror(number);
    ::unlink(name.c_str());
    return false;
  };
  const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return fail("cannot open", errno);
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0) (void)::fchmod(file, status.st_mode & 07777);
  const int problem = write_all(file, state_text(host_));
  ::close(file);
  if (problem != 0) return fail("cannot write", problem);
  if (::rename(name.c_str(), path_.c_str()) != 0) return fail("cannot rename", errno);
  sync_directory_of(path_);
  return true;
}

}  // namespace nfproof::compiler
