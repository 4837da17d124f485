// A patch borrows text: a temporary's would be gone when the patch is finished.
// layer: codec
// expect: (use of deleted function|deleted (member )?function|overload resolution selected deleted)
#include <string>
#include <string_view>

#include "wisp/codec/patch.h"

std::string received();

void fill(wisp::PatchBuilder& patch, const wisp::ColumnHandle<std::string_view>& column) {
#ifdef WISP_GOOD_TWIN
  const std::string text = received();
  patch.set(column, text);
  patch.set(column, "a literal");
#else
  patch.set(column, received());
#endif
}
