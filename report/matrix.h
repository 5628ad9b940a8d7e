// SPDX-License-Identifier: Apache-2.0
// Who may open connections to whom: as a table, as JSON, as a graph in DOT, as a picture.
//
// Entries: `matrix_text`, `matrix_json`, `matrix_dot`, `matrix_svg`.
#pragma once

#include <string>

#include "analyzer/regions/matrix.h"
#include "report/style.h"

namespace nfproof::report {

[[nodiscard]] std::string matrix_text(const Style& style, const std::string& service,
                                      const analyzer::MatrixResult& result);
/// One line of JSON with a newline.
[[nodiscard]] std::string matrix_json(const std::string& service, const analyzer::MatrixResult& result);
[[nodiscard]] std::string matrix_dot(const std::string& service, const analyzer::MatrixResult& result);
[[nodiscard]] std::string matrix_svg(const std::string& service, const analyzer::MatrixResult& result);

}  // namespace nfproof::report
