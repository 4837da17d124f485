// Counts this thread's calls of operator new, in this program and in every library it loads.
#pragma once

#include <cstdint>

namespace wisp::bench {

std::uint64_t allocations_of_this_thread() noexcept;

}  // namespace wisp::bench
