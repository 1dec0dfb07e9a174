/** Code of an error of this package. Codes are stable, unlike messages. [Errors](../docs/errors.md) explains each one. */
export type ErrorCode =
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
  | 'TARGET_WEIGHT'
  | 'TARGET_IGNORE'
  | 'TARGET_MASK'
  | 'TARGET_KEYPOINT'
  | 'NORMALIZER'
  | 'SYNC_UNAVAILABLE'
  | 'HOST_MEMORY'
  | 'MODULE_LOAD'
  | 'WASM_LOAD'
  | 'WASM_MEMORY'
  | 'THREADS_LOST'
  | 'GPU_ADAPTER'
  | 'GPU_LOST'
  | 'GPU_MEMORY'
  | 'GPU_SHADER'
  | 'GPU_BUFFER'
  | 'GPU_INTERNAL'
  | 'DISPOSED';

/** Base class of every error of this package. The message names the action, what it needed and what it got. */
export class DetlossError extends Error {
  // Consoles show this name; minifiers would change it
  static override readonly name: string = 'DetlossError';
  /** Name of the class. */
  override readonly name: string = 'DetlossError';
  /** Identifies the error. It is stable, unlike the message. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A tensor of the wrong type, rank, shape or length. */
export class ShapeError extends DetlossError {
  static override readonly name = 'ShapeError';
  /** Name of the class. */
  override readonly name = 'ShapeError';
}

/** A target whose image, class, box, mask or keypoint is out of range, fractional, not finite or of negative size. */
export class TargetError extends DetlossError {
  static override readonly name = 'TargetError';
  /** Name of the class. */
  override readonly name = 'TargetError';
}

/** An option that does not exist or has a value it cannot have. */
export class ConfigError extends DetlossError {
  static override readonly name = 'ConfigError';
  /** Name of the class. */
  override readonly name = 'ConfigError';
}

/** A backend that cannot start, cannot do what was asked, or was lost. */
export class BackendError extends DetlossError {
  static override readonly name = 'BackendError';
  /** Name of the class. */
  override readonly name = 'BackendError';
}
