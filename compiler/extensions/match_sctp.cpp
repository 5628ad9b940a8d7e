// SPDX-License-Identifier: Apache-2.0
// -m sctp: ports and chunks of an SCTP packet (net/netfilter/xt_sctp.c). Fragments after the first never match.
#include <cctype>
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/names.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxFlagTests = 4;

constexpr OptionRow kOptions[] = {
    {.name = "sport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "dport", .type = ValueType::kPortRange, .negatable = true},
    {.name = "chunk-types", .type = ValueType::kTextPair, .negatable = true},
    {.name = "source-port", .negatable = true, .alias_of = "sport"},
    {.name = "destination-port", .negatable = true, .alias_of = "dport"},
};

constexpr NameValue kModes[] = {{"any", static_cast<std::uint64_t>(ir::SctpChunks::Mode::kAny)},
                                {"all", static_cast<std::uint64_t>(ir::SctpChunks::Mode::kAll)},
                                {"only", static_cast<std::uint64_t>(ir::SctpChunks::Mode::kOnly)}};

struct Chunk {
  std::string_view name;
  std::uint8_t type;
  std::string_view flags;  ///< letters of the flag bits, highest first
};
constexpr std::string_view kNoFlags = "--------";
/// In the order of the types, as they are printed.
constexpr Chunk kChunks[] = {
    {"DATA", 0, "----IUBE"},
    {"INIT", 1, kNoFlags},
    {"INIT_ACK", 2, kNoFlags},
    {"SACK", 3, kNoFlags},
    {"HEARTBEAT", 4, kNoFlags},
    {"HEARTBEAT_ACK", 5, kNoFlags},
    {"ABORT", 6, "-------T"},
    {"SHUTDOWN", 7, kNoFlags},
    {"SHUTDOWN_ACK", 8, kNoFlags},
    {"ERROR", 9, kNoFlags},
    {"COOKIE_ECHO", 10, kNoFlags},
    {"COOKIE_ACK", 11, kNoFlags},
    {"ECN_ECNE", 12, kNoFlags},
    {"ECN_CWR", 13, kNoFlags},
    {"SHUTDOWN_COMPLETE", 14, "-------T"},
    {"I_DATA", 64, "----IUBE"},
    {"ASCONF_ACK", 128, kNoFlags},
    {"RE_CONFIG", 130, kNoFlags},
    {"PAD", 132, kNoFlags},
    {"FORWARD_TSN", 192, kNoFlags},
    {"ASCONF", 193, kNoFlags},
    {"I_FORWARD_TSN", 194, kNoFlags},
};

const Chunk* find_chunk(std::string_view name) {
  for (const Chunk& chunk : kChunks)
    if (equal_ignoring_case(chunk.name, name)) return &chunk;
  return nullptr;
}

bool is_listed(const ir::SctpChunks& chunks, std::uint8_t type) {
  return (chunks.types[type / 32] >> (type % 32) & 1U) != 0;
}

/// `IUbe`: capitals must be set, small letters must not.
std::optional<ir::SctpChunks::FlagTest> parse_flags(const Chunk& chunk, std::string_view letters) {
  ir::SctpChunks::FlagTest test{chunk.type, 0, 0};
  for (const char letter : letters) {
    const bool set = std::isupper(static_cast<unsigned char>(letter)) != 0;
    const std::size_t place = chunk.flags.find(static_cast<char>(std::toupper(static_cast<unsigned char>(letter))));
    if (place == std::string_view::npos || letter == '-') return std::nullopt;
    const auto bit = static_cast<std::uint8_t>(0x80U >> place);
    test.mask |= bit;
    if (set) test.value |= bit;
  }
  return test;
}

/// The predicate, or what is wrong.
std::variant<ir::SctpChunks, std::string> parse_chunks(const TextPair& words) {
  ir::SctpChunks chunks;
  const auto mode = find_by_prefix(kModes, words.first);
  if (!mode || name_of(kModes, *mode).size() != words.first.size())
    return "expected one of " + names_text(kModes) + ", got `" + words.first + '`';
  chunks.mode = static_cast<ir::SctpChunks::Mode>(*mode);
  if (equal_ignoring_case(words.second, "NONE")) return chunks;
  if (equal_ignoring_case(words.second, "ALL")) {
    chunks.types.fill(0xffffffff);
    return chunks;
  }
  for (const std::string_view part : split(words.second, ',')) {
    const std::size_t colon = part.find(':');
    const Chunk* chunk = find_chunk(part.substr(0, colon));
    if (chunk == nullptr) return "unknown chunk type `" + std::string(part.substr(0, colon)) + '`';
    chunks.types[chunk->type / 32] |= 1U << (chunk->type % 32);
    if (colon == std::string_view::npos || colon + 1 == part.size()) continue;
    const auto test = parse_flags(*chunk, part.substr(colon + 1));
    if (!test) return "`" + std::string(chunk->name) + "` has no flags `" + std::string(part.substr(colon + 1)) + '`';
    chunks.flags.push_back(*test);
  }
  if (chunks.flags.size() > kMaxFlagTests) return std::string("flags of at most four chunk types can be tested");
  return chunks;
}

ir::SctpChunks chunks_of(const OptionUse& use) {
  const auto parsed = parse_chunks(std::get<TextPair>(use.value));
  const auto* chunks = std::get_if<ir::SctpChunks>(&parsed);
  ir::SctpChunks result = chunks == nullptr ? ir::SctpChunks{} : *chunks;
  result.negated = use.negated;
  return result;
}

void check(const ModuleInput& module) {
  const OptionUse* use = module.find("chunk-types");
  if (use == nullptr) return;
  const auto parsed = parse_chunks(std::get<TextPair>(use->value));
  if (const auto* problem = std::get_if<std::string>(&parsed))
    module.error(use->value_span, "`--chunk-types`: " + *problem);
}

std::string flags_text(const Chunk& chunk, const ir::SctpChunks& chunks) {
  std::string out;
  for (const auto& test : chunks.flags) {
    if (test.chunk_type != chunk.type || !out.empty()) continue;
    out = ":";
    for (std::size_t place = 0; place < chunk.flags.size(); ++place) {
      const unsigned bit = 0x80U >> place;
      if ((test.mask & bit) == 0) continue;
      const char letter = chunk.flags[place];
      const bool set = (test.value & bit) != 0;
      out += set ? letter : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
  }
  return out;
}

std::string chunks_text(const ir::SctpChunks& chunks) {
  std::string out(name_of(kModes, static_cast<std::uint64_t>(chunks.mode)));
  std::string list;
  std::size_t named = 0;
  for (const Chunk& chunk : kChunks) {
    if (!is_listed(chunks, chunk.type)) continue;
    ++named;
    list += ',' + std::string(chunk.name) + flags_text(chunk, chunks);
  }
  if (named == 0) return out + " NONE";
  if (chunks.types[1] == 0xffffffff) return out + " ALL";
  return out + ' ' + list.substr(1);
}

void print(const ModuleInput& module, std::string& out) {
  for (const std::string_view option : {"sport", "dport"}) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) continue;
    append_option(out, *use);
    append_range(out, range_of(*use));
  }
  if (const OptionUse* use = module.find("chunk-types")) append_option(out, *use, chunks_text(chunks_of(*use)));
}

void lower(const ModuleInput& module, Lowering& out) {
  // The match itself needs a header: it never matches later fragments.
  if (!module.has("sport") && !module.has("dport"))
    out.when(field_test(ir::FieldId::kSctpSport, ir::ValueSet::all(16)));
  const auto ports = [&](std::string_view option, ir::FieldId field) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return;
    out.when(field_test(field, ir::ValueSet::of_range(range_of(*use).lo, range_of(*use).hi), use->negated));
  };
  ports("sport", ir::FieldId::kSctpSport);
  ports("dport", ir::FieldId::kSctpDport);
  if (const OptionUse* use = module.find("chunk-types")) out.when(chunks_of(*use));
}

}  // namespace

std::optional<std::uint8_t> sctp_chunk_number(std::string_view name) {
  const Chunk* chunk = find_chunk(name);
  if (chunk == nullptr) return std::nullopt;
  return chunk->type;
}

extern const Extension kMatchSctp{
    .name = "sctp",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .protocol = ir::kProtoSctp,
};

}  // namespace nfproof::compiler
