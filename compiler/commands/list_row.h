// SPDX-License-Identifier: Apache-2.0
// How `iptables -L` shows a match or target: one row for each module. The options that a row sees were read back from
// canonical text, so that `OptionUse::text` is what iptables-save prints; what -L shows is often the same without
// dashes.
#pragma once

#include <string>
#include <string_view>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// A module in a listing, and where its text goes.
struct ListInput {
  const ModuleInput& module;
  bool numeric = false;
  std::string& out;

  [[nodiscard]] const OptionUse* find(std::string_view option) const { return module.find(option); }
  [[nodiscard]] bool has(std::string_view option) const { return module.has(option); }
  /// The option's canonical text; empty when it is not there.
  [[nodiscard]] std::string_view text(std::string_view option) const;
  /// Appends ` LABEL TEXT` of an option that is there, with `! ` or `!` where it is negated.
  void value(std::string_view option, std::string_view label) const;
  void compact(std::string_view option, std::string_view label) const;
  /// Appends ` LABEL` of a flag that is there.
  void flag(std::string_view option, std::string_view label) const;
  /// Appends the options as they are, without their dashes.
  void without_dashes() const;
};

struct ListRow {
  std::string_view name;
  void (*list)(const ListInput& in);
};

/// Null for a module that shows nothing.
[[nodiscard]] const ListRow* find_list_row(ExtensionKind kind, std::string_view name);

/// ` spt:22`, ` dpts:!1:5`: nothing for an option that is not there.
void list_ports(const ListInput& in, std::string_view option, std::string_view label, const char* protocol);
/// The name of a port where names are wanted and there is one.
[[nodiscard]] std::string port_name(std::uint64_t port, const char* protocol, bool numeric);
/// ` spi:5`, ` spis:!1:7`
void list_range(const ListInput& in, std::string_view option, std::string_view one, std::string_view many);

}  // namespace nfproof::compiler
