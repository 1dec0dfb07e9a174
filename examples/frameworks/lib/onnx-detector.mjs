/** Numbers of types in onnx.proto. */
const IR_VERSION = 8;
const OPERATOR_SET = 17;
const FLOAT32 = 1;
const INT64 = 7;
const ATTRIBUTE = { int: 2, ints: 7 };

const STRIDES = [8, 16, 32];

/**
 * Encodes an untrained model in ONNX's format with the inputs and outputs of a detector: its raw head outputs are mixed
 * averages of colours.
 *
 * Input `images` [B, H, W, 3]; outputs `level0` to `level2` [B, channels, h, w], and these concatenated, `head` [B, channels,
 * A].
 *
 * @param {{ imageSize: number, channels: number }} options
 * @returns {Uint8Array}
 */
export function encodeDetector({ imageSize, channels }) {
  const mix = Float32Array.from({ length: channels * 3 }, (_, i) => Math.sin(i + 1));
  const anchors = STRIDES.map((stride) => (imageSize / stride) ** 2);
  const nodes = [
    node('Transpose', ['images'], ['planes'], { perm: [0, 3, 1, 2] }),
    ...STRIDES.flatMap((stride, level) => [
      node('AveragePool', ['planes'], [`pooled${level}`], {
        kernel_shape: [stride, stride],
        strides: [stride, stride],
      }),
      node('Conv', [`pooled${level}`, 'mix'], [`level${level}`], { kernel_shape: [1, 1] }),
      node('Reshape', [`level${level}`, `rows${level}`], [`flat${level}`]),
    ]),
    node('Concat', ['flat0', 'flat1', 'flat2'], ['head'], { axis: 2 }),
  ];
  const constants = [
    constant('mix', FLOAT32, [channels, 3, 1, 1], mix),
    ...anchors.map((cells, level) =>
      constant(`rows${level}`, INT64, [3], BigInt64Array.of(0n, BigInt(channels), BigInt(cells))),
    ),
  ];
  const graph = [
    ...nodes.map((bytes) => field(1, bytes)),
    field(2, 'detector'),
    ...constants.map((bytes) => field(5, bytes)),
    field(11, valueInfo('images', ['B', imageSize, imageSize, 3])),
    field(12, valueInfo('head', ['B', channels, anchors.reduce((a, b) => a + b)])),
    ...STRIDES.map((stride, level) => {
      const size = imageSize / stride;
      return field(12, valueInfo(`level${level}`, ['B', channels, size, size]));
    }),
  ];
  const model = [field(1, IR_VERSION), field(7, graph.flat()), field(8, field(2, OPERATOR_SET))];
  return Uint8Array.from(model.flat());
}

/**
 * @param {string} type
 * @param {string[]} inputs
 * @param {string[]} outputs
 * @param {Record<string, number | number[]>} [attributes]
 */
function node(type, inputs, outputs, attributes = {}) {
  return [
    ...inputs.flatMap((name) => field(1, name)),
    ...outputs.flatMap((name) => field(2, name)),
    ...field(4, type),
    ...Object.entries(attributes).flatMap(([name, value]) => field(5, attribute(name, value))),
  ];
}

/**
 * @param {string} name
 * @param {number | number[]} value
 */
function attribute(name, value) {
  return Array.isArray(value)
    ? [...field(1, name), ...value.flatMap((item) => field(8, item)), ...field(20, ATTRIBUTE.ints)]
    : [...field(1, name), ...field(3, value), ...field(20, ATTRIBUTE.int)];
}

/**
 * @param {string} name
 * @param {number} type
 * @param {number[]} shape
 * @param {Float32Array | BigInt64Array} values
 */
function constant(name, type, shape, values) {
  const bytes = [...new Uint8Array(values.buffer)];
  return [
    ...shape.flatMap((size) => field(1, size)),
    ...field(2, type),
    ...field(8, name),
    ...field(9, bytes),
  ];
}

/**
 * @param {string} name
 * @param {(number | string)[]} shape an axis of variable length is a name
 */
function valueInfo(name, shape) {
  const dimensions = shape.flatMap((size) =>
    field(1, typeof size === 'string' ? field(2, size) : field(1, size)),
  );
  const tensor = [...field(1, FLOAT32), ...field(2, dimensions)];
  return [...field(1, name), ...field(2, field(1, tensor))];
}

/**
 * Encodes a field of a Protocol Buffers message.
 *
 * @param {number} number
 * @param {number | string | number[]} value numbers as varints; strings and bytes with their length
 * @returns {number[]}
 */
function field(number, value) {
  if (typeof value === 'number') return [...varint(number << 3), ...varint(value)];
  const bytes = typeof value === 'string' ? [...new TextEncoder().encode(value)] : value;
  return [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes];
}

/** @param {number} value */
function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
