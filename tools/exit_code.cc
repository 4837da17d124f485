#include "wisp/tools/exit_code.h"

namespace wisp::tools {

ExitCode exit_code_of(const Error& error) noexcept {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kUnsupported:
      return ExitCode::kUsage;
    case ErrorCode::kParse:
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConstraint:
    case ErrorCode::kLimit:
      return ExitCode::kDiffers;
    case ErrorCode::kCorruption:
      return ExitCode::kCorruption;
    case ErrorCode::kUnknownSchema:
      return ExitCode::kUnknownSchema;
    case ErrorCode::kIo:
    case ErrorCode::kBusy:
    case ErrorCode::kConflict:
    case ErrorCode::kUnknownOutcome:
      return ExitCode::kIo;
  }
  return ExitCode::kIo;
}

}  // namespace wisp::tools
