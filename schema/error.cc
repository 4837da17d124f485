#include "wisp/schema/error.h"

namespace wisp {

std::string_view error_code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kParse:
      return "parse error";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kAlreadyExists:
      return "already exists";
    case ErrorCode::kConstraint:
      return "constraint";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kCorruption:
      return "corruption";
    case ErrorCode::kUnknownSchema:
      return "unknown schema";
    case ErrorCode::kIo:
      return "I/O error";
    case ErrorCode::kBusy:
      return "busy";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kUnknownOutcome:
      return "unknown outcome";
    case ErrorCode::kNoSpace:
      return "no space";
  }
  return "unknown error";
}

std::string Error::to_string() const {
  return where.empty() ? message : where + ": " + message;
}

Error Error::within(std::string_view outer) && {
  where = where.empty() ? std::string(outer) : std::string(outer) + ": " + where;
  return std::move(*this);
}

}  // namespace wisp
