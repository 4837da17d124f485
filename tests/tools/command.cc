#include "command.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace wisp::testing {
namespace {

std::string program_path(const std::string& name) {
  REQUIRE((name == "wisp" || name == "rowdump"));
  return name == "wisp" ? WISP_PROGRAM : ROWDUMP_PROGRAM;
}

// A new empty file that the caller unlinks.
std::string temporary_file() {
  std::string path = (std::filesystem::temp_directory_path() / "wisp-run-XXXXXX").string();
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  REQUIRE(fd >= 0);
  ::close(fd);
  return path;
}

std::string take_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove(path);
  return text;
}

int exit_code_of_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Starts the program; the descriptors become its stdin, stdout and stderr.
pid_t start(const CommandLine& command, int input, int output, int errors) {
  const std::string program = program_path(command.front());
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    ::signal(SIGPIPE, SIG_DFL);
    ::unsetenv("COLUMNS");
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_code_of_status(status);
}

struct Terminal {
  int controller = -1;
  int device = -1;
};

Terminal open_terminal(int columns) {
  Terminal terminal;
  terminal.controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(terminal.controller >= 0);
  REQUIRE(::grantpt(terminal.controller) == 0);
  REQUIRE(::unlockpt(terminal.controller) == 0);
  terminal.device = ::open(::ptsname(terminal.controller), O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(terminal.device >= 0);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = 24;
  REQUIRE(::ioctl(terminal.device, TIOCSWINSZ, &size) == 0);
  return terminal;
}

// What the terminal shows until its last user is gone, with line ends as programs write them.
std::string read_terminal(int controller) {
  std::string text;
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t got = ::read(controller, chunk.data(), chunk.size());
    if (got <= 0) break;
    for (ssize_t i = 0; i < got; ++i) {
      if (chunk[i] != '\r') text += chunk[i];
    }
  }
  return text;
}

}  // namespace

Outcome run(const CommandLine& command, const RunOptions& options) {
  const std::string in_path = temporary_file();
  const std::string out_path = temporary_file();
  const std::string err_path = temporary_file();
  std::ofstream(in_path, std::ios::binary) << options.input;
  const int input = ::open(in_path.c_str(), O_RDONLY | O_CLOEXEC);
  const int errors = ::open(err_path.c_str(), O_WRONLY | O_CLOEXEC);
  Terminal terminal;
  int output = -1;
  if (options.terminal_columns) {
    terminal = open_terminal(*options.terminal_columns);
    output = terminal.device;
  } else if (options.closed_pipe) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ::close(ends[0]);
    output = ends[1];
  } else {
    output = ::open(options.stdout_path.value_or(out_path).c_str(), O_WRONLY | O_CLOEXEC);
  }
  REQUIRE((input >= 0 && output >= 0 && errors >= 0));
  const pid_t pid = start(command, input, output, errors);
  ::close(input);
  ::close(output);
  ::close(errors);
  Outcome outcome;
  if (options.terminal_columns) {
    outcome.out = read_terminal(terminal.controller);
    ::close(terminal.controller);
  }
  outcome.exit_code = wait_for(pid);
  const std::string written = take_file(out_path);
  if (!options.terminal_columns) outcome.out = written;
  outcome.err = take_file(err_path);
  std::filesystem::remove(in_path);
  return outcome;
}

RunningCommand::RunningCommand(const CommandLine& command)
    : out_path_(temporary_file()), err_path_(temporary_file()) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const int output = ::open(out_path_.c_str(), O_WRONLY | O_CLOEXEC);
  const int errors = ::open(err_path_.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE((output >= 0 && errors >= 0));
  pid_ = start(command, ends[0], output, errors);
  ::close(ends[0]);
  ::close(output);
  ::close(errors);
  input_ = ends[1];
}

RunningCommand::~RunningCommand() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    wait_for(pid_);
  }
  if (input_ >= 0) ::close(input_);
  std::filesystem::remove(out_path_);
  std::filesystem::remove(err_path_);
}

void RunningCommand::feed(const std::string& bytes) {
  REQUIRE(::write(input_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

void RunningCommand::signal(int number) {
  REQUIRE(::kill(pid_, number) == 0);
}

Outcome RunningCommand::finish() {
  ::close(input_);
  input_ = -1;
  Outcome outcome;
  outcome.exit_code = wait_for(pid_);
  pid_ = -1;
  outcome.out = take_file(out_path_);
  outcome.err = take_file(err_path_);
  return outcome;
}

}  // namespace wisp::testing
