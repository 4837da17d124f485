// One interface for everything that is measured: Wisp and its peers.
//
// A system encodes rows and answers queries on encoded bytes. Timing costs one virtual call per
// batch of queries; the loop over the batch is a template inside the system (ByteSystem), so that
// reads inline as they would in a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workload.h"

namespace wisp::bench {

enum class Metric : std::uint8_t {
  kEncode,
  kReadInt,
  kReadText,
  kReadIntChain,
  kReadTextChain,
  kReadNull,
  kRead5,
  kVisitPresent,
  kVerify,
  kUpdate1,
  kEqual,
  kBatch3,
};
inline constexpr std::size_t kMetricCount = 12;
std::string_view metric_name(Metric m);

// One question to one encoded row: `column` is the column asked for.
struct Query {
  const char* data;
  std::uint32_t size_bytes;
  std::uint32_t row_index;  // among the rows given to load()
  std::uint32_t column;
  std::string_view row() const { return {data, size_bytes}; }
};

// The columns of read_5: always the same five. batch_3 and the engine's reads take the first int,
// text and bool of them, and the engine's scan filters by the second int.
struct Five {
  std::uint32_t int_a = 0, int_b = 0, text_a = 0, text_b = 0, bool_a = 0;
};

// New values of the first int, text and bool of the five.
struct ThreeFields {
  std::int32_t number = 0;
  std::string_view text;
  bool flag = false;
};

struct Batch {
  std::span<const Query> queries;
  std::span<const RowCells> rows;  // kEncode only
};

// A sum over everything that was read: keeps the compiler honest, and equal contents give equal
// sums.
struct Digest {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  void add(std::int32_t v) { put(static_cast<std::uint32_t>(v)); }
  void add(std::int64_t v) { put(static_cast<std::uint64_t>(v)); }
  void add(double v) {
    std::uint64_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    put(bits);
  }
  void add(bool v) { put(v ? 1 : 0); }
  // The size and one byte of the text itself: a view that nobody looks into costs no cache miss.
  void add(std::string_view v) {
    put(v.size() + (v.empty() ? 0 : static_cast<unsigned char>(v[0])));
  }
  void put(std::uint64_t v) {
    sum += v;
    ++count;
  }
  friend bool operator==(const Digest&, const Digest&) = default;
};
Digest digest_of(const RowCells& row);

// Encoded rows in memory, in big pieces; a row never moves.
class RowStore {
 public:
  explicit RowStore(std::size_t alignment = 1) : alignment_(alignment) {}
  void add(std::string_view row);
  std::size_t size() const { return rows_.size(); }
  std::string_view operator[](std::size_t i) const { return rows_[i]; }
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  std::size_t alignment_;
  std::vector<std::unique_ptr<char[]>> pieces_;
  std::size_t free_ = 0;
  char* next_ = nullptr;
  std::vector<std::string_view> rows_;
  std::uint64_t total_bytes_ = 0;
};

// Not thread-safe.
class System {
 public:
  virtual ~System() = default;
  virtual std::string name() const = 0;
  // A word on the rows for the terminal, such as the encoding chosen; may be empty.
  virtual std::string describe(std::string_view) { return {}; }
  virtual std::size_t alignment() const { return 1; }
  // The bytes of one row, valid until the next call.
  virtual std::string_view encode(const RowCells& row) = 0;
  virtual bool can(Metric) const { return false; }
  // True where row bytes are parsed as a whole for every read: worth no run from memory.
  virtual bool parses_whole_rows() const { return false; }
  virtual void set_five(const Five&) {}
  // Called with the rows that queries will name, before they are used.
  virtual void load(std::span<const RowCells>, const RowStore&) {}
  // Called with the rows of the runs from memory, before they are used.
  virtual void load_many(const RowStore&) {}
  virtual std::uint64_t run(Metric m, const Batch& batch) = 0;
  // The row with three fields set (those of add_three), valid until the next call; empty where the
  // system has no way to do that.
  virtual std::string_view set_three(std::string_view, const ThreeFields&) { return {}; }
  // Three fields of a row: of every row, and of rows whose second int is NULL or above zero.
  virtual void add_three(std::string_view, Digest&) {}
  virtual void add_three_where(std::string_view, Digest&) {}
  // Empty when `row` reads back as `cells` in every way that is timed; else what is wrong.
  virtual std::string check(const RowCells&, std::string_view) { return {}; }
};

using SystemPtr = std::unique_ptr<System>;

// Each of these may return null: the peer is not in this build, or cannot hold such a table.
SystemPtr make_wisp(const Columns& columns, bool checked);
SystemPtr make_flatbuffers(const Columns& columns, bool is_synthetic);
SystemPtr make_protobuf(const Columns& columns, bool is_synthetic, bool zigzag);
SystemPtr make_capnp(const Columns& columns, bool packed);
SystemPtr make_sqlite(const Columns& columns);
SystemPtr make_rocksdb_entity(const Columns& columns);
SystemPtr make_plain_struct(const Columns& columns);
SystemPtr make_msgpack(const Columns& columns);

}  // namespace wisp::bench
