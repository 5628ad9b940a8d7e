// SPDX-License-Identifier: Apache-2.0
// Reads what `ip -j addr` and `ip -j route` (also `ip -j -6 route`) print into a host. Fields that are not needed are
// ignored; what cannot be read is an error with the name of the file, and the host is left as it was.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "compiler/ir/host.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {

/// Adds the interfaces and addresses; false after an error was reported.
[[nodiscard]] bool read_addr_json(const source::SourceFile& file, source::FileId id, ir::Host& host,
                                  source::Diagnostics& diagnostics);
/// Adds the routes; false after an error was reported.
[[nodiscard]] bool read_route_json(const source::SourceFile& file, source::FileId id, ir::Host& host,
                                   source::Diagnostics& diagnostics);

/// The kernel's numbers of the interfaces, by which some captures name them. Empty for a text that cannot be read.
[[nodiscard]] std::map<std::uint32_t, std::string> read_interface_numbers(std::string_view text);

/// The same texts, as `--write-host` writes them.
[[nodiscard]] std::string write_addr_json(const ir::Host& host);
[[nodiscard]] std::string write_route_json(const ir::Host& host);

}  // namespace nfproof::compiler
