// Rows: no bytes make a read crash; what verifies is canonical and reads as the format page says.
#include "../codec/oracle_decoder.h"
#include "fuzz_target.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_inspect.h"
#include "wisp/codec/row_verify.h"

namespace wisp::fuzz {
namespace {

void check_row(const LayoutPtr& layout, std::string_view bytes) {
  const auto view = RowView::open(*layout, as_bytes(bytes));
  if (!view) return;
  const bool verified = verify_row(*view, {.utf8 = true}).has_value();
  const auto expected = verified ? oracle::decode_row(*layout->schema(), bytes)
                                 : Result<std::vector<Value>>(std::vector<Value>());
  require(expected.has_value(), "the format page allows what verify_row accepts");
  RowBuilder builder(layout);
  bool fits = true;
  for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
    const ColumnIndex column{i};
    if (layout->slot(column).is_key) continue;
    const auto value = view->value(column);
    (void)view->is_null(column);
    if (!verified) continue;
    require(value.has_value() && *value == (*expected)[i], "a verified row reads as the page says");
    if (!value->is_null()) fits &= builder.set_value(column, *value).has_value();
  }
  require(inspect_row(*view).has_value() == verify_row(*view).has_value(),
          "inspect_row takes what verify_row accepts");
  if (!verified || !fits) return;
  std::string again;
  require(builder.finish_row(again).has_value() && again == bytes, "a verified row is canonical");
}

}  // namespace
}  // namespace wisp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  static const std::vector<LayoutPtr> layouts = [] {
    std::vector<LayoutPtr> out;
    for (const SchemaPtr& s : fuzz::schemas()) out.push_back(Layout::make(s));
    return out;
  }();
  if (size != 0) {
    fuzz::check_row(layouts[data[0] % layouts.size()], fuzz::as_text(data + 1, size - 1));
    (void)row_schema_version(fuzz::as_bytes(fuzz::as_text(data + 1, size - 1)));
  }
  return 0;
}
