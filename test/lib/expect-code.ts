import { expect } from 'vitest';
import {
  BackendError,
  ConfigError,
  DetlossError,
  type ErrorCode,
  ShapeError,
  TargetError,
} from '../../src/index.ts';

/** The class that carries each code. */
const CLASSES: Record<ErrorCode, typeof DetlossError> = {
  UNKNOWN_OPTION: ConfigError,
  INVALID_OPTION: ConfigError,
  LEVEL_COUNT: ShapeError,
  TENSOR_TYPE: ShapeError,
  TENSOR_SHAPE: ShapeError,
  TENSOR_LENGTH: ShapeError,
  OUT_ALIASES_INPUT: ShapeError,
  NOT_FINITE: DetlossError,
  TARGET_TYPE: TargetError,
  TARGET_LENGTH: TargetError,
  TARGET_IMAGE: TargetError,
  TARGET_CLASS: TargetError,
  TARGET_BOX: TargetError,
  TARGET_WEIGHT: TargetError,
  TARGET_IGNORE: TargetError,
  TARGET_MASK: TargetError,
  TARGET_KEYPOINT: TargetError,
  NORMALIZER: DetlossError,
  SYNC_UNAVAILABLE: BackendError,
  HOST_MEMORY: DetlossError,
  MODULE_LOAD: BackendError,
  WASM_LOAD: BackendError,
  WASM_MEMORY: BackendError,
  THREADS_LOST: BackendError,
  GPU_ADAPTER: BackendError,
  GPU_LOST: BackendError,
  GPU_MEMORY: BackendError,
  GPU_SHADER: BackendError,
  GPU_BUFFER: BackendError,
  GPU_INTERNAL: BackendError,
  DISPOSED: DetlossError,
};

/** Fails unless `action` throws, or rejects with, an error of that code, its class and such a message. */
export async function expectCode(
  code: ErrorCode,
  action: () => unknown,
  message = /./,
): Promise<void> {
  let error: unknown;
  try {
    await action();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(CLASSES[code]);
  const { code: actual, name, message: text } = error as DetlossError;
  expect({ code: actual, name }).toEqual({ code, name: CLASSES[code].name });
  expect(text).toMatch(message);
}
