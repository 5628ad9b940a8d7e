// SPDX-License-Identifier: Apache-2.0
// Which module of a command does an option belong to? The latest loaded is asked first; an option of nobody's loads the
// match that `-p` implies. Also says what is near a name that nobody knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/frontend/command_words.h"

namespace nfproof::compiler {

class ModuleLookup {
 public:
  ModuleLookup(CommandWords& command, ir::Family family) : command_(&command), family_(family) {}

  struct Found {
    PendingModule* module = nullptr;  ///< valid until another module is loaded
    const OptionRow* row = nullptr;
  };

  /// By its full name or a beginning that fits no other option. May load the implied match.
  [[nodiscard]] std::optional<Found> find(std::string_view name);

  /// The module that a next option is probably meant for; may load the implied match. Null when there is none.
  [[nodiscard]] PendingModule* latest();

  /// What to tell about an option that was not found: empty, or text that follows its name in the message.
  [[nodiscard]] std::string option_hint(std::string_view name);
  /// The same for a match that does not exist.
  [[nodiscard]] std::string match_hint(std::string_view name) const;

 private:
  template <typename Visit>
  void each_latest_first(Visit visit);
  [[nodiscard]] std::optional<Found> find_loaded(std::string_view name);
  [[nodiscard]] std::optional<Found> find_abbreviated(std::string_view name);
  /// The match that the protocol implies; null when there is none or it was loaded before.
  [[nodiscard]] const Extension* implied() const;

  CommandWords* command_;
  ir::Family family_;
  bool implied_loaded_ = false;
};

}  // namespace nfproof::compiler
