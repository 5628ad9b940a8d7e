// SPDX-License-Identifier: Apache-2.0
// The firewall programs of a script, on a virtual host.
#pragma once

#include <functional>

#include "compiler/commands/virtual_host.h"
#include "compiler/script/run.h"
#include "compiler/source/source_file.h"

namespace nfproof::cli {

class HostTools : public script::Tools {
 public:
  /// After a command that changed the host.
  using Observer = std::function<void(const script::ToolCall&)>;

  HostTools(compiler::VirtualHost& host, source::SourceManager& sources, Observer changed)
      : host_(host), sources_(sources), changed_(std::move(changed)) {}

  script::ToolResult run(const script::ToolCall& call) override;

 private:
  compiler::VirtualHost& host_;
  source::SourceManager& sources_;
  Observer changed_;
};

/// The sets, the IPv4 and the IPv6 tables of the host, as ipset and iptables-save print them. `only`: one family,
/// without sets.
[[nodiscard]] std::string host_text(const compiler::VirtualHost& host, std::optional<ir::Family> only,
                                    const std::string& script);

}  // namespace nfproof::cli
