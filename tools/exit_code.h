// The exit codes of `wisp` and `rowdump`, and which error gives which.
//
// FROZEN: scripts branch on these numbers.
#pragma once

#include "wisp/schema/error.h"

namespace wisp::tools {

enum class ExitCode : int {
  kOk = 0,
  kDiffers = 1,        // not found, differs, or rows or SQL that are refused
  kUsage = 2,          // the command line makes no sense
  kIo = 3,             // the operating system or the store failed; the database is busy
  kCorruption = 4,     // stored bytes are damaged
  kUnknownSchema = 5,  // written by a newer format or with a schema that is not known here
  kInterrupted = 130,  // SIGINT or SIGTERM; what was done until then stands
};

constexpr int to_int(ExitCode code) noexcept {
  return static_cast<int>(code);
}

// The code for an error of a command.
ExitCode exit_code_of(const Error& error) noexcept;

// Of two things that happened, the one a script should hear of: damage before an unknown schema
// before an interruption before "not found", any other failure before all.
ExitCode worse_of(ExitCode a, ExitCode b) noexcept;

}  // namespace wisp::tools
