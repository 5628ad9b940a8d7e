// SPDX-License-Identifier: Apache-2.0
// The files of a script: see files.h.
#include "compiler/script/files.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "compiler/script/programs.h"
#include "compiler/source/source_file.h"

namespace nfproof::script {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFile = 64U << 20U;

bool is_below(const std::string& path, const std::string& directory) {
  return directory.size() > 1 && path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

/// Directories that every Linux host has.
bool is_usual_directory(const std::string& path) {
  static constexpr std::array<std::string_view, 22> kNames = {
      "/",     "/bin",     "/dev",      "/etc",     "/proc",    "/proc/net", "/proc/sys", "/proc/sys/net",
      "/root", "/run",     "/sbin",     "/sys",     "/tmp",     "/usr",      "/usr/bin",  "/usr/sbin",
      "/var",  "/var/lib", "/var/lock", "/var/log", "/var/run", "/var/tmp"};
  return std::find(kNames.begin(), kNames.end(), path) != kNames.end();
}

}  // namespace

Files::Files(FileOptions options) : options_(std::move(options)) {
  std::error_code ignored;
  start_ = fs::current_path(ignored).string();
  if (start_.empty()) start_ = "/";
  if (!options_.script.empty()) script_directory_ = fs::path(absolute(options_.script, start_)).parent_path().string();
}

std::string Files::absolute(std::string_view path, const std::string& directory) {
  std::string text = (fs::path(directory) / fs::path(path)).lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

std::optional<FileState> Files::read_local(const std::string& local, std::string_view path) const {
  FileState state;
  std::error_code error;
  const fs::file_status status = fs::status(local, error);
  if (!fs::exists(status)) return std::nullopt;
  if (fs::is_directory(status)) {
    state.kind = FileState::Kind::kDirectory;
    return state;
  }
  if (!fs::is_regular_file(status) || fs::file_size(local, error) > kMaxFile) return state;
  source::FileText read = source::read_file(local);
  if (!read.error.empty()) return state;
  state.kind = FileState::Kind::kFile;
  state.text = std::make_shared<std::string>(std::move(read.text));
  if (local != path) state.local = local;
  return state;
}

std::optional<std::string> Files::local_path(const std::string& path) const {
  if (const auto given = options_.given.find(path); given != options_.given.end()) return given->second;
  if (is_below(path, script_directory_) || is_below(path, start_)) return path;
  if (!options_.root.empty()) return options_.root + path;
  return std::nullopt;
}

FileState Files::find(std::string_view path, const std::string& directory) {
  FileState state;
  const std::string full = absolute(path, directory);
  if (const auto made = made_.find(full); made != made_.end()) {
    state.kind = made->second.kind;
    state.text = made->second.text;
    return state;
  }
  if (const auto local = local_path(full)) {
    const bool inside = *local == full;
    if (auto found = local->empty() ? std::nullopt : read_local(*local, full)) {
      if (!inside) found->local.clear();
      return *found;
    }
    // Named from another directory than the script's own: perhaps it lies beside the script.
    if (inside && !path.starts_with('/') && !script_directory_.empty())
      if (auto found = read_local(absolute(path, script_directory_), full)) return *found;
    state.kind = FileState::Kind::kAbsent;
    if (inside || options_.given.contains(full)) return state;
  }
  if (is_program_path(full)) {
    state.kind = FileState::Kind::kProgram;
  } else if (is_below(full, "/proc") || is_below(full, "/sys")) {
    state.kind = FileState::Kind::kKernel;
  } else if (is_usual_directory(full)) {
    state.kind = FileState::Kind::kDirectory;
  }
  return state;
}

std::shared_ptr<std::string> Files::open(std::string_view path, const std::string& directory, bool truncate,
                                         const std::string& unknown) {
  Made made;
  made.kind = FileState::Kind::kFile;
  if (truncate) {
    made.text = std::make_shared<std::string>();
  } else {
    const FileState before = find(path, directory);
    const bool known = before.kind == FileState::Kind::kFile || before.kind == FileState::Kind::kAbsent;
    made.text = std::make_shared<std::string>(before.text ? *before.text : known ? "" : unknown);
  }
  made_[absolute(path, directory)] = made;
  return made.text;
}

void Files::put(const std::string& absolute_path, std::string text) {
  made_[absolute_path] = {FileState::Kind::kFile, std::make_shared<std::string>(std::move(text))};
}

void Files::remove(std::string_view path, const std::string& directory) {
  made_[absolute(path, directory)] = {FileState::Kind::kAbsent, nullptr};
}

void Files::make_directory(std::string_view path, const std::string& directory) {
  for (fs::path full = absolute(path, directory); full.has_relative_path(); full = full.parent_path())
    made_.try_emplace(full.string(), Made{FileState::Kind::kDirectory, nullptr});
}

std::optional<std::vector<std::string>> Files::names(std::string_view path, const std::string& directory) {
  const std::string full = absolute(path, directory);
  std::vector<std::string> names;
  const auto local = local_path(full);
  std::error_code error;
  if (local && !local->empty())
    for (const fs::directory_entry& entry : fs::directory_iterator(*local, error))
      names.push_back(entry.path().filename().string());
  bool made_here = false;
  for (const auto& [name, made] : made_) {
    if (fs::path(name).parent_path() != full || made.kind == FileState::Kind::kAbsent) continue;
    names.push_back(fs::path(name).filename().string());
    made_here = true;
  }
  if (!local && !made_here) return std::nullopt;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace nfproof::script
