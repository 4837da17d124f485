// Runs the real `wisp` and `rowdump`, as a shell would.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wisp::testing {

struct Outcome {
  int exit_code = -1;  // 128 + signal where one ended it
  std::string out;
  std::string err;
};

struct RunOptions {
  std::string input;                       // stdin
  std::optional<std::string> stdout_path;  // instead of Outcome::out
  std::optional<int> terminal_columns;     // stdout is a terminal of that width
  bool closed_pipe = false;                // stdout is a pipe that nobody reads any more
};

// A command line: the program's name ("wisp", "rowdump") and its arguments.
using CommandLine = std::vector<std::string>;

Outcome run(const CommandLine& command, const RunOptions& options = {});

// A command whose stdin stays open, to be fed. Ends it where the test leaves it running.
class RunningCommand {
 public:
  explicit RunningCommand(const CommandLine& command);
  ~RunningCommand();
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;

  void feed(const std::string& bytes);
  void signal(int number);
  // Closes stdin and waits for the end.
  Outcome finish();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  std::string out_path_;
  std::string err_path_;
};

}  // namespace wisp::testing
