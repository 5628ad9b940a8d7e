// SPDX-License-Identifier: Apache-2.0
// nfproof explain: the manual page of a check, or the list of all.
#include "analyzer/analyze.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/support.h"
#include "report/catalogue.h"

namespace nfproof::cli {
namespace {

class Explain : public Command {
 public:
  void declare(Arguments& arguments) override {
    arguments.files("ID", ids_, "checks by id (NF101) or name (shadowed-rule); without any: all of them in a list",
                    false);
    arguments.flag("--modules", modules_, "instead: which match and target modules are supported, and how far");
    arguments.flag("--json", json_, "one JSON document instead of text");
    arguments.value("--color", "WHEN", colour_, "auto (default), always or never");
  }
  std::string_view colour() const override { return colour_; }

  int run(Terminal& terminal) override {
    if (modules_) return terminal.out(module_table()), kOk;
    std::vector<const analyzer::CheckInfo*> checks;
    for (const std::string& id : ids_) {
      const analyzer::CheckInfo* check = analyzer::find_check(id);
      if (check == nullptr) return terminal.error("no check is called `" + id + "`"), kBadInput;
      checks.push_back(check);
    }
    const bool all = checks.empty();
    if (all)
      for (const analyzer::CheckInfo& check : analyzer::check_catalogue()) checks.push_back(&check);
    if (json_)
      terminal.out(report::catalogue_json(checks));
    else if (all)
      terminal.out(report::catalogue_text(terminal.out_style(), checks));
    else
      terminal.out(report::manual_text(terminal.out_style(), checks));
    return kOk;
  }

 private:
  std::vector<std::string> ids_;
  bool modules_ = false;
  bool json_ = false;
  std::string colour_ = "auto";
};

}  // namespace

std::unique_ptr<Command> make_explain() { return std::make_unique<Explain>(); }

}  // namespace nfproof::cli
