// SPDX-License-Identifier: Apache-2.0
// The options of `ipset create` as a header, with what libipset and the kernel make of their values.
#include <algorithm>
#include <bit>

#include "compiler/ipset/options.h"

namespace nfproof::compiler::ipset {
namespace {

constexpr std::uint64_t kMax32 = 0xffffffff;
constexpr std::uint32_t kMaxBitmap = 0x10000;
constexpr std::uint32_t kMinHashsize = 64;
constexpr std::uint32_t kMaxHashsize = 1U << 27U;
constexpr std::uint8_t kMaxBucketsize = 12;

class HeaderReader {
 public:
  HeaderReader(const ir::SetTypeRow& type, ir::SetHeader& header, std::vector<std::string>& warnings)
      : type_(type), header_(header), warnings_(warnings) {
    header_.type = type.type;
    if (type.family != ir::SetFamily::kNone) header_.family = ir::Family::kIpv4;
  }

  std::optional<Failure> read(std::span<const OptionWord> options, std::size_t type_word) {
    for (const OptionWord& option : options)
      if (auto failure = read_family(option)) return failure;
    for (const OptionWord& option : options) {
      ValueReader reader(option.word);
      read_value(reader, option);
      if (reader.failure()) return reader.failure();
    }
    return finish(type_word);
  }

 private:
  std::optional<Failure> read_family(const OptionWord& option) {
    const std::string& value = option.value;
    if (option.option == Option::kInet6 || value == "inet6" || value == "ipv6" || value == "-6") {
      if (option.option == Option::kFamily || option.option == Option::kInet6) header_.family = ir::Family::kIpv6;
      return std::nullopt;
    }
    if (option.option != Option::kFamily || value == "inet" || value == "ipv4" || value == "-4") return std::nullopt;
    if (value == "any" || value == "unspec")
      return Failure{Failure::Kind::kKernel, "Protocol family not supported by the set type", option.word,
                     ir::SetError::kInvalidArgument};
    return std::nullopt;
  }

  std::uint32_t number(ValueReader& reader, const std::string& text, std::uint64_t max = kMax32) {
    return static_cast<std::uint32_t>(reader.number(text, 0, max).value_or(0));
  }

  void read_value(ValueReader& reader, const OptionWord& option) {
    constexpr std::uint64_t kMaxTimeout = 2147483;
    switch (option.option) {
      case Option::kHashsize: header_.hashsize = number(reader, option.value); break;
      case Option::kMaxelem: header_.maxelem = number(reader, option.value); break;
      case Option::kBucketsize:
        header_.bucketsize = static_cast<std::uint8_t>(number(reader, option.value, 255));
        break;
      case Option::kInitval: header_.initval = number(reader, option.value); break;
      case Option::kMarkmask: header_.markmask = number(reader, option.value); break;
      case Option::kSize: header_.size = number(reader, option.value); break;
      case Option::kTimeout: header_.timeout = number(reader, option.value, kMaxTimeout); break;
      case Option::kCounters: header_.counters = true; break;
      case Option::kWithComment: header_.comments = true; break;
      case Option::kSkbinfo: header_.skbinfo = true; break;
      case Option::kForceadd: header_.forceadd = true; break;
      case Option::kNetmask:
      case Option::kBitmask: read_mask(reader, option); break;
      case Option::kRange:
      case Option::kNetwork:
      case Option::kFrom:
      case Option::kTo: read_range(reader, option); break;
      case Option::kIgnored:
        warnings_.push_back("Option '--" + option.name + " " + option.value +
                            "' is ignored. Please upgrade your syntax.");
        break;
      default: break;
    }
    blame_ = option.word;
  }

  void read_mask(ValueReader& reader, const OptionWord& option) {
    if (header_.netmask || header_.bitmask)
      return reader.fail("bitmask and netmask are mutually exclusive, provide only one");
    mask_word_ = option.word;
    if (option.option == Option::kBitmask) {
      ValueReader attempt(option.word);
      header_.bitmask = attempt.address(option.value, *header_.family);
      if (!header_.bitmask)
        reader.fail(Failure{Failure::Kind::kSyntax,
                            attempt.failure()->message + "\nSyntax error: bitmask is not valid for family = " +
                                (*header_.family == ir::Family::kIpv6 ? "inet6" : "inet"),
                            option.word, ir::SetError::kNone});
      return;
    }
    const unsigned bits = ir::address_bits(*header_.family);
    const auto value = reader.number(option.value, 0, 255);
    if (value && *value >= 1 && *value <= bits) {
      header_.netmask = static_cast<std::uint8_t>(*value);
      return;
    }
    const std::string range = "1-" + std::to_string(bits);
    reader.fail("'" + option.value + "' is out of range " + range +
                "\nSyntax error: netmask is out of the inclusive range of " + range);
  }

