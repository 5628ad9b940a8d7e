// SPDX-License-Identifier: Apache-2.0
// Owners of options: see module_lookup.h.
#include "compiler/frontend/module_lookup.h"

#include "compiler/extensions/values.h"

namespace nfproof::compiler {

template <typename Visit>
void ModuleLookup::each_latest_first(Visit visit) {
  std::vector<PendingModule>& matches = command_->matches;
  PendingModule* target = command_->target && command_->target->extension != nullptr ? &*command_->target : nullptr;
  const std::size_t target_at = command_->matches_before_target;
  if (target != nullptr && target_at == matches.size()) visit(*target);
  for (std::size_t i = matches.size(); i-- > 0;) {
    if (matches[i].extension != nullptr) visit(matches[i]);
    if (target != nullptr && target_at == i) visit(*target);
  }
}

std::optional<ModuleLookup::Found> ModuleLookup::find(std::string_view name) {
  for (const bool with_implied : {false, true}) {
    if (with_implied) {
      const Extension* extension = implied();
      if (extension == nullptr) return std::nullopt;
      command_->matches.push_back({extension, extension->name, {}, {}});
      implied_loaded_ = true;
    }
    if (auto found = find_loaded(name)) return found;
    if (auto found = find_abbreviated(name)) return found;
  }
  command_->matches.pop_back();
  implied_loaded_ = false;
  return std::nullopt;
}

PendingModule* ModuleLookup::latest() {
  std::vector<PendingModule>& matches = command_->matches;
  if (command_->target && command_->matches_before_target == matches.size()) return &*command_->target;
  if (matches.empty()) {
    const Extension* extension = implied();
    if (extension == nullptr) return nullptr;
    matches.push_back({extension, extension->name, {}, {}});
    implied_loaded_ = true;
  }
  return &matches.back();
}

std::optional<ModuleLookup::Found> ModuleLookup::find_loaded(std::string_view name) {
  std::optional<Found> found;
  each_latest_first([&](PendingModule& module) {
    if (found) return;
    if (const OptionRow* row = find_option(*module.extension, name)) found = Found{&module, row};
  });
  return found;
}

std::optional<ModuleLookup::Found> ModuleLookup::find_abbreviated(std::string_view name) {
  std::optional<Found> found;
  bool ambiguous = false;
  each_latest_first([&](PendingModule& module) {
    for (const OptionRow& row : module.extension->options) {
      if (!row.name.starts_with(name)) continue;
      const OptionRow* resolved = find_option(*module.extension, row.name);
      if (found && found->row != resolved) ambiguous = true;
      if (!found) found = Found{&module, resolved};
    }
  });
  for (const BasicRow& row : basic_rows()) ambiguous = ambiguous || row.long_name.starts_with(name);
  return ambiguous ? std::nullopt : found;
}

const Extension* ModuleLookup::implied() const {
  if (!command_->basic.protocol || implied_loaded_) return nullptr;
  return find_extension(ExtensionKind::kMatch, protocol_text(command_->basic.protocol->protocol), family_);
}

std::string ModuleLookup::option_hint(std::string_view name) {
  if (command_->target && command_->target->extension == nullptr)
    return ": `" + std::string(command_->target->name) + "` is no known target, and chains take no options";
  const bool ports = name == "dport" || name == "sport" || name == "destination-port" || name == "source-port";
  if (ports && !command_->basic.protocol) return ": it needs a protocol such as `-p tcp` before it";
  std::vector<std::string_view> candidates;
  const auto add_options = [&candidates](const Extension& extension) {
    for (const OptionRow& row : extension.options) candidates.push_back(row.name);
  };
  each_latest_first([&](const PendingModule& module) { add_options(*module.extension); });
  for (const BasicRow& row : basic_rows()) candidates.push_back(row.long_name);
  if (const Extension* extension = implied()) add_options(*extension);
  const std::string_view near = nearest(name, candidates);
  return near.empty() ? std::string{} : ", did you mean `--" + std::string(near) + "`?";
}

std::string ModuleLookup::match_hint(std::string_view name) const {
  const bool ipv4 = family_ == ir::Family::kIpv4;
  if (find_extension(ExtensionKind::kMatch, name, ipv4 ? ir::Family::kIpv6 : ir::Family::kIpv4) != nullptr)
    return ipv4 ? ": it exists for IPv6 only" : ": it exists for IPv4 only";
  std::vector<std::string_view> names;
  for (const Extension* extension : all_extensions())
    if (extension->kind == ExtensionKind::kMatch) names.push_back(extension->name);
  const std::string_view near = nearest(name, names);
  return near.empty() ? std::string{} : ", did you mean `" + std::string(near) + "`?";
}

}  // namespace nfproof::compiler
