import protobuf from 'protobufjs';

/** Part of ONNX's schema that a graph of plain float32 operators needs. */
const SCHEMA = `syntax = "proto3";
message Dimension { int64 dim_value = 1; }
message Shape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Type { TensorType tensor_type = 1; }
message ValueInfo { string name = 1; Type type = 2; }
message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; }
message Graph {
  repeated Node node = 1;
  string name = 2;
  repeated ValueInfo input = 11;
  repeated ValueInfo output = 12;
}
message OperatorSet { int64 version = 2; }
message Model { int64 ir_version = 1; Graph graph = 7; repeated OperatorSet opset_import = 8; }`;
const IR_VERSION = 8;
const OPERATOR_SET = 17;
const FLOAT32 = 1;

/**
 * Encodes a graph in ONNX's format.
 *
 * @param {{ opType: string, input: string[], output: string[] }[]} node
 * @param {string[]} inputs
 * @param {string[]} outputs
 * @param {Record<string, number[]>} shapes of inputs and outputs, all float32
 * @returns {Uint8Array}
 */
export function encodeModel(node, inputs, outputs, shapes) {
  const valueInfo = (/** @type {string} */ name) => {
    const dim = shapes[name].map((dimValue) => ({ dimValue }));
    return { name, type: { tensorType: { elemType: FLOAT32, shape: { dim } } } };
  };
  const Model = protobuf.parse(SCHEMA).root.lookupType('Model');
  const model = Model.fromObject({
    irVersion: IR_VERSION,
    opsetImport: [{ version: OPERATOR_SET }],
    graph: { name: 'graph', node, input: inputs.map(valueInfo), output: outputs.map(valueInfo) },
  });
  return Model.encode(model).finish();
}
