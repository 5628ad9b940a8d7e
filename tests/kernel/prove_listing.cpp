// SPDX-License-Identifier: Apache-2.0
// Does what `nft list ruleset` prints mean what a ruleset means? Asks the command line's own proof of translations, and
// ends with its exit code.
//
//   prove_listing RULES... LISTING
#include <fstream>
#include <iostream>
#include <iterator>

#include "backends/nft.h"
#include "cli/exit_code.h"
#include "cli/proof.h"
#include "compiler/passes/split_inet.h"

using namespace nfproof;

int main(int argc, char** argv) {
  cli::Terminal terminal(std::cout, std::cerr, "never");
  if (argc < 3) return terminal.error("usage: prove_listing RULES... LISTING"), cli::kBadInput;
  compiler::Compilation origin;
  for (int i = 1; i + 1 < argc; ++i) compiler::add_file(origin, argv[i], {});
  compiler::finish(origin);
  if (compiler::has_inet_tables(origin.ruleset)) origin.ruleset = compiler::split_inet(origin.ruleset);
  std::ifstream in(argv[argc - 1], std::ios::binary);
  const std::string listing((std::istreambuf_iterator<char>(in)), {});
  if (!in || origin.diagnostics.has_errors()) return terminal.error("the input has errors"), cli::kBadInput;
  cli::ProofOptions how;
  how.table_prefix = backends::NftOptions().table_prefix;
  return cli::prove_translation(terminal, origin, listing, how);
}
