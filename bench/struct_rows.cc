// plain_struct: the struct of optionals that a row would be in memory, archived as it stands.
//
//   int32  value 4, flag 4      int64, double  value 8, flag 8      bool  value 1, flag 1
//   text   24 bytes: offset from the row's start 4, size 4, flag 8, unused 8; the bytes stand
//   behind
#include <cstring>

#include "byte_system.h"

namespace wisp::bench {
namespace {

class PlainStruct final : public ByteSystem<PlainStruct> {
 public:
  explicit PlainStruct(const Columns& columns) : ByteSystem(columns) {
    offsets_.resize(columns.size());
    place(CellKind::kLong, 16);
    place(CellKind::kDouble, 16);
    place(CellKind::kText, 24);
    place(CellKind::kInt, 8);
    place(CellKind::kBool, 2);
    fixed_bytes_ = (fixed_bytes_ + 7) / 8 * 8;
  }

  std::string name() const override { return "plain_struct"; }
  std::size_t alignment() const override { return 8; }

  std::string_view encode(const RowCells& row) override {
    row_.assign(fixed_bytes_, '\0');
    put_all(row.longs);
    put_all(row.doubles);
    put_all(row.ints);
    put_all(row.bools);
    for (const auto& c : row.texts) put_text(c.column, c.value);
    return row_;
  }

  const char* open(std::string_view row) const { return row.data(); }

  template <typename T>
  bool get(const char* row, std::uint32_t column, T& out) const {
    const char* at = row + offsets_[column];
    if (at[sizeof(T)] == 0) return false;
    std::memcpy(&out, at, sizeof(T));
    return true;
  }
  bool get(const char* row, std::uint32_t column, std::string_view& out) const {
    std::uint32_t head[3];
    std::memcpy(head, row + offsets_[column], sizeof head);
    if (head[2] == 0) return false;
    out = {row + head[0], head[1]};
    return true;
  }

  void visit(std::string_view row, Digest& d) const {
    visit_kind<std::int32_t>(CellKind::kInt, row, d);
    visit_kind<std::int64_t>(CellKind::kLong, row, d);
    visit_kind<double>(CellKind::kDouble, row, d);
    visit_kind<bool>(CellKind::kBool, row, d);
    visit_kind<std::string_view>(CellKind::kText, row, d);
  }

  std::string_view update(std::string_view row, std::uint32_t column, std::int32_t value) {
    row_.assign(row);
    put(column, value);
    return row_;
  }

  // The old text's bytes stay where they are.
  std::string_view set_three(std::string_view row, const ThreeFields& set) override {
    row_.assign(row);
    put(five_.int_a, set.number);
    put_text(five_.text_a, set.text);
    put(five_.bool_a, set.flag);
    return row_;
  }

  // Absent fields are zero and texts stand in column order: equal rows have equal bytes.
  bool equal(std::string_view a, std::string_view b) const { return a == b; }

 private:
  void place(CellKind kind, std::uint32_t width) {
    for (std::uint32_t column : columns_.all(kind)) {
      offsets_[column] = fixed_bytes_;
      fixed_bytes_ += width;
    }
  }
  template <typename T>
  void put(std::uint32_t column, T value) {
    char* at = row_.data() + offsets_[column];
    std::memcpy(at, &value, sizeof value);
    at[sizeof value] = 1;
  }
  void put_text(std::uint32_t column, std::string_view text) {
    const std::uint32_t head[3] = {static_cast<std::uint32_t>(row_.size()),
                                   static_cast<std::uint32_t>(text.size()), 1};
    std::memcpy(row_.data() + offsets_[column], head, sizeof head);
    row_.append(text);
  }
  template <typename Cells>
  void put_all(const Cells& cells) {
    for (const auto& c : cells) put(c.column, c.value);
  }
  template <typename T>
  void visit_kind(CellKind kind, std::string_view row, Digest& d) const {
    for (std::uint32_t column : columns_.all(kind)) {
      T value{};
      if (get(row.data(), column, value)) d.add(value);
    }
  }

  std::vector<std::uint32_t> offsets_;
  std::uint32_t fixed_bytes_ = 0;
  std::string row_;
};

}  // namespace

SystemPtr make_plain_struct(const Columns& columns) {
  return std::make_unique<PlainStruct>(columns);
}

}  // namespace wisp::bench
