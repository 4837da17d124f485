// widen_field: a field of a row of one schema version, set in a row of a later one.
#pragma once

#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"

namespace wisp {

// Sets column `to` of the builder to the present field `from` of `row`, widened where `to` has a
// wider type (check_widening). The value is not checked again: what was accepted when it was
// written, or set unchecked (RowBuilder::set), is kept as it is, so that ColumnMapping reads the
// same from the row itself. Text is borrowed from `row`, which must live until finish_row(). Fails
// with kCorruption where the field's bytes are damaged, or hold no value of a nested type.
Status widen_field(const RowView& row, ColumnIndex from, ColumnIndex to, RowBuilder& builder);

}  // namespace wisp
