// A builder borrows the text of the struct it was given, which must outlive the statement.
// layer: codec
// expect: (use of|call to) deleted
#include "wisp/codec/struct_row.h"

struct Named {
  std::string name;
};

bool write(const wisp::StructMapping<Named>& rows, wisp::RowBuilder& builder) {
#ifdef WISP_GOOD_TWIN
  const Named named{"a"};
  return rows.write(named, builder).has_value();
#else
  return rows.write(Named{"a"}, builder).has_value();
#endif
}
