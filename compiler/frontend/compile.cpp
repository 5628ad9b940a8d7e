// SPDX-License-Identifier: Apache-2.0
// The entry of the frontend: see compile.h.
#include "compiler/frontend/compile.h"

#include <utility>

#include "compiler/frontend/detect.h"
#include "compiler/frontend/ipset_reader.h"
#include "compiler/frontend/save_reader.h"
#include "compiler/frontend/set_check.h"
#include "compiler/passes/passes.h"

namespace nfproof::compiler {

void add_file(Compilation& compilation, const std::string& path, const CompileOptions& options) {
  const std::string name = path == "-" ? "(stdin)" : path;
  source::FileText read = source::read_file(path);
  if (!read.error.empty()) {
    const source::FileId id = compilation.sources.add(name, {});
    compilation.diagnostics.error("unreadable-file", {id, 0, 0, 0}, "cannot be read: " + read.error);
    return;
  }
  add_text(compilation, name, std::move(read.text), options);
}

void add_text(Compilation& compilation, std::string path, std::string text, const CompileOptions& options) {
  const source::FileId id = compilation.sources.add(std::move(path), std::move(text));
  const source::SourceFile& file = compilation.sources.file(id);
  Compilation::File& entry = compilation.files.emplace_back();
  entry.path = file.path();
  entry.family = options.family.value_or(detect_family(file));
  std::size_t first_line = 1;
  const bool detect = options.format == Format::kDetect;
  if (options.format == Format::kIpsetSave || (detect && is_ipset_file(file))) {
    entry.holds_sets = true;
    first_line = read_ipset_file(file, id, compilation.sets, compilation.diagnostics);
    if (first_line > file.line_count()) return;
  } else if (detect && !check_format(file, id, compilation.diagnostics)) {
    return;
  }

  ir::Ruleset& ruleset = compilation.ruleset;
  const std::size_t tables = ruleset.tables.size();
  const std::size_t chains = ruleset.chains.size();
  const std::size_t rules = ruleset.rule_count();
  read_save_file(file, id, entry.family, !options.family.has_value(), ruleset, compilation.diagnostics, first_line);
  entry.tables = ruleset.tables.size() - tables;
  entry.chains = ruleset.chains.size() - chains;
  entry.rules = ruleset.rule_count() - rules;
}

void finish(Compilation& compilation) {
  run_passes(compilation.ruleset, compilation.diagnostics);
  check_sets(compilation);
  compilation.diagnostics.sort();
}

}  // namespace nfproof::compiler
