#include "wisp/tools/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace wisp::tools {
namespace {

std::atomic<bool> signal_came{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // set inside a signal handler

// Written by the handler, never read: a signal that comes just before a wait ends that wait too.
std::array<int, 2> wake_pipe{-1, -1};

void on_signal(int) {
  const int saved = errno;
  signal_came.store(true, std::memory_order_relaxed);
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(wake_pipe[1], &byte, 1);
  errno = saved;
}

void fill_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    // The wrong direction on purpose: using a closed stdout must still fail.
    const int opened = ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    if (opened != -1 && opened != fd) {
      ::dup2(opened, fd);
      ::close(opened);
    }
  }
}

}  // namespace

void install_signal_handling() {
  fill_standard_descriptors();
  if (::pipe2(wake_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) wake_pipe = {-1, -1};
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  action.sa_flags = 0;
  ::sigaction(SIGPIPE, &action, nullptr);
}

bool wait_readable(int fd) noexcept {
  std::array<pollfd, 2> waits{{{fd, POLLIN, 0}, {wake_pipe[0], POLLIN, 0}}};
  while (!interrupted()) {
    // Where poll itself fails, the read behind it says why.
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return true;
    if (waits[0].revents != 0) return !interrupted();
  }
  return false;
}

bool interrupted() noexcept {
  return signal_came.load(std::memory_order_relaxed);
}

}  // namespace wisp::tools
