// SPDX-License-Identifier: Apache-2.0
// What every reader of an input does around its own syntax: gets the bytes, opens the file's entry in the compilation,
// and counts what the file added.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "compiler/frontend/compile.h"

namespace nfproof::compiler {

/// How messages call an input: `(stdin)` for `-`.
[[nodiscard]] std::string input_name(const std::string& path);

/// The bytes of a file, or of standard input for `-`. Nothing after an error diagnostic.
[[nodiscard]] std::optional<std::string> read_input(Compilation& compilation, const std::string& path);

/// Adds the text as a file of the family that it is given or looks like, lets `read` add its tables, and counts them in
/// the file's entry.
void read_as_file(Compilation& compilation, std::string path, std::string text, const CompileOptions& options,
                  const std::function<void(source::FileId, Compilation::File&)>& read);

}  // namespace nfproof::compiler
