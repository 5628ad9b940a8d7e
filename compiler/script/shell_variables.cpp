// SPDX-License-Identifier: Apache-2.0
// The shell: variables and arrays.
#include <algorithm>
#include <array>
#include <cctype>

#include "compiler/script/arithmetic.h"
#include "compiler/script/expander.h"
#include "compiler/script/shell.h"

namespace nfproof::script {
namespace {

/// Variables that a machine or a moment gives.
bool is_of_the_machine(const std::string& name) {
  static constexpr std::array<std::string_view, 16> kNames = {
      "BASHPID",    "BASH_VERSION",   "EPOCHREALTIME", "EPOCHSECONDS", "HOSTNAME", "HOSTTYPE",
      "MACHTYPE",   "OSTYPE",         "PPID",          "RANDOM",       "SECONDS",  "SRANDOM",
      "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY",       "SUDO_USER"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_number(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The order in which bash 5 lists the keys of `declare -A`: by its hash (FNV-1, 1024 buckets), the newest first in a
/// bucket. Bash 4 had fewer buckets; a script that depends on the order is told so.
std::vector<std::pair<std::string, std::string>> in_bash_order(
    std::vector<std::pair<std::string, std::string>> entries) {
  const auto bucket = [](const std::pair<std::string, std::string>& entry) {
    std::uint32_t hash = 2166136261U;
    for (const char c : entry.first) {
      hash *= 16777619U;
      hash ^= static_cast<unsigned char>(c);
    }
    return hash & 1023U;
  };
  std::reverse(entries.begin(), entries.end());
  std::stable_sort(entries.begin(), entries.end(), [&](const auto& a, const auto& b) { return bucket(a) < bucket(b); });
  return entries;
}

std::string with_case(const Variable& variable, std::string value) {
  if (!variable.upper && !variable.lower) return value;
  std::transform(value.begin(), value.end(), value.begin(), [&](unsigned char c) {
    return static_cast<char>(variable.upper ? std::toupper(c) : std::tolower(c));
  });
  return value;
}

}  // namespace

const Variable* Shell::find(const std::string& name) const {
  const auto found = state_.variables.find(name);
  return found == state_.variables.end() || !found->second.is_set ? nullptr : &found->second;
}

std::string Shell::special_value(const std::string& name, source::Span span) {
  switch (name[0]) {
    case '#': return std::to_string(state_.arguments.size());
    case '?':
      if (last_status_.unknown) return unknowns_.add(unknowns_.at(*last_status_.unknown).span, "$?");
      return std::to_string(last_status_.code);
    case '-': return std::string(state_.options.errexit ? "e" : "") + (state_.options.nounset ? "u" : "") + "hB";
    case '$':
    case '!': return unknowns_.add(span, "$" + name);
    default: return {};
  }
}

std::optional<std::string> Shell::get(const std::string& name, source::Span span) {
  if (is_number(name)) {
    if (name.size() > 6) return std::nullopt;
    const auto number = static_cast<std::size_t>(std::stoi(name));
    if (number == 0) return state_.name;
    if (number > state_.arguments.size()) return std::nullopt;
    return state_.arguments[number - 1];
  }
  if (name == "@" || name == "*") {
    std::string all;
    for (const std::string& argument : state_.arguments)
      all += (&argument == state_.arguments.data() ? "" : " ") + argument;
    return all;
  }
  if (name.size() == 1 && !std::isalpha(static_cast<unsigned char>(name[0])) && name[0] != '_')
    return special_value(name, span);
  if (const Variable* variable = find(name)) {
    if (variable->kind == Variable::Kind::kScalar) return variable->value;
    return element(name, "0", span);
  }
  if (name == "LINENO") return std::to_string(span.line);
  if (name == "BASH_SOURCE" && !dash_) return sources_.file(span.file).path();
  if (name == "FUNCNAME" && !dash_) return unknowns_.add(span, "$" + name);
  if (is_of_the_machine(name)) return unknowns_.add(span, "$" + name);
  return std::nullopt;
}

Variable& Shell::writable(const std::string& name, source::Span span) {
  Variable& variable = state_.variables[name];
  if (variable.readonly) {
    (void)span;
    fatal(dash_ ? 2 : 1, name + ": readonly variable");
  }
  return variable;
}

void Shell::set(const std::string& name, std::string value, source::Span span) {
  count_bytes(value.size());
  Variable& variable = writable(name, span);
  if (Unknowns::is_in(value)) {
    if (const auto given = options_.variables.find(name); given != options_.variables.end()) value = given->second;
  }
  if (const auto unknown = unknowns_.first(value); unknown && unknowns_.at(*unknown).variable.empty())
    unknowns_.at(*unknown).variable = name;
  if (variable.integer && !Unknowns::is_in(value)) value = std::to_string(evaluate_arithmetic(*this, value, span));
  if (state_.options.allexport) state_.variables[name].exported = true;
  Variable& target = state_.variables[name];
  if (target.kind != Variable::Kind::kScalar) return set_element(name, "0", std::move(value), span);
  target.is_set = true;
  target.value = with_case(target, std::move(value));
}

void Shell::set_element(const std::string& name, const std::string& index, std::string value, source::Span span) {
  count_bytes(value.size());
  Variable& variable = writable(name, span);
  if (variable.kind == Variable::Kind::kMap) {
    variable.is_set = true;
    for (auto& [key, old] : variable.entries)
      if (key == index) {
        old = std::move(value);
        return;
      }
    variable.entries.emplace_back(index, std::move(value));
    return;
  }
  need_known(index, span);
  long long number = evaluate_arithmetic(*this, index, span);
  Variable& target = state_.variables[name];
  if (target.kind == Variable::Kind::kScalar) {
    target.kind = Variable::Kind::kArray;
    if (target.is_set) target.elements[0] = target.value;
  }
  if (number < 0 && !target.elements.empty()) number += target.elements.rbegin()->first + 1;
  if (number < 0) refuse(span, "bad-subscript", "a negative index of the array `" + name + '`');
  target.is_set = true;
  target.elements[number] = with_case(target, std::move(value));
}

std::optional<std::string> Shell::element(const std::string& name, const std::string& index, source::Span span) {
  const Variable* variable = find(name);
  if (variable == nullptr) return name == "BASH_SOURCE" || name == "FUNCNAME" ? get(name, span) : std::nullopt;
  if (variable->kind == Variable::Kind::kMap) {
    need_known(index, span);
    for (const auto& [key, value] : variable->entries)
      if (key == index) return value;
    return std::nullopt;
  }
  need_known(index, span);
  long long number = evaluate_arithmetic(*this, index, span);
  if (variable->kind == Variable::Kind::kScalar)
    return number == 0 || number == -1 ? std::optional(variable->value) : std::nullopt;
  if (number < 0 && !variable->elements.empty()) number += variable->elements.rbegin()->first + 1;
  const auto found = variable->elements.find(number);
  return found == variable->elements.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Shell::elements(const std::string& name) const {
  std::vector<std::string> values;
  const Variable* variable = find(name);
  if (variable == nullptr) return values;
  if (variable->kind == Variable::Kind::kScalar) return {variable->value};
  for (const auto& [number, value] : variable->elements) values.push_back(value);
  for (const auto& [key, value] : in_bash_order(variable->entries)) values.push_back(value);
  return values;
}

std::vector<std::string> Shell::keys(const std::string& name) const {
  std::vector<std::string> names;
  const Variable* variable = find(name);
  if (variable == nullptr) return names;
  if (variable->kind == Variable::Kind::kScalar) return {"0"};
  for (const auto& [number, value] : variable->elements) names.push_back(std::to_string(number));
  for (const auto& [key, value] : in_bash_order(variable->entries)) names.push_back(key);
  return names;
}

void Shell::unset(const std::string& name, source::Span span) {
  (void)writable(name, span);
  // A local variable stays local: it only has no value any more.
  state_.variables.erase(name);
}

void Shell::unset_element(const std::string& name, const std::string& index, source::Span span) {
  Variable& variable = writable(name, span);
  if (variable.kind == Variable::Kind::kMap) {
    std::erase_if(variable.entries, [&](const auto& entry) { return entry.first == index; });
    return;
  }
  variable.elements.erase(evaluate_arithmetic(*this, index, span));
}

void Shell::make_local(const std::string& name, source::Span span) {
  if (state_.scopes.empty()) {
    (void)span;
    err(state_.name + ": local: can only be used in a function\n");
    return;
  }
  Scope& scope = state_.scopes.back();
  for (const auto& [hidden, old] : scope.hidden)
    if (hidden == name) return;
  const auto found = state_.variables.find(name);
  scope.hidden.emplace_back(name, found == state_.variables.end() ? std::nullopt : std::optional(found->second));
  // dash lets a local variable begin with the value outside.
  if (!dash_) state_.variables[name] = Variable();
}

void Shell::assign(const Assignment& assignment) {
  const auto given = options_.variables.find(assignment.name);
  if (given == options_.variables.end() || assignment.is_array) return assign_value(assignment);
  try {
    assign_value(assignment);
  } catch (const Refusal&) {
    // The value cannot be computed, and the user gave it.
    set(assignment.name, given->second, assignment.span);
  }
}

void Shell::assign_value(const Assignment& assignment) {
  Expander expander(*this);
  if (assignment.is_array) return assign_array(assignment);
  std::string value = expander.single(assignment.value);
  if (assignment.has_index) {
    const std::string index = expander.single(assignment.index);
    if (assignment.append) value.insert(0, element(assignment.name, index, assignment.span).value_or(""));
    return set_element(assignment.name, index, std::move(value), assignment.span);
  }
  if (assignment.append) {
    const std::string old = get(assignment.name, assignment.span).value_or("");
    const Variable* variable = find(assignment.name);
    value = variable != nullptr && variable->integer ? old + "+(" + value + ")" : old + value;
  }
  set(assignment.name, std::move(value), assignment.span);
}

void Shell::assign_array(const Assignment& assignment) {
  Expander expander(*this);
  std::vector<std::pair<std::optional<std::string>, std::string>> values;
  for (const Assignment::Element& element : assignment.elements) {
    if (element.has_index) {
      values.emplace_back(expander.single(element.index), expander.single(element.value));
      continue;
    }
    std::vector<std::string> fields;
    expander.fields(element.value, fields);
    for (std::string& field : fields) values.emplace_back(std::nullopt, std::move(field));
  }
  warn_once("bashism", assignment.span, "arrays are known to bash only: dash stops here");
  Variable& variable = writable(assignment.name, assignment.span);
  if (variable.kind == Variable::Kind::kScalar) {
    variable.kind = Variable::Kind::kArray;
    if (variable.is_set) variable.elements[0] = variable.value;
  }
  if (!assignment.append) {
    variable.elements.clear();
    variable.entries.clear();
  }
  variable.is_set = true;
  long long next = variable.elements.empty() ? 0 : variable.elements.rbegin()->first + 1;
  for (auto& [index, value] : values) {
    if (index) {
      set_element(assignment.name, *index, std::move(value), assignment.span);
      if (variable.kind == Variable::Kind::kArray) next = evaluate_arithmetic(*this, *index, assignment.span) + 1;
    } else {
      variable.elements[next++] = std::move(value);
    }
  }
}

}  // namespace nfproof::script
