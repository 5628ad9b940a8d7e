// SPDX-License-Identifier: Apache-2.0
// The entry of the frontend: see compile.h.
#include "compiler/frontend/compile.h"

#include <utility>

#include "compiler/frontend/detect.h"
#include "compiler/frontend/input_file.h"
#include "compiler/frontend/ipset_reader.h"
#include "compiler/frontend/nft/lower.h"
#include "compiler/frontend/nft/reader.h"
#include "compiler/frontend/save_reader.h"
#include "compiler/frontend/set_check.h"
#include "compiler/passes/passes.h"

namespace nfproof::compiler {

namespace {

/// Detects the syntax and reads the file; nothing more after an error.
void read_detected(Compilation& compilation, source::FileId id, Compilation::File& entry,
                   const CompileOptions& options) {
  const source::SourceFile& file = compilation.sources.file(id);
  std::size_t first_line = 1;
  const bool detect = options.format == Format::kDetect;
  if (options.format == Format::kNft || (detect && is_nft_file(file))) {
    if (!compilation.nft) compilation.nft = std::make_shared<nft::Store>();
    nft::read_nft_file({compilation.sources, *compilation.nft, compilation.diagnostics, options.includes}, id);
    return;
  }
  if (options.format == Format::kIpsetSave || (detect && is_ipset_file(file))) {
    entry.holds_sets = true;
    first_line = read_ipset_file(file, id, compilation.sets, compilation.diagnostics);
    if (first_line > file.line_count()) return;
  } else if (detect && !check_format(file, id, compilation.diagnostics)) {
    return;
  }
  read_save_file(file, id, entry.family, !options.family.has_value(), compilation.ruleset, compilation.diagnostics,
                 first_line);
}

}  // namespace

void add_file(Compilation& compilation, const std::string& path, const CompileOptions& options) {
  if (auto text = read_input(compilation, path)) add_text(compilation, input_name(path), std::move(*text), options);
}

void add_text(Compilation& compilation, std::string path, std::string text, const CompileOptions& options) {
  read_as_file(compilation, std::move(path), std::move(text), options,
               [&](source::FileId id, Compilation::File& entry) { read_detected(compilation, id, entry, options); });
}

namespace {

/// Tables of nftables are there only now: they are counted for the files that declare them.
void lower_nft(Compilation& compilation) {
  const ir::Ruleset& ruleset = compilation.ruleset;
  const std::size_t first = ruleset.tables.size();
  nft::lower_tables(*compilation.nft, compilation.ruleset, compilation.diagnostics, compilation.empty_sets_fill);
  for (std::size_t t = first; t < ruleset.tables.size(); ++t) {
    const ir::Table& table = ruleset.tables[t];
    const std::string& path = compilation.sources.file(table.span.file).path();
    for (Compilation::File& file : compilation.files) {
      if (file.path != path) continue;
      file.family = table.family;
      ++file.tables;
      file.chains += table.chains.size();
      for (const ir::ChainId chain : table.chains)
        if (const auto& rules = ruleset.chain(chain).rules; !rules.empty()) file.rules += rules.back().nft_number;
      break;
    }
  }
  compilation.nft.reset();
}

}  // namespace

void finish(Compilation& compilation) {
  if (compilation.nft) lower_nft(compilation);
  run_passes(compilation.ruleset, compilation.diagnostics);
  check_sets(compilation);
  compilation.diagnostics.sort();
}

}  // namespace nfproof::compiler
