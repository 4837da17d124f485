#include "wisp/engine/catalog.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_set>
#include <utility>

#include "wisp/codec/bytes.h"
#include "wisp/codec/row_format.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/stored_key.h"
#include "wisp/schema/schema_bytes.h"
#include "wisp/schema/schema_change.h"
#include "wisp/schema/type_change.h"

namespace wisp {
namespace {

enum class EntryKind : std::uint8_t {
  kFormat = 1,
  kSummary = 2,
  kType = 3,
  kTable = 4,
  kSchema = 5,
  kRowIds = 6,
};

constexpr std::string_view kMagic = "WISP";
constexpr std::uint8_t kRowChecksumProperty = 1;

std::string entry_key(EntryKind kind) {
  std::string key;
  append_big_endian32(kCatalogTableId, key);
  key += static_cast<char>(kind);
  return key;
}

std::string entry_key(EntryKind kind, std::uint32_t id) {
  std::string key = entry_key(kind);
  append_big_endian32(id, key);
  return key;
}

template <typename T>
void append_number(T v, std::string& out) {
  char bytes[sizeof v];
  store_le(bytes, v);
  out.append(bytes, sizeof bytes);
}

template <typename T>
T number_at(std::string_view payload, std::size_t offset) noexcept {
  return load_le<T>(reinterpret_cast<const std::byte*>(payload.data()) + offset);
}

std::span<const std::byte> bytes_of(std::string_view s) noexcept {
  return std::as_bytes(std::span(s.data(), s.size()));
}

tl::unexpected<Error> damaged(std::string what, std::string where) {
  return fail(ErrorCode::kCorruption, std::move(what), "catalog: " + std::move(where));
}

// Collects the entries in key order and puts them together.
class CatalogReader {
 public:
  Status add(const store::Entry& entry);
  Result<Catalog> finish();

 private:
  Status add_payload(EntryKind kind, std::string_view ids, std::string_view payload);
  Status add_format(std::string_view payload);
  Status add_summary(std::string_view payload);
  Status add_type(std::uint32_t ordinal, std::string_view payload);
  Status add_table(std::uint32_t id, std::string_view payload);
  Status add_schema(std::uint32_t id, std::uint32_t version, std::string_view payload);
  Status add_row_ids(std::uint32_t id, std::string_view payload);
  Result<CatalogTable*> table_of(std::uint32_t id, const char* what);

