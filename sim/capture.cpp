// SPDX-License-Identifier: Apache-2.0
// Captures through libpcap, which reads both formats and both precisions.
#include "sim/capture.h"

#include <pcap/pcap.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace nfproof::sim {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

LinkType link_type(int dlt) {
  switch (dlt) {
    case DLT_EN10MB: return LinkType::kEthernet;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
    case 101: return LinkType::kRawIp;
    case DLT_LINUX_SLL: return LinkType::kLinuxCooked;
    case DLT_LINUX_SLL2: return LinkType::kLinuxCooked2;
    case DLT_NULL:
    case DLT_LOOP: return LinkType::kNull;
    default: return LinkType::kUnknown;
  }
}

std::string link_name(int dlt) {
  const char* name = pcap_datalink_val_to_name(dlt);
  return name == nullptr ? std::to_string(dlt) : std::string(name);
}

}  // namespace

class CaptureReader::Impl {
 public:
  explicit Impl(const std::string& path) {
    std::array<char, PCAP_ERRBUF_SIZE> message{};
    pcap_ = pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, message.data());
    if (pcap_ == nullptr) {
      error_ = message.data();
      return;
    }
    link_ = link_type(pcap_datalink(pcap_));
    if (link_ == LinkType::kUnknown) unknown_link_ = link_name(pcap_datalink(pcap_));
  }
  ~Impl() {
    if (pcap_ != nullptr) pcap_close(pcap_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const CapturedPacket* next() {
    if (pcap_ == nullptr || over_) return nullptr;
    pcap_pkthdr* header = nullptr;
    const unsigned char* data = nullptr;
    const int outcome = pcap_next_ex(pcap_, &header, &data);
    if (outcome != 1) {
      over_ = true;
      if (outcome == PCAP_ERROR) error_ = pcap_geterr(pcap_);
      return nullptr;
    }
    packet_.data.assign(data, data + header->caplen);
    packet_.link = link_;
    packet_.original_length = header->len;
    packet_.time = Nanoseconds{header->ts.tv_sec} * kSecond + header->ts.tv_usec;  // nanoseconds by request
    ++count_;
    return &packet_;
  }

  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::string& unknown_link() const { return unknown_link_; }

 private:
  pcap_t* pcap_ = nullptr;
  bool over_ = false;
  LinkType link_ = LinkType::kUnknown;
  CapturedPacket packet_;
  std::string error_;
  std::string unknown_link_;
  std::uint64_t count_ = 0;
};

CaptureReader::CaptureReader(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
CaptureReader::~CaptureReader() = default;
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
const CapturedPacket* CaptureReader::next() { return impl_->next(); }
const std::string& CaptureReader::error() const { return impl_->error(); }
std::uint64_t CaptureReader::packets_read() const { return impl_->count(); }
const std::string& CaptureReader::unknown_link() const { return impl_->unknown_link(); }

class CaptureWriter::Impl {
 public:
  explicit Impl(const std::string& path) {
    constexpr int kSnapLength = 262144;
    pcap_ = pcap_open_dead_with_tstamp_precision(DLT_RAW, kSnapLength, PCAP_TSTAMP_PRECISION_NANO);
    if (pcap_ == nullptr) {
      error_ = "out of memory";
      return;
    }
    dumper_ = pcap_dump_open(pcap_, path.c_str());
    if (dumper_ == nullptr) error_ = pcap_geterr(pcap_);
  }
  ~Impl() {
    if (dumper_ != nullptr) pcap_dump_close(dumper_);
    if (pcap_ != nullptr) pcap_close(pcap_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void write(std::span<const std::uint8_t> bytes, Nanoseconds time) {
    if (dumper_ == nullptr) return;
    pcap_pkthdr header{};
    header.ts.tv_sec = static_cast<time_t>(time / kSecond);
    header.ts.tv_usec = static_cast<suseconds_t>(time % kSecond);
    header.caplen = header.len = static_cast<bpf_u_int32>(bytes.size());
    pcap_dump(reinterpret_cast<unsigned char*>(dumper_), &header, bytes.data());
    if (std::ferror(pcap_dump_file(dumper_)) != 0 && error_.empty())
      error_ = "cannot write: " + std::string(std::strerror(errno));
  }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  pcap_t* pcap_ = nullptr;
  pcap_dumper_t* dumper_ = nullptr;
  std::string error_;
};

CaptureWriter::CaptureWriter(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
CaptureWriter::~CaptureWriter() = default;
CaptureWriter::CaptureWriter(CaptureWriter&&) noexcept = default;
CaptureWriter& CaptureWriter::operator=(CaptureWriter&&) noexcept = default;
void CaptureWriter::write(std::span<const std::uint8_t> ip_packet, Nanoseconds time) { impl_->write(ip_packet, time); }
const std::string& CaptureWriter::error() const { return impl_->error(); }

}  // namespace nfproof::sim
