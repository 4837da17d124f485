// msgpack: a MessagePack map from column name to value, written and parsed by nlohmann::json.
#include <nlohmann/json.hpp>

#include "byte_system.h"

namespace wisp::bench {
namespace {

using Json = nlohmann::json;

class Msgpack final : public ByteSystem<Msgpack> {
 public:
  explicit Msgpack(const Columns& columns) : ByteSystem(columns) {}

  std::string name() const override { return "msgpack"; }
  bool parses_whole_rows() const override { return true; }

  std::string_view encode(const RowCells& row) override {
    Json json = Json::object();
    put_all(row.ints, json);
    put_all(row.longs, json);
    put_all(row.doubles, json);
    put_all(row.bools, json);
    put_all(row.texts, json);
    return write(json);
  }

  Json open(std::string_view row) const { return Json::from_msgpack(row); }

  template <typename T>
  bool get(const Json& row, std::uint32_t column, T& out) const {
    const auto field = row.find(columns_.name(column));
    if (field == row.end()) return false;
    if constexpr (std::is_same_v<T, std::string_view>) {
      out = field->get_ref<const std::string&>();
    } else {
      out = field->get<T>();
    }
    return true;
  }

  void visit(std::string_view bytes, Digest& d) const {
    const Json row = open(bytes);
    visit_kind<std::int32_t>(CellKind::kInt, row, d);
    visit_kind<std::int64_t>(CellKind::kLong, row, d);
    visit_kind<double>(CellKind::kDouble, row, d);
    visit_kind<bool>(CellKind::kBool, row, d);
    visit_kind<std::string_view>(CellKind::kText, row, d);
  }

  std::string_view update(std::string_view row, std::uint32_t column, std::int32_t value) {
    Json json = open(row);
    json[columns_.name(column)] = value;
    return write(json);
  }

  bool equal(std::string_view a, std::string_view b) const { return open(a) == open(b); }

 private:
  template <typename Cells>
  void put_all(const Cells& cells, Json& json) const {
    for (const auto& c : cells) json[columns_.name(c.column)] = c.value;
  }
  template <typename T>
  void visit_kind(CellKind kind, const Json& row, Digest& d) const {
    for (std::uint32_t column : columns_.all(kind)) {
      T value{};
      if (get(row, column, value)) d.add(value);
    }
  }
  std::string_view write(const Json& json) {
    bytes_.clear();
    Json::to_msgpack(json, nlohmann::detail::output_adapter<char>(bytes_));
    return bytes_;
  }

  std::string bytes_;
};

}  // namespace

SystemPtr make_msgpack(const Columns& columns) {
  return std::make_unique<Msgpack>(columns);
}

}  // namespace wisp::bench