  Catalog catalog_;
  bool has_format_ = false;
  bool has_summary_ = false;
  std::uint32_t table_count_ = 0;
  std::uint32_t type_count_ = 0;
  std::map<std::uint32_t, std::uint32_t> newest_versions_;
};

// Rows of the one version are read as rows of the other, so its columns must hold their values.
Status check_next_version(const Schema& before, const Schema& next) {
  for (const Column& column : next.columns()) {
    const auto old = before.find_id(column.id);
    if (!old) continue;
    const Type& type = before.column(*old).type;
    if (check_widening(type, column.type) || extends_type(type, column.type)) continue;
    return fail(ErrorCode::kCorruption, "column " + quote_identifier(column.name) +
                                            " is of a type that does not hold the values of the "
                                            "version before");
  }
  return {};
}

std::string describe_entry(EntryKind kind, std::string_view ids) {
  const std::string id = ids.size() >= 4 ? std::to_string(load_big_endian32(ids)) : "?";
  switch (kind) {
    case EntryKind::kFormat:
      return "format entry";
    case EntryKind::kSummary:
      return "summary entry";
    case EntryKind::kType:
      return "type " + id;
    case EntryKind::kTable:
      return "table " + id;
    case EntryKind::kSchema:
      return "table " + id + ", schema version " +
             (ids.size() >= 8 ? std::to_string(load_big_endian32(ids.substr(4))) : "?");
    case EntryKind::kRowIds:
      return "row ids of table " + id;
  }
  return "entry of kind " + std::to_string(static_cast<unsigned>(kind));
}

Status CatalogReader::add(const store::Entry& entry) {
  if (entry.key.size() <= kTableIdBytes) return damaged("an entry without a kind", "entry");
  const auto kind = static_cast<EntryKind>(entry.key[kTableIdBytes]);
  const std::string_view ids = entry.key.substr(kTableIdBytes + 1);
  const std::string where = describe_entry(kind, ids);
  if (entry.value.size() < kRowChecksumBytes) return damaged("too short for its checksum", where);
  const std::string_view payload = entry.value.substr(0, entry.value.size() - kRowChecksumBytes);
  if (!row_checksum_matches(payload, entry.value.substr(payload.size()), entry.key)) {
    return damaged("the checksum does not match", where);
  }
  if (kind != EntryKind::kFormat && !has_format_) {
    return damaged("the format entry is missing", "format entry");
  }
  if (auto status = add_payload(kind, ids, payload); !status) {
    return fail(std::move(status).error().within("catalog: " + where));
  }
  return {};
}

Status CatalogReader::add_payload(EntryKind kind, std::string_view ids, std::string_view payload) {
  const std::size_t id_count = kind == EntryKind::kSchema                                  ? 2
                               : kind == EntryKind::kFormat || kind == EntryKind::kSummary ? 0
                                                                                           : 1;
  const bool known = kind >= EntryKind::kFormat && kind <= EntryKind::kRowIds;
  if (!known) {
    return fail(ErrorCode::kUnknownSchema, "written by a newer version of Wisp than this one");
  }
  if (ids.size() != id_count * 4) return fail(ErrorCode::kCorruption, "a key of the wrong length");
  switch (kind) {
    case EntryKind::kFormat:
      return add_format(payload);
    case EntryKind::kSummary:
      return add_summary(payload);
    case EntryKind::kType:
      return add_type(load_big_endian32(ids), payload);
    case EntryKind::kTable:
      return add_table(load_big_endian32(ids), payload);
    case EntryKind::kSchema:
      return add_schema(load_big_endian32(ids), load_big_endian32(ids.substr(4)), payload);
    case EntryKind::kRowIds:
      return add_row_ids(load_big_endian32(ids), payload);
  }
  return {};
}

Status CatalogReader::add_format(std::string_view payload) {
  if (payload.size() != 12 || !payload.starts_with(kMagic)) {
    return fail(ErrorCode::kCorruption, "not a format entry");
  }
  const auto engine = number_at<std::uint32_t>(payload, 4);
  if (engine != kEngineFormat) {
    return fail(ErrorCode::kUnknownSchema, "the database has engine format " +
                                               std::to_string(engine) + ", this version reads " +
                                               std::to_string(kEngineFormat));
  }
  const auto rows = number_at<std::uint32_t>(payload, 8);
  if (rows != kRowFormat) {
    return fail(ErrorCode::kUnknownSchema, "rows are in format " + std::to_string(rows) +
                                               ", this version of Wisp reads format " +
                                               std::to_string(kRowFormat));
  }
  has_format_ = true;
  return {};
}

Status CatalogReader::add_summary(std::string_view payload) {
  if (payload.size() != 12) return fail(ErrorCode::kCorruption, "a value of the wrong length");
  catalog_.next_table_id = number_at<std::uint32_t>(payload, 0);
  table_count_ = number_at<std::uint32_t>(payload, 4);
  type_count_ = number_at<std::uint32_t>(payload, 8);
  has_summary_ = true;
  return {};
}

Status CatalogReader::add_type(std::uint32_t ordinal, std::string_view payload) {
  if (ordinal != catalog_.types.size()) {
    return fail(ErrorCode::kCorruption, "the type before it is missing");
  }
  WISP_ASSIGN(Type type, read_type_bytes(bytes_of(payload)));
  if (type.kind() != TypeKind::kRow || type.type_name().empty()) {
    return fail(ErrorCode::kCorruption, "not a named ROW type");
  }
  catalog_.types.push_back(std::move(type));
  return {};
}

Status CatalogReader::add_table(std::uint32_t id, std::string_view payload) {
  if (payload.size() != 5) return fail(ErrorCode::kCorruption, "a value of the wrong length");
  const auto properties = number_at<std::uint8_t>(payload, 0);
  if ((properties & ~kRowChecksumProperty) != 0) {
    return fail(ErrorCode::kUnknownSchema, "properties of a newer version of Wisp than this one");
  }
  if (id == kCatalogTableId || id >= catalog_.next_table_id) {
    return fail(ErrorCode::kCorruption, "a table id that was never given out");
  }
  CatalogTable table;
  table.id = id;
  table.row_checksums = (properties & kRowChecksumProperty) != 0;
  newest_versions_[id] = number_at<std::uint32_t>(payload, 1);
  catalog_.tables.push_back(std::move(table));
  return {};
}

Result<CatalogTable*> CatalogReader::table_of(std::uint32_t id, const char* what) {
  // Keys come in order: table entries are complete, sorted by id.
  const auto it = std::lower_bound(catalog_.tables.begin(), catalog_.tables.end(), id,
                                   [](const CatalogTable& t, std::uint32_t v) { return t.id < v; });
  if (it == catalog_.tables.end() || it->id != id) {
    return fail(ErrorCode::kCorruption, std::string(what) + " of a table that is missing");
  }
  return &*it;
}

Status CatalogReader::add_schema(std::uint32_t id, std::uint32_t version,
                                 std::string_view payload) {
  WISP_ASSIGN(CatalogTable * table, table_of(id, "a schema"));
  WISP_ASSIGN(SchemaPtr schema, read_schema_bytes(bytes_of(payload)));
  if (version != table->versions.size() + 1 || to_underlying(schema->version()) != version) {
    return fail(ErrorCode::kCorruption, "schema versions are missing or out of order");
  }
  if (version > 1) WISP_TRY(check_next_version(*table->versions.back(), *schema));
  table->versions.push_back(std::move(schema));
  return {};
}

Status CatalogReader::add_row_ids(std::uint32_t id, std::string_view payload) {
  WISP_ASSIGN(CatalogTable * table, table_of(id, "row ids"));
  if (payload.size() != 8) return fail(ErrorCode::kCorruption, "a value of the wrong length");
  table->first_unleased_row_id = number_at<std::uint64_t>(payload, 0);
  if (table->first_unleased_row_id < kFirstRowId) {
    return fail(ErrorCode::kCorruption, "row ids that were never given out");
  }
  return {};
}

Result<Catalog> CatalogReader::finish() {
  if (!has_format_) return damaged("the format entry is missing", "format entry");
  if (!has_summary_) return damaged("the summary entry is missing", "summary entry");
  if (catalog_.types.size() != type_count_) {
    return damaged("has " + std::to_string(type_count_) + " types but only " +
                       std::to_string(catalog_.types.size()) + " are there",
                   "types");
  }
  if (catalog_.tables.size() != table_count_) {
    return damaged("has " + std::to_string(table_count_) + " tables but " +
                       std::to_string(catalog_.tables.size()) + " are there",
                   "tables");
  }
  std::unordered_set<std::string_view> names;
  for (const CatalogTable& table : catalog_.tables) {
    const std::uint32_t newest = newest_versions_[table.id];
    if (newest == 0 || table.versions.size() != newest) {
      return damaged("schema version " + std::to_string(table.versions.size() + 1) + " is missing",
                     "table " + std::to_string(table.id));
    }
    if (!names.insert(table.name()).second) {
      return damaged("two tables are named " + quote_identifier(table.name()),
                     "table " + std::to_string(table.id));
    }
  }
  return std::move(catalog_);
}

}  // namespace

const CatalogTable* Catalog::find_table(std::string_view exact_name) const noexcept {
  for (const CatalogTable& t : tables)
    if (t.name() == exact_name) return &t;
  return nullptr;
}

const Type* Catalog::find_type(std::string_view exact_name) const noexcept {
  for (const Type& t : types)
    if (t.type_name() == exact_name) return &t;
  return nullptr;
}

Result<Catalog> read_catalog(store::Store& store, const store::Snapshot* snapshot) {
  store::Range range;
  range.snapshot = snapshot;
  append_big_endian32(kCatalogTableId, range.from);
  range.to = table_end(kCatalogTableId);
  WISP_ASSIGN(const auto cursor, store.scan(range));
  CatalogReader reader;
  store::Entry entry;
  while (cursor->next(entry)) WISP_TRY(reader.add(entry));
  if (auto status = cursor->status(); !status) {
    return fail(std::move(status).error().within("catalog"));
  }
  return reader.finish();
}

void CatalogChange::put(std::string key, std::string value) {
  append_row_checksum(value, key, value);
  entries_.push_back({std::move(key), std::move(value)});
}

void CatalogChange::put_format() {
  std::string value(kMagic);
  append_number<std::uint32_t>(kEngineFormat, value);
  append_number<std::uint32_t>(kRowFormat, value);
  put(entry_key(EntryKind::kFormat), std::move(value));
}

void CatalogChange::put_summary(const Catalog& catalog) {
  std::string value;
  append_number<std::uint32_t>(catalog.next_table_id, value);
  append_number<std::uint32_t>(static_cast<std::uint32_t>(catalog.tables.size()), value);
  append_number<std::uint32_t>(static_cast<std::uint32_t>(catalog.types.size()), value);
  put(entry_key(EntryKind::kSummary), std::move(value));
}

void CatalogChange::put_type(std::size_t ordinal, const Type& type) {
  std::string value;
  append_type_bytes(type, value);
  put(entry_key(EntryKind::kType, static_cast<std::uint32_t>(ordinal)), std::move(value));
}

void CatalogChange::put_table(const CatalogTable& table) {
  const auto newest = static_cast<std::uint32_t>(table.versions.size());
  std::string value(1, static_cast<char>(table.row_checksums ? kRowChecksumProperty : 0));
  append_number<std::uint32_t>(newest, value);
  put(entry_key(EntryKind::kTable, table.id), std::move(value));

  std::string key = entry_key(EntryKind::kSchema, table.id);
  append_big_endian32(newest, key);
  std::string schema;
  append_schema_bytes(*table.versions.back(), schema);
  put(std::move(key), std::move(schema));
}

void CatalogChange::erase_table(const CatalogTable& table) {
  const auto erase = [&](std::string key) {
    entries_.push_back({std::move(key), {}, store::Op::Kind::kErase});
  };
  erase(entry_key(EntryKind::kTable, table.id));
  erase(entry_key(EntryKind::kRowIds, table.id));
  for (std::uint32_t version = 1; version <= table.versions.size(); ++version) {
    std::string key = entry_key(EntryKind::kSchema, table.id);
    append_big_endian32(version, key);
    erase(std::move(key));
  }
  std::string from;
  append_big_endian32(table.id, from);
  entries_.push_back({std::move(from), table_end(table.id), store::Op::Kind::kEraseRange});
}

void CatalogChange::put_row_id_lease(std::uint32_t table_id, std::uint64_t first_unleased) {
  std::string value;
  append_number<std::uint64_t>(first_unleased, value);
  put(entry_key(EntryKind::kRowIds, table_id), std::move(value));
}

Status CatalogChange::write(store::Store& store) const {
  std::vector<store::Op> ops;
  ops.reserve(entries_.size());
  for (const Entry& e : entries_) ops.push_back({e.kind, e.key, e.value});
  return store.write(ops, Durability::kSync);
}

}  // namespace wisp
