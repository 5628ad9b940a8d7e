// SPDX-License-Identifier: Apache-2.0
// nfproof graph: the chains and their jumps as a drawing.
#include <array>

#include "backends/dot.h"
#include "backends/mermaid.h"
#include "backends/svg.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"

namespace nfproof::cli {
namespace {

constexpr std::array<std::string_view, 3> kFormats = {"dot", "svg", "mermaid"};
constexpr OutputFormats kOutputs = {kFormats, {}};

class Graph : public Command {
 public:
  void declare(Arguments& arguments) override { declare_inputs(arguments, inputs_, kOutputs); }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    const auto format = output_format(terminal, inputs_, kOutputs);
    if (!format) return kBadInput;
    compiler::Compilation compilation;
    inputs_.sets_matter = false;
    inputs_.by_family = false;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    const backends::ChainGraph graph = backends::chain_graph(compilation.ruleset);
    if (*format == "svg")
      terminal.out(backends::to_svg(graph));
    else if (*format == "mermaid")
      terminal.out(backends::to_mermaid(graph));
    else
      terminal.out(backends::to_dot(graph));
    return kOk;
  }

 private:
  InputOptions inputs_;
};

}  // namespace

std::unique_ptr<Command> make_graph() { return std::make_unique<Graph>(); }

}  // namespace nfproof::cli
