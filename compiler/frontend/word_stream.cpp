// SPDX-License-Identifier: Apache-2.0
// Words and their places: see word_stream.h.
#include "compiler/frontend/word_stream.h"

#include <algorithm>

namespace nfproof::compiler {

source::Span join(source::Span a, source::Span b) {
  if (!a.is_known()) return b;
  if (!b.is_known()) return a;
  a.column = std::min(a.column, b.column);
  a.end_column = std::max(a.end_column, b.end_column);
  return a;
}

}  // namespace nfproof::compiler
