// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes as an input file. Every syntax is detected, read and verified; what was understood is printed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nfproof;
  if (size == 0) return 0;
  compiler::CompileOptions options;
  // The first byte says how the file is called for: by detection or by its format, and for which family.
  if ((data[0] & 1) != 0) options.format = compiler::Format::kIptablesSave;
  if ((data[0] & 2) != 0) options.family = (data[0] & 4) != 0 ? ir::Family::kIpv6 : ir::Family::kIpv4;
  compiler::Compilation compilation;
  compiler::add_text(compilation, "input", std::string(reinterpret_cast<const char*>(data) + 1, size - 1), options);
  compiler::finish(compilation);
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
    static_cast<void>(backends::save_text(compilation.ruleset, family, {}));
  return 0;
}