  void read_range(ValueReader& reader, const OptionWord& option) {
    range_word_ = option.word;
    if (!type_.has(ir::SetPart::kAddress)) {
      std::uint16_t port = 0;
      std::optional<std::uint16_t> port_to;
      if (!read_bitmap_port(reader, option.value, port, port_to)) return;
      if (option.option == Option::kTo)
        range_to_ = port;
      else
        range_from_ = port;
      if (port_to) range_to_ = *port_to;
      return;
    }
    const bool divided = find_separator(option.value, '/') != std::string::npos ||
                         find_separator(option.value, '-') != std::string::npos;
    if (option.option == Option::kRange && !divided)
      return reader.fail("IP/cidr or IP-IP range must be specified: " + option.value);
    const bool single = option.option == Option::kFrom || option.option == Option::kTo;
    const auto address =
        read_address(reader, option.value, ir::Family::kIpv4, single ? AddressForm::kPlain : AddressForm::kAny);
    if (!address) return;
    const auto from = static_cast<std::uint32_t>(address->from);
    if (option.option == Option::kTo) {
      range_to_ = from;
      return;
    }
    range_from_ = from;
    if (address->to) range_to_ = static_cast<std::uint32_t>(*address->to);
    range_prefix_ = address->prefix;
  }

  std::optional<Failure> finish(std::size_t type_word) {
    if (type_.is_hash()) return finish_hash();
    if (type_.is_bitmap()) return finish_bitmap(type_word);
    header_.size = std::max<std::uint32_t>(header_.size, 4);
    return std::nullopt;
  }

  std::optional<Failure> finish_hash() {
    if (header_.hashsize > kMaxHashsize) return kernel(ir::SetError::kNoMemory, blame_);
    header_.hashsize = std::bit_ceil(std::max(header_.hashsize, kMinHashsize));
    const auto bucket = std::clamp<std::uint8_t>(header_.bucketsize, 2, kMaxBucketsize);
    header_.bucketsize = static_cast<std::uint8_t>((bucket + 1) & ~1);
    if (header_.bitmask && *header_.bitmask == 0) return kernel(ir::SetError::kBadNetmask, mask_word_);
    if (header_.markmask == 0) return kernel(ir::SetError::kBadMarkmask, blame_);
    // A mask that hides nothing is none.
    const unsigned bits = ir::address_bits(header_.family.value_or(ir::Family::kIpv4));
    if (header_.netmask == bits) header_.netmask.reset();
    if (header_.bitmask == ir::max_of_bits(bits)) header_.bitmask.reset();
    return std::nullopt;
  }

  std::optional<Failure> finish_bitmap(std::size_t type_word) {
    if (!range_from_) return usage_failure("Mandatory option `range' is missing", type_word);
    if (!range_to_ && !range_prefix_) return usage_failure("Mandatory option `to' is missing", range_word_);
    std::uint32_t lo = *range_from_;
    std::uint32_t hi = range_to_.value_or(lo);
    if (range_prefix_) {
      if (*range_prefix_ == 32) return kernel(ir::SetError::kBadPrefix, range_word_);
      const auto mask = static_cast<std::uint32_t>(ir::prefix_mask(*range_prefix_, 32));
      lo &= mask;
      hi = lo | ~mask;
    }
    if (lo > hi) std::swap(lo, hi);
    std::uint64_t elements = std::uint64_t{hi} - lo + 1;
    if (header_.netmask) {
      const auto mask = static_cast<std::uint32_t>(ir::prefix_mask(*header_.netmask, 32));
      lo &= mask;
      hi |= ~mask;
      if (*header_.netmask == 32) {
        header_.netmask.reset();
      } else if (!count_networks(lo, hi, elements)) {
        return kernel(ir::SetError::kOutOfRange, range_word_);
      }
    }
    if (elements > kMaxBitmap) return kernel(ir::SetError::kRangeTooLarge, range_word_);
    header_.range_lo = lo;
    header_.range_hi = hi;
    return std::nullopt;
  }

  /// With a netmask, the begin of the range must be a larger network that holds its end.
  bool count_networks(std::uint32_t lo, std::uint32_t hi, std::uint64_t& elements) const {
    unsigned prefix = 31;
    while (prefix > 0 && (hi & static_cast<std::uint32_t>(ir::prefix_mask(prefix, 32))) != lo) --prefix;
    if ((prefix == 0 && lo != 0) || *header_.netmask <= prefix) return false;
    elements = std::uint64_t{1} << (*header_.netmask - prefix);
    return true;
  }

  static Failure kernel(ir::SetError error, std::size_t word) { return kernel_failure(error, Verb::kCreate, word); }

  const ir::SetTypeRow& type_;
  ir::SetHeader& header_;
  std::vector<std::string>& warnings_;
  std::optional<std::uint32_t> range_from_;
  std::optional<std::uint32_t> range_to_;
  std::optional<std::uint8_t> range_prefix_;
  std::size_t range_word_ = 0;
  std::size_t mask_word_ = 0;
  std::size_t blame_ = 0;
};

}  // namespace

std::optional<Failure> read_header(const ir::SetTypeRow& type, std::span<const OptionWord> options,
                                   std::size_t type_word, ir::SetHeader& header, std::vector<std::string>& warnings) {
  return HeaderReader(type, header, warnings).read(options, type_word);
}

}  // namespace nfproof::compiler::ipset
