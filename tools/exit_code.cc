#include "wisp/tools/exit_code.h"

namespace wisp::tools {
namespace {

int weight(ExitCode code) noexcept {
  switch (code) {
    case ExitCode::kOk:
      return 0;
    case ExitCode::kDiffers:
      return 1;
    case ExitCode::kInterrupted:
      return 2;
    case ExitCode::kUnknownSchema:
      return 3;
    case ExitCode::kCorruption:
      return 4;
    case ExitCode::kUsage:
    case ExitCode::kIo:
      return 5;
  }
  return 5;
}

}  // namespace

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
    case ErrorCode::kNoSpace:
      return ExitCode::kIo;
  }
  return ExitCode::kIo;
}

ExitCode worse_of(ExitCode a, ExitCode b) noexcept {
  return weight(a) >= weight(b) ? a : b;
}

}  // namespace wisp::tools
