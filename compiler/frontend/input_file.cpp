// SPDX-License-Identifier: Apache-2.0
// Around the reading of an input: see input_file.h.
#include "compiler/frontend/input_file.h"

#include <utility>

#include "compiler/frontend/detect.h"

namespace nfproof::compiler {

std::string input_name(const std::string& path) { return path == "-" ? "(stdin)" : path; }

std::optional<std::string> read_input(Compilation& compilation, const std::string& path) {
  source::FileText read = source::read_file(path);
  if (read.error.empty()) return std::move(read.text);
  const source::FileId id = compilation.sources.add(input_name(path), {});
  compilation.diagnostics.error("unreadable-file", {id, 0, 0, 0}, "cannot be read: " + read.error);
  return std::nullopt;
}

void read_as_file(Compilation& compilation, std::string path, std::string text, const CompileOptions& options,
                  const std::function<void(source::FileId, Compilation::File&)>& read) {
  const source::FileId id = compilation.sources.add(std::move(path), std::move(text));
  const source::SourceFile& file = compilation.sources.file(id);
  Compilation::File& entry = compilation.files.emplace_back();
  entry.path = file.path();
  entry.family = options.family.value_or(detect_family(file));
  const ir::Ruleset& ruleset = compilation.ruleset;
  const std::size_t tables = ruleset.tables.size();
  const std::size_t chains = ruleset.chains.size();
  const std::size_t rules = ruleset.rule_count();
  read(id, entry);
  entry.tables = ruleset.tables.size() - tables;
  entry.chains = ruleset.chains.size() - chains;
  entry.rules = ruleset.rule_count() - rules;
}

}  // namespace nfproof::compiler
