// Ctrl-C and SIGTERM as a flag, so that a command can stop between two rows and say what it did.
#pragma once

namespace wisp::tools {

// From now on SIGINT and SIGTERM set the flag; a second one ends the process at once. SIGPIPE is
// ignored: a closed stdout is seen where it is written. Also opens /dev/null in place of closed
// standard descriptors, so that no database file becomes "stdout".
void install_signal_handling();

// True once a signal has come. Threads: any.
bool interrupted() noexcept;

// Waits until a read of `fd` would not wait (data, end or error). False when a signal has come
// before or meanwhile: a pipe that says nothing does not keep a command from stopping.
bool wait_readable(int fd) noexcept;

}  // namespace wisp::tools
