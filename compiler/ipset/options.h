// SPDX-License-Identifier: Apache-2.0
// The options behind `ipset create SET TYPE` and `ipset add|del|test SET ELEMENT`: which a type takes, and their
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/ipset/element.h"
#include "compiler/ipset/failure.h"
#include "compiler/ipset/words.h"

namespace nfproof::compiler::ipset {

enum class Option : std::uint8_t {
  kFamily,
  kInet,
  kInet6,
  kHashsize,
  kMaxelem,
  kNetmask,
  kBitmask,
  kMarkmask,
  kRange,
  kFrom,
  kTo,
  kNetwork,
  kSize,
  kTimeout,
  kCounters,
  kWithComment,
  kForceadd,
  kSkbinfo,
  kBucketsize,
  kInitval,
  kIgnored,
  kComment,
  kPackets,
  kBytes,
  kSkbmark,
  kSkbprio,
  kSkbqueue,
  kNomatch,
  kWildcard,
  kBefore,
  kAfter,
};

struct OptionWord {
  Option option{};
  std::string name;      ///< as the table has it
  std::string value;     ///< empty when it takes none
  std::size_t word = 0;  ///< index of the value, or of the option when it takes none
};

/// Splits the words from `first` on into options with their values; unknown ones and missing values are failures.
std::optional<Failure> read_options(const ir::SetTypeRow& type, Verb verb, std::span<const Word> words,
                                    std::size_t first, std::vector<OptionWord>& options);

/// The header that `create` asks for; `warnings` gets what ipset ignores.
std::optional<Failure> read_header(const ir::SetTypeRow& type, std::span<const OptionWord> options,
                                   std::size_t type_word, ir::SetHeader& header, std::vector<std::string>& warnings);

/// What `add`, `del` and `test` are told about the element beside itself.
struct ElementOptions {
  ir::SetGiven given;
  bool has_comment = false;
  bool has_skb = false;
  bool nomatch = false;
  bool wildcard = false;
  std::size_t extension_word = 0;  ///< of the first extension that the set must be made for
};
std::optional<Failure> read_element_options(std::span<const OptionWord> options, ElementSpec& spec,
                                            ElementOptions& result);

}  // namespace nfproof::compiler::ipset
