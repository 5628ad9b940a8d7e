// SPDX-License-Identifier: Apache-2.0
// pcap through libpcap, pcapng by hand: libpcap does not write it.
#include "sim/capture_writer.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "sim/bytes.h"

namespace nfproof::sim {

class CaptureWriter::Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual void write(const WrittenPacket& packet) = 0;
  virtual void close() = 0;

  std::string error;

 protected:
  void fail_to_write() {
    if (error.empty()) error = "cannot write: " + std::string(std::strerror(errno));
  }
};

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr std::uint32_t kSnapLength = 262144;

/// Numbers of the file formats, which for these are those of libpcap but for raw IP.
std::uint16_t link_number(LinkType link) {
  constexpr std::uint16_t kRawInFiles = 101;
  switch (link) {
    case LinkType::kEthernet: return DLT_EN10MB;
    case LinkType::kLinuxCooked: return DLT_LINUX_SLL;
    case LinkType::kLinuxCooked2: return DLT_LINUX_SLL2;
    case LinkType::kNull: return DLT_NULL;
    case LinkType::kRawIp:
    case LinkType::kUnknown: return kRawInFiles;
  }
  return kRawInFiles;
}

/// A link header that says nothing but that an IP packet follows: for packets of another link type in a pcap file,
/// which can have only one.
std::vector<std::uint8_t> plain_header(LinkType link, ByteView ip) {
  const bool v4 = !ip.empty() && ip[0] >> 4U == 4;
  const std::uint16_t protocol = v4 ? 0x0800 : 0x86dd;
  std::vector<std::uint8_t> header;
  switch (link) {
    case LinkType::kEthernet:
      header.resize(14);
      store16(header, 12, protocol);
      break;
    case LinkType::kLinuxCooked:
      header.resize(16);
      store16(header, 14, protocol);
      break;
    case LinkType::kLinuxCooked2:
      header.resize(20);
      store16(header, 0, protocol);
      break;
    case LinkType::kNull: header = {static_cast<std::uint8_t>(v4 ? 2 : 24), 0, 0, 0}; break;
    case LinkType::kRawIp:
    case LinkType::kUnknown: break;
  }
  return header;
}

std::uint32_t length_on_wire(const WrittenPacket& packet) {
  const std::size_t ip = std::max<std::size_t>(packet.length, packet.ip.size());
  return static_cast<std::uint32_t>(packet.link_header.size() + ip);
}

class PcapSink final : public CaptureWriter::Sink {
 public:
  PcapSink(const std::string& path, LinkType link, bool nanoseconds) : link_(link), nanoseconds_(nanoseconds) {
    const int number = link == LinkType::kRawIp || link == LinkType::kUnknown ? DLT_RAW : link_number(link);
    const auto precision = nanoseconds ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO;
    pcap_ = pcap_open_dead_with_tstamp_precision(number, kSnapLength, precision);
    if (pcap_ == nullptr) {
      error = "out of memory";
      return;
    }
    dumper_ = pcap_dump_open(pcap_, path.c_str());
    if (dumper_ == nullptr) error = pcap_geterr(pcap_);
  }
  ~PcapSink() override {
    if (dumper_ != nullptr) pcap_dump_close(dumper_);
    if (pcap_ != nullptr) pcap_close(pcap_);
  }
  PcapSink(const PcapSink&) = delete;
  PcapSink& operator=(const PcapSink&) = delete;

  void write(const WrittenPacket& packet) override {
    if (dumper_ == nullptr || !error.empty()) return;
    if (packet.link == link_)
      bytes_.assign(packet.link_header.begin(), packet.link_header.end());
    else
      bytes_ = plain_header(link_, packet.ip);
    const std::size_t ip_length = std::max<std::size_t>(packet.length, packet.ip.size());
    const std::size_t length = bytes_.size() + ip_length;
    bytes_.insert(bytes_.end(), packet.ip.begin(), packet.ip.end());
    pcap_pkthdr header{};
    header.ts.tv_sec = static_cast<time_t>(packet.time / kSecond);
    header.ts.tv_usec = static_cast<suseconds_t>(packet.time % kSecond / (nanoseconds_ ? 1 : 1000));
    header.caplen = static_cast<bpf_u_int32>(bytes_.size());
    header.len = static_cast<bpf_u_int32>(length);
    pcap_dump(reinterpret_cast<unsigned char*>(dumper_), &header, bytes_.data());
    if (std::ferror(pcap_dump_file(dumper_)) != 0) fail_to_write();
  }

  void close() override {
    if (dumper_ == nullptr) return;
    if (pcap_dump_flush(dumper_) != 0) fail_to_write();
    pcap_dump_close(std::exchange(dumper_, nullptr));
  }

 private:
  pcap_t* pcap_ = nullptr;
  pcap_dumper_t* dumper_ = nullptr;
  LinkType link_;
  bool nanoseconds_;
  std::vector<std::uint8_t> bytes_;
};

