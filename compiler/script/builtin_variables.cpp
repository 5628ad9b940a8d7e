// SPDX-License-Identifier: Apache-2.0
// Builtins that name variables: `export`, `local`, `declare`, `readonly`, `unset`, `let`.
#include "compiler/script/arithmetic.h"
#include "compiler/script/builtins.h"

namespace nfproof::script {
namespace {

struct Attributes {
  bool array = false, map = false, exported = false, readonly = false, integer = false, upper = false, lower = false;
  bool global = false, print = false, functions = false;
};

/// Reads the options; the number of words that they take.
std::size_t read_attributes(Shell& shell, const Call& call, Attributes& attributes) {
  std::size_t i = 1;
  for (; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word.size() < 2 || (word[0] != '-' && word[0] != '+')) break;
    if (word == "--") return i + 1;
    for (const char c : word.substr(1)) {
      const bool on = word[0] == '-';
      switch (c) {
        case 'a': attributes.array = on; break;
        case 'A': attributes.map = on; break;
        case 'x': attributes.exported = on; break;
        case 'r': attributes.readonly = on; break;
        case 'i': attributes.integer = on; break;
        case 'u': attributes.upper = on; break;
        case 'l': attributes.lower = on; break;
        case 'g': attributes.global = on; break;
        case 'p': attributes.print = on; break;
        case 'f':
        case 'F': attributes.functions = on; break;
        case 'n':
          if (call.words[0] == "export") attributes.exported = false;
          if (call.words[0] == "export") break;
          [[fallthrough]];
        default: shell.refuse(call.spans[i], "bad-option", "`" + call.words[0] + ' ' + word + "` is not followed");
      }
    }
  }
  return i;
}

void give_attributes(Variable& variable, const Attributes& attributes) {
  if (attributes.map && variable.kind != Variable::Kind::kMap) {
    variable.kind = Variable::Kind::kMap;
    variable.elements.clear();
    variable.is_set = true;
  }
  if (attributes.array && variable.kind == Variable::Kind::kScalar) {
    variable.kind = Variable::Kind::kArray;
    if (variable.is_set) variable.elements[0] = variable.value;
    variable.is_set = true;
  }
  variable.exported = variable.exported || attributes.exported;
  variable.integer = variable.integer || attributes.integer;
  variable.upper = variable.upper || attributes.upper;
  variable.lower = variable.lower || attributes.lower;
}

Status declare(Shell& shell, Call& call, Attributes attributes, bool local) {
  const std::size_t first = read_attributes(shell, call, attributes);
  if (attributes.print || attributes.functions) return {};
  for (std::size_t i = first; i < call.words.size(); ++i) {
    std::string name = call.words[i];
    std::optional<std::string> value;
    const Assignment* assignment = call.assignments[i];
    // A word that only became an assignment by its expansion.
    if (assignment == nullptr) {
      shell.need_known(name.substr(0, name.find('=')), call.spans[i]);
      if (const std::size_t equals = name.find('='); equals != std::string::npos) {
        value = name.substr(equals + 1);
        name.resize(equals);
      }
    }
    if (name == "-" && local) continue;
    if (local && !attributes.global) {
      // The value is computed before the name is hidden: `local x=$x`.
      if (assignment != nullptr && !assignment->is_array && !assignment->has_index && !assignment->append) {
        Assignment outside = *assignment;
        outside.name = " value";  // no script can use this name
        shell.assign(outside);
        value = shell.get(outside.name, call.spans[i]).value_or("");
        shell.state().variables.erase(outside.name);
        assignment = nullptr;
      }
      shell.make_local(name, call.spans[i]);
    }
    give_attributes(shell.writable(name, call.spans[i]), attributes);
    if (assignment != nullptr) {
      shell.assign(*assignment);
    } else if (value) {
      shell.set(name, *value, call.spans[i]);
    }
    if (attributes.readonly) shell.state().variables[name].readonly = true;
  }
  return {};
}

}  // namespace

Status do_declare(Shell& shell, Call& call) {
  shell.warn_once("bashism", call.span, "`" + call.words[0] + "` is known to bash only");
  return declare(shell, call, {}, shell.function_depth() > 0);
}

Status do_export(Shell& shell, Call& call) {
  Attributes attributes;
  attributes.exported = true;
  return declare(shell, call, attributes, false);
}

Status do_local(Shell& shell, Call& call) {
  if (shell.function_depth() == 0) {
    if (shell.is_dash()) shell.fatal(2, "local: not in a function");
    shell.err(shell.place_text(call.span) + ": local: can only be used in a function\n");
    return {1, std::nullopt};
  }
  return declare(shell, call, {}, true);
}

Status do_readonly(Shell& shell, Call& call) {
  Attributes attributes;
  attributes.readonly = true;
  return declare(shell, call, attributes, false);
}

Status do_unset(Shell& shell, Call& call) {
  bool functions = false;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    shell.need_known(word, call.spans[i]);
    if (word == "-f" || word == "-v") {
      functions = word == "-f";
      continue;
    }
    if (functions) {
      shell.state().functions.erase(word);
    } else if (const std::size_t bracket = word.find('['); bracket != std::string::npos && word.ends_with(']')) {
      shell.unset_element(word.substr(0, bracket), word.substr(bracket + 1, word.size() - bracket - 2), call.spans[i]);
    } else if (shell.state().variables.contains(word)) {
      shell.unset(word, call.spans[i]);
    } else {
      shell.state().functions.erase(word);
    }
  }
  return {};
}

Status do_let(Shell& shell, Call& call) {
  long long value = 0;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    shell.need_known(call.words[i], call.spans[i]);
    value = evaluate_arithmetic(shell, call.words[i], call.spans[i]);
  }
  return {value != 0 ? 0 : 1, std::nullopt};
}

}  // namespace nfproof::script
