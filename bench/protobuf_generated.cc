// protobuf, for a synthetic table: the generated class, compiled once per width (WISP_BENCH_WIDTH).
//
// One message is reused for encoding and one for parsing. A read parses the whole row: Protobuf has
// no other way. Fields are reached through tables of pointers to the generated accessors; visiting
// is straight code over all of them.
#include "byte_system.h"

// The build also names the generated files: WISP_BENCH_COLUMNS and WISP_BENCH_HEADER.
#define WISP_BENCH_PASTE2(a, b) a##b
#define WISP_BENCH_PASTE(a, b) WISP_BENCH_PASTE2(a, b)

#include <google/protobuf/util/message_differencer.h>

#include WISP_BENCH_HEADER

namespace wisp::bench {
namespace {

using WISP_BENCH_PASTE(wispbench, WISP_BENCH_WIDTH)::Row;

struct IntField {
  bool (Row::*has)() const;
  std::int32_t (Row::*get)() const;
  void (Row::*set)(std::int32_t);
};
struct BoolField {
  bool (Row::*has)() const;
  bool (Row::*get)() const;
  void (Row::*set)(bool);
};
struct TextField {
  bool (Row::*has)() const;
  const std::string& (Row::*get)() const;
  std::string* (Row::*mutate)();
};

// Indexed by the place of a column among those of its kind: every 2nd is an INTEGER, every 4th a
// text or a BOOLEAN.
const IntField kInts[] = {
#define WISP_BENCH_INT(n) {&Row::has_c##n, &Row::c##n, &Row::set_c##n},
#define WISP_BENCH_TEXT(n)
#define WISP_BENCH_BOOL(n)
#include WISP_BENCH_COLUMNS
};
#undef WISP_BENCH_INT
#undef WISP_BENCH_TEXT
#undef WISP_BENCH_BOOL
const TextField kTexts[] = {
#define WISP_BENCH_INT(n)
#define WISP_BENCH_TEXT(n) {&Row::has_c##n, &Row::c##n, &Row::mutable_c##n},
#define WISP_BENCH_BOOL(n)
#include WISP_BENCH_COLUMNS
};
#undef WISP_BENCH_TEXT
#undef WISP_BENCH_BOOL
const BoolField kBools[] = {
#define WISP_BENCH_TEXT(n)
#define WISP_BENCH_BOOL(n) {&Row::has_c##n, &Row::c##n, &Row::set_c##n},
#include WISP_BENCH_COLUMNS
};
#undef WISP_BENCH_INT
#undef WISP_BENCH_TEXT
#undef WISP_BENCH_BOOL

class Protobuf final : public ByteSystem<Protobuf> {
 public:
  explicit Protobuf(const Columns& columns) : ByteSystem(columns) {}

  std::string name() const override { return "protobuf"; }
  bool parses_whole_rows() const override { return true; }

  std::string_view encode(const RowCells& row) override {
    out_.Clear();
    for (const auto& c : row.ints) (out_.*kInts[c.column / 2].set)(c.value);
    for (const auto& c : row.texts) (out_.*kTexts[c.column / 4].mutate)()->assign(c.value);
    for (const auto& c : row.bools) (out_.*kBools[c.column / 4].set)(c.value);
    return write(out_);
  }

  const Row& open(std::string_view row) {
    in_.ParseFromArray(row.data(), static_cast<int>(row.size()));
    return in_;
  }
  bool get(const Row& row, std::uint32_t column, std::int32_t& out) const {
    return get_from(row, kInts[column / 2], out);
  }
  bool get(const Row& row, std::uint32_t column, bool& out) const {
    return get_from(row, kBools[column / 4], out);
  }
  bool get(const Row& row, std::uint32_t column, std::string_view& out) const {
    return get_from(row, kTexts[column / 4], out);
  }

  void visit(std::string_view bytes, Digest& d) {
    const Row& row = open(bytes);
#define WISP_BENCH_INT(n) \
  if (row.has_c##n()) d.add(row.c##n());
#define WISP_BENCH_TEXT(n) \
  if (row.has_c##n()) d.add(std::string_view(row.c##n()));
#define WISP_BENCH_BOOL(n) WISP_BENCH_INT(n)
#include WISP_BENCH_COLUMNS
  }

  // Protobuf's only check of a row is to parse it.
  bool verify(std::string_view row) {
    return in_.ParseFromArray(row.data(), static_cast<int>(row.size()));
  }

  std::string_view update(std::string_view row, std::uint32_t column, std::int32_t value) {
    open(row);
    (in_.*kInts[column / 2].set)(value);
    return write(in_);
  }

  std::string_view set_three(std::string_view row, const ThreeFields& set) override {
    open(row);
    (in_.*kInts[five_.int_a / 2].set)(set.number);
    (in_.*kTexts[five_.text_a / 4].mutate)()->assign(set.text);
    (in_.*kBools[five_.bool_a / 4].set)(set.flag);
    return write(in_);
  }

  bool equal(std::string_view a, std::string_view b) {
    out_.ParseFromArray(b.data(), static_cast<int>(b.size()));
    return google::protobuf::util::MessageDifferencer::Equals(open(a), out_);
  }

 private:
  template <typename Field, typename T>
  static bool get_from(const Row& row, const Field& field, T& out) {
    if (!(row.*field.has)()) return false;
    out = (row.*field.get)();
    return true;
  }
  std::string_view write(const Row& row) {
    bytes_.resize(row.ByteSizeLong());
    row.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes_.data()));
    return bytes_;
  }

  Row in_;
  Row out_;
  std::string bytes_;
};

}  // namespace

SystemPtr WISP_BENCH_PASTE(make_protobuf_, WISP_BENCH_WIDTH)(const Columns& columns) {
  return std::make_unique<Protobuf>(columns);
}

}  // namespace wisp::bench
