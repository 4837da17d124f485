// Predicates as text: the condition of a SQL WHERE, for tools and servers.
//
//   bid > 1.08 AND venue IN ('XLON', 'XPAR') AND NOT (note LIKE 'test%' OR "Order" IS NULL)
//
//   condition  = [NOT] column test, joined by AND and OR, in parentheses; a BOOLEAN column alone
//   test       = (= | <> | != | < | <= | > | >=) literal  |  IS [NOT] NULL
//              | [NOT] BETWEEN literal AND literal  |  [NOT] IN (literal, ...)
//              | [NOT] LIKE 'prefix%'
//   column     = name | "name" | name.name (a name with a dot in it)
//   literal    = number | 'text' | X'0aff' | TRUE | FALSE | NULL
//
// Literals are read as values of their column: DATE and the like are written as text. In LIKE, `%`
// may stand at the end only; \% \_ and \\ are the characters themselves.
#pragma once

#include <string_view>

#include "wisp/codec/layout.h"
#include "wisp/codec/predicate.h"
#include "wisp/schema/result.h"

namespace wisp {

// The predicate compiles against `layout`. Errors are kParse, kInvalidArgument (an unknown column,
// a literal of the wrong type), kUnsupported (LIKE with `%` or `_` inside) and kLimit; their
// message is that of a Diagnostic (ddl.h): line, column, sentence, source line, caret.
Result<Predicate> parse_predicate(const LayoutPtr& layout, std::string_view text);

}  // namespace wisp
