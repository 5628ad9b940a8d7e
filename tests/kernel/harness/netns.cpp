// SPDX-License-Identifier: Apache-2.0
// A namespace is made by a thread that unshares and ends; the descriptor alone keeps it.
#include "tests/kernel/harness/netns.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "tests/kernel/harness/process.h"

namespace nfproof::testing {
namespace {

int open_current_namespace() { return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); }

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) close(number_);
    number_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

int Descriptor::release() { return std::exchange(number_, -1); }

bool Netns::create(Netns* result, std::string* error) {
  int descriptor = -1;
  int refused = 0;
  std::thread maker([&] {
    if (unshare(CLONE_NEWNET) == 0) descriptor = open_current_namespace();
    refused = errno;
  });
  maker.join();
  if (descriptor < 0) {
    if (error) *error = std::string("cannot make a network namespace: ") + std::strerror(refused);
    return false;
  }
  result->descriptor_ = Descriptor(descriptor);
  return true;
}

Netns::Visit::Visit(const Netns& where) : home_(open_current_namespace()) {
  if (!home_.valid() || setns(where.descriptor(), CLONE_NEWNET) != 0) {
    // Going on would change the network of the machine itself.
    std::perror("cannot enter the test's network namespace");
    std::abort();
  }
}

Netns::Visit::~Visit() {
  if (setns(home_.get(), CLONE_NEWNET) != 0) {
    std::perror("cannot leave the test's network namespace");
    std::abort();
  }
}

bool permitted(std::string* why) {
  static const std::string obstacle = [] {
    Netns probe;
    std::string error;
    if (!Netns::create(&probe, &error)) return error;
    for (const char* name : {"ip", "nft", "iptables-legacy-restore", "ip6tables-legacy-restore", "iptables-nft-restore",
                             "ip6tables-nft-restore"}) {
      if (!have_tool(name)) return std::string(name) + " is not installed";
    }
    return std::string();
  }();
  if (why) *why = obstacle;
  return obstacle.empty();
}

bool write_sysctl(std::string key, std::string_view value) {
  if (key.find('/') == std::string::npos) std::replace(key.begin(), key.end(), '.', '/');
  const Descriptor file(open(("/proc/sys/" + key).c_str(), O_WRONLY | O_CLOEXEC));
  return file.valid() && write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

}  // namespace nfproof::testing
