// Serialized schemas: versioned bytes with a checksum, and the fingerprint of a schema.
//
// The byte grammar stands at the top of schema_bytes.cc and in codec/FORMAT.md ("Schemas").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"

namespace wisp {

// XXH3-128 of the serialized schema, in canonical (big-endian) order.
using Fingerprint = std::array<std::uint8_t, 16>;

// Appends the canonical bytes: equal schemas give equal bytes.
void append_schema_bytes(const Schema& schema, std::string& out);
// Reads them back. `bytes` may be hostile: fails with kCorruption (or kUnknownSchema for a newer
// format) and the byte offset; never allocates more than a small multiple of bytes.size().
Result<SchemaPtr> read_schema_bytes(std::span<const std::byte> bytes);

// The same for a type on its own (the catalog's CREATE TYPE entries).
void append_type_bytes(const Type& type, std::string& out);
Result<Type> read_type_bytes(std::span<const std::byte> bytes);

Fingerprint fingerprint(const Schema& schema);

}  // namespace wisp
