// SPDX-License-Identifier: Apache-2.0
// See execute.h.
#include "compiler/ipset/execute.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compiler/ipset/element.h"
#include "compiler/ipset/expand.h"
#include "compiler/ipset/list_members.h"
#include "compiler/ipset/options.h"
#include "compiler/ipset/print.h"

namespace nfproof::compiler::ipset {
namespace {

using ir::SetError;

struct VerbRow {
  Verb verb;
  std::string_view name;
  std::array<std::string_view, 3> others;
  unsigned arguments;  ///< that must be there
};

constexpr std::array<VerbRow, 14> kVerbs = {{
    {Verb::kCreate, "create", {"-N", "n", ""}, 2},
    {Verb::kAdd, "add", {"-A", "", ""}, 2},
    {Verb::kDel, "del", {"-D", "", ""}, 2},
    {Verb::kTest, "test", {"-T", "", ""}, 2},
    {Verb::kDestroy, "destroy", {"-X", "x", ""}, 0},
    {Verb::kList, "list", {"-L", "", ""}, 0},
    {Verb::kSave, "save", {"-S", "", ""}, 0},
    {Verb::kRestore, "restore", {"-R", "", ""}, 0},
    {Verb::kFlush, "flush", {"-F", "", ""}, 0},
    {Verb::kRename, "rename", {"-E", "e", ""}, 2},
    {Verb::kSwap, "swap", {"-W", "w", ""}, 2},
    {Verb::kHelp, "help", {"-h", "-H", "--help"}, 0},
    {Verb::kVersion, "version", {"-v", "-V", "--version"}, 0},
    {Verb::kQuit, "quit", {"", "", ""}, 0},
}};

const VerbRow* row_of(Verb verb) {
  const auto* found =
      std::find_if(kVerbs.begin(), kVerbs.end(), [verb](const VerbRow& row) { return row.verb == verb; });
  return found == kVerbs.end() ? nullptr : found;
}

std::optional<Failure> check_name(const Word& word, std::size_t index) {
  ValueReader reader(index);
  check_set_name(reader, word.text);
  return reader.failure();
}

/// More words than the command takes.
std::optional<Failure> check_end(std::span<const Word> words, std::size_t taken) {
  if (words.size() <= taken) return std::nullopt;
  return usage_failure("Unknown argument " + words[taken].text, taken);
}

std::optional<Failure> find_set(const Target& target, std::span<const Word> words, Verb verb, ir::SetId& id) {
  if (auto failure = check_name(words[1], 1)) return failure;
  const auto found = target.sets.find(words[1].text);
  if (!found) return kernel_failure(SetError::kNoSuchSet, verb, 1);
  id = *found;
  return std::nullopt;
}

bool in_use(const Target& target, ir::SetId id) {
  const bool ruled = target.in_rules != nullptr && target.in_rules->count(target.sets[id].name()) != 0;
  return ruled || target.sets.references(id) != 0;
}

/// The same set for `create -exist`: what can grow by itself does not count.
bool same_header(ir::SetHeader a, ir::SetHeader b) {
  for (ir::SetHeader* header : {&a, &b}) {
    header->hashsize = 0;
    header->initval.reset();
    header->bucketsize = 0;
    header->forceadd = false;
    header->family.reset();
  }
  return a == b;
}

/// The words of `add`, `del` and `test`, read.
struct ElementCommand {
  ir::SetId set{};
  ElementSpec spec;
  ElementOptions options;
};

/// `test` asks for one element, except where the type does not mind.
std::optional<Failure> check_test_ranges(const ir::SetHeader& header, const ElementSpec& spec) {
  const ir::SetTypeRow& type = ir::set_type_row(header.type);
  const auto refuse = [&](std::string_view what) {
    const std::string_view family = !header.family ? "unspec" : *header.family == ir::Family::kIpv4 ? "inet" : "inet6";
    return Failure{Failure::Kind::kKernel,
                   std::string(what) + " is not allowed in command test with set type " + std::string(type.name) +
                       " and family " + std::string(family),
                   2, SetError::kRangeUnsupported};
  };
  if (header.type == ir::SetType::kHashIp) return std::nullopt;
  if (spec.first.prefix && type.parts[0] == ir::SetPart::kAddress) return refuse("IP/CIDR range");
  if (spec.first.to) return refuse("FROM-TO IP range");
  if (spec.port_to) return refuse("FROM-TO port range");
  return std::nullopt;
}

std::optional<Failure> read_element_command(const Target& target, std::span<const Word> words, Verb verb,
                                            ElementCommand& command) {
  if (auto failure = find_set(target, words, verb, command.set)) return failure;
  const ir::Set& set = target.sets[command.set];
  ValueReader reader(2);
  auto spec = read_element(reader, words[2].text, set.header());
  if (!spec) return reader.failure();
  command.spec = std::move(*spec);
  std::vector<OptionWord> options;
  if (auto failure = read_options(set.type(), verb, words, 3, options)) return failure;
  if (auto failure = read_element_options(options, command.spec, command.options)) return failure;
  if (verb == Verb::kTest) return check_test_ranges(set.header(), command.spec);
  return std::nullopt;
}

/// Extensions are to blame at their own word, everything else at the element.
std::size_t blamed_word(SetError error, const ElementCommand& command) {
  const bool extension = error == SetError::kNoTimeouts || error == SetError::kNoCounters ||
                         error == SetError::kNoComments || error == SetError::kNoSkbinfo;
  return extension ? command.options.extension_word : 2;
}

std::optional<Failure> result(SetError error, Verb verb, const ElementCommand& command) {
  if (error == SetError::kNone) return std::nullopt;
  return kernel_failure(error, verb, blamed_word(error, command));
}

}  // namespace

Verb find_verb(std::string_view word) {
  if (word.empty() || word == "-") return Verb::kNone;
  for (const VerbRow& row : kVerbs)
    if (std::find(row.others.begin(), row.others.end(), word) != row.others.end()) return row.verb;
  if (word.starts_with("--")) word.remove_prefix(2);
  for (const VerbRow& row : kVerbs)
    if (!word.empty() && row.name.starts_with(word)) return row.verb;
  return Verb::kNone;
}

std::string_view verb_name(Verb verb) {
  const VerbRow* row = row_of(verb);
  return row == nullptr ? "" : row->name;
}

std::optional<Failure> check_arguments(Verb verb, std::span<const Word> words) {
  const VerbRow* row = row_of(verb);
  if (row == nullptr || row->arguments < words.size()) return std::nullopt;
  return usage_failure(
      (words.size() == 1 ? "Missing mandatory argument to command " : "Missing second mandatory argument to command ") +
          std::string(row->name),
      words.size() - 1);
}

std::optional<Failure> create(const Target& target, std::span<const Word> words, source::Span span,
                              std::vector<std::string>& warnings) {
  if (auto failure = check_name(words[1], 1)) return failure;
  const std::string& type_name = words[2].text;
  if (type_name.size() > kMaxSetName)
    return syntax_failure("typename '" + type_name + "' is longer than 31 characters", 2);
  const ir::SetTypeRow* type = ir::find_set_type(type_name);
  if (type == nullptr) return syntax_failure("typename '" + type_name + "' is unknown", 2);
  std::vector<OptionWord> options;
  if (auto failure = read_options(*type, Verb::kCreate, words, 3, options)) return failure;
  ir::SetHeader header;
  if (auto failure = read_header(*type, options, 2, header, warnings)) return failure;
  if (const auto clash = target.sets.find(words[1].text)) {
    if (target.exist && same_header(header, target.sets[*clash].header())) return std::nullopt;
    return kernel_failure(SetError::kSetExists, Verb::kCreate, 1);
  }
  target.sets.add(ir::Set(words[1].text, header, span));
  return std::nullopt;
}

std::optional<Failure> check_element(const Target& target, std::span<const Word> words, Verb verb) {
  ElementCommand command;
  return read_element_command(target, words, verb, command);
}

std::optional<Failure> add(const Target& target, std::span<const Word> words) {
  ElementCommand command;
  if (auto failure = read_element_command(target, words, Verb::kAdd, command)) return failure;
  ir::Set& set = target.sets[command.set];
  const ir::SetGiven& given = command.options.given;
  if (set.header().type == ir::SetType::kListSet)
    return result(add_member(target.sets, command.set, command.spec, command.options, target.exist, target.now),
                  Verb::kAdd, command);
  const SetError error = expand(set, command.spec, command.options, false, [&](const ir::SetElement& element) {
    return ir::add_element(set, element, given, target.exist, target.now);
  });
  return result(error, Verb::kAdd, command);
}

std::optional<Failure> del(const Target& target, std::span<const Word> words) {
  ElementCommand command;
  if (auto failure = read_element_command(target, words, Verb::kDel, command)) return failure;
  ir::Set& set = target.sets[command.set];
  if (set.header().type == ir::SetType::kListSet) {
    const SetError error = delete_member(target.sets, command.set, command.spec, target.now);
    return result(error == SetError::kElementMissing && target.exist ? SetError::kNone : error, Verb::kDel, command);
  }
  const SetError error = expand(set, command.spec, command.options, false, [&](const ir::SetElement& element) {
    const SetError one = ir::delete_element(set, element, target.now);
    return one == SetError::kElementMissing && target.exist ? SetError::kNone : one;
  });
  return result(error, Verb::kDel, command);
}

std::optional<Failure> test(const Target& target, std::span<const Word> words, TestResult& answer) {
  ElementCommand command;
  if (auto failure = read_element_command(target, words, Verb::kTest, command)) return failure;
  ir::Set& set = target.sets[command.set];
  answer.element = spec_text(set.header(), command.spec);
  if (set.header().type == ir::SetType::kListSet) {
    answer.found = find_member(target.sets, command.set, command.spec, target.now) == SetError::kNone;
    return std::nullopt;
  }
  // Whatever the kernel has against the element, it is not in the set then.
  static_cast<void>(expand(set, command.spec, command.options, true, [&](const ir::SetElement& element) {
    using Kind = ir::SetAnswer::Kind;
    const Kind kind = ir::test_element(set, element, {}, target.now).kind;
    answer.found = command.options.nomatch ? kind == Kind::kNomatch : kind == Kind::kYes || kind == Kind::kUnfilled;
    return SetError::kNone;
  }));
  return std::nullopt;
}

std::optional<Failure> destroy(const Target& target, std::span<const Word> words) {
  if (auto failure = check_end(words, 2)) return failure;
  if (words.size() == 1) {
    const auto all = target.sets.in_order();
    for (const ir::SetId id : all)
      if (target.in_rules != nullptr && target.in_rules->count(target.sets[id].name()) != 0)
        return kernel_failure(SetError::kBusy, Verb::kDestroy, 0);
    // Members of lists are referenced as long as their lists are there.
    for (const ir::SetId id : all)
      if (target.sets.references(id) != 0) return kernel_failure(SetError::kBusy, Verb::kDestroy, 0);
    for (const ir::SetId id : all) target.sets.remove(id);
    return std::nullopt;
  }
  ir::SetId id{};
  if (auto failure = find_set(target, words, Verb::kDestroy, id)) return failure;
  if (in_use(target, id)) return kernel_failure(SetError::kBusy, Verb::kDestroy, 1);
  target.sets.remove(id);
  return std::nullopt;
}

std::optional<Failure> flush(const Target& target, std::span<const Word> words) {
  if (auto failure = check_end(words, 2)) return failure;
  if (words.size() == 1) {
    for (const ir::SetId id : target.sets.in_order()) target.sets[id].clear();
    return std::nullopt;
  }
  ir::SetId id{};
  if (auto failure = find_set(target, words, Verb::kFlush, id)) return failure;
  target.sets[id].clear();
  return std::nullopt;
}

std::optional<Failure> rename(const Target& target, std::span<const Word> words) {
  if (auto failure = check_name(words[1], 1)) return failure;
  if (auto failure = check_name(words[2], 2)) return failure;
  if (auto failure = check_end(words, 3)) return failure;
  ir::SetId id{};
  if (auto failure = find_set(target, words, Verb::kRename, id)) return failure;
  if (in_use(target, id)) return kernel_failure(SetError::kRenameReferenced, Verb::kRename, 1);
  if (target.sets.find(words[2].text)) return kernel_failure(SetError::kRenameExists, Verb::kRename, 2);
  target.sets.rename(id, words[2].text);
  return std::nullopt;
}

namespace {

/// What rules may rely on when the contents are exchanged: the parts, whether there are networks, the family.
auto features(const ir::Set& set) {
  std::array<bool, 8> parts{};
  unsigned addresses = 0;
  bool networks = false;
  for (const ir::SetPart part : set.type().parts) {
    const bool network = part == ir::SetPart::kNetwork;
    networks = networks || network;
    if (network || part == ir::SetPart::kAddress)
      ++addresses;
    else
      parts[static_cast<std::size_t>(part)] = part != ir::SetPart::kNone;
  }
  return std::tuple(parts, addresses, networks, set.header().family);
}

}  // namespace

std::optional<Failure> swap(const Target& target, std::span<const Word> words) {
  if (auto failure = check_name(words[1], 1)) return failure;
  if (auto failure = check_name(words[2], 2)) return failure;
  if (auto failure = check_end(words, 3)) return failure;
  ir::SetId from{};
  if (auto failure = find_set(target, words, Verb::kSwap, from)) return failure;
  const auto to = target.sets.find(words[2].text);
  if (!to) return kernel_failure(SetError::kSwapMissing, Verb::kSwap, 2);
  if (features(target.sets[from]) != features(target.sets[*to]))
    return kernel_failure(SetError::kSwapTypes, Verb::kSwap, 2);
  if (from != *to) target.sets.swap(from, *to);
  return std::nullopt;
}

}  // namespace nfproof::compiler::ipset