/// A block as it grows, in this machine's byte order.
class Block {
 public:
  void word(std::uint32_t value) { append(&value, sizeof value); }
  void half(std::uint16_t value) { append(&value, sizeof value); }
  void bytes(std::span<const std::uint8_t> data) { append(data.data(), data.size()); }
  void pad() { data_.resize((data_.size() + 3) & ~std::size_t{3}); }
  void option(std::uint16_t code, std::span<const std::uint8_t> value) {
    half(code);
    half(static_cast<std::uint16_t>(value.size()));
    bytes(value);
    pad();
  }
  void end_options() { word(0); }

  bool write(std::FILE* file, std::uint32_t type) {
    const auto length = static_cast<std::uint32_t>(data_.size() + 12);
    Block whole;
    whole.word(type);
    whole.word(length);
    whole.bytes(data_);
    whole.word(length);
    return std::fwrite(whole.data_.data(), 1, whole.data_.size(), file) == whole.data_.size();
  }

 private:
  void append(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::uint8_t*>(data);
    data_.insert(data_.end(), first, first + size);
  }

  std::vector<std::uint8_t> data_;
};

class PcapngSink final : public CaptureWriter::Sink {
 public:
  PcapngSink(const std::string& path, LinkType link)
      : link_(link), file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) {
      error = std::strerror(errno);
      return;
    }
    Block section;
    section.word(0x1a2b3c4d);
    section.half(1), section.half(0);
    section.word(0xffffffff), section.word(0xffffffff);  // length: not known
    check(section.write(file_, 0x0a0d0d0a));
  }
  ~PcapngSink() override {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }
  PcapngSink(const PcapngSink&) = delete;
  PcapngSink& operator=(const PcapngSink&) = delete;

  void write(const WrittenPacket& packet) override {
    if (file_ == nullptr || !error.empty()) return;
    Block block;
    block.word(interface_of(packet));
    const auto stamp = static_cast<std::uint64_t>(packet.time);
    block.word(static_cast<std::uint32_t>(stamp >> 32U));
    block.word(static_cast<std::uint32_t>(stamp));
    block.word(static_cast<std::uint32_t>(packet.link_header.size() + packet.ip.size()));
    block.word(length_on_wire(packet));
    block.bytes(packet.link_header);
    block.bytes(packet.ip);
    block.pad();
    if (packet.sender) {
      const std::string comment = ir::sender_text(*packet.sender);
      block.option(1, std::span(reinterpret_cast<const std::uint8_t*>(comment.data()), comment.size()));
    }
    if (packet.direction != Direction::kDetect) {
      const std::uint32_t flags = packet.direction == Direction::kIncoming ? 1 : 2;
      block.option(2, std::bit_cast<std::array<std::uint8_t, 4>>(flags));
    }
    if (packet.sender || packet.direction != Direction::kDetect) block.end_options();
    check(block.write(file_, 6));
  }

  void close() override {
    if (file_ == nullptr) return;
    if (interfaces_.empty()) describe({{}, link_});  // readers want one
    check(std::fflush(file_) == 0);
    if (file_ != stdout) check(std::fclose(file_) == 0);
    file_ = nullptr;
  }

 private:
  using Interface = std::pair<std::string, LinkType>;

  void check(bool good) {
    if (!good) fail_to_write();
  }

  std::uint32_t interface_of(const WrittenPacket& packet) {
    const Interface wanted{packet.interface, packet.link};
    const auto found = std::find(interfaces_.begin(), interfaces_.end(), wanted);
    const auto number = static_cast<std::uint32_t>(found - interfaces_.begin());
    if (found == interfaces_.end()) describe(wanted);
    return number;
  }

  void describe(const Interface& interface) {
    constexpr std::array<std::uint8_t, 1> kNanoseconds = {9};
    const auto& [name, link] = interface;
    Block block;
    block.half(link_number(link)), block.half(0);
    block.word(kSnapLength);
    if (!name.empty()) block.option(2, std::span(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()));
    block.option(9, kNanoseconds);
    block.end_options();
    check(block.write(file_, 1));
    interfaces_.push_back(interface);
  }

  LinkType link_;
  std::FILE* file_;
  std::vector<Interface> interfaces_;
};

std::unique_ptr<CaptureWriter::Sink> open_sink(const std::string& path, LinkType link, bool nanoseconds) {
  if (path.ends_with(".pcapng")) return std::make_unique<PcapngSink>(path, link);
  return std::make_unique<PcapSink>(path, link, nanoseconds);
}

}  // namespace

CaptureWriter::CaptureWriter(const std::string& path, LinkType link, bool nanoseconds)
    : sink_(open_sink(path, link, nanoseconds)) {}
CaptureWriter::~CaptureWriter() = default;
CaptureWriter::CaptureWriter(CaptureWriter&&) noexcept = default;
CaptureWriter& CaptureWriter::operator=(CaptureWriter&&) noexcept = default;

void CaptureWriter::write(const WrittenPacket& packet) { sink_->write(packet); }

bool CaptureWriter::close() {
  sink_->close();
  return sink_->error.empty();
}

const std::string& CaptureWriter::error() const { return sink_->error; }

}  // namespace nfproof::sim
