// SPDX-License-Identifier: Apache-2.0
// The table of options, and reading the words behind a command. Values are read in `header_options.cpp` and below.
#include "compiler/ipset/options.h"

#include <algorithm>
#include <array>

namespace nfproof::compiler::ipset {
namespace {

using ir::SetPart;
using ir::SetTypeRow;

struct OptionRow {
  std::string_view name;
  Option option;
  bool takes_value;
  bool (*create)(const SetTypeRow&);
  bool (*add)(const SetTypeRow&);
  bool (*del)(const SetTypeRow&);
  bool (*test)(const SetTypeRow&);
};

bool never(const SetTypeRow&) { return false; }
bool always(const SetTypeRow&) { return true; }
bool hash(const SetTypeRow& type) { return type.is_hash(); }
bool list(const SetTypeRow& type) { return type.has(SetPart::kSet); }
bool both_families(const SetTypeRow& type) { return type.family == ir::SetFamily::kBoth; }
bool netmask(const SetTypeRow& type) { return type.netmask; }
bool bitmask(const SetTypeRow& type) { return type.bitmask; }
bool mark(const SetTypeRow& type) { return type.has(SetPart::kMark); }
bool bitmap(const SetTypeRow& type) { return type.is_bitmap(); }
bool bitmap_of_addresses(const SetTypeRow& type) { return type.is_bitmap() && type.has(SetPart::kAddress); }
bool networks(const SetTypeRow& type) { return type.is_hash() && type.has(SetPart::kNetwork); }
bool interface(const SetTypeRow& type) { return type.has(SetPart::kInterface); }

// `comment` comes twice: as a flag of the set and as the text of an element.
constexpr std::array<OptionRow, 33> kOptions = {{
    {"family", Option::kFamily, true, both_families, never, never, never},
    {"-4", Option::kInet, false, both_families, never, never, never},
    {"-6", Option::kInet6, false, both_families, never, never, never},
    {"hashsize", Option::kHashsize, true, hash, never, never, never},
    {"maxelem", Option::kMaxelem, true, hash, never, never, never},
    {"netmask", Option::kNetmask, true, netmask, never, never, never},
    {"bitmask", Option::kBitmask, true, bitmask, never, never, never},
    {"markmask", Option::kMarkmask, true, mark, never, never, never},
    {"range", Option::kRange, true, bitmap, never, never, never},
    {"from", Option::kFrom, true, bitmap, never, never, never},
    {"to", Option::kTo, true, bitmap, never, never, never},
    {"network", Option::kNetwork, true, bitmap_of_addresses, never, never, never},
    {"size", Option::kSize, true, list, never, never, never},
    {"timeout", Option::kTimeout, true, always, always, never, never},
    {"counters", Option::kCounters, false, always, never, never, never},
    {"comment", Option::kWithComment, false, always, never, never, never},
    {"comment", Option::kComment, true, never, always, never, never},
    {"forceadd", Option::kForceadd, false, hash, never, never, never},
    {"skbinfo", Option::kSkbinfo, false, always, never, never, never},
    {"bucketsize", Option::kBucketsize, true, hash, never, never, never},
    {"initval", Option::kInitval, true, hash, never, never, never},
    {"probes", Option::kIgnored, true, hash, never, never, never},
    {"resize", Option::kIgnored, true, hash, never, never, never},
    {"gc", Option::kIgnored, true, always, never, never, never},
    {"packets", Option::kPackets, true, never, always, never, never},
    {"bytes", Option::kBytes, true, never, always, never, never},
    {"skbmark", Option::kSkbmark, true, never, always, never, never},
    {"skbprio", Option::kSkbprio, true, never, always, never, never},
    {"skbqueue", Option::kSkbqueue, true, never, always, never, never},
    {"nomatch", Option::kNomatch, false, never, networks, never, networks},
    {"wildcard", Option::kWildcard, false, never, interface, never, never},
    {"before", Option::kBefore, true, never, list, list, list},
    {"after", Option::kAfter, true, never, list, list, list},
}};

bool allowed(const OptionRow& row, const SetTypeRow& type, Verb verb) {
  switch (verb) {
    case Verb::kCreate: return row.create(type);
    case Verb::kAdd: return row.add(type);
    case Verb::kDel: return row.del(type);
    default: return row.test(type);
  }
}

const OptionRow* find_row(std::string_view word, const SetTypeRow& type, Verb verb) {
  if (word.starts_with("--")) word.remove_prefix(2);
  const auto* found = std::find_if(kOptions.begin(), kOptions.end(),
                                   [&](const OptionRow& row) { return row.name == word && allowed(row, type, verb); });
  return found == kOptions.end() ? nullptr : found;
}

bool is_family(Option option) {
  return option == Option::kFamily || option == Option::kInet || option == Option::kInet6;
}

bool is_family_name(std::string_view value) {
  static constexpr std::array<std::string_view, 8> kNames = {"inet", "ipv4", "-4",  "inet6",
                                                             "ipv6", "-6",   "any", "unspec"};
  return std::find(kNames.begin(), kNames.end(), value) != kNames.end();
}

/// Flags may be repeated, values may not.
std::optional<Failure> find_repetition(std::span<const OptionWord> options) {
  for (std::size_t i = 1; i < options.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const bool same =
          options[i].option == options[j].option || (is_family(options[i].option) && is_family(options[j].option));
      if (same && (!options[i].value.empty() || is_family(options[i].option)) && options[i].option != Option::kIgnored)
        return syntax_failure(options[i].name + " already specified", options[i].word);
    }
  return std::nullopt;
}

}  // namespace

std::optional<Failure> read_options(const SetTypeRow& type, Verb verb, std::span<const Word> words, std::size_t first,
                                    std::vector<OptionWord>& options) {
  for (std::size_t i = first; i < words.size(); ++i) {
    const OptionRow* row = find_row(words[i].text, type, verb);
    if (row == nullptr) return usage_failure("Unknown argument: `" + words[i].text + "'", i);
    OptionWord option{row->option, std::string(row->name), {}, i};
    // The family is read before everything else.
    const bool repeated = is_family(row->option) && std::any_of(options.begin(), options.end(), [](const auto& before) {
                            return is_family(before.option);
                          });
    if (row->takes_value) {
      if (i + 1 == words.size()) return usage_failure("Missing mandatory argument of option `" + option.name + "'", i);
      option.word = ++i;
      option.value = words[i].text;
      if (row->option == Option::kFamily && !repeated && !is_family_name(option.value))
        return syntax_failure("unknown inet family " + option.value, i);
    }
    if (repeated) return syntax_failure(option.name + " already specified", option.word);
    options.push_back(std::move(option));
  }
  return find_repetition(options);
}

std::optional<Failure> read_element_options(std::span<const OptionWord> options, ElementSpec& spec,
                                            ElementOptions& result) {
  constexpr std::uint64_t kMaxCounter = ~std::uint64_t{0} - 1;
  constexpr std::size_t kMaxComment = 255;
  constexpr std::uint64_t kMaxTimeout = 2147483;
  for (const OptionWord& option : options) {
    ValueReader reader(option.word);
    const std::string& value = option.value;
    bool extension = true;
    switch (option.option) {
      case Option::kTimeout:
        if (const auto number = reader.number(value, 0, kMaxTimeout))
          result.given.timeout = static_cast<std::uint32_t>(*number);
        break;
      case Option::kPackets: result.given.packets = reader.number(value, 0, kMaxCounter); break;
      case Option::kBytes: result.given.bytes = reader.number(value, 0, kMaxCounter); break;
      case Option::kComment:
        if (value.find('"') != std::string::npos) reader.fail("\" character is not permitted in comments");
        if (value.size() > kMaxComment) reader.fail("Comment is longer than the maximum allowed 255 characters");
        result.given.comment = value;
        result.has_comment = true;
        break;
      case Option::kSkbmark:
        if (const auto info = reader.skb_mark(value)) {
          result.given.skb.mark = info->mark;
          result.given.skb.mask = info->mask;
        }
        result.has_skb = true;
        break;
      case Option::kSkbprio:
        if (const auto priority = reader.skb_priority(value)) result.given.skb.priority = *priority;
        result.has_skb = true;
        break;
      case Option::kSkbqueue:
        if (const auto queue = reader.number(value, 0, 65535))
          result.given.skb.queue = static_cast<std::uint16_t>(*queue);
        result.has_skb = true;
        break;
      case Option::kBefore:
      case Option::kAfter:
        extension = false;
        if (spec.reference) reader.fail(option.name + " already specified");
        if (spec.reference || !check_set_name(reader, value)) break;
        spec.reference = value;
        spec.before = option.option == Option::kBefore;
        break;
      case Option::kNomatch: result.nomatch = true, extension = false; break;
      case Option::kWildcard: result.wildcard = true, extension = false; break;
      default: break;
    }
    if (reader.failure()) return reader.failure();
    if (extension && result.extension_word == 0) result.extension_word = option.word;
  }
  return std::nullopt;
}

}  // namespace nfproof::compiler::ipset
