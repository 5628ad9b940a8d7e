// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes as a file of nftables. It is read and lowered, split by family, and printed as a listing.
#include <cstddef>
#include <cstdint>
#include <string>

#include "backends/nft_counters.h"
#include "compiler/frontend/compile.h"
#include "compiler/passes/split_inet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nfproof;
  compiler::CompileOptions options;
  options.format = compiler::Format::kNft;
  options.includes = false;
  compiler::Compilation compilation;
  compiler::add_text(compilation, "input", std::string(reinterpret_cast<const char*>(data), size), options);
  compiler::finish(compilation);
  static_cast<void>(compiler::split_inet(compilation.ruleset));
  static_cast<void>(backends::nft_listing(compilation.ruleset, [](ir::RuleRef) { return ir::Counters{}; }));
  return 0;
}
