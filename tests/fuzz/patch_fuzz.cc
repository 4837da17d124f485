// Patches: what verifies reads as the format page says, folds onto itself and applies.
#include "../codec/oracle_decoder.h"
#include "fuzz_target.h"
#include "touch_values.h"
#include "wisp/codec/patch.h"

namespace wisp::fuzz {
namespace {

void check_patch(const LayoutPtr& layout, std::string_view bytes) {
  const auto view = PatchView::open(*layout, as_bytes(bytes));
  if (!view) return;
  for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
    if (!layout->slot(ColumnIndex{i}).is_key) touch_field(view->values(), ColumnIndex{i});
  }
  std::string folded;
  const bool folds = fold_patch(*view, *view, folded).has_value();
  if (!verify_patch(*view)) return;
  const auto expected = oracle::decode_patch(*layout->schema(), bytes);
  require(expected.has_value(), "the format page allows what verify_patch accepts");
  require(folds && folded == bytes, "a patch folded onto itself is itself");
}

}  // namespace
}  // namespace wisp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  static const std::vector<LayoutPtr> layouts = [] {
    std::vector<LayoutPtr> out;
    for (const SchemaPtr& s : fuzz::schemas()) out.push_back(Layout::make_patch(s));
    return out;
  }();
  if (size != 0) {
    const fuzz::ExactBytes patch(data + 1, size - 1);
    fuzz::check_patch(layouts[data[0] % layouts.size()], patch.text());
  }
  return 0;
}
