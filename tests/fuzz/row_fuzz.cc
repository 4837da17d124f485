// Rows: no bytes make a read crash; what verifies is canonical and reads as the format page says.
#include "../codec/oracle_decoder.h"
#include "fuzz_target.h"
#include "touch_values.h"
#include "wisp/codec/present_fields.h"
#include "wisp/codec/projection.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_inspect.h"
#include "wisp/codec/row_verify.h"
#include "wisp/schema/schema_change.h"

namespace wisp::fuzz {
namespace {

// A table, and what reads its rows in all the ways there are.
struct Table {
  LayoutPtr layout;
  std::vector<ColumnIndex> columns;  // value columns
  PresentFields present;
  Projection projection;
  ProjectedRow projected;
  LayoutPtr later_layout;  // of the version that changed() makes
  std::vector<ColumnIndex> later_columns;
  Projection later;
  EarlierProjection earlier;
  ProjectedRow later_projected;

  static SchemaPtr changed(const SchemaPtr& schema);
  static std::vector<ColumnIndex> value_columns(const Layout& layout);
  explicit Table(const SchemaPtr& schema)
      : layout(Layout::make(schema)),
        columns(value_columns(*layout)),
        present(layout),
        projection(*Projection::make(layout, columns)),
        projected(projection),
        later_layout(Layout::make(changed(schema))),
        later_columns(value_columns(*later_layout)),
        later(*Projection::make(later_layout, later_columns)),
        earlier(later, *ColumnMapping::make(layout, later_layout)),
        later_projected(later) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
};

std::vector<ColumnIndex> Table::value_columns(const Layout& layout) {
  std::vector<ColumnIndex> out;
  for (std::uint32_t i = 0; i < layout.column_count(); ++i) {
    if (!layout.slot(ColumnIndex{i}).is_key) out.push_back(ColumnIndex{i});
  }
  return out;
}

// Columns dropped, widened and added.
SchemaPtr Table::changed(const SchemaPtr& schema) {
  SchemaEditor editor(schema);
  for (std::uint32_t i = 0; i < schema->column_count(); ++i) {
    const Column& c = schema->column(ColumnIndex{i});
    if (i % 7 == 5) {
      (void)editor.apply(DropColumn{c.name});
      continue;
    }
    for (const Type& wider : {Type(TypeKind::kDouble), Type(TypeKind::kBigInt),
                              Type::decimal(38, 8), Type::varchar()}) {
      if (c.type.kind() != wider.kind() || c.type.kind() == TypeKind::kDecimal)
        (void)editor.apply(WidenColumn{c.name, wider});
    }
  }
  Column added;
  added.name = "added";
  added.type = Type(TypeKind::kBigInt);
  added.default_value = Value(std::int64_t{7});
  require(editor.apply(AddColumn{added}).has_value(), "the change applies");
  auto next = editor.finish();
  require(next.has_value(), "the change applies");
  return *next;
}

// Of all fields, whether they verify or not.
void touch_all(Table& table, const RowView& row) {
  for (const ColumnIndex c : table.columns) touch_field(row, c);

  const auto fields = table.present.read(row);
  for (std::size_t i = 0; fields && i < fields->size(); ++i) {
    const PresentField& f = (*fields)[i];
    if (f.data != nullptr) touch(f.as<std::string_view>());
  }
  std::vector<std::uint32_t> columns;
  (void)row.present_columns(columns);

  const auto touch_cells = [](const ProjectedRow& cells, const Projection& projection) {
    for (std::size_t i = 0; i < projection.size(); ++i) {
      with_cpp_type(projection.layout()->type(projection.column(i)), [&](auto cell) {
        if (const auto got = cells.get<decltype(cell)>(i)) touch(*got);
      });
    }
  };
  table.projected.read(row);
  touch_cells(table.projected, table.projection);
  table.later_projected.read(row, table.earlier);
  touch_cells(table.later_projected, table.later);

  const ColumnMapping& mapping = table.earlier.mapping();
  for (const ColumnIndex c : table.later_columns) {
    (void)mapping.is_null(row, c);
    (void)mapping.value(row, c);
    with_cpp_type(mapping.to()->type(c), [&](auto field) {
      const auto handle = *mapping.to()->column<decltype(field)>(c);
      if (mapping.read(row, handle, field) == Access::kPresent) touch(field);
    });
  }
}

void check_row(Table& table, std::string_view bytes) {
  const LayoutPtr& layout = table.layout;
  const auto view = RowView::open(*layout, as_bytes(bytes));
  if (!view) return;
  touch_all(table, *view);
  const bool verified = verify_row(*view, {.utf8 = true}).has_value();
  require(inspect_row(*view).has_value() == verify_row(*view).has_value(),
          "inspect_row takes what verify_row accepts");
  if (!verified) return;
  const auto expected = oracle::decode_row(*layout->schema(), bytes);
  require(expected.has_value(), "the format page allows what verify_row accepts");
  RowBuilder builder(layout);
  for (const ColumnIndex column : table.columns) {
    const auto value = view->value(column);
    require(value.has_value() && *value == (*expected)[to_underlying(column)],
            "a verified row reads as the page says");
    if (!value->is_null()) {
      require(builder.set_value(column, *value).has_value(), "a verified value fits its column");
    }
  }
  std::string again;
  require(builder.finish_row(again).has_value() && again == bytes, "a verified row is canonical");
}

}  // namespace
}  // namespace wisp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  static const std::vector<std::unique_ptr<fuzz::Table>> tables = [] {
    std::vector<std::unique_ptr<fuzz::Table>> out;
    for (const SchemaPtr& s : fuzz::schemas()) out.push_back(std::make_unique<fuzz::Table>(s));
    return out;
  }();
  if (size != 0) {
    const fuzz::ExactBytes row(data + 1, size - 1);
    fuzz::check_row(*tables[data[0] % tables.size()], row.text());
    (void)row_schema_version(fuzz::as_bytes(row.text()));
  }
  return 0;
}
