// flatbuffers: one table per row, every scalar `= null`, read unchecked.
//
// A read is the body of the generated accessor (GetOptional / GetPointer at the field's vtable
// place) with the place computed from the column number instead of being a constant;
// flatbuffers_verify.cc asserts that the places are those of the generated class. Encoding reuses
// one builder and walks the list of present columns.
#include <flatbuffers/flatbuffers.h>

#include "byte_system.h"
#include "flatbuffers_verify.h"

namespace wisp::bench {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::String;
using flatbuffers::Table;

class FlatBuffers final : public ByteSystem<FlatBuffers> {
 public:
  FlatBuffers(const Columns& columns, bool is_synthetic)
      : ByteSystem(columns),
        generated_verify_(is_synthetic ? generated_verifier(columns.size()) : nullptr) {
    // Buffers of ordinary size, so that the builder never grows while it is timed.
    texts_.reserve(columns.size());
  }

  std::string name() const override { return "flatbuffers"; }
  std::size_t alignment() const override { return 8; }

  std::string_view encode(const RowCells& row) override {
    builder_.Clear();
    texts_.clear();
    for (const auto& c : row.texts) {
      texts_.push_back(builder_.CreateString(c.value.data(), c.value.size()));
    }
    const auto start = builder_.StartTable();
    for (const auto& c : row.longs) builder_.AddElement<std::int64_t>(place(c.column), c.value);
    for (const auto& c : row.doubles) builder_.AddElement<double>(place(c.column), c.value);
    for (const auto& c : row.ints) builder_.AddElement<std::int32_t>(place(c.column), c.value);
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      builder_.AddOffset(place(row.texts[i].column), texts_[i]);
    }
    for (const auto& c : row.bools) builder_.AddElement<std::uint8_t>(place(c.column), c.value);
    return finish(start);
  }

  const Table* open(std::string_view row) const { return flatbuffers::GetRoot<Table>(row.data()); }

  bool get(const Table* row, std::uint32_t column, std::int32_t& out) const {
    return get_scalar<std::int32_t, std::int32_t>(row, column, out);
  }
  bool get(const Table* row, std::uint32_t column, bool& out) const {
    return get_scalar<std::uint8_t, bool>(row, column, out);
  }
  bool get(const Table* row, std::uint32_t column, std::int64_t& out) const {
    return get_scalar<std::int64_t, std::int64_t>(row, column, out);
  }
  bool get(const Table* row, std::uint32_t column, double& out) const {
    return get_scalar<double, double>(row, column, out);
  }
  bool get(const Table* row, std::uint32_t column, std::string_view& out) const {
    const String* text = row->GetPointer<const String*>(place(column));
    if (text == nullptr) return false;
    out = {text->c_str(), text->size()};
    return true;
  }

  void visit(std::string_view row, Digest& d) const {
    const Table* table = open(row);
    visit_kind<std::int32_t>(CellKind::kInt, table, d);
    visit_kind<std::int64_t>(CellKind::kLong, table, d);
    visit_kind<double>(CellKind::kDouble, table, d);
    visit_kind<bool>(CellKind::kBool, table, d);
    visit_kind<std::string_view>(CellKind::kText, table, d);
  }

  bool verify(std::string_view row) const {
    const auto* data = reinterpret_cast<const std::uint8_t*>(row.data());
    // The default limits refuse tables of more than 64 levels, not wide ones.
    flatbuffers::Verifier verifier(data, row.size());
    if (generated_verify_ != nullptr) return generated_verify_(verifier);
    return verifier.VerifyBuffer<LooseTable>(nullptr) && verify_fields(verifier, open(row));
  }

  // A table cannot grow in place: the new row is built from the old one's fields.
  std::string_view update(std::string_view row, std::uint32_t column, std::int32_t value) {
    return rebuild(open(row), {column, kNone, kNone}, {value, {}, false});
  }
  std::string_view set_three(std::string_view row, const ThreeFields& set) override {
    return rebuild(open(row), {five_.int_a, five_.text_a, five_.bool_a}, set);
  }

  // There is no canonical form and no comparison in the library: field by field.
  bool equal(std::string_view a, std::string_view b) const {
    const Table* x = open(a);
    const Table* y = open(b);
    return equal_kind<std::int32_t>(CellKind::kInt, x, y) &&
           equal_kind<std::int64_t>(CellKind::kLong, x, y) &&
           equal_kind<double>(CellKind::kDouble, x, y) && equal_kind<bool>(CellKind::kBool, x, y) &&
           equal_kind<std::string_view>(CellKind::kText, x, y);
  }

