/**
 * Every code an error of this package can carry. Codes are stable: match on them, not on messages. [Errors](../docs/errors.md)
 * says when each comes, and what to do.
 */
export type ErrorCode =
  | 'UNREADABLE'
  | 'UNKNOWN_OPTION'
  | 'INVALID_OPTION'
  | 'LEVEL_COUNT'
  | 'TENSOR_TYPE'
  | 'TENSOR_SHAPE'
  | 'TENSOR_LENGTH'
  | 'OUT_ALIASES_INPUT'
  | 'NOT_FINITE'
  | 'TARGET_TYPE'
  | 'TARGET_LENGTH'
  | 'TARGET_IMAGE'
  | 'TARGET_CLASS'
  | 'TARGET_BOX'
  | 'TARGET_MASK'
  | 'TARGET_KEYPOINT'
  | 'NORMALIZER'
  | 'SYNC_UNAVAILABLE'
  | 'HOST_MEMORY'
  | 'MODULE_LOAD'
  | 'WASM_LOAD'
  | 'WASM_MEMORY'
  | 'GPU_ADAPTER'
  | 'GPU_LOST'
  | 'GPU_MEMORY'
  | 'GPU_SHADER'
  | 'GPU_BUFFER'
  | 'GPU_INTERNAL'
  | 'DISPOSED';

/** Base of every error this package throws; `code` says which, the message names action, need and given. */
export class DetlossError extends Error {
  // Minified classes have lost their names, by which consoles show errors
  static override readonly name: string = 'DetlossError';
  /** Its class. */
  override readonly name: string = 'DetlossError';
  /** Which error: stable, unlike the message. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A tensor of the wrong type, rank, shape or length. */
export class ShapeError extends DetlossError {
  static override readonly name = 'ShapeError';
  /** Its class. */
  override readonly name = 'ShapeError';
}

/** A target whose image, class, box, mask or keypoint cannot be: out of range, fractional, not finite, of negative size. */
export class TargetError extends DetlossError {
  static override readonly name = 'TargetError';
  /** Its class. */
  override readonly name = 'TargetError';
}

/** An option that does not exist or has a value it cannot have. */
export class ConfigError extends DetlossError {
  static override readonly name = 'ConfigError';
  /** Its class. */
  override readonly name = 'ConfigError';
}

/** A backend that cannot start, cannot do what was asked, or was lost. */
export class BackendError extends DetlossError {
  static override readonly name = 'BackendError';
  /** Its class. */
  override readonly name = 'BackendError';
}
