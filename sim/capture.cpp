// SPDX-License-Identifier: Apache-2.0
// Captures in pcap format through libpcap, in pcapng format through `pcapng_reader.cpp`: libpcap hides the interface
// and the direction of a pcapng packet and refuses files whose interfaces differ in link type.
#include "sim/capture.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio_ext.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sim/capture_source.h"

namespace nfproof::sim {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr std::size_t kFileBuffer = std::size_t{1} << 17U;
constexpr std::array<unsigned char, 4> kPcapngMagic = {0x0a, 0x0d, 0x0d, 0x0a};

using Magic = std::array<unsigned char, 4>;

/// The first bytes of a file, which stay unread.
Magic peek(std::FILE* file) {
  Magic magic{};
  const std::size_t size = std::fread(magic.data(), 1, magic.size(), file);
  for (std::size_t i = size; i > 0; --i) std::ungetc(magic[i - 1], file);
  return magic;
}

bool is_nanosecond_pcap(const Magic& magic) {
  return magic == Magic{0xa1, 0xb2, 0x3c, 0x4d} || magic == Magic{0x4d, 0x3c, 0xb2, 0xa1};
}

std::int64_t size_of(std::FILE* file) {
  struct stat info {};
  return fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode) ? info.st_size : 0;
}

class PcapSource final : public CaptureReader::Source {
 public:
  explicit PcapSource(std::FILE* file, bool nanoseconds) {
    nanoseconds_ = nanoseconds;
    std::array<char, PCAP_ERRBUF_SIZE> message{};
    pcap_ = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, message.data());
    if (pcap_ == nullptr) {
      error_ = message.data();
      std::fclose(file);
      return;
    }
    packet_.link = first_link_ = link_type_of(pcap_datalink(pcap_));
    if (first_link_ == LinkType::kUnknown) note_link(pcap_datalink(pcap_));
  }
  ~PcapSource() override {
    if (pcap_ != nullptr) pcap_close(pcap_);
  }
  PcapSource(const PcapSource&) = delete;
  PcapSource& operator=(const PcapSource&) = delete;

  bool read_next() override {
    if (pcap_ == nullptr) return false;
    pcap_pkthdr* header = nullptr;
    const unsigned char* data = nullptr;
    const int outcome = pcap_next_ex(pcap_, &header, &data);
    if (outcome != 1) {
      if (outcome == PCAP_ERROR) error_ = pcap_geterr(pcap_);
      return false;
    }
    packet_.data = {data, header->caplen};
    packet_.original_length = header->len;
    packet_.time = Nanoseconds{header->ts.tv_sec} * kSecond + header->ts.tv_usec;  // nanoseconds by request
    return true;
  }

 private:
  pcap_t* pcap_ = nullptr;
};

/// A file that could not be opened.
class NoSource final : public CaptureReader::Source {
 public:
  explicit NoSource(std::string error) { error_ = std::move(error); }
  bool read_next() override { return false; }
};

/// Standard input gets a stream of its own, too: its buffer goes when the capture is closed.
std::FILE* open_file(const std::string& path) {
  if (path != "-") return std::fopen(path.c_str(), "rb");
  const int copy = dup(STDIN_FILENO);
  std::FILE* file = copy < 0 ? nullptr : fdopen(copy, "rb");
  if (file == nullptr && copy >= 0) close(copy);
  return file;
}

/// One thread reads, front to back, two small pieces for each packet.
void prepare(std::FILE* file, std::vector<char>& buffer) {
  buffer.resize(kFileBuffer);
  std::setvbuf(file, buffer.data(), _IOFBF, buffer.size());
  __fsetlocking(file, FSETLOCKING_BYCALLER);
  posix_fadvise(fileno(file), 0, 0, POSIX_FADV_SEQUENTIAL);
}

std::unique_ptr<CaptureReader::Source> open_source(const std::string& path) {
  std::FILE* file = open_file(path);
  if (file == nullptr) return std::make_unique<NoSource>(std::strerror(errno));
  std::vector<char> buffer;  // the file's, until it is closed
  prepare(file, buffer);
  const std::int64_t size = size_of(file);
  errno = 0;
  const Magic magic = peek(file);
  if (std::ferror(file) != 0) {
    const int why = errno;
    std::fclose(file);
    return std::make_unique<NoSource>(std::strerror(why));
  }
  std::unique_ptr<CaptureReader::Source> source;
  if (magic == kPcapngMagic)
    source = open_pcapng(file);
  else
    source = std::make_unique<PcapSource>(file, is_nanosecond_pcap(magic));
  source->buffer_ = std::move(buffer);
  source->file_ = source->error_.empty() ? file : nullptr;
  source->file_size_ = size;
  return source;
}

}  // namespace

LinkType link_type_of(int number) {
  constexpr int kOpenBsdRaw = 14;
  constexpr int kRaw = 101;
  switch (number) {
    case DLT_EN10MB: return LinkType::kEthernet;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
    case kOpenBsdRaw:
    case kRaw: return LinkType::kRawIp;
    case DLT_LINUX_SLL: return LinkType::kLinuxCooked;
    case DLT_LINUX_SLL2: return LinkType::kLinuxCooked2;
    case DLT_NULL:
    case DLT_LOOP: return LinkType::kNull;
    default: return LinkType::kUnknown;
  }
}

void CaptureReader::Source::note_link(int number) {
  const char* name = pcap_datalink_val_to_name(number);
  std::string text = name == nullptr ? std::to_string(number) : std::string(name);
  if (std::find(unknown_links_.begin(), unknown_links_.end(), text) == unknown_links_.end())
    unknown_links_.push_back(std::move(text));
}

CaptureReader::CaptureReader(const std::string& path) : source_(open_source(path)) {}
CaptureReader::~CaptureReader() = default;
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;

const CapturedPacket* CaptureReader::next() {
  if (!source_->error_.empty() || !source_->read_next()) return nullptr;
  ++source_->count_;
  return &source_->packet_;
}

const std::string& CaptureReader::error() const { return source_->error_; }
std::uint64_t CaptureReader::packets_read() const { return source_->count_; }
const std::vector<std::string>& CaptureReader::unknown_links() const { return source_->unknown_links_; }
LinkType CaptureReader::first_link() const { return source_->first_link_; }
bool CaptureReader::has_nanoseconds() const { return source_->nanoseconds_; }

std::optional<double> CaptureReader::progress() const {
  if (source_->file_ == nullptr || source_->file_size_ <= 0) return std::nullopt;
  const off_t at = lseek(fileno(source_->file_), 0, SEEK_CUR);  // another thread may be using the stream
  if (at < 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(at) / static_cast<double>(source_->file_size_));
}

}  // namespace nfproof::sim
