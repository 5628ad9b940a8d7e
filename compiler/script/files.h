// SPDX-License-Identifier: Apache-2.0
// The files that a script may read: those beside it, those that the user named, those that it wrote itself. Nothing is
// ever written to disk. About any other file nothing is known, and that is an answer too.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::script {

struct FileOptions {
  std::string script;                        ///< path of the script; empty for standard input
  std::string root;                          ///< where the host's files are; empty: unknown
  std::map<std::string, std::string> given;  ///< path in the script -> local file; empty: it does not exist
};

struct FileState {
  enum class Kind {
    kFile,    ///< `text` has it
    kAbsent,  ///< certainly not there
    kDirectory,
    kProgram,  ///< an executable that a firewall host has
    kKernel,   ///< below /proc or /sys: there, but its content does not matter or is not known
    kUnknown,
  };
  Kind kind = Kind::kUnknown;
  std::shared_ptr<std::string> text;
  std::string local;  ///< where it was read from, when that is another directory than the script thinks
};

class Files {
 public:
  explicit Files(FileOptions options);

  [[nodiscard]] const std::string& start_directory() const { return start_; }
  /// Absolute, without `.` and `..`.
  [[nodiscard]] static std::string absolute(std::string_view path, const std::string& directory);

  [[nodiscard]] FileState find(std::string_view path, const std::string& directory);
  /// A file to write, empty or as it is. Its content begins unknown when it was not known.
  [[nodiscard]] std::shared_ptr<std::string> open(std::string_view path, const std::string& directory, bool truncate,
                                                  const std::string& unknown);
  void put(const std::string& absolute_path, std::string text);
  void remove(std::string_view path, const std::string& directory);
  void make_directory(std::string_view path, const std::string& directory);

  /// The names in a directory, sorted; nothing when they are not known.
  [[nodiscard]] std::optional<std::vector<std::string>> names(std::string_view path, const std::string& directory);

 private:
  struct Made {
    FileState::Kind kind{};
    std::shared_ptr<std::string> text;
  };
  [[nodiscard]] std::optional<FileState> read_local(const std::string& local, std::string_view path) const;
  [[nodiscard]] std::optional<std::string> local_path(const std::string& path) const;

  FileOptions options_;
  std::string start_;             ///< where the shell is started
  std::string script_directory_;  ///< empty for standard input
  std::map<std::string, Made> made_;
};

}  // namespace nfproof::script
