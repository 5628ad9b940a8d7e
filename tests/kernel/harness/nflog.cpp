// SPDX-License-Identifier: Apache-2.0
// The kernel gathers entries and sends them in one message when 64 are there, or when a rule with `queue-threshold 1`
// adds one.
#include "tests/kernel/harness/nflog.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nfproof::testing {
namespace {

constexpr int kBufferOfSocket = 64 << 20;
constexpr std::uint32_t kBufferOfKernel = 1 << 16;
constexpr std::uint32_t kEntriesPerMessage = 64;

// One netlink message, attributes added at its end.
class Message {
 public:
  Message(std::uint16_t type, std::uint16_t group) : data_(NLMSG_HDRLEN + sizeof(nfgenmsg)) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    std::memcpy(data_.data(), &header, sizeof header);
    nfgenmsg family{};
    family.res_id = htons(group);
    std::memcpy(data_.data() + NLMSG_HDRLEN, &family, sizeof family);
  }

  template <typename Value>
  void add(std::uint16_t type, const Value& value) {
    const nlattr attribute{static_cast<std::uint16_t>(NLA_HDRLEN + sizeof value), type};
    const std::size_t at = data_.size();
    data_.resize(at + NLA_HDRLEN + NLA_ALIGN(sizeof value));
    std::memcpy(data_.data() + at, &attribute, sizeof attribute);
    std::memcpy(data_.data() + at + NLA_HDRLEN, &value, sizeof value);
  }

  [[nodiscard]] const std::vector<char>& finish() {
    const auto length = static_cast<std::uint32_t>(data_.size());
    std::memcpy(data_.data(), &length, sizeof length);
    return data_;
  }

 private:
  std::vector<char> data_;
};

bool complain(std::string* error, const char* what, int number) {
  if (error) *error = std::string(what) + ": " + std::strerror(number);
  return false;
}

std::uint32_t number_at(const char* data) {
  std::uint32_t value = 0;
  std::memcpy(&value, data, sizeof value);
  return ntohl(value);
}

void read_attribute(std::uint16_t type, const char* data, std::size_t size, LogEntry& entry) {
  if (type == NFULA_PAYLOAD) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
    entry.payload.assign(bytes, bytes + size);
  } else if (type == NFULA_PREFIX) {
    entry.prefix.assign(data, strnlen(data, size));
  } else if (size == sizeof(std::uint32_t)) {
    if (type == NFULA_IFINDEX_INDEV) entry.in_index = number_at(data);
    if (type == NFULA_IFINDEX_OUTDEV) entry.out_index = number_at(data);
    if (type == NFULA_MARK) entry.mark = number_at(data);
  }
}

LogEntry read_entry(const char* data, std::size_t size) {
  LogEntry entry;
  while (size >= NLA_HDRLEN) {
    nlattr attribute{};
    std::memcpy(&attribute, data, sizeof attribute);
    if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > size) break;
    const auto type = static_cast<std::uint16_t>(attribute.nla_type & NLA_TYPE_MASK);
    read_attribute(type, data + NLA_HDRLEN, attribute.nla_len - std::size_t{NLA_HDRLEN}, entry);
    const std::size_t step = std::min<std::size_t>(NLA_ALIGN(attribute.nla_len), size);
    data += step;
    size -= step;
  }
  return entry;
}

// Entries of one datagram, which holds many messages. The first error in it, or 0.
int read_datagram(const char* data, std::size_t size, std::vector<LogEntry>* entries, bool* acknowledged) {
  constexpr std::size_t kHead = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));
  constexpr std::uint16_t kPacket = (NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_PACKET;
  while (size >= NLMSG_HDRLEN) {
    nlmsghdr header{};
    std::memcpy(&header, data, sizeof header);
    if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > size) break;
    if (header.nlmsg_type == NLMSG_ERROR && header.nlmsg_len >= NLMSG_HDRLEN + sizeof(int)) {
      int refused = 0;
      std::memcpy(&refused, data + NLMSG_HDRLEN, sizeof refused);
      if (refused != 0) return -refused;
      *acknowledged = true;
    } else if (header.nlmsg_type == kPacket && header.nlmsg_len >= kHead) {
      entries->push_back(read_entry(data + kHead, header.nlmsg_len - kHead));
    }
    const std::size_t step = std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), size);
    data += step;
    size -= step;
  }
  return 0;
}

}  // namespace

bool LogListener::open(std::uint16_t group, std::string* error) {
  socket_ = Descriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!socket_.valid()) return complain(error, "cannot open a netlink socket", errno);
  if (setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBufferOfSocket, sizeof kBufferOfSocket) != 0) {
    return complain(error, "cannot enlarge a socket's buffer", errno);
  }
  buffer_.resize(std::size_t{1} << 18);
  return configure(group, true, error) && configure(group, false, error);
}

// Binds first: the kernel takes parameters only for a bound group.
bool LogListener::configure(std::uint16_t group, bool bind, std::string* error) {
  Message message((NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_CONFIG, group);
  if (bind) {
    message.add(NFULA_CFG_CMD, nfulnl_msg_config_cmd{NFULNL_CFG_CMD_BIND});
  } else {
    nfulnl_msg_config_mode mode{};
    mode.copy_mode = NFULNL_COPY_PACKET;
    mode.copy_range = htonl(0xffff);
    message.add(NFULA_CFG_MODE, mode);
    message.add(NFULA_CFG_NLBUFSIZ, htonl(kBufferOfKernel));
    message.add(NFULA_CFG_QTHRESH, htonl(kEntriesPerMessage));
  }
  const std::vector<char>& data = message.finish();
  if (send(socket_.get(), data.data(), data.size(), 0) < 0) return complain(error, "cannot set up NFLOG", errno);
  std::vector<LogEntry> none;
  bool acknowledged = false;
  while (!acknowledged) {
    const ssize_t got = recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0) return complain(error, "cannot set up NFLOG", errno);
    const int refused = read_datagram(buffer_.data(), static_cast<std::size_t>(got), &none, &acknowledged);
    if (refused != 0) return complain(error, "the kernel refuses NFLOG", refused);
  }
  return true;
}

bool LogListener::receive(int wait_ms, std::vector<LogEntry>* entries, std::string* error) {
  pollfd ready{socket_.get(), POLLIN, 0};
  if (wait_ms > 0 && poll(&ready, 1, wait_ms) <= 0) return true;
  while (true) {
    const ssize_t got = recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && errno == EAGAIN) return true;
    if (got < 0) return complain(error, "NFLOG lost entries", errno);
    if (static_cast<std::size_t>(got) > buffer_.size()) return complain(error, "NFLOG message too long", EMSGSIZE);
    bool acknowledged = false;
    read_datagram(buffer_.data(), static_cast<std::size_t>(got), entries, &acknowledged);
  }
}

}  // namespace nfproof::testing
