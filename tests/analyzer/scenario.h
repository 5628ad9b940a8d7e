// SPDX-License-Identifier: Apache-2.0
// A small situation for the analysis as one text: rulesets with remarks that the kernel's tools would skip.
//
//     # family: 6                     here begins an ip6tables-save file (without: IPv4)
//     # ipset                         here begins an ipset-save file
//     # nft                           here begins a file of nftables
//     # address: eth0 192.0.2.10/24   the host is known and has this address
//     # route: default eth0           ... and this route, beside those of its addresses
//     # select: NF504                 for checks that only run when they are asked for
#pragma once

#include <memory>
#include <string>

#include "analyzer/analyze.h"
#include "compiler/frontend/compile.h"

namespace nfproof::analyzer {

struct Situation {
  compiler::Compilation compilation;
  std::optional<ir::Host> host;
  std::vector<std::string> select;
  AnalyzeResult result;
};

/// Compiles and analyses; witnesses are replayed in the simulator. Errors in the text fail the running test.
[[nodiscard]] std::unique_ptr<Situation> analyze_situation(const std::string& text);

}  // namespace nfproof::analyzer
