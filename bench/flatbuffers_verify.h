// The verifiers that flatc generates for the synthetic tables.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstddef>

namespace wisp::bench {

using GeneratedVerifier = bool (*)(flatbuffers::Verifier&);

// Null when no class was generated for tables of that many columns.
GeneratedVerifier generated_verifier(std::size_t columns);

}  // namespace wisp::bench
