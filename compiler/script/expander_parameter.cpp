// SPDX-License-Identifier: Apache-2.0
// Expansion of `$name` and `${...}`.
#include <algorithm>
#include <cctype>

#include "compiler/script/arithmetic.h"
#include "compiler/script/expander.h"
#include "compiler/script/pattern.h"

namespace nfproof::script {
namespace {

bool is_all_arguments(const Parameter& parameter) { return parameter.name == "@" || parameter.name == "*"; }

bool is_many(const Parameter& parameter) {
  return is_all_arguments(parameter) || parameter.subscript == Subscript::kAll ||
         parameter.subscript == Subscript::kJoined || parameter.name_prefix;
}

/// Operators that ask only whether there is a value.
bool asks_for_value(ParameterOp op) {
  return op == ParameterOp::kDefault || op == ParameterOp::kAssign || op == ParameterOp::kError ||
         op == ParameterOp::kAlternative;
}

std::size_t character_count(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Without the shortest or longest part that matches at one end.
std::string removed(const std::string& value, const std::string& pattern, bool suffix, bool longest) {
  for (std::size_t i = 0; i <= value.size(); ++i) {
    const std::size_t length = longest ? value.size() - i : i;
    const std::string_view part =
        suffix ? std::string_view(value).substr(value.size() - length) : std::string_view(value).substr(0, length);
    if (pattern_matches(pattern, part)) return suffix ? value.substr(0, value.size() - length) : value.substr(length);
  }
  return value;
}

char change_case(char c, bool upper) {
  const auto byte = static_cast<unsigned char>(c);
  return static_cast<char>(upper ? std::toupper(byte) : std::tolower(byte));
}

}  // namespace

std::vector<std::string> Expander::many_values(const Parameter& parameter, bool& is_set) {
  std::vector<std::string> values;
  if (is_all_arguments(parameter)) {
    values = shell_.state().arguments;
    is_set = !values.empty();
  } else if (parameter.name_prefix) {
    for (const auto& [name, variable] : shell_.state().variables)
      if (variable.is_set && name.starts_with(parameter.name)) values.push_back(name);
    std::sort(values.begin(), values.end());
    is_set = true;
  } else {
    values = parameter.indirect ? shell_.keys(parameter.name) : shell_.elements(parameter.name);
    is_set = !values.empty();
  }
  return values;
}

std::optional<std::string> Expander::one_value(const Parameter& parameter, const std::string& name, source::Span span) {
  if (parameter.subscript == Subscript::kWord) return shell_.element(name, single(parameter.index), span);
  return shell_.get(name, span);
}

void Expander::many(const Part& part, std::vector<std::string> values, bool joined, std::vector<Segment>& segments) {
  const Variable* ifs = shell_.find("IFS");
  const std::string joint = !joined ? " " : ifs == nullptr ? " " : ifs->value.substr(0, 1);
  if (part.quoted && joined) {
    Segment all;
    all.quoted = true;
    for (std::size_t i = 0; i < values.size(); ++i) all.text += (i > 0 ? joint : "") + values[i];
    segments.push_back(std::move(all));
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    Segment segment;
    segment.text = std::move(values[i]);
    segment.quoted = part.quoted;
    segment.expanded = !part.quoted;
    segment.breaks = i > 0;
    segment.joint = joint;
    segments.push_back(std::move(segment));
  }
  if (values.empty()) segments.push_back({"", false, false, false, true});
}

bool Expander::use_argument(const Part& part, const std::optional<std::string>& value, std::vector<Segment>& segments) {
  const Parameter& parameter = *part.parameter;
  const bool has = value && !(parameter.colon && value->empty());
  if (parameter.op == ParameterOp::kAlternative ? !has : has) {
    if (parameter.op == ParameterOp::kAlternative) segments.push_back({"", part.quoted, !part.quoted});
    return parameter.op == ParameterOp::kAlternative;
  }
  if (parameter.op == ParameterOp::kError) {
    const std::string message = single(parameter.argument);
    shell_.fatal(shell_.is_dash() ? 2 : 1,
                 parameter.name + ": " + (message.empty() ? "parameter null or not set" : message));
  }
  if (parameter.op == ParameterOp::kAssign) {
    std::string given = single(parameter.argument);
    if (parameter.subscript == Subscript::kWord) {
      shell_.set_element(parameter.name, single(parameter.index), given, part.span);
    } else {
      shell_.set(parameter.name, given, part.span);
    }
    segments.push_back({std::move(given), part.quoted, !part.quoted});
    return true;
  }
  std::vector<Segment> argument = evaluate(parameter.argument);
  if (argument.empty() && part.quoted) segments.push_back({"", true});
  for (Segment& segment : argument) {
    segment.expanded = !segment.quoted;
    segments.push_back(std::move(segment));
  }
  return true;
}

void Expander::parameter(const Part& part, std::vector<Segment>& segments) {
  const Parameter& parameter = *part.parameter;
  if (is_many(parameter)) {
    bool is_set = false;
    std::vector<std::string> values = many_values(parameter, is_set);
    const bool joined = parameter.name == "*" || parameter.subscript == Subscript::kJoined;
    if (parameter.length) {
      segments.push_back({std::to_string(values.size()), part.quoted, !part.quoted});
      return;
    }
    if (asks_for_value(parameter.op)) {
      std::optional<std::string> all;
      if (is_set) all.emplace();
      for (const std::string& value : values) *all += value;
      if (parameter.op == ParameterOp::kAlternative && !is_set) return many(part, {}, joined, segments);
      if (use_argument(part, all, segments)) return;
    } else if (parameter.op == ParameterOp::kSubstring) {
      slice(parameter, values);
    } else if (parameter.op != ParameterOp::kNone) {
      for (std::string& value : values) value = changed(parameter, value);
    }
    return many(part, std::move(values), joined, segments);
  }
  std::optional<std::string> value = one_value(parameter, parameter.name, part.span);
  if (parameter.indirect && value) {
    shell_.need_known(*value, part.span);
    Parameter target = parameter;
    target.subscript = Subscript::kNone;
    value = one_value(target, *value, part.span);
  }
  const bool unknown = value && Unknowns::is_in(*value);
  if (asks_for_value(parameter.op)) {
    if (!(unknown && parameter.colon) && use_argument(part, value, segments)) return;
  } else if (!value && shell_.state().options.nounset) {
    shell_.fatal(shell_.is_dash() ? 2 : 1,
                 parameter.name + (shell_.is_dash() ? ": parameter not set" : ": unbound variable"));
  } else if (parameter.length && !unknown) {
    value = std::to_string(character_count(value.value_or("")));
  } else if (value && !unknown && parameter.op == ParameterOp::kSubstring) {
    value = substring(parameter, *value, part.span);
  } else if (value && !unknown && parameter.op != ParameterOp::kNone) {
    value = changed(parameter, *value);
  } else if (unknown && (parameter.length || parameter.op != ParameterOp::kNone)) {
    value = value->substr(value->find('\0'), value->find('\0', value->find('\0') + 1) - value->find('\0') + 1);
  }
  segments.push_back({value.value_or(""), part.quoted, !part.quoted});
}

std::string Expander::changed(const Parameter& parameter, const std::string& value) {
  switch (parameter.op) {
    case ParameterOp::kRemovePrefix: return removed(value, pattern(parameter.argument), false, false);
    case ParameterOp::kRemoveLongPrefix: return removed(value, pattern(parameter.argument), false, true);
    case ParameterOp::kRemoveSuffix: return removed(value, pattern(parameter.argument), true, false);
    case ParameterOp::kRemoveLongSuffix: return removed(value, pattern(parameter.argument), true, true);
    case ParameterOp::kReplaceFirst:
    case ParameterOp::kReplaceAll:
    case ParameterOp::kReplacePrefix:
    case ParameterOp::kReplaceSuffix: return replaced(parameter, value);
    case ParameterOp::kUpperFirst:
    case ParameterOp::kUpperAll:
    case ParameterOp::kLowerFirst:
    case ParameterOp::kLowerAll: break;
    default: return value;
  }
  const bool upper = parameter.op == ParameterOp::kUpperFirst || parameter.op == ParameterOp::kUpperAll;
  const bool all = parameter.op == ParameterOp::kUpperAll || parameter.op == ParameterOp::kLowerAll;
  const std::string which = pattern(parameter.argument);
  std::string result = value;
  for (std::size_t i = 0; i < result.size() && (all || i == 0); ++i)
    if (which.empty() || pattern_matches(which, std::string_view(result).substr(i, 1)))
      result[i] = change_case(result[i], upper);
  return result;
}

std::string Expander::replaced(const Parameter& parameter, const std::string& value) {
  const std::string what = pattern(parameter.argument);
  const std::string by = parameter.has_second ? single(parameter.second) : "";
  if (what.empty()) return value;
  std::string result;
  std::size_t at = 0;
  while (at <= value.size()) {
    std::size_t length = value.size() - at;
    bool found = false;
    const bool here = parameter.op != ParameterOp::kReplacePrefix || at == 0;
    for (; here; --length) {
      if (parameter.op == ParameterOp::kReplaceSuffix && length != value.size() - at) break;
      found = length > 0 && pattern_matches(what, std::string_view(value).substr(at, length));
      if (found || length == 0) break;
    }
    if (found) {
      result += by;
      at += length;
      if (parameter.op == ParameterOp::kReplaceAll) continue;
      return result + value.substr(at);
    }
    if (at < value.size()) result += value[at];
    ++at;
  }
  return result;
}

std::string Expander::substring(const Parameter& parameter, const std::string& value, source::Span span) {
  const auto size = static_cast<long long>(value.size());
  long long from = number(parameter.argument);
  if (from < 0) from += size;
  if (from < 0 || from > size) return {};
  long long length = size - from;
  if (parameter.has_second) {
    length = number(parameter.second);
    if (length < 0) length = size - from + length;
    if (length < 0) shell_.refuse(span, "bad-substitution", "the end of the substring stands before its beginning");
  }
  return value.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(length));
}

void Expander::slice(const Parameter& parameter, std::vector<std::string>& values) {
  if (is_all_arguments(parameter)) values.insert(values.begin(), shell_.state().name);
  const auto size = static_cast<long long>(values.size());
  long long from = number(parameter.argument);
  if (from < 0) from += size;
  long long length = parameter.has_second ? number(parameter.second) : size;
  if (from < 0 || from > size) from = size;
  if (is_all_arguments(parameter) && from == 0 && !parameter.has_second) length = size;
  length = std::clamp(length, 0LL, size - from);
  values = std::vector<std::string>(values.begin() + from, values.begin() + from + length);
}

}  // namespace nfproof::script