 private:
  // For data sets, which have no generated class: the table as such, then each field.
  struct LooseTable : Table {
    // NOLINTNEXTLINE(readability-identifier-naming): the library calls it by this name
    bool Verify(flatbuffers::Verifier& v) const { return VerifyTableStart(v) && v.EndTable(); }
  };

  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct ThreeColumns {
    std::uint32_t number, text, flag;  // kNone: not set
  };
  std::string_view rebuild(const Table* old, const ThreeColumns& columns, const ThreeFields& set) {
    builder_.Clear();
    texts_.clear();
    for (std::uint32_t c : columns_.all(CellKind::kText)) {
      std::string_view text = set.text;
      const bool present = c == columns.text || get(old, c, text);
      texts_.push_back(present ? builder_.CreateString(text.data(), text.size())
                               : Offset<String>());
    }
    const auto start = builder_.StartTable();
    copy_kind<std::int64_t>(CellKind::kLong, old, kNone);
    copy_kind<double>(CellKind::kDouble, old, kNone);
    if (columns.number != kNone) {
      builder_.AddElement<std::int32_t>(place(columns.number), set.number);
    }
    copy_kind<std::int32_t>(CellKind::kInt, old, columns.number);
    const auto& texts = columns_.all(CellKind::kText);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (!texts_[i].IsNull()) builder_.AddOffset(place(texts[i]), texts_[i]);
    }
    if (columns.flag != kNone) builder_.AddElement<std::uint8_t>(place(columns.flag), set.flag);
    copy_kind<bool>(CellKind::kBool, old, columns.flag);
    return finish(start);
  }

  static flatbuffers::voffset_t place(std::uint32_t column) {
    return static_cast<flatbuffers::voffset_t>(4 + 2 * column);
  }
  std::string_view finish(flatbuffers::uoffset_t start) {
    builder_.Finish(Offset<Table>(builder_.EndTable(start)));
    return {reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize()};
  }
  template <typename Stored, typename T>
  bool get_scalar(const Table* row, std::uint32_t column, T& out) const {
    const auto value = row->GetOptional<Stored, T>(place(column));
    if (!value.has_value()) return false;
    out = *value;
    return true;
  }
  template <typename T>
  void visit_kind(CellKind kind, const Table* row, Digest& d) const {
    for (std::uint32_t column : columns_.all(kind)) {
      T value{};
      if (get(row, column, value)) d.add(value);
    }
  }
  template <typename T>
  void copy_kind(CellKind kind, const Table* row, std::uint32_t except) {
    using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;
    for (std::uint32_t column : columns_.all(kind)) {
      T value{};
      if (column != except && get(row, column, value)) {
        builder_.AddElement<Stored>(place(column), value);
      }
    }
  }
  template <typename T>
  bool equal_kind(CellKind kind, const Table* a, const Table* b) const {
    for (std::uint32_t column : columns_.all(kind)) {
      T x{}, y{};
      if (get(a, column, x) != get(b, column, y) || x != y) return false;
    }
    return true;
  }
  bool verify_fields(flatbuffers::Verifier& v, const Table* row) const {
    for (std::uint32_t c : columns_.all(CellKind::kInt)) {
      if (!row->VerifyField<std::int32_t>(v, place(c), 4)) return false;
    }
    for (std::uint32_t c : columns_.all(CellKind::kLong)) {
      if (!row->VerifyField<std::int64_t>(v, place(c), 8)) return false;
    }
    for (std::uint32_t c : columns_.all(CellKind::kDouble)) {
      if (!row->VerifyField<double>(v, place(c), 8)) return false;
    }
    for (std::uint32_t c : columns_.all(CellKind::kBool)) {
      if (!row->VerifyField<std::uint8_t>(v, place(c), 1)) return false;
    }
    for (std::uint32_t c : columns_.all(CellKind::kText)) {
      if (!row->VerifyOffset(v, place(c)) ||
          !v.VerifyString(row->GetPointer<const String*>(place(c)))) {
        return false;
      }
    }
    return true;
  }

  GeneratedVerifier generated_verify_;
  FlatBufferBuilder builder_{1 << 20};
  std::vector<Offset<String>> texts_;
};

}  // namespace

SystemPtr make_flatbuffers(const Columns& columns, bool is_synthetic) {
  // A vtable holds 16-bit places.
  if (columns.size() > 32000) return nullptr;
  return std::make_unique<FlatBuffers>(columns, is_synthetic);
}

}  // namespace wisp::bench
