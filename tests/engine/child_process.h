// A second process of this test program, for locks, live writers and kill -9.
//
// A role is a doctest case that is skipped in normal runs. It finds its directory with role_path()
// and talks to its parent with tell(). The program is started anew, not forked: RocksDB's threads
// do not survive a fork.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

extern char** environ;

namespace wisp::testing {

inline constexpr int kTellFd = 198;  // the child's end of the pipe to its parent
inline constexpr char kPathVariable[] = "WISP_TEST_ROLE_PATH";

// Empty where no parent started this role (a run of all cases, skipped ones too).
inline std::string role_path() {
  const char* path = std::getenv(kPathVariable);
  return path == nullptr ? "" : path;
}

// One line to the parent.
inline void tell(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(kTellFd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) _exit(9);
}

class ChildProcess {
 public:
  ChildProcess(const std::string& role, const std::string& path) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read_fd_ = ends[0];
    ::setenv(kPathVariable, path.c_str(), 1);
    const std::string filter = "--test-case=" + role;
    char program[] = "/proc/self/exe";
    std::string arguments[] = {"engine_tests", filter, "--no-skip", "--reporters=console"};
    char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                    arguments[3].data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], kTellFd);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    REQUIRE(::posix_spawn(&pid_, program, &actions, nullptr, argv, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::unsetenv(kPathVariable);
    ::close(ends[1]);
  }
  ~ChildProcess() {
    if (pid_ > 0) kill_hard();
    ::close(read_fd_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The next line it tells, without the newline; empty when it has ended.
  std::string hear() {
    std::string line;
    char c = 0;
    while (::read(read_fd_, &c, 1) == 1) {
      if (c == '\n') return line;
      line += c;
    }
    return {};
  }
  void kill_hard() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int read_fd_ = -1;
};

}  // namespace wisp::testing
