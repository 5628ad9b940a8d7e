// SPDX-License-Identifier: Apache-2.0
// Finding and reading the settings file.
#include "cli/project.h"

#include <filesystem>

#include "cli/access.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kName = ".nfproof.toml";

/// As a path to be opened from here; empty when there is none.
std::string find_upward() {
  std::error_code failure;
  const fs::path here = fs::current_path(failure);
  if (failure) return {};
  fs::path up;
  for (fs::path at = here;; at = at.parent_path(), up /= "..") {
    if (fs::is_regular_file(at / kName, failure)) return (up / kName).string();
    if (at == at.parent_path()) return {};
  }
}

}  // namespace

std::string Project::resolved(const std::string& path) const {
  return directory.empty() || path.empty() ? path : (fs::path(directory) / path).lexically_normal().string();
}

bool Project::read_access(Terminal& terminal, const std::vector<analyzer::Setting>& texts, ir::PredicatePool& pool,
                          std::vector<analyzer::AdminAccess>& to) const {
  for (const analyzer::Setting& setting : texts) {
    source::SourceManager scratch;
    source::Diagnostics found;
    if (cli::read_access("settings", setting.text, scratch, pool, to, found)) continue;
    source::Diagnostics placed;  // the text stands behind a quote
    for (const source::Diagnostic& each : found.all()) {
      source::Span span = setting.span;
      if (each.span.is_known())
        span.column += each.span.column, span.end_column = setting.span.column + each.span.end_column;
      placed.add(each.severity, each.id, span, each.message);
    }
    terminal.err(report::diagnostics_text(terminal.err_style(), sources, placed));
    return false;
  }
  return true;
}

bool load_project(Terminal& terminal, const std::string& path, Project& project) {
  const std::string found = path.empty() ? find_upward() : path;
  if (found.empty()) return true;
  source::FileText read = source::read_file(found);
  if (!read.error.empty()) return terminal.error('`' + found + "` cannot be read: " + read.error), false;
  if (path.empty()) terminal.note("settings are those of `" + found + '`');
  project.directory = fs::path(found).parent_path().string();
  if (project.directory.empty()) project.directory = ".";
  const source::FileId file = project.sources.add(found, std::move(read.text));
  source::Diagnostics diagnostics;
  auto settings = analyzer::read_settings(project.sources.file(file), file, diagnostics);
  diagnostics.sort();
  terminal.err(report::diagnostics_text(terminal.err_style(), project.sources, diagnostics));
  if (!settings) return false;
  project.settings = std::move(*settings);
  return true;
}

}  // namespace nfproof::cli
