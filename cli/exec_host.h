// SPDX-License-Identifier: Apache-2.0
// The firewall programs of a script, on a virtual host.
#pragma once

#include <functional>

#include "compiler/commands/run_program.h"
#include "compiler/commands/virtual_host.h"
#include "compiler/ir/set.h"
#include "compiler/script/run.h"
#include "compiler/source/source_file.h"

namespace nfproof::cli {

class HostTools : public script::Tools {
 public:
  /// After a command that changed the host; a restore is told once for each table, with the name of the table that it
  /// has just put in place of the old one (it does so at each COMMIT).
  using Observer = std::function<void(const script::ToolCall&, const std::string& swapped)>;

  HostTools(compiler::VirtualHost& host, source::SourceManager& sources, Observer changed)
      : host_(host), sources_(sources), changed_(std::move(changed)) {}
  ~HostTools() override { keep_sets(); }

  script::ToolResult run(const script::ToolCall& call) override;

 private:
  script::ToolResult run_ipset(const script::ToolCall& call);
  script::ToolResult run_program(const compiler::Program& program, const script::ToolCall& call,
                                 const std::string& input);
  script::ToolResult restore_by_table(const compiler::Program& program, const script::ToolCall& call);
  /// The host has its sets as text: written when somebody may look.
  void keep_sets();

  compiler::VirtualHost& host_;
  source::SourceManager& sources_;
  Observer changed_;
  ir::SetTable sets_;
  bool sets_read_ = false;
  bool sets_changed_ = false;
  bool program_changed_ = false;  ///< did the last program change anything?
};

/// The sets, the IPv4 and the IPv6 tables of the host, as ipset and iptables-save print them. `only`: one family,
/// without sets.
[[nodiscard]] std::string host_text(const compiler::VirtualHost& host, std::optional<ir::Family> only,
                                    const std::string& script);

}  // namespace nfproof::cli
