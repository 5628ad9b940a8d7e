// SPDX-License-Identifier: Apache-2.0
// From input files to a verified ruleset: detects the syntax of each file, parses it, resolves names, verifies.
// No type of the parser generator leaves this room.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/ruleset.h"
#include "compiler/ir/set.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {

/// The syntax of an input. `kDetect` looks what it is, the others take it for that.
enum class Format : std::uint8_t { kDetect, kIptablesSave, kIpsetSave, kNft };

struct CompileOptions {
  std::optional<ir::Family> family;  ///< -4 / -6; otherwise by header comment, extension of the file name, addresses
  Format format = Format::kDetect;
  bool includes = true;  ///< may a file of nftables include others?
};

namespace nft {
class Store;
}

/// All that comes out of compiling the files of one host. When `diagnostics` has errors, `ruleset` holds everything
/// that was understood: a bad line loses only itself.
struct Compilation {
  source::SourceManager sources;
  ir::Ruleset ruleset;
  ir::SetTable sets;  ///< of the ipset files
  source::Diagnostics diagnostics;
  struct File {
    std::string path;
    ir::Family family{};
    std::size_t tables = 0, chains = 0, rules = 0;
    bool holds_sets = false;  ///< a file of ipset; tables may follow
  };
  std::vector<File> files;
  /// References to sets that no file defines: errors that leave the rules as they are.
  std::size_t missing_sets = 0;
  bool sets_matter = false;         ///< is a set that no file defines an error?
  bool empty_sets_fill = false;     ///< may sets without elements get some later? Then what they hold is not known
  std::shared_ptr<nft::Store> nft;  ///< what files of nftables have said, until `finish`
};

/// Reads one file (`-`: standard input, `(stdin)` in messages) and adds it to the compilation; call `finish` after the
/// last. A file that cannot be read is an error diagnostic.
void add_file(Compilation& compilation, const std::string& path, const CompileOptions& options);
void add_text(Compilation& compilation, std::string path, std::string text, const CompileOptions& options);

/// Resolves jumps and verifies the whole: everything the kernel would refuse is an error. Afterwards the diagnostics
/// stand in the order of the input.
void finish(Compilation& compilation);

}  // namespace nfproof::compiler
