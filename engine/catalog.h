// The catalog: which tables and types there are. It is table 0 of the store, so that a change of it
// is one atomic write.
//
//   KEY behind the table id 0      VALUE (little-endian numbers)
//   01                             "WISP", u32 engine format version, u32 row format
//   02                             u32 next table id, u32 number of tables, u32 number of types
//   03 u32 ordinal                 a type of CREATE TYPE as it is now (schema_bytes.h), in order of
//                                  creation
//   04 u32 table id                u8 properties (bit 0: rows carry a checksum), u32 newest version
//   05 u32 table id, u32 version   a schema version (schema_bytes.h)
//   06 u32 table id                u64 first hidden row id that is not leased yet (row_ids.h)
//
// Numbers in keys are big-endian. Every value ends with the checksum of row_checksum.h over the
// value and its key. FROZEN; codec/FORMAT.md ("Catalog") is normative.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "wisp/engine/row_ids.h"
#include "wisp/engine/store/store.h"
#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/type.h"

namespace wisp {

inline constexpr std::uint32_t kEngineFormat = 1;

struct CatalogTable {
  std::uint32_t id = 0;
  bool row_checksums = true;
  std::vector<SchemaPtr> versions;  // [i] is version i + 1; not empty
  std::uint64_t first_unleased_row_id = kFirstRowId;

  const std::string& name() const noexcept { return versions.back()->table_name(); }
};

struct Catalog {
  std::uint32_t next_table_id = 1;   // never given out before
  std::vector<Type> types;           // named ROWs, as they are now, in order of creation
  std::vector<CatalogTable> tables;  // by id

  const CatalogTable* find_table(std::string_view exact_name) const noexcept;
  const Type* find_type(std::string_view exact_name) const noexcept;
};

// Reads and checks the whole catalog. Fails with kCorruption, naming the entry, where one is
// damaged or missing, or contradicts the one before, and with kUnknownSchema for a format
// that this version does not know.
// `snapshot`: of the store; null reads as of now.
Result<Catalog> read_catalog(store::Store& store, const store::Snapshot* snapshot = nullptr);

// Catalog entries to be written together.
class CatalogChange {
 public:
  void put_format();
  void put_summary(const Catalog& catalog);
  void put_type(std::size_t ordinal, const Type& type);
  // The table and its newest schema version.
  void put_table(const CatalogTable& table);
  // Takes the table's entries away, and all its rows.
  void erase_table(const CatalogTable& table);
  void put_row_id_lease(std::uint32_t table_id, std::uint64_t first_unleased);

  bool empty() const noexcept { return entries_.empty(); }
  // One atomic, synced write.
  Status write(store::Store& store) const;

 private:
  struct Entry {
    std::string key;
    std::string value;
    store::Op::Kind kind = store::Op::Kind::kPut;
  };
  void put(std::string key, std::string value);
  std::vector<Entry> entries_;
};

}  // namespace wisp
