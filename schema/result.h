// Result<T>: a value or an Error. Nothing in Wisp throws across its API.
//
// A thin face of tl::expected (std::expected needs C++23); [[nodiscard]] so that no error is lost.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "wisp/schema/error.h"

namespace wisp {

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

// What a function returns when it fails: `return fail(ErrorCode::kNotFound, "no table \"t\"");`.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string where = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(where)});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

// Hands an error up: WISP_TRY(status_expression);
#define WISP_TRY(expression)                                   \
  do {                                                         \
    if (auto wisp_try_result = (expression); !wisp_try_result) \
      return ::wisp::fail(std::move(wisp_try_result).error()); \
  } while (false)

// Hands an error up or binds the value: WISP_ASSIGN(auto row, table.get(key));
#define WISP_ASSIGN(declaration, expression) \
  WISP_ASSIGN_IMPL(declaration, expression, WISP_ASSIGN_NAME(wisp_assign_, __LINE__))
#define WISP_ASSIGN_NAME(a, b) WISP_ASSIGN_NAME_IMPL(a, b)
#define WISP_ASSIGN_NAME_IMPL(a, b) a##b
// NOLINTBEGIN(bugprone-macro-parentheses): `declaration` and `name` are declared, not evaluated.
#define WISP_ASSIGN_IMPL(declaration, expression, name)    \
  auto name = (expression);                                \
  if (!name) return ::wisp::fail(std::move(name).error()); \
  declaration = std::move(*name)
// NOLINTEND(bugprone-macro-parentheses)

}  // namespace wisp
