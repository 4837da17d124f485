// What a command has around it: its name, stdout, stderr and the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wisp/schema/error.h"
#include "wisp/schema/result.h"
#include "wisp/tools/exit_code.h"
#include "wisp/tools/output.h"

namespace wisp::tools {

// Data goes to `out`, everything else to stderr. Threads: one at a time.
class Console {
 public:
  // `program` is "wisp" or "rowdump": it stands before every message.
  explicit Console(std::string program);

  Output& out() noexcept { return out_; }
  bool stdout_is_terminal() const noexcept { return stdout_is_terminal_; }
  bool stderr_is_terminal() const noexcept { return stderr_is_terminal_; }
  // Columns of the terminal (or $COLUMNS); 0 where stdout is no terminal: no limit.
  std::size_t width() const noexcept { return width_; }

  // "program: text" on stderr, made safe for a terminal. Clears a progress line first.
  void note(std::string_view text);
  // Prints an error and gives its exit code.
  ExitCode failed(const Error& error);
  // The same for what a command was given to store or run (rows, SQL): a mistake there is refused
  // data, not wrong usage.
  ExitCode refused(const Error& error);
  // What a command returns at its end: flushes stdout, whose failure outweighs `code`.
  ExitCode finish(ExitCode code);

 private:
  std::string program_;
  Output out_;
  bool stdout_is_terminal_;
  bool stderr_is_terminal_;
  std::size_t width_;
};

}  // namespace wisp::tools
